/* Repair: what is made of a trace that was cut anywhere is sound, and begins as the whole one does.
 *
 * Every trace is in memory, in both layouts. */
#include "reading.h"
#include "trace_script.h"

#include "ctrace/trace_instructions.h"
#include "ctrace/trace_repair.h"
#include "trace/instructions_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT                                                                                     \
    ":1 >main:2(n=5) :3 n=5 s='text' >work:7(o=#1Foo{@a:[1,2]}) :8 !KeyError:gone T1 +1 "          \
    ">inner:20 :21 x=nil"

static const enum ct_profile profiles[] = {CT_PROFILE_AUG26, CT_PROFILE_JSON};

static const char *
main_name(enum ct_profile profile)
{
    return profile == CT_PROFILE_JSON ? "trace.json" : "trace.ct";
}

static struct ct_trace_files
open_files(struct ct_folder *folder, enum ct_profile profile)
{
    struct ct_trace_files files = {0};
    assert_ok(folder->ops->open(folder, main_name(profile), &files.main));
    (void)!folder->ops->open(folder, "trace_metadata.json", &files.metadata);
    (void)!folder->ops->open(folder, "trace_paths.json", &files.paths);
    (void)!folder->ops->open(folder, "trace_info.json", &files.facts);
    (void)!folder->ops->open(folder, "trace_expressions.json", &files.expressions);
    (void)!folder->ops->open(folder, "trace.instructions", &files.instructions);
    return files;
}

static void
put_file(struct ct_folder *folder, const char *name, const void *bytes, size_t size)
{
    struct ct_file *file;
    assert_ok(folder->ops->create(folder, name, &file));
    if (size > 0)
        assert_ok(file->ops->write_at(file, 0, bytes, size));
    assert_ok(ct_file_close(file));
}

/* Into `target`. */
static enum ct_status
repair(const struct ct_trace_files *files, struct ct_folder *from, struct ct_folder *target,
       const struct ct_alloc *alloc, struct ct_repair_result *out_result)
{
    struct ct_trace_reader *reader;
    const struct ct_repair_options options = {.from = from, .alloc = alloc};
    const enum ct_status opened = ct_trace_reader_open_files(files, alloc, &reader, NULL);
    if (opened != CT_OK)
        return opened;
    const enum ct_status status = ct_trace_repair(reader, target, &options, out_result, NULL);
    ct_trace_reader_close(reader);
    return status;
}

static void
assert_sound(struct ct_folder *folder, enum ct_profile profile)
{
    struct ct_trace_files files = open_files(folder, profile);
    char *findings = reading_findings(&files);
    assert_string_equal(findings, "");
    free(findings);
    ct_trace_files_close(&files);
}

/* ---- what is completed ---- */

static void
test_open_calls_are_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct trace_script script;
        struct ct_repair_result result;
        trace_script_init(&script, profiles[i], SCRIPT);
        struct ct_folder *target = new_folder();
        assert_ok(repair(&script.files, script.folder, target, NULL, &result));
        assert_int_equal(result.closed_count, 4);
        assert_false(result.is_cut);
        assert_int_equal(result.damaged_count, 0);
        assert_int_equal(result.counts.call_count, 4);
        assert_int_equal(result.counts.event_count, 1);
        assert_sound(target, profiles[i]);
        ct_folder_close(target);
        trace_script_release(&script);
    }
}

/* Repairing again finds nothing to do. */
static void
test_a_repaired_trace_stays_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct trace_script script;
        struct ct_repair_result result;
        trace_script_init(&script, profiles[i], SCRIPT);
        struct ct_folder *once = new_folder(), *twice = new_folder();
        assert_ok(repair(&script.files, NULL, once, NULL, &result));
        struct ct_trace_files files = open_files(once, profiles[i]);
        assert_ok(repair(&files, NULL, twice, NULL, &result));
        assert_int_equal(result.closed_count, 0);
        struct content first = read_file(once, main_name(profiles[i]));
        struct content second = read_file(twice, main_name(profiles[i]));
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.bytes, second.bytes, first.size);
        free(first.bytes);
        free(second.bytes);
        ct_trace_files_close(&files);
        ct_folder_close(once);
        ct_folder_close(twice);
        trace_script_release(&script);
    }
}

/* ---- cuts ---- */

static size_t
count_steps(struct ct_folder *folder, enum ct_profile profile)
{
    struct ct_trace_files files = open_files(folder, profile);
    struct ct_trace_reader *reader;
    struct ct_trace_event event;
    size_t count = 0;
    assert_ok(ct_trace_reader_open_files(&files, NULL, &reader, NULL));
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK)
        count += event.kind == CT_TRACE_STEP;
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
    return count;
}

/* Of the main file `size` bytes are left. *io_steps: so many steps a shorter cut had. */
static void
check_cut(const struct trace_script *script, enum ct_profile profile, size_t size,
          size_t *io_steps)
{
    struct content whole = read_file(script->folder, main_name(profile));
    struct ct_folder *cut = new_folder(), *target = new_folder();
    struct ct_repair_result result;
    put_file(cut, main_name(profile), whole.bytes, size);
    struct ct_trace_files files = open_files(cut, profile);
    const enum ct_status status = repair(&files, NULL, target, NULL, &result);
    if (status == CT_OK && result.counts.record_count > 0) {
        const size_t steps = count_steps(target, profile);
        assert_true(steps >= *io_steps);
        *io_steps = steps;
        assert_sound(target, profile);
    } else if (status != CT_OK) {
        assert_int_equal(status, CT_ERR_FORMAT);
        assert_int_equal(*io_steps, 0);
    }
    ct_trace_files_close(&files);
    ct_folder_close(cut);
    ct_folder_close(target);
    free(whole.bytes);
}

static void
test_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct trace_script script;
        trace_script_init(&script, profiles[i], SCRIPT);
        struct content whole = read_file(script.folder, main_name(profiles[i]));
        const size_t stride = whole.size > 4096 ? 97 : 1;
        size_t steps = 0;
        for (size_t size = 0; size < whole.size; size += stride)
            check_cut(&script, profiles[i], size, &steps);
        free(whole.bytes);
        trace_script_release(&script);
    }
}

/* ---- what is beside it ---- */

#define FACTS                                                                                      \
    "{\"format\":1,\"state\":\"recording\",\"recording_id\":\"" RECORDING_ID                       \
    "\",\"program\":\"/tmp/w/a.rb\",\"args\":[\"\\u0041\"],\"end\":null,\"counts\":null}\n"

static void
test_facts_are_completed(void **state)
{
    struct trace_script script;
    struct ct_repair_result result;
    (void)state;
    trace_script_init(&script, CT_PROFILE_JSON, SCRIPT);
    put_file(script.folder, "trace_info.json", FACTS, sizeof FACTS - 1);
    struct ct_folder *target = new_folder();
    assert_ok(repair(&script.files, script.folder, target, NULL, &result));
    assert_true(result.has_facts);
    assert_file(target, "trace_info.json",
                "{\"format\":1,\n\"state\":\"interrupted\",\n\"recording_id\":\"" RECORDING_ID
                "\",\n\"program\":\"/tmp/w/a.rb\",\n\"args\":[\"\\u0041\"],\n"
                "\"end\":{\"how\":\"unseen\",\"exit_status\":null,\"signal\":null},\n"
                "\"counts\":{\"steps\":7,\"calls\":4,\"events\":1},\n\"repaired\":true}\n");
    ct_folder_close(target);
    trace_script_release(&script);
}

static void
test_damaged_facts_are_left_out(void **state)
{
    struct trace_script script;
    struct ct_repair_result result;
    (void)state;
    trace_script_init(&script, CT_PROFILE_JSON, SCRIPT);
    put_file(script.folder, "trace_info.json", FACTS, sizeof FACTS / 2);
    struct ct_folder *target = new_folder();
    assert_ok(repair(&script.files, script.folder, target, NULL, &result));
    assert_false(result.has_facts);
    assert_false(has_file(target, "trace_info.json"));
    ct_folder_close(target);
    trace_script_release(&script);
}

static void
test_sources_are_taken_over(void **state)
{
    struct trace_script script;
    struct ct_repair_result result;
    (void)state;
    trace_script_init(&script, CT_PROFILE_AUG26, "/a.rb :1");
    put_file(script.folder, "files/a.rb", "x = 1\n", 6);
    struct ct_folder *target = new_folder();
    assert_ok(repair(&script.files, script.folder, target, NULL, &result));
    assert_int_equal(result.source_count, 1);
    assert_file(target, "files/a.rb", "x = 1\n");
    ct_folder_close(target);
    trace_script_release(&script);
}

/* ---- expressions and instructions ---- */

#define PLACE(id, path_id)                                                                         \
    "{\"id\":" id ",\"path_id\":" path_id ",\"line\":3,\"column\":0,\"last_line\":3,"             \
    "\"last_column\":5,\"kind\":\"value\",\"name\":\"a + b\"}"
#define SEEN(step, id) "{\"step\":" step ",\"seen\":[[" id ",1]]}"

/* Of a trace of SCRIPT, which has seven steps of one path and open calls. */
static struct ct_repair_part
repair_expressions(const char *text, size_t size, struct ct_folder **out_target)
{
    struct trace_script script;
    struct ct_repair_result result;
    trace_script_init(&script, CT_PROFILE_JSON, SCRIPT);
    put_file(script.folder, "trace_expressions.json", text, size);
    *out_target = new_folder();
    assert_ok(repair(&script.files, script.folder, *out_target, NULL, &result));
    assert_true(result.expressions.is_present);
    assert_int_equal(has_file(*out_target, "trace_expressions.json"), result.expressions.is_kept);
    assert_sound(*out_target, CT_PROFILE_JSON);
    trace_script_release(&script);
    return result.expressions;
}

static void
assert_expressions(const char *text, const char *expected, bool is_shortened, bool is_cut)
{
    struct ct_folder *target;
    const struct ct_repair_part part = repair_expressions(text, strlen(text), &target);
    assert_file(target, "trace_expressions.json", expected);
    assert_int_equal(part.is_shortened, is_shortened);
    assert_int_equal(part.is_cut, is_cut);
    ct_folder_close(target);
}

static void
test_expressions(void **state)
{
    static const char whole[] = "[\n" PLACE("0", "0") ",\n" SEEN("2", "0") "\n]\n";
    (void)state;
    assert_expressions(whole, whole, false, false);
    assert_expressions("[]", "[\n]\n", false, false);
    assert_expressions("[" PLACE("0", "0") "," SEEN("2", "0") "," SEEN("5", "0") "x", /* no end */
                       "[\n" PLACE("0", "0") ",\n" SEEN("2", "0") ",\n" SEEN("5", "0") "\n]\n",
                       false, true);
    /* The last step may lack Values, the next is not there. */
    assert_expressions("[" PLACE("0", "0") "," SEEN("2", "0") "," SEEN("6", "0") "]", whole, true,
                       false);
    assert_expressions("[" PLACE("0", "0") "," SEEN("2", "0") "," SEEN("7", "0") "]", whole, true,
                       false);
    /* A path that is not there: of what is defined from there on nothing is taken. */
    assert_expressions("[" PLACE("0", "0") "," PLACE("1", "1") "," SEEN("2", "0") ","
                       PLACE("2", "0") "," SEEN("3", "2") "," SEEN("4", "0") "]", whole, true,
                       false);
    assert_expressions("[" PLACE("0", "0") "," SEEN("2", "0") "," PLACE("0", "1") ","
                       SEEN("3", "0") "]", whole, true, false);
}

static void
test_expressions_cut_anywhere(void **state)
{
    static const char whole[] =
        "[\n" PLACE("0", "0") ",\n" SEEN("2", "0") ",\n" SEEN("3", "0") "\n]\n";
    (void)state;
    for (size_t size = 0; size < sizeof whole; size++) {
        struct ct_folder *target;
        const struct ct_repair_part part = repair_expressions(whole, size, &target);
        assert_int_equal(part.is_kept, size >= 2 + sizeof PLACE("0", "0") - 1);
        assert_int_equal(part.is_cut, size < sizeof whole - 2); /* but for the last line's end */
        ct_folder_close(target);
    }
}

/* Which Values are of expressions is counted from a step's last one. */
static void
test_expressions_of_a_step_that_lost_a_value(void **state)
{
    static const char trace[] =
        "[{\"Path\":\"/a.rb\"},{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}},"
        "{\"Call\":{\"function_id\":0,\"args\":[]}},{\"VariableName\":\"x\"},"
        "{\"Step\":{\"path_id\":0,\"line\":1}},{\"Value\":{\"variable_id\":0,\"value\":{}}},"
        "{\"Step\":{\"path_id\":0,\"line\":2}},{\"Step\":{\"path_id\":0,\"line\":3}}]";
    static const char text[] = "[" PLACE("0", "0") "," SEEN("0", "0") "," SEEN("1", "0") "]";
    struct ct_trace_files files = reading_json_files(trace, NULL, NULL);
    struct ct_folder *from = new_folder(), *target = new_folder();
    struct ct_repair_result result;
    (void)state;
    put_file(from, "trace_expressions.json", text, sizeof text - 1);
    assert_ok(repair(&files, from, target, NULL, &result));
    assert_int_equal(result.damaged_count, 1);
    assert_true(result.expressions.is_shortened);
    assert_file(target, "trace_expressions.json",
                "[\n" PLACE("0", "0") ",\n" SEEN("1", "0") "\n]\n");
    ct_folder_close(from);
    ct_folder_close(target);
    ct_trace_files_close(&files);
}

/* Three a step, on the first `step_count` steps; a chunk for each ten of them. */
static void
put_instructions(struct ct_folder *folder, uint32_t step_count)
{
    static const uint8_t code[] = "\x01\x00\x00\x04work\x02\x00\x07\x03nop\x00";
    struct ct_instructions_writer writer;
    assert_ok(ct_instructions_writer_init(&writer, folder, NULL));
    assert_ok(ct_instructions_writer_code(&writer, code, sizeof code - 1, 2));
    for (uint32_t i = 0; i < step_count * 3; i++) {
        const struct ct_instruction_run run = {
            .at = i / 3, .step = i / 6, .value = "nil", .value_size = 3};
        assert_ok(ct_instructions_writer_run(&writer, &run));
        if (i % 10 == 9)
            assert_ok(ct_instructions_writer_flush(&writer));
    }
    assert_ok(ct_instructions_writer_flush(&writer));
    assert_ok(ct_instructions_writer_release(&writer));
}

/* How many ran, of a file that is whole. */
static uint64_t
count_runs(struct ct_folder *folder)
{
    struct ct_file *file;
    struct ct_trace_instructions *list;
    struct ct_trace_instruction run;
    enum ct_status status;
    assert_ok(folder->ops->open(folder, "trace.instructions", &file));
    assert_ok(ct_trace_instructions_read(file, NULL, &list, NULL));
    for (uint64_t i = 0; (status = ct_trace_instructions_next(list, &run, NULL)) == CT_OK; i++) {
        assert_int_equal(run.at, i / 3);
        assert_int_equal(run.step, i / 6);
    }
    assert_int_equal(status, CT_END);
    assert_false(ct_trace_instructions_is_cut(list));
    const uint64_t count = ct_trace_instructions_count(list);
    ct_trace_instructions_close(list);
    assert_ok(ct_file_close(file));
    return count;
}

/* Of a file of `step_count` steps the first `size` bytes; 0: all. */
static struct ct_repair_part
repair_instructions(uint32_t step_count, size_t size, struct ct_folder **out_target)
{
    struct trace_script script;
    struct ct_repair_result result;
    trace_script_init(&script, CT_PROFILE_AUG26, SCRIPT);
    put_instructions(script.folder, step_count);
    struct content whole = read_file(script.folder, "trace.instructions");
    if (size > 0)
        put_file(script.folder, "trace.instructions", whole.bytes, size);
    *out_target = new_folder();
    assert_ok(repair(&script.files, script.folder, *out_target, NULL, &result));
    assert_true(result.instructions.is_present);
    assert_int_equal(has_file(*out_target, "trace.instructions"), result.instructions.is_kept);
    assert_sound(*out_target, CT_PROFILE_AUG26);
    free(whole.bytes);
    trace_script_release(&script);
    return result.instructions;
}

/* Of steps 0 to 6, which are those of the trace; the chunk with what is behind them is made anew.
 */
static void
test_instructions(void **state)
{
    (void)state;
    for (uint32_t step_count = 1; step_count < 30; step_count++) {
        struct ct_folder *target, *made = new_folder();
        const struct ct_repair_part part = repair_instructions(step_count, 0, &target);
        assert_true(part.is_kept);
        assert_false(part.is_cut);
        assert_int_equal(part.is_shortened, step_count > 7);
        assert_int_equal(count_runs(target), step_count > 7 ? 21 : 3 * step_count);
        put_instructions(made, step_count > 7 ? 7 : step_count);
        struct content new = read_file(target, "trace.instructions");
        struct content expected = read_file(made, "trace.instructions");
        assert_int_equal(new.size, expected.size);
        assert_memory_equal(new.bytes, expected.bytes, new.size);
        free(new.bytes);
        free(expected.bytes);
        ct_folder_close(made);
        ct_folder_close(target);
    }
}

static void
test_instructions_cut_anywhere(void **state)
{
    uint64_t count = 0;
    struct ct_folder *folder = new_folder();
    (void)state;
    put_instructions(folder, 7);
    struct content whole = read_file(folder, "trace.instructions");
    for (size_t size = 1; size < whole.size; size++) {
        struct ct_folder *target;
        const struct ct_repair_part part = repair_instructions(7, size, &target);
        assert_int_equal(part.is_kept, size >= CT_INSTRUCTIONS_HEAD_SIZE);
        const uint64_t found = part.is_kept ? count_runs(target) : 0;
        assert_true(found == count || found == count + 10);
        count = found;
        ct_folder_close(target);
    }
    assert_int_equal(count, 20);
    free(whole.bytes);
    ct_folder_close(folder);
}

/* A folder holds the files of the trace of its name. */
static void
test_company_of_another_trace_is_left_alone(void **state)
{
    struct trace_script script;
    struct ct_trace_reader *reader;
    struct ct_repair_result result;
    (void)state;
    trace_script_init(&script, CT_PROFILE_JSON, SCRIPT);
    put_file(script.folder, "trace_info.json", FACTS, sizeof FACTS - 1);
    put_file(script.folder, "trace_expressions.json", "[]", 2);
    put_instructions(script.folder, 1);
    struct ct_folder *target = new_folder();
    const struct ct_repair_options options = {.from = script.folder, .is_alone = true};
    assert_ok(ct_trace_reader_open_files(&script.files, NULL, &reader, NULL));
    assert_ok(ct_trace_repair(reader, target, &options, &result, NULL));
    assert_false(has_file(target, "trace_info.json"));
    assert_false(has_file(target, "trace_expressions.json"));
    assert_false(has_file(target, "trace.instructions"));
    ct_trace_reader_close(reader);
    ct_folder_close(target);
    trace_script_release(&script);
}

/* ---- what is refused, and what fails ---- */

static void
put_company(struct ct_folder *folder)
{
    static const char expressions[] = "[" PLACE("0", "0") "," SEEN("2", "0") "]";
    put_file(folder, "trace_info.json", FACTS, sizeof FACTS - 1);
    put_file(folder, "trace_expressions.json", expressions, sizeof expressions - 1);
    put_instructions(folder, 9);
}

static void
test_ids_of_another_writer_are_refused(void **state)
{
    static const char text[] = "[{\"Path\":\"/a.rb\"},{\"Path\":\"/a.rb\"}]";
    const struct ct_trace_files files = reading_json_files(text, NULL, NULL);
    struct ct_folder *target = new_folder();
    struct ct_repair_result result;
    (void)state;
    assert_int_equal(repair(&files, NULL, target, NULL, &result), CT_ERR_FORMAT);
    ct_folder_close(target);
    ct_trace_files_close((struct ct_trace_files *)&files);
}

static void
test_every_allocation_may_fail(void **state)
{
    struct trace_script script;
    (void)state;
    trace_script_init(&script, CT_PROFILE_AUG26, SCRIPT);
    put_company(script.folder);
    bool has_failed = true;
    for (size_t fail_at = 1; has_failed; fail_at++) {
        struct ct_failing_alloc failing;
        struct ct_repair_result result;
        struct ct_folder *target = new_folder();
        ct_failing_alloc_init(&failing, fail_at);
        const enum ct_status status =
            repair(&script.files, script.folder, target, &failing.alloc, &result);
        has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
        ct_folder_close(target);
    }
    trace_script_release(&script);
}

static void
test_every_write_may_fail(void **state)
{
    struct trace_script script;
    (void)state;
    trace_script_init(&script, CT_PROFILE_JSON, SCRIPT);
    put_company(script.folder);
    bool has_failed = true;
    for (size_t fail_at = 1; has_failed; fail_at++) {
        struct ct_failure_plan plan = {.fail_at = fail_at, .is_lasting = true};
        struct ct_repair_result result;
        struct ct_folder *target = ct_failing_folder_new(new_folder(), &plan);
        const enum ct_status status =
            repair(&script.files, script.folder, target, NULL, &result);
        has_failed = ct_failure_plan_has_failed(&plan);
        assert_int_equal(status, has_failed ? CT_ERR_IO : CT_OK);
        ct_folder_close(target);
    }
    trace_script_release(&script);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_calls_are_ended),
        cmocka_unit_test(test_a_repaired_trace_stays_as_it_is),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_facts_are_completed),
        cmocka_unit_test(test_damaged_facts_are_left_out),
        cmocka_unit_test(test_sources_are_taken_over),
        cmocka_unit_test(test_expressions),
        cmocka_unit_test(test_expressions_cut_anywhere),
        cmocka_unit_test(test_expressions_of_a_step_that_lost_a_value),
        cmocka_unit_test(test_instructions),
        cmocka_unit_test(test_instructions_cut_anywhere),
        cmocka_unit_test(test_company_of_another_trace_is_left_alone),
        cmocka_unit_test(test_ids_of_another_writer_are_refused),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_every_write_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
