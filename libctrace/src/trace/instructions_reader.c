/* See ctrace/trace_instructions.h.
 *
 * A chunk's frame is decompressed as a whole, into a buffer of the size that its head tells, which
 * is bounded. */
#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/crc32.h"
#include "base/cursor.h"
#include "ctrace/text.h"
#include "ctrace/trace_instructions.h"
#include "ctrace/trace_reader.h"
#include "trace/instructions_format.h"
#include "trace/instructions_reader.h"

#include <inttypes.h>
#include <string.h>
#include <zstd.h>

#define FILE_NAME CT_INSTRUCTIONS_FILE_NAME

static const char too_much_code[] = "there is more code than can be read";
static const char miscounted[] = "a chunk has other than the number of entries that its head tells";

struct instruction {
    uint32_t position;
    uint32_t line;
    const char *opcode, *operands; /* in `texts` */
};

struct code {
    uint64_t path_id;
    const char *label;
    size_t first, count; /* in `instructions` */
};

struct chunk_head {
    uint32_t kind, frame_size, content_size, crc, count;
    uint64_t first;
};

struct ct_trace_instructions {
    const struct ct_alloc *alloc;
    struct ct_file *file;
    struct ct_file *owned; /* the same, if it is to be closed; or NULL */
    uint64_t size;        /* of the file, as it was opened */
    uint64_t next;        /* offset of the next chunk */
    uint64_t chunk;       /* offset of the present one */
    uint64_t skipped_at;  /* runs before that step are not wanted */
    bool is_cut;
    struct ct_arena texts;
    size_t text_size;
    struct code *codes;
    size_t code_count, code_capacity;
    struct instruction *instructions;
    size_t instruction_count, instruction_capacity;
    struct ct_buffer frame, content;
    struct ct_cursor runs; /* of the present chunk, what is left */
    uint32_t runs_left;    /* as its head tells */
    uint64_t run_at;       /* of the one before */
    uint64_t run_count;
    ZSTD_DCtx *decompressor;
    enum ct_status status; /* the first failure */
    struct ct_error error;
};

/* Keeps it: it comes again. */
static enum ct_status
refuse(struct ct_trace_instructions *list, enum ct_status status, const char *sentence)
{
    list->status = ct_error_put(&list->error, status, FILE_NAME, list->chunk, "%s", sentence);
    return list->status;
}

/* That of memory or the system comes again, too. */
static enum ct_status
keep_failure(struct ct_trace_instructions *list, enum ct_status status)
{
    if (status == CT_OK || status == CT_END || list->status != CT_OK)
        return status;
    return refuse(list, status, ct_status_text(status));
}

/* ---- tables ---- */

static enum ct_status
read_text(struct ct_trace_instructions *list, struct ct_cursor *cursor, const char **out_text)
{
    const uint64_t size = ct_cursor_get_varint(cursor);
    if (size > CT_INSTRUCTIONS_TEXT_SIZE_MAX)
        return refuse(list, CT_ERR_FORMAT, "a text is longer than one may be");
    const uint8_t *bytes = ct_cursor_get(cursor, (size_t)size);
    if (bytes == NULL || !ct_text_is_utf8(bytes, (size_t)size) ||
        memchr(bytes, 0, (size_t)size) != NULL)
        return refuse(list, CT_ERR_FORMAT, "a text is none");
    list->text_size += (size_t)size + 1;
    if (list->text_size > CT_INSTRUCTIONS_CODE_TEXT_MAX)
        return refuse(list, CT_ERR_LIMIT, too_much_code);
    *out_text = ct_arena_copy(&list->texts, bytes, (size_t)size);
    return *out_text == NULL ? CT_ERR_MEMORY : CT_OK;
}

static enum ct_status
read_code(struct ct_trace_instructions *list, struct ct_cursor *cursor)
{
    struct code code = {.first = list->instruction_count};
    const uint64_t id = ct_cursor_get_varint(cursor);
    code.path_id = ct_cursor_get_varint(cursor);
    CT_TRY(read_text(list, cursor, &code.label));
    if (id != list->code_count)
        return refuse(list, CT_ERR_FORMAT, "the ids of code are not in order");
    if (id >= CT_INSTRUCTIONS_CODE_COUNT_MAX)
        return refuse(list, CT_ERR_LIMIT, too_much_code);
    void *codes = list->codes;
    CT_TRY(ct_array_require(list->alloc, &codes, &list->code_capacity, list->code_count,
                            sizeof code));
    list->codes = codes;
    list->codes[list->code_count++] = code;
    return CT_OK;
}

static enum ct_status
read_instruction(struct ct_trace_instructions *list, struct ct_cursor *cursor)
{
    struct instruction instruction;
    const uint64_t position = ct_cursor_get_varint(cursor);
    const uint64_t line = ct_cursor_get_varint(cursor);
    CT_TRY(read_text(list, cursor, &instruction.opcode));
    CT_TRY(read_text(list, cursor, &instruction.operands));
    struct code *code = list->code_count == 0 ? NULL : &list->codes[list->code_count - 1];
    const bool is_behind = code != NULL && code->count > 0 &&
                           list->instructions[list->instruction_count - 1].position >= position;
    if (code == NULL || is_behind || position > UINT32_MAX || line > UINT32_MAX)
        return refuse(list, CT_ERR_FORMAT, "an instruction is at no place of its code");
    if (list->instruction_count >= CT_INSTRUCTIONS_COUNT_MAX)
        return refuse(list, CT_ERR_LIMIT, too_much_code);
    void *instructions = list->instructions;
    CT_TRY(ct_array_require(list->alloc, &instructions, &list->instruction_capacity,
                            list->instruction_count, sizeof instruction));
    instruction.position = (uint32_t)position;
    instruction.line = (uint32_t)line;
    list->instructions = instructions;
    list->instructions[list->instruction_count++] = instruction;
    code->count++;
    return CT_OK;
}

static enum ct_status
read_code_chunk(struct ct_trace_instructions *list, struct ct_cursor *cursor,
                uint32_t head_count)
{
    uint32_t count = 0;
    for (; ct_cursor_remaining(cursor) > 0; count++) {
        const uint8_t tag = ct_cursor_get_u8(cursor);
        if (tag == CT_INSTRUCTIONS_ENTRY_CODE)
            CT_TRY(read_code(list, cursor));
        else if (tag == CT_INSTRUCTIONS_ENTRY_INSTRUCTION)
            CT_TRY(read_instruction(list, cursor));
        else
            return refuse(list, CT_ERR_FORMAT, "an entry of code is of no kind that is known");
    }
    if (cursor->failed)
        return refuse(list, CT_ERR_FORMAT, "an entry of code is cut off");
    return count == head_count ? CT_OK : refuse(list, CT_ERR_FORMAT, miscounted);
}

static const struct instruction *
find_instruction(const struct ct_trace_instructions *list, const struct code *code,
                 uint64_t position)
{
    size_t low = code->first, high = code->first + code->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->instructions[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    const bool is_found =
        low < code->first + code->count && list->instructions[low].position == position;
    return is_found ? &list->instructions[low] : NULL;
}

/* ---- chunks ---- */

/* CT_END: none is whole any more. */
static enum ct_status
read_head(struct ct_trace_instructions *list, struct chunk_head *out_head)
{
    uint8_t bytes[CT_INSTRUCTIONS_CHUNK_HEAD_SIZE];
    struct ct_cursor cursor;
    list->chunk = list->next;
    const uint64_t left = list->size - list->next;
    list->is_cut = left > 0 && left < sizeof bytes;
    if (left < sizeof bytes)
        return CT_END;
    CT_TRY(list->file->ops->read_at(list->file, list->next, bytes, sizeof bytes));
    ct_cursor_init(&cursor, bytes, sizeof bytes);
    out_head->kind = ct_cursor_get_u32(&cursor);
    out_head->frame_size = ct_cursor_get_u32(&cursor);
    out_head->content_size = ct_cursor_get_u32(&cursor);
    out_head->crc = ct_cursor_get_u32(&cursor);
    out_head->first = ct_cursor_get_u64(&cursor);
    out_head->count = ct_cursor_get_u32(&cursor);
    if (ct_crc32(bytes, sizeof bytes - sizeof(uint32_t)) != ct_cursor_get_u32(&cursor))
        return refuse(list, CT_ERR_FORMAT, "a chunk's head is not what it was");
    if (out_head->kind != CT_INSTRUCTIONS_CHUNK_CODE &&
        out_head->kind != CT_INSTRUCTIONS_CHUNK_RUNS)
        return refuse(list, CT_ERR_FORMAT, "a chunk is of no kind that is known");
    if (out_head->content_size > CT_INSTRUCTIONS_CHUNK_SIZE_MAX ||
        out_head->frame_size > ZSTD_compressBound(CT_INSTRUCTIONS_CHUNK_SIZE_MAX))
        return refuse(list, CT_ERR_LIMIT, "a chunk is larger than one may be");
    list->is_cut = left - sizeof bytes < out_head->frame_size;
    if (list->is_cut)
        return CT_END;
    list->next += sizeof bytes + out_head->frame_size;
    return CT_OK;
}

static enum ct_status
decompress(struct ct_trace_instructions *list, const struct chunk_head *head)
{
    ct_buffer_reset(&list->frame);
    ct_buffer_reset(&list->content);
    uint8_t *frame = ct_buffer_reserve(&list->frame, head->frame_size);
    if (frame == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(list->file->ops->read_at(list->file, list->chunk + CT_INSTRUCTIONS_CHUNK_HEAD_SIZE,
                                    frame, head->frame_size));
    if (ct_crc32(frame, head->frame_size) != head->crc)
        return refuse(list, CT_ERR_FORMAT, "a chunk's bytes are not what they were");
    uint8_t *content = ct_buffer_reserve(&list->content, head->content_size);
    if (content == NULL)
        return CT_ERR_MEMORY;
    const size_t size = ZSTD_decompressDCtx(list->decompressor, content, head->content_size, frame,
                                            head->frame_size);
    if (ZSTD_isError(size) || size != head->content_size)
        return refuse(list, CT_ERR_FORMAT, "a chunk does not decompress");
    list->content.size = size;
    return CT_OK;
}

struct place {
    uint64_t chunk, next;
    bool is_cut;
    enum ct_status status;
    struct ct_error error;
};

static struct place
leave_place(const struct ct_trace_instructions *list)
{
    return (struct place){list->chunk, list->next, list->is_cut, list->status, list->error};
}

/* What the heads that were looked at ahead have wrong is told when their turn comes. */
static void
return_to(struct ct_trace_instructions *list, const struct place *place)
{
    list->chunk = place->chunk;
    list->next = place->next;
    list->is_cut = place->is_cut;
    list->status = place->status;
    list->error = place->error;
}

/* Whether all that a chunk of runs has came before what is wanted: the next one of them begins no
 * later. */
static bool
is_passed_over(struct ct_trace_instructions *list, const struct chunk_head *head)
{
    struct chunk_head following;
    const struct place place = leave_place(list);
    if (head->kind != CT_INSTRUCTIONS_CHUNK_RUNS || head->first >= list->skipped_at)
        return false;
    enum ct_status status;
    do
        status = read_head(list, &following);
    while (status == CT_OK && following.kind != CT_INSTRUCTIONS_CHUNK_RUNS);
    return_to(list, &place);
    return status == CT_OK && following.first < list->skipped_at;
}

/* The next chunk of runs; code before it is taken in. */
static enum ct_status
next_chunk(struct ct_trace_instructions *list)
{
    struct chunk_head head;
    for (;;) {
        CT_TRY(read_head(list, &head));
        const bool has_runs = head.kind == CT_INSTRUCTIONS_CHUNK_RUNS;
        if (has_runs && head.first < list->run_at)
            return refuse(list, CT_ERR_FORMAT, "a chunk begins before the one before it ended");
        list->run_at = has_runs ? head.first : list->run_at;
        if (is_passed_over(list, &head)) {
            list->run_count += head.count;
            continue;
        }
        CT_TRY(decompress(list, &head));
        struct ct_cursor cursor;
        ct_cursor_init(&cursor, list->content.bytes, list->content.size);
        if (has_runs) {
            list->runs = cursor;
            list->runs_left = head.count;
            return CT_OK;
        }
        CT_TRY(read_code_chunk(list, &cursor, head.count));
    }
}

static enum ct_status
read_run(struct ct_trace_instructions *list, struct ct_trace_instruction *out_run)
{
    struct ct_cursor *cursor = &list->runs;
    const uint64_t ahead = ct_cursor_get_varint(cursor), back = ct_cursor_get_varint(cursor);
    const uint64_t code_id = ct_cursor_get_varint(cursor);
    const uint64_t position = ct_cursor_get_varint(cursor);
    const uint8_t has_value = ct_cursor_get_u8(cursor);
    const uint64_t size = has_value == 1 ? ct_cursor_get_varint(cursor) : 0;
    const uint8_t *value =
        size > CT_INSTRUCTIONS_TEXT_SIZE_MAX ? NULL : ct_cursor_get(cursor, (size_t)size);
    if (value == NULL || cursor->failed || has_value > 1 || !ct_text_is_utf8(value, (size_t)size))
        return refuse(list, CT_ERR_FORMAT, "an instruction that ran is cut off or damaged");
    const uint64_t at = list->run_at + ahead;
    if (list->runs_left == 0)
        return refuse(list, CT_ERR_FORMAT, miscounted);
    const struct code *code = code_id < list->code_count ? &list->codes[code_id] : NULL;
    const struct instruction *instruction =
        code == NULL ? NULL : find_instruction(list, code, position);
    if (instruction == NULL || at < ahead || back > at)
        return refuse(list, CT_ERR_FORMAT, "an instruction ran that is not there");
    list->run_at = at;
    list->runs_left--;
    list->run_count++;
    *out_run = (struct ct_trace_instruction){.at = at,
                                             .step = at - back,
                                             .code_id = code_id,
                                             .path_id = code->path_id,
                                             .label = code->label,
                                             .position = position,
                                             .line = instruction->line,
                                             .opcode = instruction->opcode,
                                             .operands = instruction->operands,
                                             .value = has_value == 1 ? (const char *)value : NULL,
                                             .value_size = (size_t)size};
    return CT_OK;
}

enum ct_status
ct_trace_instructions_next(struct ct_trace_instructions *list,
                           struct ct_trace_instruction *out_run, struct ct_error *error)
{
    enum ct_status status = list->status;
    while (status == CT_OK && ct_cursor_remaining(&list->runs) == 0)
        status = list->runs_left > 0 ? refuse(list, CT_ERR_FORMAT, miscounted) : next_chunk(list);
    if (status == CT_OK)
        status = read_run(list, out_run);
    status = keep_failure(list, status);
    if (status != CT_OK && error != NULL)
        *error = list->error;
    return status;
}

/* ---- life ---- */

static enum ct_status
check_head(struct ct_trace_instructions *list)
{
    uint8_t bytes[CT_INSTRUCTIONS_HEAD_SIZE];
    struct ct_cursor cursor;
    CT_TRY(list->file->ops->size_get(list->file, &list->size));
    if (list->size < sizeof bytes)
        return refuse(list, CT_ERR_FORMAT, "the file has no head");
    CT_TRY(list->file->ops->read_at(list->file, 0, bytes, sizeof bytes));
    if (memcmp(bytes, CT_INSTRUCTIONS_MAGIC, CT_INSTRUCTIONS_MAGIC_SIZE) != 0)
        return refuse(list, CT_ERR_FORMAT, "it is no file of instructions");
    ct_cursor_init(&cursor, bytes + CT_INSTRUCTIONS_MAGIC_SIZE, sizeof(uint32_t));
    if (ct_cursor_get_u32(&cursor) != CT_INSTRUCTIONS_VERSION)
        return refuse(list, CT_ERR_FORMAT, "its version is not known");
    list->next = sizeof bytes;
    return CT_OK;
}

enum ct_status
ct_trace_instructions_read(struct ct_file *file, const struct ct_alloc *alloc,
                           struct ct_trace_instructions **out_list, struct ct_error *error)
{
    alloc = alloc != NULL ? alloc : ct_alloc_default();
    struct ct_trace_instructions *list = ct_alloc_zeroed(alloc, 1, sizeof *list);
    *out_list = NULL;
    if (list == NULL)
        return ct_error_put(error, CT_ERR_MEMORY, FILE_NAME, 0, "%s",
                            ct_status_text(CT_ERR_MEMORY));
    list->alloc = alloc;
    list->file = file;
    ct_arena_init(&list->texts, alloc);
    ct_buffer_init(&list->frame, alloc);
    ct_buffer_init(&list->content, alloc);
    list->decompressor = ZSTD_createDCtx();
    const enum ct_status status =
        keep_failure(list, list->decompressor == NULL ? CT_ERR_MEMORY : check_head(list));
    if (status != CT_OK) {
        if (error != NULL)
            *error = list->error;
        ct_trace_instructions_close(list);
        return status;
    }
    *out_list = list;
    return CT_OK;
}

enum ct_status
ct_trace_instructions_open(const char *path, const struct ct_alloc *alloc,
                           struct ct_trace_instructions **out_list, struct ct_error *error)
{
    struct ct_trace_files files;
    *out_list = NULL;
    alloc = alloc != NULL ? alloc : ct_alloc_default();
    CT_TRY(ct_trace_files_open(path, alloc, &files, error));
    struct ct_file *file = files.instructions;
    files.instructions = NULL;
    ct_trace_files_close(&files);
    if (file == NULL)
        return CT_ERR_NOT_FOUND;
    const enum ct_status status = ct_trace_instructions_read(file, alloc, out_list, error);
    if (status == CT_OK) {
        (*out_list)->owned = file;
        return CT_OK;
    }
    const enum ct_status ignored = ct_file_close(file); /* read alone */
    (void)ignored;
    return status;
}

void
ct_trace_instructions_close(struct ct_trace_instructions *list)
{
    if (list == NULL)
        return;
    const struct ct_alloc *alloc = list->alloc;
    const enum ct_status ignored = ct_file_close(list->owned); /* read alone */
    (void)ignored;
    ZSTD_freeDCtx(list->decompressor);
    ct_buffer_release(&list->frame);
    ct_buffer_release(&list->content);
    ct_arena_release(&list->texts);
    ct_alloc_free(alloc, list->codes);
    ct_alloc_free(alloc, list->instructions);
    ct_alloc_free(alloc, list);
}

void
ct_trace_instructions_skip(struct ct_trace_instructions *list, uint64_t at)
{
    list->skipped_at = at;
}

bool
ct_trace_instructions_is_cut(const struct ct_trace_instructions *list)
{
    return list->is_cut;
}

uint64_t
ct_trace_instructions_chunk(const struct ct_trace_instructions *list)
{
    return list->chunk;
}

uint64_t
ct_trace_instructions_count(const struct ct_trace_instructions *list)
{
    return list->run_count;
}

uint64_t
ct_trace_instructions_sum(struct ct_trace_instructions *list)
{
    struct chunk_head head;
    const struct place place = leave_place(list);
    uint64_t sum = 0;
    list->next = CT_INSTRUCTIONS_HEAD_SIZE;
    while (read_head(list, &head) == CT_OK)
        sum += head.kind == CT_INSTRUCTIONS_CHUNK_RUNS ? head.count : 0;
    return_to(list, &place);
    return sum;
}
