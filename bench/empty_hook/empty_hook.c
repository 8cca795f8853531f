/* The floor of what any recorder in C can cost: a raw hook on line, call and return that counts and
 * does nothing else. Loaded by `ruby -r` into a benchmark program; it counts from then on.
 *
 * The counts also check what each program says of itself: EmptyHook::COUNTER.line_count.
 */
#include <ruby.h>
#include <ruby/debug.h>

struct counts {
    unsigned long long line_count;
    unsigned long long call_count; /* calls and returns */
};

static const rb_data_type_t counter_type = {
    .wrap_struct_name = "EmptyHook::Counter",
    .function = {.dfree = RUBY_TYPED_DEFAULT_FREE},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

static struct counts *
require_counts(VALUE counter)
{
    return rb_check_typeddata(counter, &counter_type);
}

/* hot */
static void
count_event(VALUE counter, const rb_trace_arg_t *arg)
{
    struct counts *counts = RTYPEDDATA_DATA(counter);
    /* The event is the first word of the argument: asking for it would be a call. */
    if (*(const rb_event_flag_t *)arg == RUBY_EVENT_LINE)
        counts->line_count++;
    else
        counts->call_count++;
}

static VALUE
line_count(VALUE counter)
{
    return rb_ull2inum(require_counts(counter)->line_count);
}

static VALUE
call_count(VALUE counter)
{
    return rb_ull2inum(require_counts(counter)->call_count);
}

void
Init_empty_hook(void)
{
    VALUE module = rb_define_module("EmptyHook");
    VALUE counter_class = rb_define_class_under(module, "Counter", rb_cObject);
    struct counts *counts;
    rb_undef_alloc_func(counter_class);
    VALUE counter = TypedData_Make_Struct(counter_class, struct counts, &counter_type, counts);
    rb_define_method(counter_class, "line_count", line_count, 0);
    rb_define_method(counter_class, "call_count", call_count, 0);
    rb_define_const(module, "COUNTER", counter);
    rb_add_event_hook2((rb_event_hook_func_t)(void (*)(void))count_event,
                       RUBY_EVENT_LINE | RUBY_EVENT_CALL | RUBY_EVENT_RETURN, counter,
                       RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG);
}
