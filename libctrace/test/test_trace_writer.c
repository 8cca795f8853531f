/* The trace writer's rules.
 *
 * Ids, what is refused, what replaces what, and every failure of memory and of the disk. */
#include "writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
test_equal_definitions_have_one_id(void **state)
{
    (void)state;
    static const char *const fields[] = {"@a", "@b"};
    static const char *const joined[] = {"@a@b"};
    uint64_t id;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
    assert_int_equal(put_path(writer, "/a"), 0);
    assert_int_equal(put_path(writer, "/b"), 1);
    assert_int_equal(put_path(writer, "/a"), 0);
    assert_int_equal(put_name(writer, "x"), 0);
    assert_int_equal(put_name(writer, "x"), 0);
    assert_int_equal(put_function(writer, "f", 0, 1), 0);
    assert_int_equal(put_function(writer, "f", 0, 2), 1);
    assert_int_equal(put_function(writer, "f", 1, 1), 2);
    assert_int_equal(put_function(writer, "f", 0, 0), 0); /* line 0 becomes 1 */
    assert_int_equal(put_type(writer, CT_TYPE_INT, "T"), 0);
    assert_int_equal(put_type(writer, CT_TYPE_RAW, "T"), 1);
    assert_int_equal(put_type(writer, CT_TYPE_INT, "T"), 0);
    for (int i = 0; i < 2; i++) { /* 2 is Any */
        assert_int_equal(ct_trace_writer_type_put(writer, CT_TYPE_STRUCT, "S", 1, fields, 2, &id),
                         CT_OK);
        assert_int_equal(id, 3);
    }
    assert_int_equal(ct_trace_writer_type_put(writer, CT_TYPE_STRUCT, "S", 1, joined, 1, &id),
                     CT_OK);
    assert_int_equal(id, 4);
    assert_int_equal(put_type(writer, CT_TYPE_ANY, "Any"), 2);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    ct_folder_close(folder);
}

static void
test_records_out_of_place_are_refused(void **state)
{
    (void)state;
    static const char *const fields[] = {"@a"};
    static const struct ct_trace_value value = {.bytes = (const uint8_t *)"\xF6", .size = 1};
    for (int rule = 0; rule < 10; rule++) {
        struct ct_folder *folder = new_folder();
        struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_AUG26);
        uint64_t id;
        put_path(writer, "/a");
        put_name(writer, "x");
        const enum ct_status statuses[] = {
            rule == 0 ? ct_trace_writer_return_append(writer, value.bytes, 1) : CT_OK,
            rule == 1 ? ct_trace_writer_values_append(writer, &value, 1) : CT_OK,
            rule == 2 ? ct_trace_writer_event_append(writer, CT_EVENT_WRITE, "", 0, "", 0) : CT_OK,
            rule == 3 ? ct_trace_writer_step_append(writer, 1, 1) : CT_OK,
            rule == 4 ? ct_trace_writer_call_append(writer, 0, NULL, 0) : CT_OK,
            rule == 5 ? ct_trace_writer_function_put(writer, 1, 1, "f", 1, &id) : CT_OK,
            rule == 6 ? ct_trace_writer_type_put(writer, CT_TYPE_INT, "T", 1, fields, 1, &id)
                      : CT_OK,
        };
        enum ct_status expected = CT_ERR_STATE;
        enum ct_status actual = rule < 7 ? statuses[rule] : CT_OK;
        if (rule >= 7) {
            expected = CT_ERR_FORMAT;
            actual = rule == 7 ? ct_trace_writer_path_put(writer, "/\xFF", 2, &id)
                     : rule == 8
                         ? ct_trace_writer_name_put(writer, "", 0, &id)
                         : ct_trace_writer_type_put(writer, CT_TYPE_INT, "\xFF", 1, NULL, 0, &id);
        }
        assert_int_equal(actual, expected);
        /* Sticky, and what came before is there. */
        assert_int_equal(ct_trace_writer_thread_append(writer, CT_THREAD_START, 1), expected);
        assert_int_equal(ct_trace_writer_flush(writer), expected);
        assert_int_equal(ct_trace_writer_close(writer), expected);
        assert_log_chunk(folder, 0, 2, 0);
        ct_folder_close(folder);
    }
}

static void
assert_id_is_refused(const char *recording_id)
{
    struct ct_trace_options options = make_options(CT_PROFILE_AUG26);
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer;
    options.recording_id = recording_id;
    assert_int_equal(ct_trace_writer_open(folder, &options, &writer), CT_ERR_STATE);
    assert_false(has_file(folder, "trace.ct"));
    ct_folder_close(folder);
}

static void
test_recording_ids_are_checked(void **state)
{
    (void)state;
    assert_id_is_refused(NULL);
    assert_id_is_refused("");
    assert_id_is_refused("01949fcc-7d92-4e9c-a001-000000000001"); /* another version */
    assert_id_is_refused("01949fcc-7d92-7e9c-c001-000000000001"); /* another variant */
    assert_id_is_refused("01949FCC-7d92-7e9c-a001-000000000001");
    assert_id_is_refused("01949fcc-7d92-7e9c-a001-0000000000011");
    assert_id_is_refused("01949fcc_7d92-7e9c-a001-000000000001");
}

static void
create_file(struct ct_folder *folder, const char *name)
{
    struct ct_file *file;
    assert_int_equal(folder->ops->create(folder, name, &file), CT_OK);
    assert_int_equal(file->ops->write_at(file, 0, "old", 3), CT_OK);
    assert_int_equal(ct_file_close(file), CT_OK);
}

static void
test_older_traces_are_replaced_as_a_set(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    static const char *const ours[] = {"trace.ct", "trace.json", "trace_metadata.json",
                                       "trace_paths.json", "files/a/b.rb"};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        create_file(folder, ours[i]);
    create_file(folder, "notes.txt");
    create_file(folder, "other.ct");
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    assert_int_equal(ct_trace_writer_close(writer), CT_OK);
    assert_false(has_file(folder, "trace.ct"));
    assert_false(has_file(folder, "files/a/b.rb"));
    assert_file(folder, "trace.json", "[\n]\n");
    assert_file(folder, "notes.txt", "old");
    assert_file(folder, "other.ct", "old");
    ct_folder_close(folder);
}

/* ---- failures ---- */

/* A trace of several seals; the first failure, which must be that of all later calls too. */
static enum ct_status
write_trace(struct ct_trace_writer *writer)
{
    uint64_t path_id;
    uint64_t name_id = 0;
    enum ct_status status = ct_trace_writer_path_put(writer, "/a.rb", 5, &path_id);
    for (int i = 0; i < 9000 && status == CT_OK; i++) {
        char name[16];
        const int size = snprintf(name, sizeof name, "name %d", i % 700);
        status = ct_trace_writer_name_put(writer, name, (size_t)size, &name_id);
        if (status == CT_OK)
            status = ct_trace_writer_step_append(writer, 0, 1);
        if (status == CT_OK && i == 4000)
            status = ct_trace_writer_path_put(writer, "/b.rb", 5, &path_id);
        if (status == CT_OK && i == 6000)
            status = ct_trace_writer_flush(writer);
    }
    if (status != CT_OK)
        assert_int_equal(ct_trace_writer_thread_append(writer, CT_THREAD_EXIT, 1), status);
    return status;
}

static enum ct_status
run_writer(struct ct_folder *folder, enum ct_profile profile, const struct ct_alloc *alloc)
{
    struct ct_trace_options options = make_options(profile);
    options.alloc = alloc;
    struct ct_trace_writer *writer;
    const enum ct_status opened = ct_trace_writer_open(folder, &options, &writer);
    if (opened != CT_OK)
        return opened;
    const enum ct_status written = write_trace(writer);
    const enum ct_status closed = ct_trace_writer_close(writer);
    if (written != CT_OK)
        assert_int_equal(closed, written);
    return closed;
}

/* What is visible of events.log must be whole chunks, whatever failed. */
static void
assert_log_is_whole(struct ct_folder *folder)
{
    struct ct_file *file;
    uint64_t size = 0;
    if (folder->ops->open(folder, "trace.ct", &file) != CT_OK)
        return;
    assert_ok(file->ops->size_get(file, &size));
    assert_ok(ct_file_close(file));
    if (size == 0)
        return;
    struct content log = read_inner(folder, "events.log");
    struct chunk chunk = {0};
    while (chunk.end < log.size) {
        chunk = read_chunk(&log, chunk.end);
        free(chunk.events);
    }
    free(log.bytes);
}

static void
fail_each_allocation(enum ct_profile profile)
{
    struct ct_failing_alloc failing;
    size_t fail_at = 0;
    do {
        struct ct_folder *folder = new_folder();
        ct_failing_alloc_init(&failing, ++fail_at);
        const enum ct_status status = run_writer(folder, profile, &failing.alloc);
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
        if (profile == CT_PROFILE_AUG26)
            assert_log_is_whole(folder);
        ct_folder_close(folder);
    } while (ct_failing_alloc_has_failed(&failing));
    assert_true(fail_at > 10);
}

static void
fail_each_write(enum ct_profile profile, bool is_lasting, bool is_short)
{
    struct ct_failing_alloc counting; /* nothing fails: only to see that all is freed */
    struct ct_failure_plan plan;
    size_t fail_at = 0;
    do {
        plan = (struct ct_failure_plan){
            .fail_at = ++fail_at, .is_lasting = is_lasting, .is_short = is_short};
        struct ct_folder *folder = ct_failing_folder_new(new_folder(), &plan);
        ct_failing_alloc_init(&counting, 0);
        const enum ct_status status = run_writer(folder, profile, &counting.alloc);
        assert_int_equal(status, ct_failure_plan_has_failed(&plan) ? CT_ERR_IO : CT_OK);
        assert_int_equal(counting.live_count, 0);
        if (profile == CT_PROFILE_AUG26 && !is_short)
            assert_log_is_whole(folder);
        ct_folder_close(folder);
    } while (ct_failure_plan_has_failed(&plan));
    assert_true(fail_at > 8);
}

static void
test_memory_failures(void **state)
{
    (void)state;
    fail_each_allocation(CT_PROFILE_AUG26);
    fail_each_allocation(CT_PROFILE_JSON);
}

static void
test_write_failures(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        fail_each_write(CT_PROFILE_AUG26, variant & 1, variant & 2);
        fail_each_write(CT_PROFILE_JSON, variant & 1, variant & 2);
    }
}

static void
test_unwritable_source_is_not_sticky(void **state)
{
    (void)state;
    struct ct_failure_plan plan = {0};
    struct ct_folder *folder = ct_failing_folder_new(new_folder(), &plan);
    struct ct_trace_writer *writer = open_writer(folder, CT_PROFILE_JSON);
    const uint64_t path_id = put_path(writer, "/x/a.rb");
    plan.fail_at = plan.call_count + 1;
    assert_int_equal(ct_trace_writer_source_put(writer, path_id, "p", 1), CT_ERR_IO);
    assert_ok(ct_trace_writer_step_append(writer, path_id, 1));
    assert_ok(ct_trace_writer_close(writer));
    ct_folder_close(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_definitions_have_one_id),
        cmocka_unit_test(test_records_out_of_place_are_refused),
        cmocka_unit_test(test_recording_ids_are_checked),
        cmocka_unit_test(test_older_traces_are_replaced_as_a_set),
        cmocka_unit_test(test_memory_failures),
        cmocka_unit_test(test_write_failures),
        cmocka_unit_test(test_unwritable_source_is_not_sticky),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
