/* Reading with a second thread that works ahead: event by event what one thread reads, whatever is
 * wanted, wherever that changes and however the trace is damaged or cut.
 *
 * Also without memory, and where no thread can be had. */
#include "reading.h"
#include "started_threads.h"
#include "writing.h"

#include "ctrace/trace_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_COUNT  9000 /* some ten chunks */
#define NAME_COUNT  4
#define CHANGE_MAX  3
#define DAMAGE_RUNS 60

/* ---- a trace ---- */

struct maker {
    struct ct_trace_writer *writer;
    struct ct_value_writer *values;
    uint64_t types[3]; /* Integer, String, Point with a number */
    uint64_t names[NAME_COUNT];
    uint64_t path_id;
    uint64_t function_id;
    uint64_t seed;
};

/* An integer, a text that may be long, or an object. */
static void
put_value(struct maker *maker, uint64_t word)
{
    static const char text[4001] = {0};
    struct ct_value_writer *values = maker->values;
    ct_value_writer_reset(values);
    if (word % 4 == 0) {
        ct_value_put_string(values, text, word % 64 == 0 ? word % 4000 : word % 20,
                            maker->types[1]);
    } else if (word % 4 == 1) {
        ct_value_begin_struct(values, maker->types[2], 2);
        ct_value_put_int(values, (int64_t)(word % 5), maker->types[0]);
        ct_value_put_int(values, (int64_t)(word % 9), maker->types[0]);
        ct_value_end(values);
    } else {
        ct_value_put_int(values, (int64_t)(word % 7), maker->types[0]);
    }
}

static void
append_step(struct maker *maker, unsigned step)
{
    struct ct_trace_value values[NAME_COUNT];
    uint8_t kept[NAME_COUNT][4200];
    const size_t count = ct_random_next(&maker->seed) % (NAME_COUNT + 1);
    assert_ok(ct_trace_writer_step_append(maker->writer, maker->path_id, step + 1));
    for (size_t i = 0; i < count; i++) {
        put_value(maker, ct_random_next(&maker->seed));
        const uint8_t *bytes;
        assert_ok(ct_value_writer_finish(maker->values, &bytes, &values[i].size));
        assert_true(values[i].size <= sizeof kept[i]);
        memcpy(kept[i], bytes, values[i].size);
        values[i].bytes = kept[i];
        values[i].name_id = maker->names[(i + step) % NAME_COUNT];
    }
    assert_ok(ct_trace_writer_values_append(maker->writer, values, count));
}

static struct ct_folder *
make_trace(uint64_t seed)
{
    struct ct_folder *folder = new_folder();
    struct maker maker = {.writer = open_writer(folder, CT_PROFILE_AUG26), .seed = seed};
    const char *const names[NAME_COUNT] = {"a", "b", "self", "c"};
    unsigned depth = 0;
    assert_ok(ct_value_writer_new(CT_PROFILE_AUG26, NULL, &maker.values));
    maker.path_id = put_path(maker.writer, "/tmp/w/a.rb");
    maker.types[0] = put_type(maker.writer, CT_TYPE_INT, "Integer");
    maker.types[1] = put_type(maker.writer, CT_TYPE_STRING, "String");
    maker.types[2] = put_type(maker.writer, CT_TYPE_STRUCT, "Point");
    maker.function_id = put_function(maker.writer, "f", maker.path_id, 3);
    for (unsigned i = 0; i < NAME_COUNT; i++)
        maker.names[i] = put_name(maker.writer, names[i]);
    for (unsigned step = 0; step < STEP_COUNT; step++) {
        const uint64_t word = ct_random_next(&maker.seed);
        char text[16];
        append_step(&maker, step);
        put_value(&maker, word / 8);
        struct ct_trace_value value = {.name_id = maker.names[0]};
        assert_ok(ct_value_writer_finish(maker.values, &value.bytes, &value.size));
        if (word % 8 == 0 && ++depth > 0)
            assert_ok(ct_trace_writer_call_append(maker.writer, maker.function_id, &value, 1));
        else if (word % 8 == 1 && depth > 0 && depth-- > 0)
            assert_ok(ct_trace_writer_return_append(maker.writer, value.bytes, value.size));
        else if (word % 8 == 2)
            assert_ok(ct_trace_writer_event_append(maker.writer, CT_EVENT_WRITE, "m", 1, "out", 3));
        snprintf(text, sizeof text, "n%u", step);
        if (word % 512 == 0)
            (void)put_name(maker.writer, text);
    }
    assert_ok(ct_trace_writer_close(maker.writer));
    ct_value_writer_free(maker.values);
    return folder;
}

static struct content
make_container(uint64_t seed)
{
    struct ct_folder *folder = make_trace(seed);
    const struct content trace = read_file(folder, "trace.ct");
    ct_folder_close(folder);
    return trace;
}

/* ---- two readers ---- */

/* What is wanted, from which event on. */
struct wish {
    uint64_t index;
    bool has_values;
    bool is_picking;
    struct ct_trace_pick pick;
};

struct side {
    struct ct_trace_files files;
    struct ct_trace_reader *reader;
    struct ct_trace_event event;
    struct ct_error error;
    enum ct_status status;
};

static struct side
open_side(const struct content *trace, const struct ct_alloc *alloc)
{
    struct side side = {.files = reading_container_files(trace->bytes, trace->size)};
    side.status = ct_trace_reader_open_files(&side.files, alloc, &side.reader, &side.error);
    return side;
}

static void
close_side(struct side *side)
{
    if (side->status == CT_OK || side->reader != NULL)
        ct_trace_reader_close(side->reader);
    ct_trace_files_close(&side->files);
}

static void
put_wish(struct side *side, const struct wish *wish)
{
    ct_trace_reader_values_put(side->reader, wish->has_values);
    ct_trace_reader_pick_put(side->reader, wish->is_picking ? &wish->pick : NULL);
}

static void
assert_same_error(const struct ct_error *a, const struct ct_error *b)
{
    assert_string_equal(a->message, b->message);
    assert_string_equal(a->file, b->file);
    assert_int_equal(a->offset, b->offset);
}

static void
assert_same_text(const char *a, size_t a_size, const char *b, size_t b_size)
{
    assert_int_equal(a_size, b_size);
    if (a_size > 0)
        assert_memory_equal(a, b, a_size);
}

static void
assert_same_event(const struct ct_trace_event *a, const struct ct_trace_event *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->index, b->index);
    assert_string_equal(a->file, b->file);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->path_id, b->path_id);
    assert_int_equal(a->name_id, b->name_id);
    assert_int_equal(a->function_id, b->function_id);
    assert_int_equal(a->thread_id, b->thread_id);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->event_kind, b->event_kind);
    assert_same_text(a->text, a->text_size, b->text, b->text_size);
    assert_same_text(a->metadata, a->metadata_size, b->metadata, b->metadata_size);
    assert_same_text(a->encoded, a->encoded_size, b->encoded, b->encoded_size);
    assert_int_equal(a->value == NULL, b->value == NULL);
    assert_int_equal(a->arg_count, b->arg_count);
    assert_int_equal(a->has_structs, b->has_structs);
    assert_int_equal(a->damage == NULL, b->damage == NULL);
    if (a->damage != NULL)
        assert_same_error(a->damage, b->damage);
}

/* Reads to the end, or a little less: `stop_index`. */
static void
assert_same_reading(const struct content *trace, const struct wish *wishes, size_t wish_count,
                    uint64_t stop_index)
{
    struct side one = open_side(trace, NULL);
    struct side two = open_side(trace, NULL);
    size_t wish = 0;
    uint64_t index = 0;
    assert_int_equal(one.status, two.status);
    if (one.status == CT_OK)
        ct_trace_reader_ahead_put(two.reader, true);
    for (bool goes_on = one.status == CT_OK; goes_on && index < stop_index;) {
        for (; wish < wish_count && wishes[wish].index <= index; wish++) {
            put_wish(&one, &wishes[wish]);
            put_wish(&two, &wishes[wish]);
        }
        const enum ct_status status = ct_trace_reader_next(one.reader, &one.event, &one.error);
        assert_int_equal(ct_trace_reader_next(two.reader, &two.event, &two.error), status);
        goes_on = status == CT_OK || status == CT_ERR_FORMAT || status == CT_ERR_LIMIT;
        if (status == CT_OK)
            assert_same_event(&one.event, &two.event);
        else if (goes_on)
            assert_same_error(&one.error, &two.error);
        assert_int_equal(ct_trace_reader_is_lossy(one.reader),
                         ct_trace_reader_is_lossy(two.reader));
        index = status == CT_OK ? one.event.index + 1 : index;
    }
    close_side(&one);
    close_side(&two);
}

static struct wish
make_wish(uint64_t *seed, uint64_t index)
{
    const uint64_t word = ct_random_next(seed);
    const uint64_t name_id = word % 3 == 0 ? CT_TRACE_NO_ID : word % (NAME_COUNT + 1);
    return (struct wish){index, word % 5 == 0, word % 7 != 0, {name_id, word / 64 % 2 == 0}};
}

/* ---- tests ---- */

static void
test_each_wish(void **state)
{
    const struct content trace = make_container(1);
    (void)state;
    started_thread_count = 0;
    for (unsigned i = 0; i < 16; i++) {
        const uint64_t name_id = i / 4 == 3 ? CT_TRACE_NO_ID : i / 4;
        const struct wish wish = {0, i % 4 == 0, i % 4 != 1, {name_id, i % 4 == 2}};
        assert_same_reading(&trace, &wish, 1, UINT64_MAX);
    }
    assert_int_equal(started_thread_count, 16);
    free(trace.bytes);
}

static void
test_changing_wishes(void **state)
{
    uint64_t seed = 5;
    (void)state;
    for (uint64_t run = 0; run < 12; run++) {
        const struct content trace = make_container(run + 100);
        struct wish wishes[CHANGE_MAX + 1];
        uint64_t index = 0;
        for (unsigned i = 0; i <= CHANGE_MAX; i++) {
            wishes[i] = make_wish(&seed, index);
            index += ct_random_next(&seed) % 15000;
        }
        const bool is_whole = ct_random_next(&seed) % 2 == 0;
        assert_same_reading(&trace, wishes, CHANGE_MAX + 1,
                            is_whole ? UINT64_MAX : ct_random_next(&seed) % 40000);
        free(trace.bytes);
    }
}

/* Bytes that are others, and ends that are missing. */
static void
test_damage(void **state)
{
    const struct content trace = make_container(2);
    struct content damaged = {malloc(trace.size), trace.size};
    uint64_t seed = 9;
    (void)state;
    assert_non_null(damaged.bytes);
    for (unsigned run = 0; run < DAMAGE_RUNS; run++) {
        const struct wish wish = make_wish(&seed, 0);
        memcpy(damaged.bytes, trace.bytes, trace.size);
        damaged.size = trace.size;
        for (uint64_t i = ct_random_next(&seed) % 4; i > 0; i--)
            damaged.bytes[ct_random_next(&seed) % trace.size] ^=
                (uint8_t)(1 + ct_random_next(&seed));
        if (run % 3 == 0)
            damaged.size -= ct_random_next(&seed) % (trace.size / 2);
        assert_same_reading(&damaged, &wish, 1, UINT64_MAX);
    }
    free(damaged.bytes);
    free(trace.bytes);
}

/* Each chunk is out of the ordinary: the other thread is given up. */
static void
test_unusual_chunks(void **state)
{
    uint8_t events[64];
    struct reading_chunk chunks[40];
    size_t size;
    (void)state;
    memset(events, 0xFF, sizeof events); /* no tag */
    for (size_t i = 0; i < 40; i++)
        chunks[i] =
            (struct reading_chunk){.events = events, .size = 64, .count = 3, .first = 3 * i};
    uint8_t *bytes = reading_container(chunks, 40, false, NULL, 0, &size);
    const struct content trace = {bytes, size};
    const struct wish wish = {0, true, false, {CT_TRACE_NO_ID, false}};
    assert_same_reading(&trace, &wish, 1, UINT64_MAX);
    free(bytes);
}

static void
test_without_thread(void **state)
{
    const struct content trace = make_container(3);
    const struct wish wish = {0, false, true, {1, true}};
    (void)state;
    are_threads_refused = true;
    started_thread_count = 0;
    assert_same_reading(&trace, &wish, 1, UINT64_MAX);
    are_threads_refused = false;
    assert_int_equal(started_thread_count, 0);
    free(trace.bytes);
}

/* Without memory for a second thread there is one. */
static void
test_failing_alloc(void **state)
{
    const struct content trace = make_container(4);
    bool has_failed = true;
    (void)state;
    for (size_t fail_at = 1; has_failed; fail_at++) {
        struct ct_failing_alloc failing;
        ct_failing_alloc_init(&failing, fail_at);
        struct side side = open_side(&trace, &failing.alloc);
        uint64_t step_count = 0;
        if (side.status == CT_OK) {
            ct_trace_reader_ahead_put(side.reader, true);
            ct_trace_reader_values_put(side.reader, false);
            do {
                side.status = ct_trace_reader_next(side.reader, &side.event, &side.error);
                step_count += side.status == CT_OK && side.event.kind == CT_TRACE_STEP;
            } while (side.status == CT_OK);
            assert_true(side.status == CT_ERR_MEMORY || step_count == STEP_COUNT);
        } else {
            assert_int_equal(side.status, CT_ERR_MEMORY);
        }
        has_failed = ct_failing_alloc_has_failed(&failing);
        close_side(&side);
        assert_int_equal(failing.live_count, 0);
    }
    free(trace.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_wish),      cmocka_unit_test(test_changing_wishes),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_unusual_chunks),
        cmocka_unit_test(test_without_thread), cmocka_unit_test(test_failing_alloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
