/* What the trace writer leaves on disk.
 *
 * Exact bytes of both layouts, chunks and when they show, path lists, embedded sources. */
#include "writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- exact bytes ---- */

/* One record of each kind; values are stand-ins, because the writer does not look into them. */
static void
write_one_of_each(struct ct_trace_writer *writer, const char *value)
{
    static const char *const fields[] = {"@a"};
    uint64_t struct_id;
    const uint64_t path_id = put_path(writer, "/tmp/w/a.rb");
    const uint64_t function_id = put_function(writer, "<top-level>", path_id, 0);
    const uint64_t name_id = put_name(writer, "x");
    assert_int_equal(
        ct_trace_writer_type_put(writer, CT_TYPE_STRUCT, "A", 1, fields, 1, &struct_id), CT_OK);
    assert_int_equal(struct_id, 1);
    const struct ct_trace_value values[] = {text_value(name_id, value)};
    assert_int_equal(ct_trace_writer_call_append(writer, function_id, NULL, 0), CT_OK);
    assert_int_equal(ct_trace_writer_step_append(writer, path_id, 10), CT_OK);
    assert_int_equal(ct_trace_writer_values_append(writer, values, 1), CT_OK);
    assert_int_equal(ct_trace_writer_call_append(writer, function_id, values, 1), CT_OK);
    assert_int_equal(ct_trace_writer_event_append(writer, CT_EVENT_WRITE_OTHER, "m", 1, "hi\n", 3),
                     CT_OK);
    assert_int_equal(ct_trace_writer_thread_append(writer, CT_THREAD_SWITCH, 5), CT_OK);
    assert_int_equal(ct_trace_writer_return_append(writer, (const uint8_t *)value, strlen(value)),
                     CT_OK);
}

#define U64(byte) byte "00000000000000"

/* A line is a record. */
/* clang-format off */
static const char one_of_each_hex[] =
    "01" "0b000000" "2f746d702f772f612e7262"
    "06" U64("00") U64("01") "0b000000" "3c746f702d6c6576656c3e"
    "02" "01000000" "78"
    "04" "2f000000" "a3" "646b696e64" "1820" "696c616e675f74797065" "63416e79"
         "6d73706563696669635f696e666f" "a1" "646b696e64" "644e6f6e65"
    "04" "48000000" "a3" "646b696e64" "06" "696c616e675f74797065" "6141"
         "6d73706563696669635f696e666f" "a2" "646b696e64" "66537472756374" "666669656c6473" "81"
         "a2" "646e616d65" "624061" "67747970655f6964" "00"
    "07" U64("00") "01000000" "80"
    "00" U64("00") U64("0a")
    "05" U64("00") "01000000" "f6"
    "07" U64("00") "16000000" "81" "a2" "6b7661726961626c655f6964" "00" "6576616c7565" "f6"
    "09" "02" "01000000" "6d" "03000000" "68690a"
    "16" U64("05")
    "08" "01000000" "f6";
/* clang-format on */

static void
test_combined_events_are_exact(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    write_one_of_each(writer, "\xF6");
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    struct content log = read_inner(folder, "events.log");
    struct chunk chunk = read_chunk(&log, 0);
    assert_int_equal(chunk.event_count, 12);
    assert_int_equal(chunk.event_first, 0);
    assert_int_equal(chunk.end, log.size);
    assert_hex(chunk.events, chunk.size, one_of_each_hex);
    free(chunk.events);
    free(log.bytes);
    struct content format = read_inner(folder, "events.fmt");
    assert_string_equal((char *)format.bytes, "split-binary");
    free(format.bytes);
    ct_folder_close(folder);
}

static void
test_combined_metadata_is_exact(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    put_path(writer, "/tmp/w/a.rb");
    put_path(writer, "/tmp/w/b.rb");
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    struct content meta = read_inner(folder, "meta.dat");
    assert_hex(meta.bytes, meta.size,
               "43544d44"
               "0300"
               "0000"
               "24"
               "30313934396663632d376439322d376539632d613030312d303030303030303030303031"
               "0b"
               "2f746d702f772f612e7262"
               "02"
               "02"
               "2d76"
               "05"
               "636166c3a9"
               "06"
               "2f746d702f77"
               "03"
               "637262"
               "02"
               "0b"
               "2f746d702f772f612e7262"
               "0b"
               "2f746d702f772f622e7262");
    free(meta.bytes);
    struct content paths = read_inner(folder, "paths.json");
    assert_string_equal((char *)paths.bytes, "[\"/tmp/w/a.rb\",\"/tmp/w/b.rb\"]");
    free(paths.bytes);
    ct_folder_close(folder);
}

static void
test_json_is_exact(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    assert_file(folder, "trace.json", "[\n]\n");
    write_one_of_each(writer, "null");
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_file(folder, "trace.json",
                "[\n{\"Path\":\"/tmp/w/a.rb\"},\n"
                "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}},\n"
                "{\"VariableName\":\"x\"},\n"
                "{\"Type\":{\"kind\":32,\"lang_type\":\"Any\",\"specific_info\":"
                "{\"kind\":\"None\"}}},\n"
                "{\"Type\":{\"kind\":6,\"lang_type\":\"A\",\"specific_info\":{\"kind\":\"Struct\","
                "\"fields\":[{\"name\":\"@a\",\"type_id\":0}]}}},\n"
                "{\"Call\":{\"function_id\":0,\"args\":[]}},\n"
                "{\"Step\":{\"path_id\":0,\"line\":10}},\n"
                "{\"Value\":{\"variable_id\":0,\"value\":null}},\n"
                "{\"Call\":{\"function_id\":0,\"args\":[{\"variable_id\":0,\"value\":null}]}},\n"
                "{\"Event\":{\"kind\":2,\"metadata\":\"m\",\"content\":\"hi\\n\"}},\n"
                "{\"ThreadSwitch\":5},\n"
                "{\"Return\":{\"return_value\":null}}\n]\n");
    assert_file(folder, "trace_paths.json", "[\n\"/tmp/w/a.rb\"\n]\n");
    assert_file(folder, "trace_metadata.json",
                "{\"program\":\"/tmp/w/a.rb\",\"args\":[\"-v\",\"caf\xC3\xA9\"],"
                "\"workdir\":\"/tmp/w\",\"recording_id\":\"" RECORDING_ID "\"}\n");
    ct_folder_close(folder);
}

static void
test_json_is_whole_after_each_flush(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    put_name(writer, "a");
    assert_int_equal(ct_trace_writer_flush(writer), CT_OK);
    assert_file(folder, "trace.json", "[\n{\"VariableName\":\"a\"}\n]\n");
    put_name(writer, "b");
    assert_file(folder, "trace.json", "[\n{\"VariableName\":\"a\"}\n]\n");
    assert_int_equal(ct_trace_writer_flush(writer), CT_OK);
    assert_file(folder, "trace.json",
                "[\n{\"VariableName\":\"a\"},\n{\"VariableName\":\"b\"}\n]\n");
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    ct_folder_close(folder);
}

/* ---- chunks ---- */

static bool
shows_metadata(struct ct_folder *folder)
{
    struct content meta = read_inner(folder, "meta.dat");
    free(meta.bytes);
    return meta.size > 0;
}

static void
test_chunks_show_when_sealed(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    append_threads(writer, 4095);
    assert_false(shows_metadata(folder));
    append_threads(writer, 1);
    assert_true(shows_metadata(folder));
    assert_log_chunk(folder, 0, 4096, 0);
    append_threads(writer, 10);
    assert_log_chunk(folder, 0, 4096, 0);
    assert_int_equal(ct_trace_writer_flush(writer), CT_OK);
    assert_log_chunk(folder, 1, 10, 4096);
    assert_int_equal(ct_trace_writer_flush(writer),
                     CT_OK); /* nothing is pending: nothing is written */
    assert_log_chunk(folder, 1, 10, 4096);
    append_threads(writer, 3);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_log_chunk(folder, 2, 3, 4106);
    ct_folder_close(folder);
}

static void
test_values_cross_chunks(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    const uint64_t path_id = put_path(writer, "/tmp/w/a.rb");
    const uint64_t name_id = put_name(writer, "x");
    assert_int_equal(ct_trace_writer_step_append(writer, path_id, 1), CT_OK);
    struct ct_trace_value *values = calloc(10000, sizeof *values);
    for (size_t i = 0; i < 10000; i++)
        values[i] = text_value(name_id, "\xF6");
    assert_int_equal(ct_trace_writer_values_append(writer, values, 10000), CT_OK);
    assert_log_chunk(folder, 1, 4096, 4096);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_log_chunk(folder, 2, 10003 - 8192, 8192);
    free(values);
    ct_folder_close(folder);
}

static void
test_large_chunks_are_sealed_early(void **state)
{
    (void)state;
    const size_t size = (size_t)3 << 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    const uint64_t path_id = put_path(writer, "/tmp/w/a.rb");
    assert_int_equal(ct_trace_writer_step_append(writer, path_id, 1), CT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ct_trace_writer_event_append(writer, CT_EVENT_WRITE, "", 0, text, size),
                         CT_OK);
    assert_log_chunk(folder, 0, 4, 0);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_log_chunk(folder, 1, 1, 4);
    free(text);
    ct_folder_close(folder);
}

/* ---- paths and sources ---- */

static void
test_paths_are_published_with_each_seal(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    put_path(writer, "/a");
    append_threads(writer, 4095);
    assert_path_list(folder, "[\"/a\"]");
    put_path(writer, "/b");
    append_threads(writer, 4095);
    assert_path_list(folder, "[\"/a\",\"/b\"]");
    put_path(writer, "/c");
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_path_list(folder, "[\"/a\",\"/b\",\"/c\"]");
    ct_folder_close(folder);
}

/* Thousands of files, one in each chunk: old lists must not outgrow the trace. */
static void
test_old_path_lists_stay_few(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    struct ct_trace_counts counts;
    char path[64];
    for (int i = 0; i < 600; i++) {
        snprintf(path, sizeof path, "/usr/lib/ruby/gems/some-long-name-1.0.0/lib/file_%06d.rb", i);
        put_path(writer, path);
        append_threads(writer, 4095);
    }
    ct_trace_writer_counts(writer, &counts);
    assert_true(counts.size < (uint64_t)8 << 20); /* all 600 lists of both kinds: 22 MB */
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    struct content paths = read_inner(folder, "paths.json");
    assert_non_null(strstr((char *)paths.bytes, "file_000599.rb\"]"));
    free(paths.bytes);
    ct_folder_close(folder);
}

static void
test_paths_are_bent(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    put_path(writer, "lib/a.rb");
    put_path(writer, "/x/app.js");
    put_path(writer, "/x/app.tsx");
    put_path(writer, "/x/app.json");
    assert_int_equal(put_path(writer, "/tmp/w/lib/a.rb"), 0);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_path_list(folder,
                     "[\"/tmp/w/lib/a.rb\",\"/x/app.js.rb\",\"/x/app.tsx.rb\",\"/x/app.json\"]");
    ct_folder_close(folder);
}

static void
test_sources_stay_below_files(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    const uint64_t plain_id = put_path(writer, "/x/a.rb");
    const uint64_t parent_id = put_path(writer, "//../../etc/./passwd");
    assert_int_equal(ct_trace_writer_source_put(writer, plain_id, "p 1\n", 4), CT_OK);
    assert_int_equal(ct_trace_writer_source_put(writer, parent_id, "", 0), CT_OK);
    assert_file(folder, "files/x/a.rb", "p 1\n");
    assert_file(folder, "files/__/__/etc/passwd", "");
    assert_int_equal(ct_trace_writer_source_put(writer, 2, "", 0), CT_ERR_STATE);
    assert_int_equal(ct_trace_writer_close(writer), CT_ERR_STATE);
    ct_folder_close(folder);
}

static void
test_counts(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    struct ct_trace_counts counts;
    write_one_of_each(writer, "null");
    assert_int_equal(ct_trace_writer_flush(writer), CT_OK);
    ct_trace_writer_counts(writer, &counts);
    assert_int_equal(counts.step_count, 1);
    assert_int_equal(counts.call_count, 2);
    assert_int_equal(counts.event_count, 1);
    assert_int_equal(counts.record_count, 12);
    size_t size = 0;
    static const char *const names[] = {"trace.json", "trace_paths.json", "trace_metadata.json"};
    for (size_t i = 0; i < 3; i++) {
        struct content content = read_file(folder, names[i]);
        size += content.size;
        free(content.bytes);
    }
    assert_int_equal(counts.size, size);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    ct_folder_close(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combined_events_are_exact),
        cmocka_unit_test(test_combined_metadata_is_exact),
        cmocka_unit_test(test_json_is_exact),
        cmocka_unit_test(test_json_is_whole_after_each_flush),
        cmocka_unit_test(test_chunks_show_when_sealed),
        cmocka_unit_test(test_values_cross_chunks),
        cmocka_unit_test(test_large_chunks_are_sealed_early),
        cmocka_unit_test(test_paths_are_published_with_each_seal),
        cmocka_unit_test(test_old_path_lists_stay_few),
        cmocka_unit_test(test_paths_are_bent),
        cmocka_unit_test(test_sources_stay_below_files),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
