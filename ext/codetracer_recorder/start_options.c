/* See start_options.h. */
#include "start_options.h"

#include "recorder.h"
#include "value_filter.h"

#include "ctrace/spool_request.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ARG_COUNT_MAX     65535
#define SNAPSHOT_SIZE_MAX (1u << 30) /* what one value may need while it is put together */

static VALUE
option(VALUE options, const char *name)
{
    return rb_hash_aref(options, ID2SYM(rb_intern(name)));
}

static const char *
string_option(VALUE options, const char *name)
{
    VALUE value = option(options, name);
    return StringValueCStr(value);
}

static uint32_t
count_option(VALUE options, const char *name, uint32_t least, uint32_t most)
{
    long value = NUM2LONG(option(options, name));
    if (value < (long)least || value > (long)most)
        rb_raise(rb_eArgError, "%s must lie between %u and %u, not %ld", name, least, most, value);
    return (uint32_t)value;
}

static void
read_limits(struct recorder *recorder, VALUE options)
{
    recorder->limits = (struct rec_limits){
        .depth_max = count_option(options, "depth", 0, CT_SNAPSHOT_DEPTH_MAX - 2),
        .item_count_max = count_option(options, "items", 0, 10000),
        .string_size_max = count_option(options, "string_bytes", 0, 1 << 20),
        .node_count_max = count_option(options, "nodes", 1, 10000),
    };
    VALUE call_depth = option(options, "call_depth");
    if (!NIL_P(call_depth))
        recorder->limits.call_depth_max = count_option(options, "call_depth", 1, UINT32_MAX);
    recorder->limits.snapshot_size_max = rec_snapshot_size_limit(recorder);
    if (recorder->limits.snapshot_size_max > SNAPSHOT_SIZE_MAX)
        rb_raise(rb_eArgError, "nodes × bytes may come to %u MiB at most", SNAPSHOT_SIZE_MAX >> 20);
}

static void
put_option(VALUE texts, VALUE options, const char *name)
{
    const char *text = string_option(options, name);
    rb_str_cat(texts, text, (long)strlen(text) + 1);
}

/* Path and SHA-256 of each filter; how many there are. */
static uint32_t
put_filter_sources(VALUE texts, VALUE sources)
{
    Check_Type(sources, T_ARRAY);
    for (long i = 0; i < RARRAY_LEN(sources); i++) {
        VALUE source = RARRAY_AREF(sources, i);
        Check_Type(source, T_ARRAY);
        for (long part = 0; part < 2; part++) {
            VALUE text = RARRAY_AREF(source, part);
            rb_str_cat(texts, StringValueCStr(text), RSTRING_LEN(text) + 1);
        }
    }
    return (uint32_t)RARRAY_LEN(sources);
}

VALUE
rec_options_start_texts(VALUE options, uint16_t *out_arg_count, uint32_t *out_filter_count)
{
    char recording_id[CT_SPOOL_RECORDING_ID_SIZE];
    VALUE texts = rb_str_new(NULL, 0), args = option(options, "args");
    Check_Type(args, T_ARRAY);
    put_option(texts, options, "out_dir");
    put_option(texts, options, "profile");
    if (NIL_P(option(options, "recording_id"))) {
        ct_spool_recording_id_make(recording_id);
        rb_str_cat(texts, recording_id, (long)strlen(recording_id) + 1);
    } else {
        put_option(texts, options, "recording_id");
    }
    put_option(texts, options, "program");
    put_option(texts, options, "workdir");
    put_option(texts, options, "recorder");
    VALUE version = rb_const_get(rb_cObject, rb_intern("RUBY_VERSION"));
    rb_str_cat(texts, StringValueCStr(version), RSTRING_LEN(version) + 1);
    long count = RARRAY_LEN(args) < ARG_COUNT_MAX ? RARRAY_LEN(args) : ARG_COUNT_MAX;
    for (long i = 0; i < count; i++) {
        VALUE arg = RARRAY_AREF(args, i);
        rb_str_cat(texts, StringValueCStr(arg), RSTRING_LEN(arg) + 1);
    }
    *out_arg_count = (uint16_t)count;
    *out_filter_count = put_filter_sources(texts, option(options, "filter_sources"));
    return texts;
}

/* `out_dir/trace.ct` or `out_dir/trace.json`. */
static char *
join_trace_path(VALUE options)
{
    bool is_json = strcmp(string_option(options, "profile"), "json") == 0;
    char *path;
    if (asprintf(&path, "%s/trace.%s", string_option(options, "out_dir"), is_json ? "json" : "ct") <
        0)
        rec_raise_no_memory();
    return path;
}

void
rec_options_read(struct recorder *recorder, VALUE options)
{
    recorder->quiet = RTEST(option(options, "quiet"));
    recorder->records_children = RTEST(option(options, "children"));
    VALUE on_error = option(options, "on_error");
    recorder->aborts_on_failure =
        RB_TYPE_P(on_error, T_STRING) && strcmp(StringValueCStr(on_error), "abort") == 0;
    recorder->requires_trace = RTEST(option(options, "require_trace"));
    recorder->debug = RTEST(option(options, "debug"));
    read_limits(recorder, options);
    recorder->c_call_classes = option(options, "c_calls");
    recorder->shows_c_calls = RTEST(recorder->c_call_classes);
    if (!RB_TYPE_P(recorder->c_call_classes, T_ARRAY))
        recorder->c_call_classes = Qnil;
    recorder->shows_border_calls = RTEST(option(options, "border_calls"));
    recorder->shows_blocks = RTEST(option(options, "block_frames"));
    rec_expressions_read(recorder, option(options, "expressions"),
                         option(options, "instructions"));
    recorder->io = count_option(options, "io", 0, UINT32_MAX);
    rec_path_filter_init(&recorder->filter, option(options, "skip_prefixes"),
                         option(options, "main_script"), option(options, "workdir"));
    rec_filter_rules_init(&recorder->rules, options);
    rec_secrets_begin(recorder);
    rec_watched_read(recorder, option(options, "watch"));
    rec_serializers_read(recorder, option(options, "serializers"));
    rec_flight_read(recorder, options);
    recorder->trace_path = join_trace_path(options);
}

VALUE
rec_options_facts(VALUE options)
{
    VALUE facts = option(options, "facts");
    return NIL_P(facts) ? rb_str_new_cstr("{}") : StringValue(facts);
}

uint64_t
rec_options_spool_bytes(VALUE options)
{
    return NUM2ULL(option(options, "spool_bytes"));
}

const char *
rec_options_writer(VALUE options)
{
    return string_option(options, "writer");
}

const char *
rec_options_out_dir(VALUE options)
{
    return string_option(options, "out_dir");
}

bool
rec_options_has_running_program(VALUE options)
{
    return RTEST(option(options, "api"));
}

bool
rec_options_has_nameless_script(VALUE options)
{
    const char *program = string_option(options, "program");
    return strcmp(program, "-e") == 0 || strcmp(program, "-") == 0;
}

VALUE
rec_options_code_lister(VALUE options)
{
    return option(options, "code_lister");
}

static uint64_t
number_option(VALUE options, const char *name)
{
    VALUE value = option(options, name);
    return NIL_P(value) ? 0 : NUM2ULL(value);
}

struct ct_spool_budget
rec_options_budget(VALUE options)
{
    return (struct ct_spool_budget){
        .record = {.size = sizeof(struct ct_spool_budget), .kind = CT_SPOOL_BUDGET},
        .step_count = number_option(options, "max_steps"),
        .size = number_option(options, "max_size"),
        .seconds = number_option(options, "max_seconds"),
    };
}
