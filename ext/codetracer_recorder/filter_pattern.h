/* The program of one pattern, and its run over a text: all states at once, byte by byte.
 *
 * Compiled by lib/codetracer/filter/pattern.rb from a glob, a regular expression or a literal. A
 * run takes time in proportion to the text, calls nothing of Ruby's and allocates nothing, so it
 * may happen in a hook. */
#ifndef REC_FILTER_PATTERN_H
#define REC_FILTER_PATTERN_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Instructions: an operation and two operands, 16 bits each. */
enum rec_pattern_operation {
    REC_PATTERN_MATCH = 0,
    REC_PATTERN_SET = 1,   /* one byte of set `first` */
    REC_PATTERN_SPLIT = 2, /* goes on at `first` and at `second` */
    REC_PATTERN_JUMP = 3,  /* goes on at `first` */
    REC_PATTERN_AT_START = 4,
    REC_PATTERN_AT_END = 5,
    REC_PATTERN_AT_EDGE = 6, /* of a word */
    REC_PATTERN_AT_NO_EDGE = 7
};

#define REC_PATTERN_SIZE_MAX 4001 /* instructions */

struct rec_instruction {
    uint16_t operation, first, second;
};

struct rec_pattern {
    struct rec_instruction *code; /* owned */
    uint8_t *sets;                /* owned; 32 bytes each */
    uint32_t size;
};

/* What a run needs; one for all patterns. */
struct rec_pattern_scratch {
    uint16_t states[REC_PATTERN_SIZE_MAX], reached[REC_PATTERN_SIZE_MAX];
    uint16_t waiting[2 * REC_PATTERN_SIZE_MAX];
    uint32_t seen[REC_PATTERN_SIZE_MAX]; /* = turn: reached at this byte already */
    uint32_t turn;
};

/* Copies and checks; raises NoMemoryError, TypeError or ArgumentError, so only at start. */
void rec_pattern_init(struct rec_pattern *pattern, VALUE code, VALUE sets);

/* Safe on a zeroed struct and twice. */
void rec_pattern_release(struct rec_pattern *pattern);

/* Whether it matches anywhere in the text. */
bool rec_pattern_matches(const struct rec_pattern *pattern, struct rec_pattern_scratch *scratch,
                         const char *text, size_t size);

#endif
