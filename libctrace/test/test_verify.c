/* Verify: good traces have no finding, and each rule's breach has the finding that names it.
 *
 * Breaches of meaning are short traces in JSON; breaches of the container, of chunks and of
 * meta.dat are made by patching a good file. A case passes when a finding holds the expected
 * words. */
#include "reading.h"

#include "container/container_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA "{\"program\":\"/a.rb\",\"args\":[],\"workdir\":\"/\"}"
#define PATHS    "[\"/a.rb\"]"

/* A good trace up to its first step: path 0, types 0 (None), 1 (Integer), 2 (a Struct of one
 * field), name 0, function 0 and 1 (line 5). */
#define HEAD                                                                                       \
    "[{\"Path\":\"/a.rb\"},{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}},"    \
    "{\"Function\":{\"path_id\":0,\"line\":5,\"name\":\"f\"}},{\"VariableName\":\"x\"},"           \
    "{\"Type\":{\"kind\":30,\"lang_type\":\"NilClass\",\"specific_info\":{\"kind\":\"None\"}}},"   \
    "{\"Type\":{\"kind\":7,\"lang_type\":\"Integer\",\"specific_info\":{\"kind\":\"None\"}}},"     \
    "{\"Type\":{\"kind\":6,\"lang_type\":\"S\",\"specific_info\":{\"kind\":\"Struct\",\"fields\":" \
    "[{\"name\":\"a\",\"type_id\":1}]}}},"
#define CALL   "{\"Call\":{\"function_id\":0,\"args\":[]}},"
#define STEP   "{\"Step\":{\"path_id\":0,\"line\":1}},"
#define NIL    "{\"kind\":\"None\",\"type_id\":0}"
#define RETURN "{\"Return\":{\"return_value\":" NIL "}}"

/* `body` stands between the first step and the last return. */
#define IN_STEP(body) HEAD CALL STEP body RETURN "]"
#define EXPRESSION(path_id)                                                                        \
    "{\"id\":0,\"path_id\":" path_id ",\"line\":1,\"column\":0,\"last_line\":1,"                   \
    "\"last_column\":5,\"kind\":\"value\",\"name\":\"a + b\"}"
#define VALUE(value)  "{\"Value\":{\"variable_id\":0,\"value\":" value "}},"

static void
assert_findings(const char *trace, const char *metadata, const char *paths, const char *expected)
{
    struct ct_trace_files files = reading_json_files(trace, metadata, paths);
    char *findings = reading_findings(&files);
    if (expected[0] == '\0' ? findings[0] != '\0' : strstr(findings, expected) == NULL)
        fail_msg("expected '%s' of %s, got:\n%s", expected, trace, findings);
    free(findings);
    ct_trace_files_close(&files);
}

static void
test_good(void **state)
{
    static const char *const names[] = {"flow_combined.ct", "threads_expressions_combined.ct"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        uint8_t *bytes = reading_golden(names[i], &size);
        struct ct_trace_files files = reading_container_files(bytes, size);
        char *findings = reading_findings(&files);
        assert_string_equal(findings, "");
        free(findings);
        ct_trace_files_close(&files);
        free(bytes);
    }
    assert_findings(IN_STEP(""), METADATA, PATHS, "");
    assert_findings(
        IN_STEP(VALUE("{\"kind\":\"Struct\",\"type_id\":2,\"field_values\":[" NIL "]}")
                "{\"DropVariable\":0},{\"ThreadStart\":1},{\"BindVariable\":{}},"
                "{\"Step\":{\"path_id\":0,\"line\":5}},{\"Call\":{\"function_id\":1,\"args\":"
                "[{\"variable_id\":0,\"value\":{\"kind\":\"Float\",\"f\":\"-Infinity\","
                "\"type_id\":1}}]}}," RETURN ","),
        METADATA, PATHS, "");
}

static void
test_events(void **state)
{
    static const struct {
        const char *trace;
        const char *expected;
    } cases[] = {
        {IN_STEP("{\"Path\":\"b.rb\"},"), "event 9 (Path): the path is not absolute"},
        {IN_STEP("{\"Path\":\"/b.tsx\"},"), "turns on JavaScript mode"},
        {IN_STEP("{\"VariableName\":\"\"},"), "the name is empty"},
        {IN_STEP("{\"Variable\":\"y\"},"), "Variable has no safe reader"},
        {IN_STEP("{\"Type\":{\"kind\":34,\"lang_type\":\"X\",\"specific_info\":{}}},"),
         "the type has the unknown kind 34"},
        {IN_STEP("{\"Function\":{\"path_id\":1,\"line\":1,\"name\":\"g\"}},"),
         "path 1 is not defined yet"},
        {IN_STEP("{\"Step\":{\"path_id\":3,\"line\":1}},"), "path 3 is not defined yet"},
        {IN_STEP("{\"Step\":{\"path_id\":0,\"line\":0}},"), "line 0 does not exist"},
        {IN_STEP("{\"Value\":{\"variable_id\":1,\"value\":" NIL "}},"),
         "variable 1 is not defined yet"},
        {IN_STEP(VALUE(NIL) VALUE(NIL)), "the step shows two values called 'x'"},
        {IN_STEP("{\"VariableName\":\"x\"}," VALUE(NIL)
                 "{\"Value\":{\"variable_id\":1,\"value\":" NIL "}},"),
         "the step shows two values called 'x'"},
        {IN_STEP("{\"Call\":{\"function_id\":1,\"args\":[]}}," RETURN ","),
         "the step before the call of f is not on its line"},
        {IN_STEP("{\"Call\":{\"function_id\":2,\"args\":[]}}," RETURN ","),
         "function 2 is not defined yet"},
        {IN_STEP("{\"Call\":{\"function_id\":1}}," RETURN ","), "Call lacks args"},
        {IN_STEP("{\"Event\":{\"kind\":14,\"metadata\":\"\",\"content\":\"\"}},"),
         "the event has the unknown kind 14"},
        {IN_STEP("{\"Event\":{\"kind\":0,\"content\":\"\"}},"), "Event lacks metadata"},
        {IN_STEP("{\"Asm\":[]},"), "Asm has no safe reader"},
        {IN_STEP("\"DropLastStep\","), "DropLastStep has no safe reader"},
        {IN_STEP("{\"CompoundValue\":{}},"), "CompoundValue has no safe reader"},
        {IN_STEP("{\"Nonsense\":{}},"), "no event is called 'Nonsense'"},
        {IN_STEP("7,"), "the element is no event"},
        {IN_STEP(RETURN ","), "the return has no call"},
        {IN_STEP(RETURN "," STEP CALL), "the step is outside of every call"},
        {HEAD CALL RETURN "]", "there is no step at all"},
        {HEAD CALL VALUE(NIL) STEP RETURN "]", "the value comes before the first step"},
        {HEAD CALL "{\"Event\":{\"kind\":0,\"metadata\":\"\",\"content\":\"\"}}," STEP RETURN "]",
         "the event comes before the first step"},
        {HEAD STEP CALL RETURN "]", "the first call is not function 0"},
        {HEAD CALL STEP RETURN "," CALL RETURN "]", "the call comes after <top-level> returned"},
        {HEAD CALL STEP "{\"ThreadExit\":1}]",
         "1 of the calls never returns, innermost: <top-level>"},
        {"[{\"Path\":\"/a.rb\"},{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"main\"}}]",
         "function 0 is not <top-level>"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_findings(cases[i].trace, METADATA, PATHS, cases[i].expected);
}

static void
test_values(void **state)
{
    static const struct {
        const char *trace;
        const char *expected;
    } cases[] = {
        {IN_STEP(VALUE("{\"kind\":\"None\",\"type_id\":9}")),
         "the type 9 of the None is not defined"},
        {IN_STEP(VALUE("{\"kind\":\"Nonsense\",\"type_id\":0}")), "has no known kind"},
        {IN_STEP(VALUE("{\"kind\":\"Int\",\"type_id\":1}")), "Int lacks i"},
        {IN_STEP(VALUE("{\"kind\":\"Float\",\"f\":1.5,\"type_id\":1}")),
         "the Float is not written as text"},
        {IN_STEP(VALUE("{\"kind\":\"Float\",\"f\":\"0x1p3\",\"type_id\":1}")),
         "the Float's text is no number"},
        {IN_STEP(VALUE("{\"kind\":\"Float\",\"f\":\"\",\"type_id\":1}")),
         "the Float's text is no number"},
        {IN_STEP(VALUE("{\"kind\":\"Cell\",\"place\":1}")), "a Cell has no safe reader"},
        {IN_STEP(VALUE("{\"kind\":\"Struct\",\"type_id\":2,\"field_values\":[]}")),
         "the Struct has 0 values, its type 1 fields"},
        {IN_STEP(VALUE("{\"kind\":\"Tuple\",\"type_id\":1,\"elements\":[{\"kind\":\"Tuple\","
                       "\"type_id\":1,\"elements\":[{\"kind\":\"None\",\"type_id\":7}]}]}")),
         "the type 7 of the None is not defined"},
        {IN_STEP("{\"Return\":{\"return_value\":{\"kind\":\"None\",\"type_id\":8}}},"),
         "the type 8 of the None is not defined"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_findings(cases[i].trace, METADATA, PATHS, cases[i].expected);
}

static void
test_sidecars(void **state)
{
    (void)state;
    assert_findings(IN_STEP(""), NULL, PATHS, "trace_metadata.json:0: the file is absent");
    assert_findings(IN_STEP(""), METADATA, NULL, "trace_paths.json:0: the file is absent");
    assert_findings(IN_STEP(""), "{\"program\":\"a\",\"args\":[]}", PATHS,
                    "program, args or workdir is missing");
    assert_findings(IN_STEP(""), METADATA, "[]", "0 paths are listed, trace.json defines 1");
    assert_findings(IN_STEP(""), METADATA, "[\"/b.rb\"]", "path 0 is another than in trace.json");
    assert_findings(IN_STEP(""), METADATA, "[7]", "trace_paths.json:1: a list holds something");
    assert_findings(HEAD CALL STEP, METADATA, PATHS, "the file ends before the closing bracket");
    assert_findings(HEAD CALL STEP RETURN "]]", METADATA, PATHS,
                    "something follows the closing bracket");
}

/* Of a recording that came to its end, on one step of one path. */
static void
assert_expressions(const char *text, const char *expected)
{
    static const char facts[] =
        "{\"format\":1,\"state\":\"complete\",\"recording_id\":\"\",\"program\":\"/a.rb\","
        "\"workdir\":\"/\",\"recorder\":\"\",\"profile\":\"json\",\"backend\":\"native\","
        "\"end\":{\"how\":\"exit\"},\"counts\":{\"steps\":1}}";
    struct ct_trace_files files = reading_json_files(IN_STEP(""), METADATA, PATHS);
    assert_int_equal(ct_file_memory_open(facts, sizeof facts - 1, NULL, &files.facts), CT_OK);
    assert_int_equal(ct_file_memory_open(text, strlen(text), NULL, &files.expressions), CT_OK);
    char *findings = reading_findings(&files);
    assert_string_equal(findings, expected);
    free(findings);
    ct_trace_files_close(&files);
}

static void
test_expressions(void **state)
{
    (void)state;
    assert_expressions("[" EXPRESSION("0") ",{\"step\":0,\"seen\":[[0,1]]}]", "");
    assert_expressions("[" EXPRESSION("0") ",{\"step\":1,\"seen\":[[0,1]]}]",
                       "trace_expressions.json:0: an expression was seen at step 1, the trace has "
                       "1\n");
    assert_expressions("[" EXPRESSION("1") "]",
                       "trace_expressions.json:0: the expression 'a + b' is of path 1, the trace "
                       "has 1\n");
    assert_expressions("[{\"step\":0,\"seen\":[[0,1]]}]",
                       "trace_expressions.json:22: what is seen was not defined\n");
}

/* One finding does not hide the next. */
static void
test_goes_on(void **state)
{
    (void)state;
    struct ct_trace_files files = reading_json_files(
        IN_STEP("{\"Path\":\"b\"},{\"VariableName\":\"\"},{\"Step\":{\"path_id\":7,\"line\":0}},"),
        METADATA, PATHS);
    char *findings = reading_findings(&files);
    size_t lines = 0;
    for (const char *c = findings; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 5); /* path, name, line, path of the step, list of paths */
    free(findings);
    ct_trace_files_close(&files);
}

/* ---- containers ---- */

/* Changes `size` bytes at `offset` of a good container, and expects a finding. */
static void
assert_patched(size_t offset, const void *patch, size_t size, const char *expected)
{
    size_t file_size;
    uint8_t *bytes = reading_golden("flow_combined.ct", &file_size);
    assert_true(offset + size <= file_size);
    memcpy(bytes + offset, patch, size);
    struct ct_trace_files files = reading_container_files(bytes, file_size);
    char *findings = reading_findings(&files);
    if (strstr(findings, expected) == NULL)
        fail_msg("expected '%s', got:\n%s", expected, findings);
    free(findings);
    ct_trace_files_close(&files);
    free(bytes);
}

/* The offset of the entry called `name`. */
static size_t
entry_offset(const char *name)
{
    size_t size;
    uint64_t packed;
    assert_int_equal(ct_container_name_encode(name, &packed), CT_OK);
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    size_t offset = CT_CONTAINER_ENTRIES_OFFSET;
    while (memcmp(bytes + offset + CT_CONTAINER_ENTRY_NAME_OFFSET, &packed, sizeof packed) != 0)
        offset += CT_CONTAINER_ENTRY_SIZE;
    free(bytes);
    return offset;
}

static void
test_container(void **state)
{
    const uint64_t far = 1000;
    const uint64_t huge = UINT64_MAX;
    const uint64_t zero = 0;
    const size_t log = entry_offset("events.log");
    const size_t meta = entry_offset("meta.dat");
    uint64_t log_root;
    size_t size;
    (void)state;
    uint8_t *bytes = reading_golden("flow_combined.ct", &size);
    memcpy(&log_root, bytes + log + CT_CONTAINER_ENTRY_ROOT_OFFSET, sizeof log_root);
    free(bytes);
    assert_patched(CT_CONTAINER_VERSION_OFFSET, "\x05", 1, "version");
    assert_patched(CT_CONTAINER_BLOCK_SIZE_OFFSET, "\x00\x04", 2, "blocks have 1024 bytes");
    assert_patched(CT_CONTAINER_COUNT_OFFSET, "\x20", 1, "32 entries are announced");
    assert_patched(log + CT_CONTAINER_ENTRY_ROOT_OFFSET, &far, 8, "trace.ct");
    assert_patched(log, &huge, 8, "more than the container has");
    assert_patched(meta + CT_CONTAINER_ENTRY_ROOT_OFFSET, &log_root, 8, "belongs to two places");
    assert_patched(meta + CT_CONTAINER_ENTRY_NAME_OFFSET, &zero, 8,
                   "has no name but a size or a root");
    assert_patched(meta + CT_CONTAINER_ENTRY_NAME_OFFSET, &zero, 8, "there is no meta.dat");
    assert_patched((size_t)log_root * CT_CONTAINER_BLOCK_SIZE, &far, 8, "trace.ct");
    assert_patched((size_t)log_root * CT_CONTAINER_BLOCK_SIZE, &log_root, 8,
                   "lead in a circle");
    assert_patched(log + CT_CONTAINER_ENTRY_NAME_OFFSET, "\x01\x00\x00\x00\x00\x00\x00\x00", 8,
                   "no events.log");
}

/* ---- chunks and meta.dat ---- */

static const uint8_t thread_start[] = {20, 1, 0, 0, 0, 0, 0, 0, 0};

static void
assert_container(const struct reading_chunk *chunk, const void *meta, size_t meta_size,
                 const char *expected)
{
    size_t size;
    uint8_t *bytes = reading_container(chunk, 1, false, meta, meta_size, &size);
    struct ct_trace_files files = reading_container_files(bytes, size);
    char *findings = reading_findings(&files);
    if (strstr(findings, expected) == NULL)
        fail_msg("expected '%s', got:\n%s", expected, findings);
    free(findings);
    ct_trace_files_close(&files);
    free(bytes);
}

static void
test_chunks(void **state)
{
    const struct reading_chunk good = {
        .events = thread_start, .size = sizeof thread_start, .count = 1};
    struct reading_chunk chunk = good;
    (void)state;
    chunk.first = 7;
    assert_container(&chunk, NULL, 0, "says that its first event is 7");
    chunk = good;
    chunk.count = 0;
    assert_container(&chunk, NULL, 0, "the chunk holds 0 events");
    assert_container(&chunk, NULL, 0, "the chunk has bytes after its last event");
    chunk = good;
    chunk.is_sizeless = true;
    assert_container(&chunk, NULL, 0, "does not tell its content size");
    chunk = good;
    chunk.count = 2;
    assert_container(&chunk, NULL, 0, "the chunk ends inside event 1");
    chunk = good;
    chunk.frame_size_delta = 5;
    assert_container(&chunk, NULL, 0, "the chunk's head says more bytes than events.log has");
    chunk = good;
    chunk.frame_size_delta = (uint32_t)-1;
    assert_container(&chunk, NULL, 0, "the chunk's zstd frame is longer than the chunk");
    chunk = good;
    chunk.events = "\x63";
    chunk.size = 1;
    assert_container(&chunk, NULL, 0, "event 0 has the unknown tag 99");
    chunk.events = "\x01\x02\x00\x00\x00/\xff";
    chunk.size = 7;
    assert_container(&chunk, NULL, 0, "event 0: text is not UTF-8");
    chunk.events = "\x08\x01\x00\x00\x00\xff";
    chunk.size = 6;
    assert_container(&chunk, NULL, 0, "event 0 (Return), byte 0 of its value");
}

#define ID "\x24" "01949fcc-7d92-7e9c-a001-000000000001"

static void
test_meta(void **state)
{
    static const struct {
        const char *meta;
        size_t size;
        const char *expected;
    } cases[] = {
#define META(text) text, sizeof text - 1
        {META("CTMX\3\0\0\0" ID "\0\0\0\0\0"), "does not start with its magic"},
        {META("CTMD\4\0\0\0" ID "\0\0\0\0\0"), "meta.dat has version 4"},
        {META("CTMD\3\0\1\0" ID "\0\0\0\0\0"), "a flag is set that no reader knows"},
        {META("CTMD\3\0\0\0" "\x24" "01949fcc-7d92-4e9c-a001-000000000001" "\0\0\0\0\0"),
         "not a lower-case UUIDv7"},
        {META("CTMD\3\0\0\0" ID "\0\0\0\0\0x"), "bytes follow the last field"},
        {META("CTMD\3\0\0\0" ID "\0\0\0\0"), "meta.dat is cut"},
        {META("CTMD\3\0\0\0" ID "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0"),
         "meta.dat is cut"},
        {META("CTMD\3\0\0\0" ID "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0"),
         "meta.dat is cut"},
        {META("CTMD\3\0\0\0" ID "\1\xff\0\0\0\0"), "text is not UTF-8"},
        {META("CTMD\3\0\x08\0" ID "\0\0\0\0\0\1\0"), "meta.dat is cut"},
        {META("CTMD\3\0\0\0" ID "\0\0\0\0\1\1/"), "1 path is listed, events.log defines 0"},
    };
    const struct reading_chunk chunk = {
        .events = thread_start, .size = sizeof thread_start, .count = 1};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_container(&chunk, cases[i].meta, cases[i].size, cases[i].expected);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),     cmocka_unit_test(test_events),
        cmocka_unit_test(test_values),   cmocka_unit_test(test_sidecars),
        cmocka_unit_test(test_goes_on),  cmocka_unit_test(test_container),
        cmocka_unit_test(test_chunks),   cmocka_unit_test(test_meta),
        cmocka_unit_test(test_expressions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
