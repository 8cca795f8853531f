/* The trace reader: both layouts, old and odd chunks, cuts at every byte, bounded memory.
 *
 * What the events of the golden traces are is told by their .events files: the command-line cases
 * compare with those. Here it is what a caller of the API sees, and what damage does. */
#include "reading.h"

#include "base/buffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_INT                                                                                   \
    "{\"Type\":{\"kind\":7,\"lang_type\":\"Integer\",\"specific_info\":{\"kind\":\"None\"}}}"
#define NONE     "{\"kind\":\"None\",\"type_id\":0}"

static const char small_json[] =
    "[{\"Path\":\"/a.rb\"},\n"
    "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}},\n" TYPE_INT ",\n"
    "{\"VariableName\":\"x\"},\n"
    "{\"Call\":{\"function_id\":0,\"args\":[{\"variable_id\":0,\"value\":" NONE "}]}},\n"
    "{\"Step\":{\"line\":3,\"column\":7,\"path_id\":0}},\n"
    "{\"Value\":{\"value\":{\"kind\":\"Int\",\"i\":5,\"type_id\":0},\"variable_id\":0}},\n"
    "{\"Event\":{\"kind\":11,\"metadata\":\"E\",\"content\":\"E: no\"}},\n"
    "{\"ThreadSwitch\":2},\"DropLastStep\",{\"DropVariable\":0},\n"
    "{\"Return\":{\"return_value\":" NONE "}}]\n";
#define SMALL_JSON_EVENTS 12

/* Reads to the end: the events by kind, and how often something was lost. */
struct reading {
    uint64_t counts[CT_TRACE_KIND_COUNT];
    uint64_t event_count;
    uint64_t damage_count;
    uint64_t loss_count;
    struct ct_error error; /* of the last loss */
};

static enum ct_status
read_all(struct ct_trace_reader *reader, struct reading *out_reading)
{
    *out_reading = (struct reading){0};
    for (;;) {
        struct ct_trace_event event;
        const enum ct_status status = ct_trace_reader_next(reader, &event, &out_reading->error);
        if (status == CT_END)
            return CT_OK;
        if (status == CT_ERR_FORMAT || status == CT_ERR_LIMIT) {
            out_reading->loss_count++;
            continue;
        }
        CT_TRY(status);
        assert_true(event.index >= out_reading->event_count);
        out_reading->event_count++;
        out_reading->counts[event.kind]++;
        out_reading->damage_count += event.damage != NULL;
    }
}

static struct ct_trace_reader *
open_files(const struct ct_trace_files *files)
{
    struct ct_trace_reader *reader;
    struct ct_error error;
    assert_int_equal(ct_trace_reader_open_files(files, NULL, &reader, &error), CT_OK);
    return reader;
}

static void
test_combined(void **state)
{
    size_t size;
    struct reading reading;
    (void)state;
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    struct ct_trace_reader *reader = open_files(&files);
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(reader);
    assert_int_equal(metadata->layout, CT_TRACE_LAYOUT_COMBINED);
    assert_int_equal(metadata->error.status, CT_OK);
    assert_string_equal(metadata->program, "/srv/app/flow.rb");
    assert_int_equal(metadata->path_count, 1);
    assert_int_equal(metadata->size, size);
    assert_null(ct_trace_reader_path(reader, 0, NULL));
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.counts[CT_TRACE_STEP], 18);
    assert_int_equal(reading.counts[CT_TRACE_VALUE], 54);
    assert_int_equal(reading.loss_count + reading.damage_count, 0);
    assert_string_equal(ct_trace_reader_path(reader, 0, NULL), "/srv/app/flow.rb");
    assert_string_equal(ct_trace_reader_function(reader, 1)->name, "calculate_sum");
    assert_string_equal(ct_trace_reader_type(reader, 0)->name, "Integer");
    assert_null(ct_trace_reader_function(reader, 2));
    assert_null(ct_trace_reader_type(reader, CT_TRACE_NO_ID));
    assert_null(ct_trace_reader_name(reader, 99, NULL));
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    free(bytes);
}

static void
test_json(void **state)
{
    struct reading reading;
    (void)state;
    struct ct_trace_files files = reading_json_files(
        small_json, "{\"program\":\"/a.rb\",\"args\":[\"x\",\"y\"],\"workdir\":\"/\",\"more\":{}}",
        "[\"/a.rb\"]");
    struct ct_trace_reader *reader = open_files(&files);
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(reader);
    assert_int_equal(metadata->layout, CT_TRACE_LAYOUT_JSON);
    assert_int_equal(metadata->error.status, CT_OK);
    assert_string_equal(metadata->args[1], "y");
    assert_string_equal(metadata->paths[0], "/a.rb");
    assert_string_equal(metadata->recorder, "");
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.event_count, SMALL_JSON_EVENTS);
    assert_int_equal(reading.loss_count + reading.damage_count, 0);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
}

static void
test_json_fields(void **state)
{
    struct ct_trace_event event;
    struct ct_error error;
    (void)state;
    struct ct_trace_files files = reading_json_files(small_json, NULL, NULL);
    struct ct_trace_reader *reader = open_files(&files);
    assert_int_equal(ct_trace_reader_metadata(reader)->error.status, CT_ERR_NOT_FOUND);
    for (uint64_t index = 0; ct_trace_reader_next(reader, &event, &error) == CT_OK; index++) {
        assert_int_equal(event.index, index);
        const char lead = event.kind == CT_TRACE_DROP_LAST_STEP ? '"' : '{';
        assert_int_equal(small_json[event.offset], lead);
        if (event.kind == CT_TRACE_CALL) {
            assert_int_equal(event.arg_count, 1);
            assert_int_equal(event.args[0].value->kind, CT_VALUE_NONE);
        }
        if (event.kind == CT_TRACE_STEP)
            assert_true(event.line == 3 && event.path_id == 0);
        if (event.kind == CT_TRACE_VALUE)
            assert_true(event.value->integer == 5 && event.name_id == 0);
        if (event.kind == CT_TRACE_EVENT)
            assert_true(event.event_kind == 11 && memcmp(event.text, "E: no", 5) == 0);
    }
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
}

/* Cut anywhere, what is whole is delivered and the cut is told; nothing else happens. */
static void
test_json_cuts(void **state)
{
    char text[sizeof small_json];
    (void)state;
    for (size_t size = 1; size < sizeof small_json - 1; size++) {
        struct reading reading;
        memcpy(text, small_json, size);
        text[size] = '\0';
        struct ct_trace_files files = reading_json_files(text, NULL, NULL);
        struct ct_trace_reader *reader = open_files(&files);
        assert_int_equal(read_all(reader, &reading), CT_OK);
        const bool is_whole = size >= sizeof small_json - 2; /* only the last newline is missing */
        assert_int_equal(reading.loss_count, is_whole ? 0 : 1);
        assert_int_equal(reading.damage_count, 0);
        uint64_t newlines = 0;
        for (size_t i = 0; i < size; i++)
            newlines += text[i] == '\n';
        assert_true(reading.event_count >= newlines - (newlines > 0) || newlines == 0);
        ct_trace_reader_close(reader);
        ct_trace_files_close(&files);
    }
}

static void
test_json_damage(void **state)
{
    struct reading reading;
    struct ct_trace_event event;
    struct ct_error error;
    (void)state;
    struct ct_trace_files files = reading_json_files(
        "[{\"Path\":7},{\"Nonsense\":1},{\"Step\":{\"path_id\":0}},5,"
        "{\"Call\":{\"function_id\":1,\"args\":[{}]}},{\"Path\":\"/b\",\"x\":1},{\"Path\":\"/c\"}]",
        NULL, NULL);
    struct ct_trace_reader *reader = open_files(&files);
    assert_int_equal(ct_trace_reader_next(reader, &event, &error), CT_OK);
    assert_int_equal(event.kind, CT_TRACE_PATH); /* damaged, but it takes its id */
    assert_int_equal(event.id, 0);
    assert_string_equal(event.damage->file, "trace.json");
    assert_int_equal(event.damage->offset, 9);
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.event_count, 6);
    assert_int_equal(reading.damage_count, 5);
    assert_int_equal(reading.counts[CT_TRACE_UNKNOWN], 2);
    assert_string_equal(ct_trace_reader_path(reader, 2, NULL), "/c");
    assert_false(ct_trace_reader_is_lossy(reader));
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
}

/* ---- chunks ---- */

static const uint8_t two_threads[] = {20, 1, 0, 0, 0, 0, 0, 0, 0, 22, 1, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t unknown_tag[] = {20, 1, 0, 0, 0, 0, 0, 0, 0, 99};

static void
read_chunks(const struct reading_chunk *chunks, size_t count, bool has_head,
            struct reading *out_reading)
{
    size_t size;
    uint8_t *bytes = reading_container(chunks, count, has_head, NULL, 0, &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    struct ct_trace_reader *reader = open_files(&files);
    assert_int_equal(read_all(reader, out_reading), CT_OK);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    free(bytes);
}

static void
test_chunks(void **state)
{
    const struct reading_chunk good[] = {
        {.events = two_threads, .size = sizeof two_threads, .count = 2},
        {.events = two_threads, .size = sizeof two_threads, .count = 2, .first = 2,
         .is_sizeless = true}};
    const struct reading_chunk bad[] = {
        {.events = unknown_tag, .size = sizeof unknown_tag, .count = 4},
        {.events = two_threads, .size = sizeof two_threads, .count = 3, .first = 4},
        {.events = two_threads, .size = sizeof two_threads, .count = 1, .first = 7},
        {.events = two_threads, .size = sizeof two_threads, .count = 2, .frame_size_delta = 99}};
    struct reading reading;
    (void)state;
    read_chunks(good, 2, true, &reading);
    assert_int_equal(reading.event_count, 4);
    assert_int_equal(reading.loss_count, 0);
    read_chunks(good, 2, false, &reading);
    assert_int_equal(reading.event_count, 4);
    read_chunks(bad, 4, false, &reading); /* 1 of 4, 2 of 3, the first of 2, all though cut */
    assert_int_equal(reading.event_count, 1 + 2 + 1 + 2);
    assert_int_equal(reading.loss_count, 2);
    read_chunks(good, 0, false, &reading);
    assert_int_equal(reading.event_count, 0);
}

/* A chunk of 65536 events, as some writers made, and an event larger than any window. */
static void
test_large_chunk(void **state)
{
    struct ct_buffer events;
    struct reading reading;
    const uint32_t large = 3u << 20;
    (void)state;
    ct_buffer_init(&events, NULL);
    for (int i = 0; i < 65535; i++)
        ct_buffer_put(&events, two_threads, 9);
    ct_buffer_put_u8(&events, 9);
    ct_buffer_put_u8(&events, 0);
    ct_buffer_put_u32(&events, 0);
    ct_buffer_put_u32(&events, large);
    memset(ct_buffer_reserve(&events, large), 'x', large);
    events.size += large;
    const struct reading_chunk chunk = {
        .events = events.bytes, .size = events.size, .count = 65536};
    read_chunks(&chunk, 1, false, &reading);
    assert_int_equal(reading.event_count, 65536);
    assert_int_equal(reading.loss_count, 0);
    ct_buffer_release(&events);
}

static void
test_event_size_max(void **state)
{
    struct ct_buffer events;
    struct ct_trace_event event;
    struct ct_error error;
    size_t size;
    (void)state;
    ct_buffer_init(&events, NULL);
    ct_buffer_put_u8(&events, 1);
    ct_buffer_put_u32(&events, 1u << 20);
    memset(ct_buffer_reserve(&events, 1u << 20), 0, 1u << 20);
    events.size += 1u << 20;
    const struct reading_chunk chunk = {.events = events.bytes, .size = events.size, .count = 1};
    uint8_t *bytes = reading_container(&chunk, 1, false, NULL, 0, &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    struct ct_trace_reader *reader = open_files(&files);
    ct_trace_reader_event_size_max_put(reader, 1u << 18);
    assert_int_equal(ct_trace_reader_next(reader, &event, &error), CT_ERR_LIMIT);
    assert_true(ct_trace_reader_is_lossy(reader));
    assert_int_equal(ct_trace_reader_next(reader, &event, &error), CT_END);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    free(bytes);
    ct_buffer_release(&events);
}

/* Every block of the file cut off: no crash, and what is read before is right. */
static void
test_container_cuts(void **state)
{
    size_t size;
    (void)state;
    uint8_t *bytes = reading_golden("threads_expressions_combined.ct", &size);
    for (size_t cut = 0; cut < size; cut += 512) {
        struct ct_trace_reader *reader;
        struct ct_error error = {0};
        struct reading reading;
        struct ct_trace_files files = reading_container_files(bytes, cut);
        const enum ct_status status = ct_trace_reader_open_files(&files, NULL, &reader, &error);
        if (status == CT_OK) {
            assert_int_equal(read_all(reader, &reading), CT_OK);
            ct_trace_reader_close(reader);
        } else {
            assert_int_equal(status, CT_ERR_FORMAT);
            assert_true(error.message[0] != '\0');
        }
        ct_trace_files_close(&files);
    }
    free(bytes);
}

static void
test_flipped_bytes(void **state)
{
    size_t size;
    (void)state;
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == 0 && i % 64 != 0) /* mostly padding */
            continue;
        struct ct_trace_reader *reader;
        struct ct_error error;
        struct reading reading;
        bytes[i] ^= (uint8_t)(1 + i % 255);
        struct ct_trace_files files = reading_container_files(bytes, size);
        if (ct_trace_reader_open_files(&files, NULL, &reader, &error) == CT_OK) {
            assert_int_equal(read_all(reader, &reading), CT_OK);
            ct_trace_reader_close(reader);
        }
        ct_trace_files_close(&files);
        bytes[i] ^= (uint8_t)(1 + i % 255);
    }
    free(bytes);
}

static void
test_other_files(void **state)
{
    static const char *const texts[] = {"", "hello", "{\"a\":1}", "PK"};
    struct ct_trace_reader *reader;
    struct ct_error error;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ct_trace_files files = reading_json_files(texts[i], NULL, NULL);
        assert_int_equal(ct_trace_reader_open_files(&files, NULL, &reader, &error), CT_ERR_FORMAT);
        assert_true(error.message[0] != '\0');
        ct_trace_files_close(&files);
    }
    assert_int_equal(ct_trace_reader_open("/nonexistent", NULL, &reader, &error),
                     CT_ERR_NOT_FOUND);
    assert_int_equal(ct_trace_reader_open("libctrace/test/cli", NULL, &reader, &error),
                     CT_ERR_NOT_FOUND);
}

/* ---- memory ---- */

/* Steps and values, `count` of each, in both layouts: the peak must not depend on `count`. */
static size_t
peak_of_json(int count)
{
    struct ct_buffer text;
    struct reading_heap heap;
    struct ct_trace_reader *reader;
    struct ct_error error;
    struct reading reading;
    reading_heap_init(&heap);
    ct_buffer_init(&text, NULL);
    ct_buffer_put_text(&text, "[" TYPE_INT);
    for (int i = 0; i < count; i++)
        ct_buffer_put_text(&text, ",{\"Step\":{\"path_id\":0,\"line\":3}},"
                                  "{\"Value\":{\"variable_id\":0,\"value\":"
                                  "{\"kind\":\"Int\",\"i\":5,\"type_id\":0}}}");
    ct_buffer_put(&text, "]", 2);
    struct ct_trace_files files = reading_json_files((const char *)text.bytes, NULL, NULL);
    assert_int_equal(ct_trace_reader_open_files(&files, &heap.alloc, &reader, &error), CT_OK);
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.counts[CT_TRACE_VALUE], count);
    ct_trace_reader_close(reader);
    assert_int_equal(heap.used, 0);
    ct_trace_files_close(&files);
    ct_buffer_release(&text);
    return heap.peak;
}

static size_t
peak_of_combined(size_t chunk_count)
{
    enum { EVENTS = 4096 };
    static uint8_t events[EVENTS * 9];
    struct reading_heap heap;
    struct ct_trace_reader *reader;
    struct ct_error error;
    struct reading reading;
    size_t size;
    for (size_t i = 0; i < EVENTS; i++)
        memcpy(events + 9 * i, two_threads, 9);
    struct reading_chunk *chunks = calloc(chunk_count, sizeof *chunks);
    for (size_t i = 0; i < chunk_count; i++)
        chunks[i] = (struct reading_chunk){
            .events = events, .size = sizeof events, .count = EVENTS, .first = i * EVENTS};
    uint8_t *bytes = reading_container(chunks, chunk_count, false, NULL, 0, &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    reading_heap_init(&heap);
    assert_int_equal(ct_trace_reader_open_files(&files, &heap.alloc, &reader, &error), CT_OK);
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.event_count, chunk_count * EVENTS);
    ct_trace_reader_close(reader);
    assert_int_equal(heap.used, 0);
    ct_trace_files_close(&files);
    free(bytes);
    free(chunks);
    return heap.peak;
}

static void
test_memory(void **state)
{
    (void)state;
    assert_int_equal(peak_of_json(2000), peak_of_json(50000));
    assert_int_equal(peak_of_combined(2), peak_of_combined(200));
}

/* Every allocation fails once: the status says so, and nothing leaks. */
static void
try_without_memory(const struct ct_trace_files *files)
{
    for (size_t fail_at = 1;; fail_at++) {
        struct ct_failing_alloc failing;
        struct ct_trace_reader *reader;
        struct ct_error error = {0};
        struct reading reading;
        ct_failing_alloc_init(&failing, fail_at);
        enum ct_status status = ct_trace_reader_open_files(files, &failing.alloc, &reader, &error);
        if (status == CT_OK) {
            status = read_all(reader, &reading);
            ct_trace_reader_close(reader);
        }
        assert_int_equal(failing.live_count, 0);
        if (!ct_failing_alloc_has_failed(&failing)) {
            assert_int_equal(status, CT_OK);
            return;
        }
        assert_int_equal(status, CT_ERR_MEMORY);
    }
}

static void
test_no_memory(void **state)
{
    size_t size;
    (void)state;
    struct ct_trace_files json = reading_json_files(
        small_json, "{\"program\":\"/a.rb\",\"args\":[\"x\"],\"workdir\":\"/\"}", "[\"/a.rb\"]");
    try_without_memory(&json);
    ct_trace_files_close(&json);
    uint8_t *bytes = reading_golden("threads_expressions_combined.ct", &size);
    struct ct_trace_files combined = reading_container_files(bytes, size);
    try_without_memory(&combined);
    ct_trace_files_close(&combined);
    free(bytes);
}

static void
test_without_values(void **state)
{
    struct reading reading;
    size_t size;
    (void)state;
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    struct ct_trace_reader *reader = open_files(&files);
    ct_trace_reader_values_put(reader, false);
    assert_int_equal(read_all(reader, &reading), CT_OK);
    assert_int_equal(reading.counts[CT_TRACE_VALUE], 54);
    assert_string_equal(ct_trace_reader_type(reader, 1)->name, "String");
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combined),       cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_fields),    cmocka_unit_test(test_json_cuts),
        cmocka_unit_test(test_json_damage),    cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_large_chunk),    cmocka_unit_test(test_event_size_max),
        cmocka_unit_test(test_container_cuts), cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_other_files),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_without_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
