/* Repair: what is made of a trace that was cut anywhere is sound, and begins as the whole one does.
 *
 * Every trace is in memory, in both layouts. */
#include "reading.h"
#include "trace_script.h"

#include "ctrace/trace_repair.h"

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

/* ---- what is refused, and what fails ---- */

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
    put_file(script.folder, "trace_info.json", FACTS, sizeof FACTS - 1);
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
    put_file(script.folder, "trace_info.json", FACTS, sizeof FACTS - 1);
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
        cmocka_unit_test(test_ids_of_another_writer_are_refused),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_every_write_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
