/* Beginning at a late step: what is read there is what a reader from the start sees, whether the
 * trace's index is whole, damaged, absent or a lie.
 *
 * A flush ends a span of the index, so that small traces have many. */
#include "reading.h"
#include "writing.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "container/container_format.h"
#include "container/container_reader.h"
#include "trace/index_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_COUNT         240
#define FUNCTION_COUNT_MAX 20001 /* one each three steps, of 60,000 at most */
#define DEPTH_MAX          5

/* What a trace is made of, and what was done so far. */
struct maker {
    struct ct_trace_writer *writer;
    uint64_t path_id;
    uint64_t functions[FUNCTION_COUNT_MAX];
    size_t function_count;
    size_t depth;
};

static void
put_call(struct maker *maker, unsigned step)
{
    char name[16];
    if (step % 3 == 0 || maker->function_count == 0) {
        snprintf(name, sizeof name, "f%u", step);
        maker->functions[maker->function_count++] =
            put_function(maker->writer, name, maker->path_id, step + 1);
    }
    assert_ok(ct_trace_writer_call_append(
        maker->writer, maker->functions[step % maker->function_count], NULL, 0));
    maker->depth++;
}

static void
put_step(struct maker *maker, struct ct_value_writer *values, unsigned step, uint64_t type_id)
{
    char text[16];
    struct ct_trace_value value;
    snprintf(text, sizeof text, "v%u", step / 8);
    value.name_id = put_name(maker->writer, text);
    ct_value_writer_reset(values);
    ct_value_put_int(values, step, type_id);
    assert_ok(ct_value_writer_finish(values, &value.bytes, &value.size));
    assert_ok(ct_trace_writer_step_append(maker->writer, maker->path_id, step + 1));
    assert_ok(ct_trace_writer_values_append(maker->writer, &value, 1));
    if (step % 7 == 0)
        assert_ok(ct_trace_writer_event_append(maker->writer, CT_EVENT_WRITE, "", 0, text,
                                               strlen(text)));
}

static void
put_return(struct maker *maker, struct ct_value_writer *values, uint64_t type_id)
{
    struct ct_trace_value value;
    ct_value_writer_reset(values);
    ct_value_put_none(values, type_id);
    assert_ok(ct_value_writer_finish(values, &value.bytes, &value.size));
    assert_ok(ct_trace_writer_return_append(maker->writer, value.bytes, value.size));
    maker->depth--;
}

/* Calls go up and down, with new definitions all along; `flush_each` steps are a span, 0: all. */
static struct ct_folder *
make_trace(enum ct_profile profile, unsigned step_count, unsigned flush_each, bool is_complete)
{
    struct ct_folder *folder = new_folder();
    struct maker maker = {.writer = open_writer(folder, profile)};
    struct ct_value_writer *values;
    assert_ok(ct_value_writer_new(profile, NULL, &values));
    maker.path_id = put_path(maker.writer, "/tmp/w/a.rb");
    const uint64_t int_id = put_type(maker.writer, CT_TYPE_INT, "Integer");
    const uint64_t nil_id = put_type(maker.writer, CT_TYPE_NONE, "NilClass");
    put_call(&maker, 0);
    for (unsigned step = 0; step < step_count; step++) {
        put_step(&maker, values, step % STEP_COUNT, int_id);
        if (step % 5 < 2 && maker.depth < DEPTH_MAX)
            put_call(&maker, step % STEP_COUNT);
        else if (step % 5 == 3 && maker.depth > 1)
            put_return(&maker, values, nil_id);
        if (flush_each > 0 && step % flush_each == flush_each - 1)
            assert_ok(ct_trace_writer_flush(maker.writer));
    }
    while (is_complete && maker.depth > 0)
        put_return(&maker, values, nil_id);
    assert_ok(ct_trace_writer_close(maker.writer));
    ct_value_writer_free(values);
    return folder;
}

static struct ct_trace_reader *
open_reader(const struct content *trace, struct ct_trace_files *out_files,
            const struct ct_alloc *alloc)
{
    struct ct_trace_reader *reader;
    *out_files = reading_container_files(trace->bytes, trace->size);
    assert_ok(ct_trace_reader_open_files(out_files, alloc, &reader, NULL));
    return reader;
}

/* What a reader knows at an event: counted on from a position. */
struct progress {
    struct ct_trace_position position;
    uint64_t open_calls[64];
    size_t open_count;
};

static void
take_event(struct progress *progress, const struct ct_trace_event *event)
{
    progress->position.step_count += event->kind == CT_TRACE_STEP;
    progress->position.event_count += event->kind == CT_TRACE_EVENT;
    progress->position.call_count += event->kind == CT_TRACE_CALL;
    progress->position.record_count++;
    if (event->kind == CT_TRACE_CALL)
        progress->open_calls[progress->open_count++] = event->function_id;
    if (event->kind == CT_TRACE_RETURN)
        progress->open_count--;
}

static struct progress
start_at(struct ct_trace_reader *reader, uint64_t step)
{
    struct progress progress = {0};
    assert_ok(ct_trace_reader_seek(reader, step, &progress.position));
    progress.open_count = progress.position.open_count;
    if (progress.open_count > 0)
        memcpy(progress.open_calls, progress.position.open_calls,
               progress.open_count * sizeof progress.open_calls[0]);
    return progress;
}

static void
assert_same_name(const struct ct_trace_reader *a, const struct ct_trace_reader *b, uint64_t id)
{
    const char *name = ct_trace_reader_name(a, id, NULL);
    assert_non_null(name);
    assert_string_equal(name, ct_trace_reader_name(b, id, NULL));
}

static void
assert_same_event(const struct ct_trace_reader *a, const struct ct_trace_event *event,
                  const struct ct_trace_reader *b, const struct ct_trace_event *other)
{
    assert_int_equal(event->kind, other->kind);
    assert_int_equal(event->index, other->index);
    assert_int_equal(event->id, other->id);
    assert_int_equal(event->path_id, other->path_id);
    assert_int_equal(event->line, other->line);
    if (event->kind == CT_TRACE_VALUE) {
        assert_same_name(a, b, event->name_id);
        assert_int_equal(event->value->integer, other->value->integer);
        assert_string_equal(ct_trace_reader_type(a, event->value->type_id)->name,
                            ct_trace_reader_type(b, event->value->type_id)->name);
    }
    if (event->kind == CT_TRACE_CALL)
        assert_string_equal(ct_trace_reader_function(a, event->function_id)->name,
                            ct_trace_reader_function(b, event->function_id)->name);
}

/* From `step` on both readers deliver the same and know the same. */
static void
assert_same_from(struct ct_trace_reader *whole, struct ct_trace_reader *late, uint64_t step)
{
    struct ct_trace_event event;
    struct ct_trace_event other;
    struct progress all = {0};
    struct progress some = start_at(late, step);
    assert_true(step == UINT64_MAX || some.position.step_count <= step);
    while (all.position.record_count < some.position.record_count) {
        assert_ok(ct_trace_reader_next(whole, &event, NULL));
        take_event(&all, &event);
    }
    for (;;) {
        assert_int_equal(all.position.step_count, some.position.step_count);
        assert_int_equal(all.position.call_count, some.position.call_count);
        assert_int_equal(all.position.event_count, some.position.event_count);
        assert_int_equal(all.open_count, some.open_count);
        assert_memory_equal(all.open_calls, some.open_calls, all.open_count * 8);
        const enum ct_status status = ct_trace_reader_next(whole, &event, NULL);
        assert_int_equal(ct_trace_reader_next(late, &other, NULL), status);
        if (status != CT_OK)
            break;
        assert_same_event(whole, &event, late, &other);
        take_event(&all, &event);
        take_event(&some, &other);
    }
    assert_int_equal(ct_trace_reader_function_count(whole), ct_trace_reader_function_count(late));
}

/* `damaged` is read as `whole` is; its position is further on than nothing if `has_index`. */
static void
assert_reads_as(const struct content *whole, const struct content *damaged, uint64_t step)
{
    struct ct_trace_files files[2];
    struct ct_trace_reader *reader = open_reader(whole, &files[0], NULL);
    struct ct_trace_reader *late = open_reader(damaged, &files[1], NULL);
    assert_same_from(reader, late, step);
    ct_trace_reader_close(reader);
    ct_trace_reader_close(late);
    ct_trace_files_close(&files[0]);
    ct_trace_files_close(&files[1]);
}

static struct ct_trace_position
look(const struct content *trace, uint64_t step, bool *out_is_damaged)
{
    struct ct_trace_files files;
    struct ct_trace_reader *reader = open_reader(trace, &files, NULL);
    struct ct_trace_position position;
    assert_ok(ct_trace_reader_seek(reader, step, &position));
    *out_is_damaged = position.damage != NULL;
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    return position;
}

static struct content
make_content(unsigned step_count, unsigned flush_each, bool is_complete)
{
    struct ct_folder *folder = make_trace(CT_PROFILE_AUG26, step_count, flush_each, is_complete);
    const struct content trace = read_file(folder, "trace.ct");
    ct_folder_close(folder);
    return trace;
}

/* ---- whole ---- */

static void
assert_sound(const struct content *trace)
{
    struct ct_trace_files files = reading_container_files(trace->bytes, trace->size);
    char *findings = reading_findings(&files);
    assert_null(strstr(findings, CT_INDEX_NAME));
    free(findings);
    ct_trace_files_close(&files);
}

static void
test_every_step(void **state)
{
    const struct content trace = make_content(STEP_COUNT, 10, true);
    bool is_damaged;
    (void)state;
    assert_sound(&trace);
    for (uint64_t step = 0; step < STEP_COUNT + 3; step++)
        assert_reads_as(&trace, &trace, step);
    assert_reads_as(&trace, &trace, UINT64_MAX);
    /* At most a span is passed over. */
    for (uint64_t step = 1; step < STEP_COUNT; step++)
        assert_int_equal(look(&trace, step, &is_damaged).step_count, step / 10 * 10);
    const struct ct_trace_position end = look(&trace, UINT64_MAX, &is_damaged);
    assert_int_equal(end.step_count, STEP_COUNT);
    assert_int_equal(end.open_count, 0);
    assert_false(is_damaged);
    free(trace.bytes);
}

static void
test_function_calls(void **state)
{
    const struct content trace = make_content(STEP_COUNT, 10, false);
    struct ct_trace_files files, late_files;
    struct ct_trace_reader *reader = open_reader(&trace, &files, NULL);
    struct ct_trace_reader *late = open_reader(&trace, &late_files, NULL);
    struct ct_trace_position position;
    struct ct_trace_event event;
    uint64_t calls[STEP_COUNT] = {0};
    (void)state;
    assert_ok(ct_trace_reader_seek(late, UINT64_MAX, &position));
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK)
        calls[event.kind == CT_TRACE_CALL ? event.function_id : 0] += event.kind == CT_TRACE_CALL;
    assert_int_equal(position.function_count, ct_trace_reader_function_count(reader));
    assert_memory_equal(position.function_calls, calls, position.function_count * 8);
    assert_true(position.open_count > 0);
    ct_trace_reader_close(reader);
    ct_trace_reader_close(late);
    ct_trace_files_close(&late_files);
    ct_trace_files_close(&files);
    free(trace.bytes);
}

/* Spans by chunks, without a flush; the last chunks are not listed before the end. */
static void
test_many_chunks(void **state)
{
    const struct content trace = make_content(60000, 0, true);
    bool is_damaged;
    (void)state;
    const struct ct_trace_position late = look(&trace, 50000, &is_damaged);
    assert_in_range(late.step_count, 50000 - 65536 / 2, 50000);
    assert_reads_as(&trace, &trace, 50000);
    assert_sound(&trace);
    free(trace.bytes);
}

static void
test_without_index(void **state)
{
    struct ct_folder *folder = make_trace(CT_PROFILE_JSON, 20, 0, true);
    struct ct_trace_files files = {0};
    struct ct_trace_reader *reader;
    struct ct_trace_position position;
    size_t size;
    (void)state;
    assert_ok(folder->ops->open(folder, "trace.json", &files.main));
    assert_ok(ct_trace_reader_open_files(&files, NULL, &reader, NULL));
    assert_ok(ct_trace_reader_seek(reader, 10, &position));
    assert_int_equal(position.record_count, 0);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    ct_folder_close(folder);
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    const struct content other = {bytes, size};
    assert_reads_as(&other, &other, 3);
    free(bytes);
}

/* ---- damaged ---- */

/* Where the index's bytes lie in the container: one block in small traces. */
static size_t
find_index(const struct content *trace, size_t *out_size)
{
    struct ct_trace_files files = reading_container_files(trace->bytes, trace->size);
    struct ct_container_reader *reader;
    struct ct_container_place place;
    assert_ok(ct_container_reader_open(files.main, NULL, &reader, NULL));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, CT_INDEX_NAME);
    assert_non_null(entry);
    *out_size = (size_t)entry->size;
    assert_in_range(entry->size, CT_INDEX_HEAD_SIZE + 1, CT_CONTAINER_BLOCK_SIZE);
    assert_ok(ct_container_reader_locate(reader, entry, 0, &place, NULL));
    ct_container_reader_close(reader);
    ct_trace_files_close(&files);
    return (size_t)place.block * CT_CONTAINER_BLOCK_SIZE;
}

static void
assert_finding(const struct content *trace, const char *expected)
{
    struct ct_trace_files files = reading_container_files(trace->bytes, trace->size);
    char *findings = reading_findings(&files);
    if (strstr(findings, expected) == NULL)
        fail_msg("expected '%s', got:\n%s", expected, findings);
    free(findings);
    ct_trace_files_close(&files);
}

/* Whichever byte of it is wrong, reading is as good as without it, and verify says so. */
static void
test_each_byte(void **state)
{
    const struct content trace = make_content(60, 10, true);
    size_t size;
    const size_t start = find_index(&trace, &size);
    (void)state;
    struct content damaged = {malloc(trace.size), trace.size};
    memcpy(damaged.bytes, trace.bytes, trace.size);
    for (size_t i = 0; i < size; i++) {
        damaged.bytes[start + i] ^= 0x15;
        assert_reads_as(&trace, &damaged, 55);
        if (i < CT_INDEX_MAGIC_SIZE + 2 || i >= CT_INDEX_HEAD_SIZE)
            assert_finding(&damaged, CT_INDEX_NAME);
        damaged.bytes[start + i] ^= 0x15;
    }
    free(damaged.bytes);
    free(trace.bytes);
}

/* Spans before the damaged one still serve. */
static void
test_spans_before(void **state)
{
    const struct content trace = make_content(60, 10, true);
    size_t size;
    const size_t start = find_index(&trace, &size);
    bool is_damaged;
    (void)state;
    trace.bytes[start + size - 1] ^= 1;
    const struct ct_trace_position position = look(&trace, UINT64_MAX, &is_damaged);
    assert_true(is_damaged);
    assert_int_equal(position.step_count, 60); /* the last span holds returns only */
    free(trace.bytes);
}

/* A byte of the first span's body is another, and its checksum is right. */
static void
test_lies(void **state)
{
    const struct content trace = make_content(60, 10, true);
    size_t index_size;
    uint8_t *span = trace.bytes + find_index(&trace, &index_size) + CT_INDEX_HEAD_SIZE;
    uint8_t *body = span + CT_INDEX_SPAN_HEAD_SIZE;
    const uint32_t size = ct_bytes_get_u32(span);
    (void)state;
    for (uint32_t i = 0; i < size; i++) {
        struct ct_trace_files files;
        struct ct_trace_event event;
        struct ct_trace_position position;
        body[i] ^= 2;
        ct_bytes_put_u32(span + 4, ct_crc32(body, size));
        assert_finding(&trace, CT_INDEX_NAME);
        struct ct_trace_reader *reader = open_reader(&trace, &files, NULL);
        const enum ct_status status = ct_trace_reader_seek(reader, 55, &position);
        assert_true(status == CT_OK);
        while (ct_trace_reader_next(reader, &event, NULL) != CT_END) {
        }
        ct_trace_reader_close(reader);
        ct_trace_files_close(&files);
        body[i] ^= 2;
    }
    free(trace.bytes);
}

/* The index of another trace, put into this one's place. */
static void
test_foreign(void **state)
{
    const struct content trace = make_content(60, 10, true);
    const struct content other = make_content(60, 6, true);
    size_t size;
    size_t other_size;
    const size_t start = find_index(&trace, &size);
    const size_t other_start = find_index(&other, &other_size);
    (void)state;
    memcpy(trace.bytes + start, other.bytes + other_start, CT_CONTAINER_BLOCK_SIZE);
    assert_finding(&trace, CT_INDEX_NAME);
    free(trace.bytes);
    free(other.bytes);
}

/* Wherever the file ends, the events that are there are read, or the reader says what is lost. */
static void
test_cut(void **state)
{
    const struct content trace = make_content(60, 10, true);
    (void)state;
    for (size_t size = 2 * CT_CONTAINER_BLOCK_SIZE; size < trace.size;
         size += CT_CONTAINER_BLOCK_SIZE) {
        const struct content cut = {trace.bytes, size};
        struct ct_trace_files files = reading_container_files(cut.bytes, cut.size);
        struct ct_trace_reader *reader;
        struct ct_trace_position position;
        struct ct_trace_event event;
        if (ct_trace_reader_open_files(&files, NULL, &reader, NULL) == CT_OK) {
            assert_ok(ct_trace_reader_seek(reader, 55, &position));
            while (ct_trace_reader_next(reader, &event, NULL) != CT_END) {
            }
            ct_trace_reader_close(reader);
        }
        ct_trace_files_close(&files);
    }
    free(trace.bytes);
}

/* ---- memory ---- */

static void
test_failing_alloc(void **state)
{
    const struct content trace = make_content(60, 10, true);
    struct ct_trace_files files = reading_container_files(trace.bytes, trace.size);
    bool has_failed = true;
    (void)state;
    for (size_t n = 1; has_failed; n++) {
        struct ct_failing_alloc failing;
        struct ct_trace_reader *reader;
        struct ct_trace_position position;
        ct_failing_alloc_init(&failing, n);
        enum ct_status status =
            ct_trace_reader_open_files(&files, &failing.alloc, &reader, NULL);
        if (status == CT_OK) {
            status = ct_trace_reader_seek(reader, 55, &position);
            ct_trace_reader_close(reader);
        }
        has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    }
    ct_trace_files_close(&files);
    free(trace.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_step),   cmocka_unit_test(test_function_calls),
        cmocka_unit_test(test_many_chunks),  cmocka_unit_test(test_without_index),
        cmocka_unit_test(test_each_byte),    cmocka_unit_test(test_spans_before),
        cmocka_unit_test(test_lies),         cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_cut),          cmocka_unit_test(test_failing_alloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
