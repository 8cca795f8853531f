/* trace_info.json: what the timeline writes of a recording, what a reader finds in it, and what
 * verify says when it and the trace disagree.
 *
 * The independent reader has the same rule, so it looks at each file that the timeline made. */
#include "reading.h"
#include "timeline_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME "trace_info.json"

struct fixture {
    struct scratch scratch;
    struct record_builder builder;
};

static int
set_up(void **state)
{
    static const char *const args[] = {"--fast", "a\xFF\"b"};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    scratch_make(&fixture->scratch);
    build_init(&fixture->builder);
    build_start(&fixture->builder, &(struct start_texts){.out_folder = fixture->scratch.path,
                                                         .profile = "json",
                                                         .program = "/srv/app/main.rb",
                                                         .args = args,
                                                         .arg_count = 2});
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;
    scratch_remove(&fixture->scratch);
    build_release(&fixture->builder);
    free(fixture);
    return 0;
}

static char *
read_file(const struct fixture *fixture)
{
    struct ct_folder *folder;
    size_t size;
    assert_ok(ct_folder_open(fixture->scratch.path, false, NULL, &folder, NULL));
    char *text = (char *)ct_folder_read_all(folder, NAME, &size);
    struct ct_file *file;
    assert_int_equal(folder->ops->open(folder, NAME ".new", &file), CT_ERR_NOT_FOUND);
    ct_folder_close(folder);
    assert_non_null(text);
    text[size] = '\0';
    return text;
}

static void
assert_says(const struct fixture *fixture, const char *words)
{
    char *text = read_file(fixture);
    if (strstr(text, words) == NULL)
        fail_msg("expected '%s' in:\n%s", words, text);
    free(text);
    assert_true(oracle_accepts(fixture->scratch.path));
}

static void
run(struct fixture *fixture)
{
    assert_ok(timeline_run(&fixture->builder, NULL, NULL));
}

static void
build_tally_of_one(struct fixture *fixture, enum ct_spool_ending ending, int32_t code)
{
    const uint64_t counts[] = {12, 1, 2, 3, 4, 5000, 6, 99};
    build_tally(&fixture->builder, ending, code, counts, 8);
}

/* ---- what is written ---- */

static void
test_a_complete_recording(void **state)
{
    static const char facts[] = "{\"ruby\":{\"version\":\"3.4.1\"},\n\"git\":null}";
    static const char gems[] = "json\0"
                               "2.6.1\0"
                               "r\xFF\0"
                               "1";
    struct fixture *fixture = *state;
    build_facts(&fixture->builder, CT_SPOOL_FACTS_STATIC, facts, sizeof facts - 1);
    build_facts(&fixture->builder, CT_SPOOL_FACTS_GEMS, "old\0001", 6);
    build_facts(&fixture->builder, CT_SPOOL_FACTS_GEMS, gems, sizeof gems);
    build_tally_of_one(fixture, CT_SPOOL_ENDING_EXIT, 3);
    build_end(&fixture->builder, 0);
    run(fixture);
    assert_says(fixture,
                "{\n\"format\":1,\n\"state\":\"complete\",\n"
                "\"recording_id\":\"01949fcc-7d92-7e9c-a001-000000000001\",\n"
                "\"program\":\"/srv/app/main.rb\",\n\"args\":[\"--fast\",\"a\\\\xFF\\\"b\"],\n"
                "\"workdir\":\"/srv/app\",\n\"recorder\":\"codetracer-ruby-recorder 0\",\n"
                "\"profile\":\"json\",\n\"backend\":\"native\",\n\"pid\":null,\n"
                "\"ruby\":{\"version\":\"3.4.1\"},\n\"git\":null,\n"
                "\"gems\":[\n{\"name\":\"json\",\"version\":\"2.6.1\"},\n"
                "{\"name\":\"?\",\"version\":\"1\"}],\n"
                "\"end\":{\"how\":\"exit\",\"exit_status\":3,\"signal\":null},\n"
                "\"failure\":null,\n\"duration_ns\":null,\n"
                "\"counts\":{\"steps\":1,\"calls\":1,\"events\":0,\"values_cut\":12,"
                "\"values_not_captured\":1,\"lost_frames\":2,\"ractor_events\":3,"
                "\"spool_waits\":4,\"spool_wait_ns\":5000,"
                "\"values_hidden\":6}\n}\n");
}

/* Lines that are not whole, or name what is none of ours, are left out. */
static void
test_programs_that_have_registered(void **state)
{
    static const char registered[] =
        "17 0190a6e2-7d92-7e9c-a001-000000000002 children/17-1\n"
        "18 0190a6e2-7d92-7e9c-a001-000000000003 children/../../etc\n"
        "19 no-id children/19-1\n"
        " 20 0190a6e2-7d92-7e9c-a001-000000000004 children/20-1\n"
        "\n"
        "21 0190a6e2-7d92-7e9c-a001-000000000005 children/21-1 \n"
        "22 0190a6e2-7d92-7e9c-a001-000000000006 children/22-2\n"
        "23 0190a6e2-7d92-7e9c-a001-000000000007 children/23-1";
    struct fixture *fixture = *state;
    struct ct_folder *folder;
    struct ct_file *file;
    assert_ok(ct_folder_open(fixture->scratch.path, true, NULL, &folder, NULL));
    assert_ok(folder->ops->create(
        folder, "children/01949fcc-7d92-7e9c-a001-000000000001.started", &file));
    assert_ok(file->ops->write_at(file, 0, registered, sizeof registered - 1));
    assert_ok(ct_file_close(file));
    ct_folder_close(folder);
    build_end(&fixture->builder, 0);
    run(fixture);
    assert_says(fixture, "\"pid\":null,\n\"children\":[\n"
                         "{\"pid\":17,\"recording_id\":\"0190a6e2-7d92-7e9c-a001-000000000002\","
                         "\"folder\":\"children/17-1\"},\n"
                         "{\"pid\":22,\"recording_id\":\"0190a6e2-7d92-7e9c-a001-000000000006\","
                         "\"folder\":\"children/22-2\"}],\n");
}

static void
test_every_way_to_end(void **state)
{
    static const struct {
        enum ct_spool_ending ending;
        const char *words;
    } ways[] = {
        {CT_SPOOL_ENDING_EXCEPTION, "{\"how\":\"exception\",\"exit_status\":15,\"signal\":null}"},
        {CT_SPOOL_ENDING_SIGNAL, "{\"how\":\"signal\",\"exit_status\":null,\"signal\":15}"},
        {CT_SPOOL_ENDING_STOP, "{\"how\":\"stop\",\"exit_status\":null,\"signal\":null}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        void *fixture;
        set_up(&fixture);
        build_tally_of_one(fixture, ways[i].ending, 15);
        build_end(&((struct fixture *)fixture)->builder, 0);
        run(fixture);
        assert_says(fixture, ways[i].words);
        tear_down(&fixture);
    }
}

static void
test_a_program_that_went_without_a_word(void **state)
{
    struct fixture *fixture = *state;
    run(fixture);
    assert_says(fixture, "\"state\":\"interrupted\"");
    assert_says(fixture, "\"end\":{\"how\":\"unseen\",\"exit_status\":null,\"signal\":null}");
    assert_says(fixture, "\"values_cut\":null");
}

static void
test_a_damaged_recording_says_so(void **state)
{
    struct fixture *fixture = *state;
    build_step(&fixture->builder, 7, 1); /* a view that was never defined */
    assert_int_equal(timeline_run(&fixture->builder, NULL, NULL), CT_ERR_FORMAT);
    assert_says(fixture, "\"state\":\"failed\"");
    assert_says(fixture, "\"failure\":\"a record of kind 9: ");
}

static void
test_facts_that_are_no_object_are_left_out(void **state)
{
    static const char *const texts[] = {"", "[]", "{", "{\"a\":}", "{} {}", "{\"a\":1} ", "null"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        build_facts(&fixture->builder, CT_SPOOL_FACTS_STATIC, texts[i], strlen(texts[i]));
    build_facts(&fixture->builder, CT_SPOOL_FACTS_STATIC, "{}", 2);
    run(fixture);
    assert_says(fixture, "\"pid\":null,\n\"gems\":[],\n");
}

/* The file is there as soon as the recording began, whole. */
static void
test_it_is_there_from_the_start(void **state)
{
    struct fixture *fixture = *state;
    struct ct_folder *folder;
    assert_ok(ct_folder_open(fixture->scratch.path, true, NULL, &folder, NULL));
    struct ct_failure_plan plan = {.is_lasting = true};
    /* All that comes after the first file was put in place fails. */
    for (plan.fail_at = 1;; plan.fail_at++) {
        plan.call_count = 0;
        struct ct_folder *failing = ct_failing_folder_new(folder, &plan);
        (void)!timeline_run(&fixture->builder, failing, NULL);
        char *text;
        struct ct_folder *again;
        size_t size;
        assert_ok(ct_folder_open(fixture->scratch.path, false, NULL, &again, NULL));
        text = (char *)ct_folder_read_all(again, NAME, &size);
        ct_folder_close(again);
        const bool is_there = text != NULL;
        free(text);
        if (is_there)
            break;
        assert_ok(ct_folder_open(fixture->scratch.path, true, NULL, &folder, NULL));
    }
    assert_true(plan.fail_at > 3);
    char *text = read_file(fixture);
    assert_non_null(strstr(text, "\"state\":\"recording\""));
    assert_non_null(strstr(text, "\"end\":null"));
    free(text);
}

static void
test_memory_may_run_out_anywhere(void **state)
{
    struct fixture *fixture = *state;
    struct ct_failing_alloc failing;
    build_facts(&fixture->builder, CT_SPOOL_FACTS_STATIC, "{\"a\":[1,\"\\n\"]}", 14);
    build_facts(&fixture->builder, CT_SPOOL_FACTS_GEMS, "json\0002", 7);
    build_tally_of_one(fixture, CT_SPOOL_ENDING_EXIT, 0);
    size_t fail_at = 0;
    enum ct_status status;
    do {
        struct ct_folder *folder;
        ct_failing_alloc_init(&failing, ++fail_at);
        assert_ok(ct_folder_memory_new(NULL, &folder));
        status = timeline_run(&fixture->builder, folder, &failing.alloc);
        assert_int_equal(failing.live_count, 0);
        assert_true(status == CT_OK || status == CT_ERR_MEMORY);
    } while (ct_failing_alloc_has_failed(&failing));
    assert_ok(status);
}

/* ---- what is read ---- */

#define TRACE                                                                                      \
    "[{\"Path\":\"/a.rb\"},{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}},"    \
    "{\"Type\":{\"kind\":30,\"lang_type\":\"N\",\"specific_info\":{\"kind\":\"None\"}}},"          \
    "{\"Call\":{\"function_id\":0,\"args\":[]}},{\"Step\":{\"path_id\":0,\"line\":1}},"            \
    "{\"Return\":{\"return_value\":{\"kind\":\"None\",\"type_id\":0}}}]"
#define METADATA                                                                                   \
    "{\"program\":\"/a.rb\",\"args\":[],\"workdir\":\"/\",\"recording_id\":\"i\"}"
#define HEAD(state, id)                                                                            \
    "{\"format\":1,\"state\":\"" state "\",\"recording_id\":\"" id "\",\"program\":\"/a.rb\","     \
    "\"workdir\":\"/\",\"recorder\":\"r\",\"profile\":\"json\",\"backend\":\"pure\""
#define TAIL(steps) ",\"end\":{\"how\":\"exit\"},\"counts\":{\"steps\":" steps ",\"calls\":1}}"

static struct ct_trace_files
open_trace(const char *facts)
{
    struct ct_trace_files files = reading_json_files(TRACE, METADATA, "[\"/a.rb\"]");
    assert_ok(ct_file_memory_open(facts, strlen(facts), NULL, &files.facts));
    return files;
}

static void
test_verify_compares(void **state)
{
    static const struct {
        const char *facts;
        const char *finding;
    } cases[] = {
        {HEAD("complete", "i") TAIL("1"), ""},
        {HEAD("recording", "i") ",\"end\":null,\"counts\":null}", ""},
        {HEAD("failed", "i") TAIL("77"), ""},
        {HEAD("complete", "i") TAIL("2"), "2 steps are counted, the trace has 1"},
        {HEAD("complete", "other") TAIL("1"), "the recording_id is not the trace's: other"},
        {HEAD("gone", "i") TAIL("1"), "the state 'gone' is none"},
        {HEAD("complete", "i") ",\"counts\":{\"steps\":1}}", "how it ended is not said"},
        {HEAD("complete", "i") ",\"end\":{\"how\":\"exit\"}}", "nothing is counted"},
        {HEAD("complete", "i") TAIL("-1"), "steps is no number"},
        {HEAD("complete", "i") ",\"end\":{\"how\":3}}", "how is no text"},
        {"{\"format\":1,\"state\":\"complete\"}", "recording_id is missing"},
        {"{\"format\":1,", NAME ":"},
        {"[]", NAME ":"},
        {"", NAME ":"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ct_trace_files files = open_trace(cases[i].facts);
        char *findings = reading_findings(&files);
        const bool is_expected = cases[i].finding[0] == '\0'
                                     ? findings[0] == '\0'
                                     : strstr(findings, cases[i].finding) != NULL;
        if (!is_expected)
            fail_msg("expected '%s' of %s, got:\n%s", cases[i].finding, cases[i].facts, findings);
        free(findings);
        ct_trace_files_close(&files);
    }
}

static void
test_the_reader_delivers(void **state)
{
    static const char text[] =
        HEAD("complete", "i") ",\"ruby\":{\"description\":\"ruby 3\",\"x\":[{}]},\"git\":"
                              "{\"commit\":\"abc\",\"branch\":null},\"gems\":[{},{\"a\":[1]}],"
                              "\"end\":{\"how\":\"signal\",\"exit_status\":null,\"signal\":15},"
                              "\"duration_ns\":1500,\"counts\":{\"steps\":1,\"values_cut\":7}}";
    struct ct_trace_files files = open_trace(text);
    struct ct_trace_reader *reader;
    (void)state;
    assert_ok(ct_trace_reader_open_files(&files, NULL, &reader, NULL));
    const struct ct_trace_facts *facts = ct_trace_reader_facts(reader);
    assert_true(facts->is_present);
    assert_int_equal(facts->error.status, CT_OK);
    assert_string_equal(facts->ruby, "ruby 3");
    assert_string_equal(facts->commit, "abc");
    assert_string_equal(facts->branch, "");
    assert_int_equal(facts->gem_count, 2);
    assert_false(facts->has_exit_status);
    assert_true(facts->has_signal);
    assert_int_equal(facts->signal, 15);
    assert_int_equal(facts->duration_ns, 1500);
    assert_int_equal(facts->cut_count, 7);
    assert_true(facts->call_count == CT_TRACE_NO_COUNT);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_complete_recording),
        WITH_FIXTURE(test_programs_that_have_registered),
        cmocka_unit_test(test_every_way_to_end),
        WITH_FIXTURE(test_a_program_that_went_without_a_word),
        WITH_FIXTURE(test_a_damaged_recording_says_so),
        WITH_FIXTURE(test_facts_that_are_no_object_are_left_out),
        WITH_FIXTURE(test_it_is_there_from_the_start),
        WITH_FIXTURE(test_memory_may_run_out_anywhere),
        cmocka_unit_test(test_verify_compares),
        cmocka_unit_test(test_the_reader_delivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
