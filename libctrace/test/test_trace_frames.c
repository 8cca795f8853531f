/* Frames: callers, slices of threads and fibers, traces that are not written as they should be.
 *
 * Each case is a script (trace_script.h) and what its steps, calls and returns were: s, c, r, in
 * capitals where only the bending needs them, the strand's stack and where each frame stands. */
#include "trace_script.h"

#include "ctrace/trace_frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOG_SIZE 4096

struct log {
    char text[LOG_SIZE];
    size_t size;
};

static void
put_log(struct log *log, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log->size +=
        (size_t)vsnprintf(log->text + log->size, sizeof log->text - log->size, format, arguments);
    va_end(arguments);
    assert_true(log->size < sizeof log->text);
}

/* "0:<top-level>@3/f@9": the stack of the strand and where each frame stands. */
static void
put_stack(struct log *log, struct ct_trace_reader *reader, const struct ct_trace_frames *frames)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(frames);
    put_log(log, "%" PRIu64 ":", strand->id);
    for (size_t i = 0; i < strand->frame_count; i++) {
        const struct ct_trace_frame *frame = &strand->frames[i];
        const struct ct_trace_function *function =
            ct_trace_reader_function(reader, frame->function_id);
        put_log(log, "%s%s", i > 0 ? "/" : "", function->name);
        if (frame->now.step != CT_TRACE_NO_ID)
            put_log(log, "@%" PRId64, frame->now.line);
    }
}

static enum ct_status
follow_all(struct ct_trace_reader *reader, struct ct_trace_frames *frames, struct log *log)
{
    for (;;) {
        struct ct_trace_event event;
        enum ct_trace_role role;
        const enum ct_status status = ct_trace_reader_next(reader, &event, NULL);
        if (status != CT_OK)
            return status;
        CT_TRY(ct_trace_frames_follow(frames, &event, &role));
        const struct ct_trace_frame *returned = ct_trace_frames_returned(frames);
        if (event.kind != CT_TRACE_STEP && event.kind != CT_TRACE_CALL &&
            event.kind != CT_TRACE_RETURN)
            continue;
        const char letter = "s------cr"[event.kind];
        put_log(log, "%c", role == CT_TRACE_ROLE_OWN ? letter : letter - 'a' + 'A');
        if (returned != NULL)
            put_log(log, "%" PRIu64, returned->call_index);
        put_log(log, " ");
        put_stack(log, reader, frames);
        put_log(log, "\n");
    }
}

static void
assert_frames(const char *script_text, const char *expected)
{
    static const enum ct_profile profiles[] = {CT_PROFILE_AUG26, CT_PROFILE_JSON};
    for (size_t i = 0; i < 2; i++) {
        struct trace_script script;
        struct ct_trace_frames *frames;
        struct log log = {.size = 0};
        trace_script_init(&script, profiles[i], script_text);
        struct ct_trace_reader *reader = trace_script_open(&script, NULL);
        assert_ok(ct_trace_frames_new(reader, NULL, NULL, NULL, &frames));
        assert_int_equal(follow_all(reader, frames, &log), CT_END);
        assert_string_equal(log.text, expected);
        ct_trace_frames_free(frames);
        ct_trace_reader_close(reader);
        trace_script_release(&script);
    }
}

/* The def line's step is the callee's: the caller stands on the line that called. */
static void
test_calls(void **state)
{
    (void)state;
    assert_frames(":1 :8 >f:2(x=1) :3 x=1 >g:5 :6 <nil :4 x=1 <2 :9",
                  "c 0:<top-level>\n"
                  "s 0:<top-level>@1\n"
                  "s 0:<top-level>@8\n"
                  "s 0:<top-level>@2\n"
                  "c 0:<top-level>@8/f\n"
                  "s 0:<top-level>@8/f@3\n"
                  "s 0:<top-level>@8/f@5\n"
                  "c 0:<top-level>@8/f@3/g\n"
                  "s 0:<top-level>@8/f@3/g@6\n"
                  "r2 0:<top-level>@8/f@3\n"
                  "s 0:<top-level>@8/f@4\n"
                  "r1 0:<top-level>@8\n"
                  "s 0:<top-level>@9\n");
}

/* A fiber is left inside f, goes on there while main waits, and returns. */
static void
test_slices(void **state)
{
    (void)state;
    assert_frames(":1 +1 T1 ><fiber 1>:2 :2 >f:3 :4 ~ <nil T0 :5 "
                  "T1 ><fiber 1>:2 >f:3 :6 <7 :2 <nil T0 :8",
                  "c 0:<top-level>\n"
                  "s 0:<top-level>@1\n"
                  "S 1:\n"
                  "C 1:<fiber 1>\n"
                  "s 1:<fiber 1>@2\n"
                  "s 1:<fiber 1>@3\n"
                  "c 1:<fiber 1>@2/f\n"
                  "s 1:<fiber 1>@2/f@4\n"
                  "R 1:<fiber 1>@2/f@4\n"
                  "R 0:<top-level>@1\n"
                  "s 0:<top-level>@5\n"
                  "S 1:<fiber 1>@2/f@4\n"
                  "C 1:<fiber 1>@2/f@4\n"
                  "S 1:<fiber 1>@2/f@4\n"
                  "C 1:<fiber 1>@2/f@4\n"
                  "s 1:<fiber 1>@2/f@6\n"
                  "r1 1:<fiber 1>@2\n"
                  "s 1:<fiber 1>@2\n"
                  "R 0:<top-level>@5\n"
                  "s 0:<top-level>@8\n");
}

/* Two threads in turn, each inside a call of its own; one ends and its number is given again. */
static void
test_interleaved(void **state)
{
    (void)state;
    assert_frames("+1 +2 T1 ><thread 1>:2 >f:3 :4 ~ <nil T2 ><thread 2>:2 >g:5 :6 ~ <nil "
                  "T1 ><thread 1>:2 >f:3 :7 <1 <nil -1 T2 ><thread 2>:2 >g:5 :8 <2 <nil "
                  "+1 T1 ><thread 1>:9 :9",
                  "c 0:<top-level>\n"
                  "S 1:\n"
                  "C 1:<thread 1>\n"
                  "s 1:<thread 1>@3\n"
                  "c 1:<thread 1>/f\n"
                  "s 1:<thread 1>/f@4\n"
                  "R 1:<thread 1>/f@4\n"
                  "R 0:<top-level>\n"
                  "S 2:\n"
                  "C 2:<thread 2>\n"
                  "s 2:<thread 2>@5\n"
                  "c 2:<thread 2>/g\n"
                  "s 2:<thread 2>/g@6\n"
                  "R 2:<thread 2>/g@6\n"
                  "R 0:<top-level>\n"
                  "S 1:<thread 1>/f@4\n"
                  "C 1:<thread 1>/f@4\n"
                  "S 1:<thread 1>/f@4\n"
                  "C 1:<thread 1>/f@4\n"
                  "s 1:<thread 1>/f@7\n"
                  "r1 1:<thread 1>\n"
                  "R 0:<top-level>\n"
                  "S 2:<thread 2>/g@6\n"
                  "C 2:<thread 2>/g@6\n"
                  "S 2:<thread 2>/g@6\n"
                  "C 2:<thread 2>/g@6\n"
                  "s 2:<thread 2>/g@8\n"
                  "r2 2:<thread 2>\n"
                  "R 0:<top-level>\n"
                  "S 1:\n"
                  "C 1:<thread 1>\n"
                  "s 1:<thread 1>@9\n");
}

/* Another call than the suspended one: that one is lost. A switch without slices is just followed.
 * "in a later slice" on the main thread, and as a String, is a value like any other. */
static void
test_unbent(void **state)
{
    (void)state;
    assert_frames("T1 ><fiber 1>:2 >f:3 ~ <nil T1 ><fiber 1>:2 >g:4 <1 <nil",
                  "c 0:<top-level>\n"
                  "S 1:\n"
                  "C 1:<fiber 1>\n"
                  "s 1:<fiber 1>@3\n"
                  "c 1:<fiber 1>/f\n"
                  "R 1:<fiber 1>/f\n"
                  "R 0:<top-level>\n"
                  "S 1:<fiber 1>/f\n"
                  "C 1:<fiber 1>/f\n"
                  "S 1:<fiber 1>/f\n"
                  "c 1:<fiber 1>/g\n"
                  "r2 1:<fiber 1>\n"
                  "R 0:<top-level>\n");
    assert_frames("T7 :2 >f:3 <'continues in a later slice' T0 >g:4 ~",
                  "c 0:<top-level>\n"
                  "S 7:\n"
                  "S 7:\n"
                  "c 7:f\n"
                  "r1 7:\n"
                  "s 0:<top-level>@4\n"
                  "c 0:<top-level>/g\n"
                  "r2 0:<top-level>\n");
}

static void
count_release(void *context, void *state)
{
    assert_non_null(state);
    ++*(size_t *)context;
}

/* Every frame's state is released once: at its return, at its thread's end, at free. */
static void
test_states(void **state)
{
    struct trace_script script;
    struct ct_trace_frames *frames;
    struct ct_trace_event event;
    size_t release_count = 0;
    size_t state_count = 0;
    (void)state;
    trace_script_init(&script, CT_PROFILE_AUG26,
                      ":1 >f:2 <nil T1 ><thread 1>:3 >g:4 ~ <nil -1 T0 >h:5");
    struct ct_trace_reader *reader = trace_script_open(&script, NULL);
    assert_ok(ct_trace_frames_new(reader, NULL, count_release, &release_count, &frames));
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK) {
        enum ct_trace_role role;
        assert_ok(ct_trace_frames_follow(frames, &event, &role));
        struct ct_trace_frame *top = ct_trace_frames_top(frames);
        if (event.kind == CT_TRACE_CALL && top->state == NULL) {
            top->state = &state_count;
            state_count++;
        }
    }
    assert_int_equal(state_count, 5);
    assert_int_equal(release_count, 3);
    ct_trace_frames_free(frames);
    assert_int_equal(release_count, 5);
    ct_trace_reader_close(reader);
    trace_script_release(&script);
}

static void
test_no_memory(void **state)
{
    struct trace_script script;
    (void)state;
    trace_script_init(&script, CT_PROFILE_AUG26,
                      ":1 +1 T1 ><fiber 1>:2 >f:3 ~ <nil T0 :5 "
                      "T1 ><fiber 1>:2 >f:3 <7 <nil -1 T2 :1");
    for (size_t fail_at = 1;; fail_at++) {
        struct ct_failing_alloc failing;
        struct ct_trace_frames *frames;
        struct log log = {.size = 0};
        ct_failing_alloc_init(&failing, fail_at);
        struct ct_trace_reader *reader = trace_script_open(&script, NULL);
        enum ct_status status =
            ct_trace_frames_new(reader, &failing.alloc, NULL, NULL, &frames);
        if (status == CT_OK) {
            status = follow_all(reader, frames, &log);
            ct_trace_frames_free(frames);
        }
        ct_trace_reader_close(reader);
        assert_int_equal(failing.live_count, 0);
        if (!ct_failing_alloc_has_failed(&failing)) {
            assert_int_equal(status, CT_END);
            break;
        }
        assert_int_equal(status, CT_ERR_MEMORY);
    }
    trace_script_release(&script);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),       cmocka_unit_test(test_slices),
        cmocka_unit_test(test_interleaved), cmocka_unit_test(test_unbent),
        cmocka_unit_test(test_states),      cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
