/* Chunks compressed by a second thread: byte by byte the events and the index that one thread
 * writes, wherever it is flushed, without memory, without room on the disk, without a thread, and
 * in a process that was forked off while chunks were with the thread. */
#include "started_threads.h"
#include "writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL_COUNT 36000 /* of the shortest records: a batch and a little */

/* ---- a trace of many chunks ---- */

static struct ct_trace_writer *
open_second(struct ct_folder *folder, bool has_second_core)
{
    struct ct_trace_options options = make_options(CT_PROFILE_AUG26);
    struct ct_trace_writer *writer;
    options.has_second_core = has_second_core;
    assert_ok(ct_trace_writer_open(folder, &options, &writer));
    return writer;
}

/* Steps with one value, small or large; now and then a new file, a flush, a call. */
static void
put_random(struct ct_trace_writer *writer, uint64_t seed, unsigned flush_each)
{
    static char text[60000];
    const uint64_t name_id = put_name(writer, "x");
    uint64_t path_id = put_path(writer, "/tmp/w/a.rb");
    const uint64_t function_id = put_function(writer, "f", path_id, 1);
    for (unsigned step = 0; step < 30000; step++) {
        const uint64_t word = ct_random_next(&seed);
        char path[32];
        if (word % 4001 == 0) {
            snprintf(path, sizeof path, "/tmp/w/%u.rb", step);
            path_id = put_path(writer, path);
        }
        const size_t size = word % 97 == 0 ? word % sizeof text : word % 40;
        ct_noise_put((uint8_t *)text, size, word);
        const struct ct_trace_value value = {name_id, (const uint8_t *)text, size};
        assert_ok(ct_trace_writer_step_append(writer, path_id, 1 + word % 500));
        assert_ok(ct_trace_writer_values_append(writer, &value, 1));
        append_threads(writer, word % 5);
        if (word % 3001 == 0)
            assert_ok(ct_trace_writer_call_append(writer, function_id, NULL, 0));
        if (word % flush_each == 0)
            assert_ok(ct_trace_writer_flush(writer));
        if (word % 1301 == 0)
            assert_ok(ct_trace_writer_settle(writer)); /* cuts nothing: the bytes are the same */
    }
}

static struct ct_folder *
make_trace(uint64_t seed, unsigned flush_each, bool has_second_core)
{
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_second(folder, has_second_core);
    put_random(writer, seed, flush_each);
    assert_ok(ct_trace_writer_close(writer));
    return folder;
}

static void
assert_same_inner(struct ct_folder *one, struct ct_folder *other, const char *name)
{
    struct content a = read_inner(one, name);
    struct content b = read_inner(other, name);
    assert_true(a.size > 0);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
    free(a.bytes);
    free(b.bytes);
}

static void
assert_same_traces(struct ct_folder *one, struct ct_folder *other)
{
    assert_same_inner(one, other, "events.log");
    assert_same_inner(one, other, "ctindex.dat");
    assert_same_inner(one, other, "paths.json");
    assert_same_inner(one, other, "meta.dat");
    ct_folder_close(one);
    ct_folder_close(other);
}

/* ---- the same ---- */

static void
test_equals_one_thread(void **state)
{
    (void)state;
    const unsigned flush_each[] = {1000000, 5000, 200, 30};
    for (uint64_t seed = 0; seed < 4; seed++) {
        started_thread_count = 0;
        struct ct_folder *alone = make_trace(seed, flush_each[seed], false);
        assert_int_equal(started_thread_count, 0);
        struct ct_folder *pressed = make_trace(seed, flush_each[seed], true);
        assert_int_equal(started_thread_count, flush_each[seed] > 30);
        assert_same_traces(alone, pressed);
    }
}

static void
test_goes_on_without_a_thread(void **state)
{
    (void)state;
    are_threads_refused = true;
    struct ct_folder *pressed = make_trace(7, 3000, true);
    are_threads_refused = false;
    assert_same_traces(make_trace(7, 3000, false), pressed);
}

static void
test_is_visible_after_a_flush(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_second(folder, true);
    append_threads(writer, 100000);
    assert_ok(ct_trace_writer_flush(writer));
    struct content log = read_inner(folder, "events.log");
    size_t count = 0;
    for (size_t offset = 0; offset < log.size;) {
        struct chunk chunk = read_chunk(&log, offset);
        assert_int_equal(chunk.event_first, count);
        count += chunk.event_count;
        offset = chunk.end;
        free(chunk.events);
    }
    assert_in_range(count, 100000, 100010); /* and what every trace begins with */
    free(log.bytes);
    assert_ok(ct_trace_writer_close(writer));
    ct_folder_close(folder);
}

static void
test_settles_whole_chunks(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_second(folder, true);
    for (int round = 0; round < 5; round++) {
        append_threads(writer, 3 * 4096 + 7);
        assert_ok(ct_trace_writer_settle(writer));
        struct content log = read_inner(folder, "events.log");
        size_t count = 0;
        for (size_t offset = 0; offset < log.size; count++) {
            struct chunk chunk = read_chunk(&log, offset);
            assert_int_equal(chunk.event_count, 4096);
            assert_int_equal(chunk.event_first, count * 4096);
            offset = chunk.end;
            free(chunk.events);
        }
        assert_int_equal(count, 3 * (round + 1));
        free(log.bytes);
    }
    assert_ok(ct_trace_writer_close(writer));
    ct_folder_close(folder);
}

/* ---- failures ---- */

static enum ct_status
write_small(struct ct_folder *folder, const struct ct_alloc *alloc)
{
    struct ct_trace_options options = make_options(CT_PROFILE_AUG26);
    struct ct_trace_writer *writer;
    options.has_second_core = true;
    options.alloc = alloc;
    enum ct_status status = ct_trace_writer_open(folder, &options, &writer);
    if (status != CT_OK)
        return status;
    for (size_t i = 0; status == CT_OK && i < SMALL_COUNT; i++)
        status = ct_trace_writer_thread_append(writer, CT_THREAD_SWITCH, i % 3);
    const enum ct_status closed = ct_trace_writer_close(writer);
    return status != CT_OK ? status : closed;
}

static void
test_memory_failures(void **state)
{
    (void)state;
    struct ct_failing_alloc failing;
    size_t fail_at = 0;
    do {
        struct ct_folder *folder = new_folder();
        ct_failing_alloc_init(&failing, ++fail_at);
        /* Without memory for the thread there is none, and nothing fails. */
        const enum ct_status status = write_small(folder, &failing.alloc);
        assert_true(status == CT_OK || status == CT_ERR_MEMORY);
        assert_int_equal(failing.live_count, 0);
        ct_folder_close(folder);
    } while (ct_failing_alloc_has_failed(&failing));
    assert_true(fail_at > 8);
}

static void
test_write_failures(void **state)
{
    (void)state;
    struct ct_failure_plan plan;
    size_t fail_at = 0;
    do {
        plan = (struct ct_failure_plan){.fail_at = ++fail_at, .is_short = fail_at % 2 == 0};
        struct ct_folder *folder = ct_failing_folder_new(new_folder(), &plan);
        const enum ct_status status = write_small(folder, NULL);
        assert_int_equal(status, ct_failure_plan_has_failed(&plan) ? CT_ERR_IO : CT_OK);
        ct_folder_close(folder);
    } while (ct_failure_plan_has_failed(&plan));
    assert_true(fail_at > 8);
}

/* ---- in a child ---- */

/* The child lets go of what it has a copy of, at work or not, and writes a trace of its own. */
static int
go_on_in_child(struct ct_trace_writer *writer)
{
    struct ct_trace_options options = make_options(CT_PROFILE_AUG26);
    options.recording_id = "01949fcc-7d92-7e9c-a001-000000000002";
    struct ct_folder *folder = new_folder();
    if (ct_trace_writer_branch(writer, folder, &options) != CT_OK ||
        ct_trace_writer_thread_append(writer, CT_THREAD_SWITCH, 1) != CT_OK ||
        ct_trace_writer_close(writer) != CT_OK)
        return 1;
    struct content log = read_inner(folder, "events.log");
    return log.size > 0 ? 0 : 2;
}

static void
test_a_forked_writer(void **state)
{
    (void)state;
    struct ct_folder *folder = new_folder();
    struct ct_trace_writer *writer = open_second(folder, true);
    for (int round = 0; round < 20; round++) {
        int status;
        append_threads(writer, 40000 + (size_t)round * 777);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(go_on_in_child(writer));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    assert_ok(ct_trace_writer_close(writer));
    struct content log = read_inner(folder, "events.log");
    assert_true(log.size > 0);
    free(log.bytes);
    ct_folder_close(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_one_thread),
        cmocka_unit_test(test_goes_on_without_a_thread),
        cmocka_unit_test(test_is_visible_after_a_flush),
        cmocka_unit_test(test_settles_whole_chunks),
        cmocka_unit_test(test_memory_failures),
        cmocka_unit_test(test_write_failures),
        cmocka_unit_test(test_a_forked_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
