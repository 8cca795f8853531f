/* See filter_pattern.h. Mirrors lib/codetracer/filter/matcher.rb. */
#include "filter_pattern.h"

#include "no_memory.h"

#include <stdlib.h>
#include <string.h>

#define SET_SIZE 32

static void *
copy_bytes(VALUE bytes)
{
    Check_Type(bytes, T_STRING);
    size_t size = (size_t)RSTRING_LEN(bytes);
    void *copy = malloc(size + 1);
    if (copy == NULL)
        rec_raise_no_memory();
    memcpy(copy, RSTRING_PTR(bytes), size);
    return copy;
}

static bool
is_sound(const struct rec_instruction *instruction, size_t size, size_t set_count)
{
    switch (instruction->operation) {
    case REC_PATTERN_SPLIT:
        return instruction->first < size && instruction->second < size;
    case REC_PATTERN_JUMP:
        return instruction->first < size;
    case REC_PATTERN_SET:
        return instruction->first < set_count;
    default:
        return instruction->operation <= REC_PATTERN_AT_NO_EDGE;
    }
}

void
rec_pattern_init(struct rec_pattern *pattern, VALUE code, VALUE sets)
{
    pattern->code = copy_bytes(code);
    pattern->sets = copy_bytes(sets);
    size_t size = (size_t)RSTRING_LEN(code) / sizeof *pattern->code;
    bool is_whole = size > 0 && size <= REC_PATTERN_SIZE_MAX &&
                    pattern->code[size - 1].operation == REC_PATTERN_MATCH;
    for (size_t i = 0; is_whole && i < size; i++)
        is_whole = is_sound(&pattern->code[i], size, (size_t)RSTRING_LEN(sets) / SET_SIZE);
    if (!is_whole)
        rb_raise(rb_eArgError, "a filter's pattern is damaged");
    pattern->size = (uint32_t)size;
}

void
rec_pattern_release(struct rec_pattern *pattern)
{
    free(pattern->code);
    free(pattern->sets);
    *pattern = (struct rec_pattern){.size = 0};
}

static bool
is_word(const char *text, size_t size, size_t index)
{
    unsigned char byte = index < size ? (unsigned char)text[index] : ' ';
    return byte >= 0x80 || byte == '_' || (byte >= '0' && byte <= '9') ||
           (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

struct run {
    const struct rec_pattern *pattern;
    struct rec_pattern_scratch *scratch;
    const char *text;
    size_t size, index;
    uint32_t reached_count;
};

static bool
holds(const struct run *run, uint16_t operation)
{
    if (operation == REC_PATTERN_AT_START)
        return run->index == 0;
    if (operation == REC_PATTERN_AT_END)
        return run->index == run->size;
    bool before = run->index > 0 && is_word(run->text, run->size, run->index - 1);
    bool is_edge = before != is_word(run->text, run->size, run->index);
    return is_edge == (operation == REC_PATTERN_AT_EDGE);
}

/* Follows what takes no byte; whether that leads to the end. A state waits twice at most: it is
 * put only by a SPLIT, JUMP or edge that was not seen. */
static bool
add_state(struct run *run, uint16_t start)
{
    struct rec_pattern_scratch *scratch = run->scratch;
    uint32_t waiting_count = 0;
    scratch->waiting[waiting_count++] = start;
    while (waiting_count > 0) {
        uint16_t state = scratch->waiting[--waiting_count];
        if (scratch->seen[state] == scratch->turn)
            continue;
        scratch->seen[state] = scratch->turn;
        const struct rec_instruction *instruction = &run->pattern->code[state];
        if (instruction->operation == REC_PATTERN_MATCH)
            return true;
        if (instruction->operation == REC_PATTERN_SET) {
            scratch->reached[run->reached_count++] = state;
        } else if (instruction->operation == REC_PATTERN_SPLIT) {
            scratch->waiting[waiting_count++] = instruction->first;
            scratch->waiting[waiting_count++] = instruction->second;
        } else if (instruction->operation == REC_PATTERN_JUMP) {
            scratch->waiting[waiting_count++] = instruction->first;
        } else if (holds(run, instruction->operation)) {
            scratch->waiting[waiting_count++] = (uint16_t)(state + 1);
        }
    }
    return false;
}

/* The states behind those that take this byte. */
static uint32_t
take_byte(const struct run *run, unsigned char byte)
{
    struct rec_pattern_scratch *scratch = run->scratch;
    uint32_t count = 0;
    for (uint32_t i = 0; i < run->reached_count; i++) {
        uint16_t state = scratch->reached[i];
        size_t set_index = run->pattern->code[state].first;
        const uint8_t *set = run->pattern->sets + set_index * SET_SIZE;
        if (set[byte / 8] >> (byte % 8) & 1)
            scratch->states[count++] = (uint16_t)(state + 1);
    }
    return count;
}

bool
rec_pattern_matches(const struct rec_pattern *pattern, struct rec_pattern_scratch *scratch,
                    const char *text, size_t size)
{
    struct run run = {.pattern = pattern, .scratch = scratch, .text = text, .size = size};
    uint32_t state_count = 0;
    for (;; run.index++) {
        if (scratch->turn == UINT32_MAX) {
            memset(scratch->seen, 0, sizeof scratch->seen);
            scratch->turn = 0;
        }
        scratch->turn++;
        run.reached_count = 0;
        for (uint32_t i = 0; i < state_count; i++) {
            if (add_state(&run, scratch->states[i]))
                return true;
        }
        if (add_state(&run, 0))
            return true;
        if (run.index == size)
            return false;
        state_count = take_byte(&run, (unsigned char)text[run.index]);
    }
}
