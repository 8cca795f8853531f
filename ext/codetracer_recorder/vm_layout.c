/* The self-check of the VM's memory layout, and every symbol of libruby that is not public API.
 *
 * Steps: 1 look up symbols with dlsym; 2 run two probe methods under a targeted TracePoint and copy
 * what their frames look like; 3 search the iseq bodies for the known local tables, counts and
 * parents; 4 read the locals back through the offsets found. Unknown memory is only read by
 * process_vm_readv. */
#include "vm_layout.h"

#include "call_site.h"
#include "jump_cause.h"
#include "original_method.h"
#include "own_memory.h"

#include <dlfcn.h>
#include <string.h>

#define PROBE_BODY_WORDS 96          /* how far into a body the search goes */
#define PROBED_EVENTS                                                                              \
    (RUBY_EVENT_LINE | RUBY_EVENT_CALL | RUBY_EVENT_RETURN | RUBY_EVENT_B_CALL |                   \
     RUBY_EVENT_B_RETURN)
#define EC_WORDS_MAX     64          /* of an execution context, searched for the argument */
#define EC_PLACES_MAX    8           /* candidates for the variable that holds the current ec */
#define TLS_SIZE_MAX     (64 << 10) /* how far below the thread pointer they are looked for */
#define PAGE_PART_WORDS  512         /* so many of them are copied at a time */

/* Two methods with 5 and 9 locals of known names and values, the second with two nested blocks. */
static const char PROBE_SOURCE[] =
    "o = Object.new\n"
    "def o.ct_probe_short(ct_a, ct_b)\n"
    "  ct_c = 1000003; ct_d = 1000033; ct_e = 1000037\n"
    "  ct_e\n"
    "end\n"
    "def o.ct_probe_long(ct_a, ct_b)\n"
    "  ct_c = ct_d = ct_e = ct_f = ct_g = ct_h = 1000039; ct_i = 1000081\n"
    "  [1].each do |ct_j|\n"
    "    [2].each do |ct_k|\n"
    "      ct_k\n"
    "    end\n"
    "  end\n"
    "  ct_i\n"
    "end\n"
    "def o.ct_probe_block(ct_a, ct_b, &ct_c)\n"
    "  ct_d = 1\n"
    "  ct_d = ct_c\n"
    "  ct_d\n"
    "end\n"
    "def o.ct_probe_method(ct_a, ct_b)\n"
    "  define_singleton_method(:ct_probe_made) { |ct_c| return ct_a if ct_c }\n"
    "  ct_d = lambda { |ct_e| return ct_e if ct_e }\n"
    "  ct_d.call(1)\n"
    "  instance_exec(1, &ct_d)\n"
    "  instance_exec(1) { |ct_f| ct_f }\n"
    "  ct_probe_made(1)\n"
    "end\n"
    "o\n";

/* What the hook saw in one event, copied while it was true. */
struct probe_frame {
    rb_event_flag_t event;
    int line;
    const void *cfp;
    const void *iseq;
    VALUE flags;       /* ep[0] */
    VALUE first_local; /* through ep, at the place of the first local */
    VALUE return_word; /* pc[-1] */
    VALUE data;        /* what is returned */
    bool self_matches;
    bool ec_matches; /* the thread's current ec is the event's */
};

/* Places in thread-local storage that held the event's execution context each time. libruby is
 * loaded before the first thread, so its variables lie at a fixed distance below each thread's
 * pointer. */
struct ec_search {
    bool has_begun;
    int count;
    ptrdiff_t offsets[EC_PLACES_MAX];
    size_t trace_arg;     /* byte offset in the ec of the event's argument */
    bool trace_arg_moves; /* it was elsewhere another time */
};

struct probe {
    struct probe_frame frames[64];
    int frame_count;
    size_t local_count; /* of the method under probe */
    struct ec_search *ec_search;
    bool unreadable;
};

static void
begin_ec_search(struct ec_search *search, const void *ec)
{
    const char *const base = rec_thread_pointer();
    const char *start = base;
    search->has_begun = true;
    while (base - start < TLS_SIZE_MAX) {
        const void *words[PAGE_PART_WORDS];
        size_t part = rec_own_memory_page_part(start);
        part = part < sizeof words ? part : sizeof words;
        start -= part;
        if (!rec_own_memory_get(start, words, part))
            return;
        for (size_t i = part / sizeof words[0]; i > 0 && search->count < EC_PLACES_MAX; i--) {
            if (words[i - 1] == ec)
                search->offsets[search->count++] = start - base + (ptrdiff_t)(i - 1) * 8;
        }
    }
}

static void
keep_ec_offsets(struct ec_search *search, const void *ec)
{
    int kept = 0;
    if (!search->has_begun)
        begin_ec_search(search, ec);
    for (int i = 0; i < search->count; i++) {
        const char *at = rec_thread_pointer() + search->offsets[i];
        if (*(const void *const *)at == ec)
            search->offsets[kept++] = search->offsets[i];
    }
    search->count = kept;
}

/* Where the ec points to the event's argument: the same place in each event and in each fiber. */
static void
search_trace_arg(struct ec_search *search, const void *ec, const void *arg)
{
    const void *words[EC_WORDS_MAX];
    size_t found = 0;
    if (!rec_own_memory_get(ec, words, sizeof words))
        return;
    for (size_t i = 1; i < EC_WORDS_MAX && found == 0; i++) {
        if (words[i] == arg)
            found = i * sizeof words[0];
    }
    if (search->trace_arg == 0)
        search->trace_arg = found;
    search->trace_arg_moves |= search->trace_arg != found;
}

/* Whether asking for the method's names fills in where they are looked for. */
static bool
names_match(rb_trace_arg_t *arg)
{
    struct rec_trace_arg head;
    VALUE method = rb_tracearg_method_id(arg), called = rb_tracearg_callee_id(arg);
    return rec_own_memory_get(arg, &head, sizeof head) && method == ID2SYM(head.id) &&
           called == ID2SYM(head.called_id);
}

static void
observe_probe(VALUE tpval, void *data)
{
    struct probe *probe = data;
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    struct rec_trace_arg head;
    struct rec_control_frame frame;
    VALUE word, local, flags;
    if (probe->unreadable || probe->frame_count == 64)
        return;
    if (!rec_own_memory_get(arg, &head, sizeof head) ||
        !rec_own_memory_get(head.cfp, &frame, sizeof frame) ||
        !rec_own_memory_get(frame.pc - 1, &word, sizeof word) ||
        !rec_own_memory_get(frame.ep, &flags, sizeof flags) ||
        !rec_own_memory_get(frame.ep - (probe->local_count + 2), &local, sizeof local)) {
        probe->unreadable = true;
        return;
    }
    struct probe_frame *out = &probe->frames[probe->frame_count++];
    out->event = head.event;
    out->line = NUM2INT(rb_tracearg_lineno(arg));
    out->cfp = head.cfp;
    out->iseq = frame.iseq;
    out->flags = flags;
    out->first_local = local;
    out->return_word = word;
    out->data = head.data;
    out->self_matches = names_match(arg) && head.event == rb_tracearg_event_flag(arg) &&
                        head.self == rb_tracearg_self(arg) && frame.self == head.self;
    keep_ec_offsets(probe->ec_search, head.ec);
    search_trace_arg(probe->ec_search, head.ec, arg);
}

static const struct probe_frame *
find_frame(const struct probe *probe, rb_event_flag_t event, int line)
{
    for (int i = 0; i < probe->frame_count; i++) {
        if (probe->frames[i].event == event && probe->frames[i].line == line)
            return &probe->frames[i];
    }
    return NULL;
}

VALUE
rec_probe_iseqw(VALUE object, const char *name)
{
    VALUE method = rb_obj_method(object, ID2SYM(rb_intern(name)));
    return rec_original_call_with(REC_ISEQ_OF, rb_path2class("RubyVM::InstructionSequence"),
                                  method);
}

struct probed_call {
    VALUE object;
    const char *name;
    struct probe *probe;
};

/* A TracePoint on one probe method's own iseq tree. */
static VALUE
begin_probe(const struct probed_call *call)
{
    VALUE iseqw = rec_probe_iseqw(call->object, call->name);
    VALUE tracepoint = rb_tracepoint_new(Qnil, PROBED_EVENTS, observe_probe, call->probe);
    rec_tracepoint_target(tracepoint, iseqw);
    return tracepoint;
}

static void
end_probe(VALUE tracepoint)
{
    rec_tracepoint_untarget(tracepoint);
    RB_GC_GUARD(tracepoint);
}

static void
run_probe(VALUE object, const char *name, struct probe *probe)
{
    struct probed_call call = {.object = object, .name = name, .probe = probe};
    VALUE tracepoint = begin_probe(&call);
    rb_funcall(object, rb_intern(name), 2, INT2FIX(1000121), INT2FIX(1000133));
    end_probe(tracepoint);
}

static VALUE
call_nothing(RB_BLOCK_CALL_FUNC_ARGLIST(value, context))
{
    (void)value;
    (void)context;
    return Qnil;
}

/* The flag that changes when a method first uses its &block. Zero when it cannot be told: such a
 * parameter is then shown as its variable says, nil until it is used. */
static void
search_block_flag(struct rec_vm_layout *layout, VALUE object, struct ec_search *search)
{
    struct probe probe = {.local_count = 4, .ec_search = search};
    VALUE arguments[] = {INT2FIX(1000121), INT2FIX(1000133)};
    struct probed_call call = {.object = object, .name = "ct_probe_block", .probe = &probe};
    VALUE tracepoint = begin_probe(&call);
    rb_block_call(object, rb_intern(call.name), 2, arguments, call_nothing, Qnil);
    end_probe(tracepoint);
    const struct probe_frame *before = find_frame(&probe, RUBY_EVENT_LINE, 16);
    const struct probe_frame *after = find_frame(&probe, RUBY_EVENT_LINE, 18);
    if (before == NULL || after == NULL)
        return;
    VALUE changed = after->flags & ~before->flags;
    if (FIXNUM_P(before->flags) == FIXNUM_P(after->flags) && (changed & (changed - 1)) == 0)
        layout->block_flag = changed;
}

/* The flag that a block has only while it runs as a method. Zero when there is none, or when the VM
 * loses what such a method returns (Ruby 2.7): its calls are then steps of a block. */
static void
search_method_block_flag(struct rec_vm_layout *layout, VALUE object, struct ec_search *search)
{
    struct probe probe = {.local_count = 4, .ec_search = search};
    VALUE others = 0;
    run_probe(object, "ct_probe_method", &probe);
    const struct probe_frame *call = find_frame(&probe, RUBY_EVENT_B_CALL, 21);
    const struct probe_frame *end = find_frame(&probe, RUBY_EVENT_B_RETURN, 21);
    for (int i = 0; i < probe.frame_count; i++) {
        if (probe.frames[i].event == RUBY_EVENT_B_CALL && probe.frames[i].line != 21)
            others |= probe.frames[i].flags;
    }
    if (call == NULL || end == NULL || end->data != INT2FIX(1000121))
        return;
    VALUE own = call->flags & ~others;
    if (FIXNUM_P(call->flags) && FIXNUM_P(others) && (own & (own - 1)) == 0)
        layout->method_block_flag = own;
}

/* Another fiber has another execution context: only the true place follows. */
static VALUE
run_probe_in_fiber(RB_BLOCK_CALL_FUNC_ARGLIST(pair, context))
{
    struct probe *probe = (struct probe *)context;
    run_probe(pair, "ct_probe_short", probe);
    return Qnil;
}

static void
search_current_ec(struct rec_vm_layout *layout, VALUE object, struct ec_search *search)
{
    struct probe probe = {.local_count = 5, .ec_search = search};
    VALUE fiber = rb_fiber_new(run_probe_in_fiber, (VALUE)&probe);
    rb_fiber_resume(fiber, 1, &object);
    /* A plain variable may lie within reach of the main thread's pointer, by chance: never of
     * another thread's. */
    bool is_known = layout->ec_global != NULL || search->count > 0;
    layout->ec_readable = is_known && probe.frame_count > 0;
    layout->ec_offset = search->offsets[0];
    if (layout->ec_readable && !search->trace_arg_moves)
        layout->ec_trace_arg = search->trace_arg;
}

/* The body of `iseq`, copied as words; what lies past its end reads as zero. */
static bool
copy_body(const void *iseq, VALUE words[PROBE_BODY_WORDS])
{
    const void *iseq_words[3];
    if (!rec_own_memory_get(iseq, iseq_words, sizeof iseq_words))
        return false;
    const size_t size = PROBE_BODY_WORDS * sizeof words[0];
    memset(words, 0, size);
    return rec_own_memory_get_start(iseq_words[2], words, size) > 0;
}

/* Where in the body stands a pointer to the IDs of ct_a, ct_b, …; 0 when nowhere. */
static size_t
find_local_table(const VALUE *words, size_t local_count)
{
    ID wanted[9];
    for (size_t i = 0; i < local_count; i++) {
        char name[] = {'c', 't', '_', (char)('a' + i), '\0'};
        wanted[i] = rb_intern(name);
    }
    for (size_t i = 1; i < PROBE_BODY_WORDS; i++) {
        ID found[9];
        if (words[i] == 0 || words[i] % sizeof(ID) != 0)
            continue;
        if (!rec_own_memory_get((const void *)words[i], found, local_count * sizeof(ID)))
            continue;
        if (memcmp(found, wanted, local_count * sizeof(ID)) == 0)
            return i * sizeof(VALUE);
    }
    return 0;
}

/* Where both bodies hold their own local count as a 32-bit number; the first place after the
 * table. */
static size_t
find_local_count(const VALUE *short_words, const VALUE *long_words, size_t table_offset)
{
    const uint32_t *a = (const uint32_t *)short_words, *b = (const uint32_t *)long_words;
    for (size_t i = table_offset / 4 + 2; i < PROBE_BODY_WORDS * 2; i++) {
        if (a[i] == 5 && b[i] == 9)
            return i * 4;
    }
    return 0;
}

static size_t
find_parent(const VALUE *inner_words, const void *outer_iseq)
{
    for (size_t i = 2; i < PROBE_BODY_WORDS; i++) {
        if (inner_words[i] == (VALUE)outer_iseq)
            return i * sizeof(VALUE);
    }
    return 0;
}

VALUE
rec_probe_eval(const char *source)
{
    VALUE verbose = *rb_ruby_verbose_ptr();
    *rb_ruby_verbose_ptr() = Qnil;
    VALUE object = rb_eval_string(source);
    *rb_ruby_verbose_ptr() = verbose;
    return object;
}

/* Where the code is from and to: line and column, line and column, the first two in one word. */
static size_t
find_last_line(const VALUE *brief_words, const VALUE *wide_words)
{
    const VALUE column = (VALUE)3 << 32; /* of what is behind `end` */
    for (size_t i = 0; i + 1 < PROBE_BODY_WORDS; i++) {
        if (brief_words[i] == 2 && brief_words[i + 1] == (5 | column) && wide_words[i] == 6 &&
            wide_words[i + 1] == (14 | column))
            return (i + 1) * sizeof(VALUE);
    }
    return 0;
}

/* NULL when everything was found, else what was not. */
static const char *
search_layout(struct rec_vm_layout *layout, VALUE object)
{
    struct ec_search ec_search = {.has_begun = false};
    struct probe brief = {.local_count = 5, .ec_search = &ec_search};
    struct probe wide = {.local_count = 9, .ec_search = &ec_search};
    VALUE brief_words[PROBE_BODY_WORDS], wide_words[PROBE_BODY_WORDS];
    VALUE inner_words[PROBE_BODY_WORDS];
    run_probe(object, "ct_probe_short", &brief);
    run_probe(object, "ct_probe_long", &wide);
    if (brief.unreadable || wide.unreadable)
        return "memory of the own process cannot be read safely, or a frame is laid out "
               "differently";
    const struct probe_frame *call = find_frame(&brief, RUBY_EVENT_CALL, 2);
    const struct probe_frame *wide_call = find_frame(&wide, RUBY_EVENT_CALL, 6);
    const struct probe_frame *middle = find_frame(&wide, RUBY_EVENT_LINE, 9);
    const struct probe_frame *inner = find_frame(&wide, RUBY_EVENT_LINE, 10);
    const struct probe_frame *end = find_frame(&brief, RUBY_EVENT_RETURN, 5);
    const struct probe_frame *wide_end = find_frame(&wide, RUBY_EVENT_RETURN, 14);
    if (call == NULL || wide_call == NULL || middle == NULL || inner == NULL || end == NULL ||
        wide_end == NULL)
        return "the probe's events did not come as expected";
    if (!call->self_matches || !inner->self_matches || !end->self_matches ||
        call->iseq != layout->iseqw_to_iseq(rec_probe_iseqw(object, "ct_probe_short")))
        return "the trace argument or the control frame is laid out differently";
    if (!copy_body(call->iseq, brief_words) || !copy_body(wide_call->iseq, wide_words) ||
        !copy_body(inner->iseq, inner_words))
        return "an iseq is laid out differently";
    layout->body_local_table = find_local_table(brief_words, 5);
    if (layout->body_local_table == 0 ||
        find_local_table(wide_words, 9) != layout->body_local_table)
        return "the local table was not found";
    layout->body_local_table_size =
        find_local_count(brief_words, wide_words, layout->body_local_table);
    layout->body_parent_iseq = find_parent(inner_words, middle->iseq);
    layout->body_last_line = find_last_line(brief_words, wide_words);
    if (layout->body_local_table_size == 0 || layout->body_parent_iseq == 0)
        return "the local count or the parent was not found";
    size_t step = (size_t)((const char *)middle->cfp - (const char *)inner->cfp);
    if (step != (size_t)((const char *)wide_call->cfp - (const char *)middle->cfp) ||
        step % 16 != 0 || step / 2 < sizeof(struct rec_control_frame) || step > 512)
        return "the size of a control frame cannot be told";
    layout->frame_size = step / 2; /* `each` has a frame of its own between two blocks */
    if (call->first_local != INT2FIX(1000121) || wide_call->first_local != INT2FIX(1000121))
        return "locals are not where they were";
    if (end->return_word != wide_end->return_word || end->return_word == call->return_word)
        return "a return cannot be told from an unwinding";
    layout->leave_word = end->return_word;
    search_current_ec(layout, object, &ec_search);
    search_block_flag(layout, object, &ec_search);
    search_method_block_flag(layout, object, &ec_search);
    return NULL;
}

static void
find_symbols(struct rec_vm_layout *layout)
{
    *(void **)&layout->iseqw_to_iseq = dlsym(RTLD_DEFAULT, "rb_iseqw_to_iseq");
    *(void **)&layout->iseq_line_no = dlsym(RTLD_DEFAULT, "rb_iseq_line_no");
    *(void **)&layout->iseq_event_flags = dlsym(RTLD_DEFAULT, "rb_iseq_event_flags");
    layout->global_events = dlsym(RTLD_DEFAULT, "ruby_vm_event_flags");
    layout->events_ever = dlsym(RTLD_DEFAULT, "ruby_vm_event_enabled_global_flags");
    layout->target_count = dlsym(RTLD_DEFAULT, "ruby_vm_event_local_num");
    *(void **)&layout->iseq_parameters = dlsym(RTLD_DEFAULT, "rb_iseq_parameters");
    *(void **)&layout->iseq_first_lineno = dlsym(RTLD_DEFAULT, "rb_iseq_first_lineno");
    *(void **)&layout->iseq_path = dlsym(RTLD_DEFAULT, "rb_iseq_path");
    *(void **)&layout->iseq_realpath = dlsym(RTLD_DEFAULT, "rb_iseq_realpath");
    *(void **)&layout->iseq_disasm = dlsym(RTLD_DEFAULT, "rb_iseq_disasm");
    *(void **)&layout->object_marked = dlsym(RTLD_DEFAULT, "rb_objspace_marked_object_p");
    layout->ec_global = dlsym(RTLD_DEFAULT, "ruby_current_execution_context_ptr");
    layout->single_main_ractor = dlsym(RTLD_DEFAULT, "ruby_single_main_ractor");
    *(void **)&layout->multi_ractor = dlsym(RTLD_DEFAULT, "rb_gc_multi_ractor_p");
}

/* What snapshot_kind.c reads of objects that have no accessor that is safe within a hook. */
static void
check_objects(struct rec_vm_layout *layout)
{
    VALUE time = rb_time_nano_new(12345, 678), text = rb_str_new_cstr("receiver");
    ID method = rb_intern("each_char");
    VALUE enumerator = rb_enumeratorize(text, ID2SYM(method), 0, NULL);
    if (RB_TYPE_P(time, T_DATA) && RTYPEDDATA_P(time)) {
        const VALUE *words = rec_typed_data(time);
        layout->time_readable = words[0] == LONG2FIX(12345L * 1000000000 + 678);
    }
    if (RB_TYPE_P(enumerator, T_DATA) && RTYPEDDATA_P(enumerator)) {
        const VALUE *words = rec_typed_data(enumerator);
        layout->enumerator_readable = words[0] == text && words[1] == (VALUE)method;
    }
    RB_GC_GUARD(text);
}

static VALUE
call_call_site_check(VALUE pointer)
{
    rec_call_site_check((struct rec_vm_layout *)pointer);
    return Qnil;
}

static VALUE
call_jump_search(VALUE pointer)
{
    rec_jump_search((struct rec_vm_layout *)pointer);
    return Qnil;
}

static VALUE
call_end_search(VALUE pointer)
{
    rec_hook_cause_search((struct rec_vm_layout *)pointer, REC_HOOK_END);
    return Qnil;
}

static VALUE
call_c_end_search(VALUE pointer)
{
    rec_hook_cause_search((struct rec_vm_layout *)pointer, REC_HOOK_C_END);
    return Qnil;
}

/* One without which there is less to tell of calls that end unseen, and nothing else. False: it
 * raised. */
static bool
search_quietly(VALUE (*search)(VALUE), struct rec_vm_layout *layout)
{
    int state = 0;
    VALUE debug = *rb_ruby_debug_ptr();
    *rb_ruby_debug_ptr() = Qfalse; /* else the exceptions of the probe would be printed */
    rb_protect(search, (VALUE)layout, &state);
    *rb_ruby_debug_ptr() = debug;
    if (state != 0)
        rb_set_errinfo(Qnil);
    return state == 0;
}

static void
search_jumps(struct rec_vm_layout *layout)
{
    if (!search_quietly(call_jump_search, layout))
        layout->jump_place_count = 0;
    search_quietly(call_end_search, layout);
}

void
rec_vm_layout_check_c_calls(struct rec_vm_layout *layout)
{
    if (!layout->frames_readable || layout->c_ends_searched)
        return;
    search_quietly(call_call_site_check, layout);
    layout->c_ends_searched = search_quietly(call_c_end_search, layout);
}

static VALUE
check_layout(VALUE pointer)
{
    struct rec_vm_layout *layout = (struct rec_vm_layout *)pointer;
    VALUE object = rec_probe_eval(PROBE_SOURCE);
    layout->refusal = search_layout(layout, object);
    rec_hash_layout_check(&layout->hashes);
    layout->frames_readable = layout->refusal == NULL;
    layout->ec_readable = layout->ec_readable && layout->frames_readable;
    if (layout->frames_readable)
        search_jumps(layout);
    return Qnil;
}

void
rec_vm_layout_check(struct rec_vm_layout *out_layout, bool forced_refusal)
{
    int state = 0;
    memset(out_layout, 0, sizeof *out_layout);
    find_symbols(out_layout);
    check_objects(out_layout);
    if (forced_refusal) {
        out_layout->refusal = "refused on request";
        return;
    }
    if (out_layout->iseqw_to_iseq == NULL || out_layout->iseq_line_no == NULL ||
        out_layout->iseq_parameters == NULL || out_layout->iseq_first_lineno == NULL ||
        out_layout->iseq_path == NULL) {
        out_layout->refusal = "libruby does not export what is needed";
        return;
    }
    out_layout->refusal = "the probe raised";
    rb_protect(check_layout, (VALUE)out_layout, &state);
    if (state != 0) {
        out_layout->frames_readable = out_layout->ec_readable = false;
        rb_set_errinfo(Qnil);
    }
}

const void *
rec_frame_find_ruby(const struct rec_vm_layout *layout, const void *cfp, const void *limit)
{
    for (const char *at = cfp; at < (const char *)limit; at += layout->frame_size) {
        const struct rec_control_frame *frame = (const struct rec_control_frame *)at;
        if (frame->pc == NULL || frame->iseq == NULL)
            continue; /* a frame of C code */
        VALUE path = layout->iseq_path(frame->iseq);
        if (!RB_TYPE_P(path, T_STRING) || strncmp(RSTRING_PTR(path), "<internal:", 10) != 0)
            return at;
    }
    return limit;
}
