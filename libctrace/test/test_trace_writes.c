/* Writes: of variables in frames, blocks, threads; of instance variables in whatever shows them.
 *
 * Each case is a script (trace_script.h), a name, and the writes of it, one a line: the function,
 * [strand], object, old -> new, by the lines of the steps that may have done it, the line where it
 * is seen, the line it was called from. */
#include "trace_script.h"

#include "ctrace/trace_writes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_SIZE 4096

struct log {
    struct ct_trace_reader *reader;
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

static void
put_value(struct log *log, const struct ct_trace_encoded *encoded)
{
    const struct ct_value *value;
    if (encoded->bytes == NULL) {
        put_log(log, "?");
        return;
    }
    assert_ok(
        ct_trace_reader_value_decode(log->reader, encoded->bytes, encoded->size, &value, NULL));
    if (value->kind == CT_VALUE_INT)
        put_log(log, "%" PRId64, value->integer);
    else if (value->kind == CT_VALUE_SEQUENCE)
        put_log(log, "[%" PRIu64 "]", value->child_count);
    else
        put_log(log, "%s", ct_value_kind_name(value->kind));
}

static const char *
function_name(const struct log *log, uint64_t id)
{
    const struct ct_trace_function *function = ct_trace_reader_function(log->reader, id);
    return function != NULL ? function->name : "-";
}

static void
log_write(void *context, const struct ct_trace_write *write)
{
    static const char *const kinds[] = {"", "argument ", "first "};
    struct log *log = context;
    put_log(log, "%s%s", kinds[write->kind], function_name(log, write->function_id));
    if (write->strand_id != 0)
        put_log(log, "[%" PRIu64 "]", write->strand_id);
    if (write->object_id != CT_TRACE_NO_ID)
        put_log(log, " #%" PRIu64, write->object_id);
    put_log(log, " ");
    put_value(log, &write->old_value);
    put_log(log, "->");
    put_value(log, &write->new_value);
    if (write->by.step != CT_TRACE_NO_ID)
        put_log(log, " by %" PRId64, write->by.line);
    if (write->by.step != CT_TRACE_NO_ID && write->by_last > write->by.step)
        put_log(log, "+%" PRIu64, write->by_last - write->by.step);
    put_log(log, " seen %" PRId64, write->seen.line);
    if (write->caller.step != CT_TRACE_NO_ID)
        put_log(log, " from %s@%" PRId64, function_name(log, write->caller_function_id),
                write->caller.line);
    put_log(log, "\n");
}

static enum ct_status
follow_all(struct log *log, const char *name, const struct ct_alloc *alloc)
{
    const struct ct_trace_writes_options options = {
        .name = name, .write = log_write, .context = log, .alloc = alloc};
    struct ct_trace_writes *writes;
    struct ct_trace_event event;
    CT_TRY(ct_trace_writes_new(log->reader, &options, &writes));
    enum ct_status status;
    while ((status = ct_trace_reader_next(log->reader, &event, NULL)) == CT_OK) {
        status = ct_trace_writes_follow(writes, &event);
        if (status != CT_OK)
            break;
    }
    if (status == CT_END)
        status = ct_trace_writes_finish(writes);
    ct_trace_writes_free(writes);
    return status;
}

static void
assert_writes(const char *script_text, const char *name, const char *expected)
{
    static const enum ct_profile profiles[] = {CT_PROFILE_AUG26, CT_PROFILE_JSON};
    for (size_t i = 0; i < 2; i++) {
        struct trace_script script;
        trace_script_init(&script, profiles[i], script_text);
        struct log log = {.reader = trace_script_open(&script, NULL)};
        assert_ok(follow_all(&log, name, NULL));
        assert_string_equal(log.text, expected);
        ct_trace_reader_close(log.reader);
        trace_script_release(&script);
    }
}

/* nil at first is no write; the line before the one that shows a value wrote it. */
static void
test_variable(void **state)
{
    (void)state;
    assert_writes(":1 x=nil y=nil :2 x=5 y=nil :3 x=5 y=7 :4 x=6 y=7 :5 x=nil y=7", "x",
                  "<top-level> None->5 by 1 seen 2\n"
                  "<top-level> 5->6 by 3 seen 4\n"
                  "<top-level> 6->None by 4 seen 5\n");
    assert_writes(":1 y=5", "x", "");
}

/* Each call has its own; the call itself writes an argument. */
static void
test_frames(void **state)
{
    (void)state;
    assert_writes(":1 x=nil :2 x=1 >f:9(x=2) :10 x=2 :11 x=3 >f:9(x=4) :10 x=4 <nil :12 x=3 <nil "
                  ":3 x=1 >g:20 :21 x=8",
                  "x",
                  "<top-level> None->1 by 1 seen 2\n"
                  "argument f ?->2 by 2 seen 10 from <top-level>@2\n"
                  "f 2->3 by 10 seen 11 from <top-level>@2\n"
                  "argument f ?->4 by 11 seen 10 from f@11\n"
                  "first g ?->8 seen 21 from <top-level>@3\n");
}

/* g yields to a block of f: what the block writes is f's, the line in the block did it. */
static void
test_blocks(void **state)
{
    (void)state;
    assert_writes(">f:1 :2 x=nil a=1 :3 x=0 a=1 >g:9 :10 n=0 :4 i=1 x=0 a=1 :11 n=0 "
                  ":4 i=2 x=1 a=1 <nil :5 x=3 a=1",
                  "x",
                  "f None->0 by 2 seen 3\n"
                  "f 0->1 by 4 seen 4\n"
                  "f 1->3 by 4 seen 5\n");
}

/* A block's own x is another variable than that of its method; so is one of a recursion. */
static void
test_shadows(void **state)
{
    (void)state;
    assert_writes(":1 x=1 z=0 :2 x=7 y=1 z=0 :3 x=8 y=1 z=0 :4 x=1 z=0", "x",
                  "first <top-level> ?->1 seen 1\n"
                  "first <top-level> ?->7 seen 2\n"
                  "<top-level> 7->8 by 2 seen 3\n");
    assert_writes(">f:1 :2 a=1 :3 x=5 a=1 >f:1 :2 a=2 :3 x=6 a=2", "x",
                  "first f ?->5 seen 3\n"
                  "first f ?->6 seen 3 from f@3\n");
}

/* A thread's block writes a variable of the main thread; the slices' repeated calls write nothing.
 */
static void
test_threads(void **state)
{
    (void)state;
    assert_writes(":1 x=1 +1 T1 ><thread 1>:2 :2 x=1 >f:9(x=5) :10 x=5 ~ <nil T0 :3 x=1 "
                  "T1 ><thread 1>:2 >f:9(x=5) :11 x=6 <nil :4 x=1 :5 x=2 <nil T0 :6 x=2",
                  "x",
                  "first <top-level> ?->1 seen 1\n"
                  "argument f[1] ?->5 by 2 seen 10 from <thread 1>@2\n"
                  "f[1] 5->6 by 10 seen 11 from <thread 1>@2\n"
                  "<top-level> 1->2 by 4 seen 5\n");
    /* A thread that is named goes on under its name. */
    assert_writes("T1 ><thread 1>:2 :4 x=1 <nil T0 :6 T1 ><thread w>:2 :5 x=2 :6 x=3 <nil T0 :7",
                  "x",
                  "first <thread 1>[1] ?->1 seen 4\n"
                  "<thread 1>[1] 1->2 by 4 seen 5\n"
                  "<thread w>[1] 2->3 by 5 seen 6\n");
}

static void
test_globals(void **state)
{
    (void)state;
    assert_writes(":1 $x=1 >f:9 :10 $x=1 :11 $x=2 <nil :2 $x=2 :3 $x=4", "$x",
                  "first <top-level> ?->1 seen 1\n"
                  "f 1->2 by 10 seen 11 from <top-level>@1\n"
                  "<top-level> 2->4 by 2 seen 3\n");
    /* Shown where it changed, by any frame: an argument, a body, the rest of the caller's line. */
    assert_writes(":1 $x=nil :2 >f:9 :10 $x=1 :11 :12 $x=2 <nil :3 :4 $x=3 :5", "$x",
                  "<top-level> None->1 by 2 seen 10\n"
                  "f 1->2 by 11 seen 12 from <top-level>@2\n"
                  "<top-level> 2->3 by 3 seen 4\n");
    assert_writes(":1 A.@@y=1 :2 >f:9 :10 <nil :3 A.@@y=2", "A.@@y",
                  "first <top-level> ?->1 seen 1\n"
                  "<top-level> 1->2 by 2 seen 3\n");
}

/* What is within an object does not make the variable another; elements of an array do. */
static void
test_content(void **state)
{
    (void)state;
    assert_writes(":1 x=#1Foo{@a:1} :2 x=#1Foo{@a:2} :3 x=#2Foo{@a:2} :4 x=[#2Foo{@a:2}] "
                  ":5 x=[#2Foo{@a:3}] :6 x=[1,2] :7 x=[1,2,3]",
                  "x",
                  "first <top-level> ?->Struct seen 1\n"
                  "<top-level> Struct->Struct by 2 seen 3\n"
                  "<top-level> Struct->[1] by 3 seen 4\n"
                  "<top-level> [1]->[2] by 5 seen 6\n"
                  "<top-level> [2]->[3] by 6 seen 7\n");
}

/* A block is shown without its number until it is used: then it is still the same. */
static void
test_numberless(void **state)
{
    (void)state;
    assert_writes(":1 x=`Proc|#<Proc>` :2 x=`Proc|#<Proc #4>` :3 x=`Proc|#<Proc #5>` "
                  ":4 x=`Thread|#<Thread>`",
                  "x",
                  "first <top-level> ?->Raw seen 1\n"
                  "<top-level> Raw->Raw by 2 seen 3\n"
                  "<top-level> Raw->Raw by 3 seen 4\n");
}

/* self is on each step: the step before did it. */
static void
test_field_of_self(void **state)
{
    (void)state;
    assert_writes(":1 >C#f:9(self=#1C{@a:1}) :10 self=#1C{@a:1} :11 self=#1C{@a:2} "
                  ">C#g:20(self=#1C{@a:2}) :21 self=#1C{@a:2} :22 self=#1C{@a:3} <nil "
                  ":12 self=#1C{@a:3} <nil :2",
                  "@a",
                  "first C#f #1 ?->1 seen 9 from <top-level>@1\n"
                  "C#f #1 1->2 by 10 seen 11 from <top-level>@1\n"
                  "C#g #1 2->3 by 21 seen 22 from C#f@11\n");
}

/* self is shown only where it changed, and at the first step: still the step before did it. */
static void
test_field_of_changed_self(void **state)
{
    (void)state;
    assert_writes(":1 >C#f:9(self=#1C{@a:1}) :10 :11 :12 self=#1C{@a:2} :13 "
                  ">C#g:20(self=#1C{@a:2}) :21 :22 self=#1C{@a:3} :23 <nil "
                  ":14 self=#1C{@a:3} :15 self=#1C{@a:4}",
                  "@a",
                  "first C#f #1 ?->1 seen 9 from <top-level>@1\n"
                  "C#f #1 1->2 by 11 seen 12 from <top-level>@1\n"
                  "C#g #1 2->3 by 21 seen 22 from C#f@13\n"
                  "C#f #1 3->4 by 14 seen 15 from <top-level>@1\n");
}

/* self is told by the call alone: the lines that ran with it did it, but for the one that returned.
 */
static void
test_field_of_argument(void **state)
{
    (void)state;
    assert_writes(":1 o=nil >C#initialize:5(self=`C|#<C #1>`) :6 :7 :8 <nil :2 o=#1C{@a:1} "
                  ">C#f:9(self=#1C{@a:1}) :10 :11 :12 <nil :3 o=#1C{@a:2} :4 o=#1C{@a:9}",
                  "@a",
                  "C#initialize #1 ?->1 by 6+1 seen 2 from <top-level>@1\n"
                  "C#f #1 1->2 by 10+1 seen 3 from <top-level>@2\n"
                  "<top-level> #1 2->9 by 3 seen 4\n");
}

/* Objects are found in collections and fields; what is cut there says nothing new. */
static void
test_field_within(void **state)
{
    (void)state;
    assert_writes(":1 l=[#1C{@a:1},#2C{@a:[1,2]}] :2 o=#3D{@c:#1C{@a:4}} l=[`C|#<C #1 …>`] "
                  ":3 l=[#2C{@a:`Array|[… 2 items]`}] :4 l=[#2C{@a:`Array|[… 3 items]`}] "
                  ":5 l=[#2C{@a:[1,2,3]}] :6 l=[#2C{@a:[1,2,4]}]",
                  "@a",
                  "first <top-level> #1 ?->1 seen 1\n"
                  "first <top-level> #2 ?->[2] seen 1\n"
                  "<top-level> #1 1->4 by 1 seen 2\n"
                  "<top-level> #2 [2]->Raw by 1+2 seen 4\n"
                  "<top-level> #2 [3]->[3] by 4+1 seen 6\n");
}

/* The lines of a collection's method are not run by what it holds. */
static void
test_field_within_self(void **state)
{
    (void)state;
    assert_writes(":1 o=#1C{@a:1} :2 >f:5(self=[#1C{@a:1}]) :6 x=1 :7 x=2 <nil "
                  ":3 o=#1C{@a:2}",
                  "@a",
                  "first <top-level> #1 ?->1 seen 1\n"
                  "f #1 1->2 by 5+2 seen 3 from <top-level>@2\n");
}

/* Fields that come later, and members of Structs. */
static void
test_field_names(void **state)
{
    (void)state;
    assert_writes(":1 o=#1C{@a:1} >C#f:5(self=#1C{@a:1}) :6 self=#1C{@a:1} :7 self=#1C{@a:1,@b:2}",
                  "@b", "C#f #1 ?->2 by 6 seen 7 from <top-level>@1\n");
    assert_writes(":1 o=#1P{x:1} :2 o=#1P{x:2}", ".x",
                  "first <top-level> #1 ?->1 seen 1\n"
                  "<top-level> #1 1->2 by 1 seen 2\n");
    assert_writes(":1 @a=1 :2 @a=2", "@a",
                  "first <top-level> ?->1 seen 1\n"
                  "<top-level> 1->2 by 1 seen 2\n");
}

/* At the latest step: of the frame whose variable it shows, or of the one that runs. */
static void
assert_latest(const char *script_text, const char *name, const char *expected)
{
    struct trace_script script;
    trace_script_init(&script, CT_PROFILE_AUG26, script_text);
    struct log log = {.reader = trace_script_open(&script, NULL)};
    const struct ct_trace_writes_options options = {.name = name};
    struct ct_trace_writes *writes;
    struct ct_trace_write write;
    struct ct_trace_event event;
    struct ct_trace_encoded value;
    struct ct_trace_place seen;
    assert_ok(ct_trace_writes_new(log.reader, &options, &writes));
    while (ct_trace_reader_next(log.reader, &event, NULL) == CT_OK)
        assert_ok(ct_trace_writes_follow(writes, &event));
    assert_ok(ct_trace_writes_finish(writes));
    if (ct_trace_writes_latest(writes, &write))
        log_write(&log, &write);
    if (ct_trace_writes_variable(writes, &value, &seen)) {
        put_value(&log, &value);
        put_log(&log, "@%" PRId64, seen.line);
    }
    assert_string_equal(log.text, expected);
    ct_trace_writes_free(writes);
    ct_trace_reader_close(log.reader);
    trace_script_release(&script);
}

static void
test_latest(void **state)
{
    (void)state;
    assert_latest(":1 x=nil :2 x=1 :3 x=2 >f:9(x=7) :10 x=7 :11 x=8 <nil :4 x=2", "x",
                  "<top-level> 1->2 by 2 seen 3\n2@4");
    assert_latest(":1 x=nil :2 x=1 >f:9(x=7) :10 x=7 :11 x=8 :12", "x",
                  "f 7->8 by 10 seen 11 from <top-level>@2\n8@11");
    assert_latest(":1 x=nil z=0 :2 x=1 z=0 >g:9 :10 :3 i=5 x=1 z=0 :3 i=6 x=4 z=0", "x",
                  "<top-level> 1->4 by 3 seen 3\n4@3");
    assert_latest(":1 x=nil", "x", "None@1");
    assert_latest(":1 $x=3 >f:9 :10 $x=4", "$x", "<top-level> 3->4 by 1 seen 10\n4@10");
    assert_latest(":1 $x=3 >f:9 :10 :11 $x=4 :12", "$x",
                  "f 3->4 by 10 seen 11 from <top-level>@1\n4@11");
    assert_latest(":1 x=1 :2 x=2 A.@@y=3 :3 x=3", "x", "<top-level> 2->3 by 2 seen 3\n3@3");
    assert_latest(":1 y=1", "x", "");
}

/* More objects than are kept: the ones not seen for longest are forgotten, and counted. */
static void
test_many_objects(void **state)
{
    enum { OBJECT_COUNT = CT_TRACE_WRITES_OBJECT_MAX + 100 };
    struct trace_script script;
    (void)state;
    char *text = malloc((size_t)OBJECT_COUNT * 64);
    char *next = text;
    assert_non_null(text);
    for (unsigned i = 0; i < OBJECT_COUNT; i++)
        next += sprintf(next, ":1 o=#%uC{@a:1} :2 p=#0C{@a:%u} ", i + 1, i / 70000);
    trace_script_init(&script, CT_PROFILE_AUG26, text);
    struct log log = {.reader = trace_script_open(&script, NULL)};
    const struct ct_trace_writes_options options = {.name = "@a"};
    struct ct_trace_writes *writes;
    struct ct_trace_event event;
    struct ct_trace_encoded value;
    struct ct_trace_place seen;
    assert_ok(ct_trace_writes_new(log.reader, &options, &writes));
    while (ct_trace_reader_next(log.reader, &event, NULL) == CT_OK)
        assert_ok(ct_trace_writes_follow(writes, &event));
    assert_ok(ct_trace_writes_finish(writes));
    assert_int_equal(ct_trace_writes_forgotten_count(writes), 101);
    assert_true(ct_trace_writes_field(writes, 0, &value, &seen));
    assert_true(ct_trace_writes_field(writes, OBJECT_COUNT, &value, &seen));
    assert_int_equal(seen.line, 1);
    assert_false(ct_trace_writes_field(writes, OBJECT_COUNT + 1, &value, &seen));
    ct_trace_writes_free(writes);
    ct_trace_reader_close(log.reader);
    trace_script_release(&script);
    free(text);
}

static void
test_no_memory(void **state)
{
    static const char *const names[] = {"x", "@a"};
    struct trace_script script;
    (void)state;
    trace_script_init(&script, CT_PROFILE_AUG26,
                      ":1 x=1 >f:9(self=#1C{@a:1},x=[2]) :10 x=[2] :11 x=#1C{@a:2} <nil "
                      ":2 x=[1] z=[#1C{@a:[3]},#2C{@a:4}] :3 x=[2] z=#1C{@a:[4]}");
    for (size_t fail_at = 1, name = 0; name < 2; fail_at++) {
        struct ct_failing_alloc failing;
        struct log log = {.reader = trace_script_open(&script, NULL)};
        ct_failing_alloc_init(&failing, fail_at);
        const enum ct_status status = follow_all(&log, names[name], &failing.alloc);
        ct_trace_reader_close(log.reader);
        assert_int_equal(failing.live_count, 0);
        const bool has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_OK);
        if (has_failed)
            continue;
        name++;
        fail_at = 0;
    }
    trace_script_release(&script);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variable),       cmocka_unit_test(test_frames),
        cmocka_unit_test(test_blocks),         cmocka_unit_test(test_shadows),
        cmocka_unit_test(test_threads),        cmocka_unit_test(test_globals),
        cmocka_unit_test(test_numberless),     cmocka_unit_test(test_content),
        cmocka_unit_test(test_latest),
        cmocka_unit_test(test_field_of_self),
        cmocka_unit_test(test_field_of_changed_self),
        cmocka_unit_test(test_field_of_argument), cmocka_unit_test(test_field_within),
        cmocka_unit_test(test_field_within_self),
        cmocka_unit_test(test_field_names),    cmocka_unit_test(test_many_objects),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
