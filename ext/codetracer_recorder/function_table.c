/* See function_table.h. */
#include "function_table.h"

#include "class_table.h"
#include "hidden_values.h"
#include "iseq_scope.h"
#include "recorder.h"
#include "value_filter.h"

#include <ruby/debug.h>

#include <stdio.h>
#include <string.h>

#define NAME_SIZE_MAX 1024

static const char SINGLETON_BODY[] = "<singleton class>";

uint32_t
rec_function_put(struct recorder *recorder, uint32_t path_id, uint32_t line, const char *name,
                 size_t size)
{
    uint32_t name_id = rec_name_put(recorder, name, size);
    struct ct_spool_function *record =
        (struct ct_spool_function *)rec_reserve(recorder, sizeof *record);
    uint32_t id = recorder->iseqs.function_count++;
    if (record == NULL)
        return id;
    *record = (struct ct_spool_function){
        .record = {.size = sizeof *record, .kind = CT_SPOOL_FUNCTION},
        .id = id,
        .path_id = path_id,
        .line = line,
        .name_id = name_id,
    };
    rec_publish(recorder, sizeof *record);
    return id;
}

/* ---- names of bodies and blocks ---- */

/* The label of the innermost Ruby frame without what it says of blocks. */
size_t
rec_body_name_put(char *out_text, size_t capacity)
{
    VALUE frame = Qnil;
    int line = 0;
    if (rb_profile_frames(0, 1, &frame, &line) < 1)
        return (size_t)snprintf(out_text, capacity, "<class>");
    VALUE label = rb_profile_frame_base_label(frame);
    if (!RB_TYPE_P(label, T_STRING))
        return (size_t)snprintf(out_text, capacity, "<class>");
    bool is_bare = RSTRING_LEN(label) == 0 || RSTRING_PTR(label)[0] != '<';
    int size = snprintf(out_text, capacity, is_bare ? "<%.*s>" : "%.*s", (int)RSTRING_LEN(label),
                        RSTRING_PTR(label));
    RB_GC_GUARD(label);
    return size > 0 && (size_t)size < capacity ? (size_t)size : capacity - 1;
}

static size_t
put_block_name(struct recorder *recorder, VALUE owner, ID method, char *out_text, size_t capacity)
{
    char home[NAME_SIZE_MAX];
    size_t size = method != 0 ? rec_method_name_put(recorder, owner, method, home, sizeof home)
                              : rec_body_name_put(home, sizeof home);
    bool is_body = method != 0 || (size > 7 && memcmp(home, "<class:", 7) == 0) ||
                   (size > 8 && memcmp(home, "<module:", 8) == 0) ||
                   (size == sizeof SINGLETON_BODY - 1 && memcmp(home, SINGLETON_BODY, size) == 0);
    int written = snprintf(out_text, capacity, "<block in %.*s>", is_body ? (int)size : 11,
                           is_body ? home : "<top-level>");
    return written > 0 && (size_t)written < capacity ? (size_t)written : capacity - 1;
}

/* ---- methods ---- */

size_t
rec_function_name_put(struct recorder *recorder, VALUE owner, ID method, ID called, char *out_text,
                      size_t capacity)
{
    if (called == 0 || called == method || !RTEST(rb_id2str(called)))
        return rec_method_name_put(recorder, owner, method, out_text, capacity);
    VALUE defined = rb_id2str(method);
    size_t size = rec_method_name_put(recorder, owner, called, out_text, capacity / 2);
    int more = snprintf(out_text + size, capacity - size, " (alias of %.*s)",
                        (int)RSTRING_LEN(defined), RSTRING_PTR(defined));
    size += more > 0 ? (size_t)more : 0;
    return size < capacity ? size : capacity - 1;
}

static uint64_t
mix_key(uint64_t key, uint64_t word)
{
    key = (key ^ word) * 0x9E3779B97F4A7C15u;
    return key ^ key >> 32;
}

/* A method, or a block in it; `name` 0: in none. */
struct callee {
    VALUE owner;
    ID name, called; /* `called` 0: a block */
};

static bool
is_cached(const struct recorder *recorder, const struct rec_iseq *iseq,
          const struct callee *callee)
{
    return iseq->owner == callee->owner && iseq->owner_epoch == recorder->identities.epoch &&
           iseq->method == callee->name && iseq->called == callee->called;
}

static size_t
put_callee_name(struct recorder *recorder, const struct callee *callee, char *out_text,
                size_t capacity)
{
    if (callee->called == 0)
        return put_block_name(recorder, callee->owner, callee->name, out_text, capacity);
    ID method = callee->name != 0 ? callee->name : rb_intern("?");
    return rec_function_name_put(recorder, callee->owner, method, callee->called, out_text,
                                 capacity);
}

/* Fills in the cache of `iseq`. */
static uint32_t
find_callee(struct recorder *recorder, struct rec_iseq *iseq, const struct callee *callee)
{
    char text[NAME_SIZE_MAX];
    /* The layout id is unique per iseq, an iseq's address is not. */
    uint64_t key = mix_key(0, (uint64_t)iseq->layout_id + 1);
    key = mix_key(key, callee->name == 0 && callee->called == 0
                           ? 0
                           : rec_owner_number(&recorder->identities, callee->owner));
    key = mix_key(mix_key(key, callee->name), callee->called) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->iseqs.functions, key);
    iseq->owner = callee->owner;
    iseq->owner_epoch = recorder->identities.epoch;
    iseq->method = callee->name;
    iseq->called = callee->called;
    if (callee->name != 0)
        iseq->return_action = (uint8_t)rec_variable_action(recorder, &iseq->policy,
                                                           REC_VALUE_RETURN, callee->name);
    if (known == NULL && !rec_iseq_read_parameters(recorder, iseq))
        rec_fail(recorder, REC_NO_MEMORY);
    iseq->may_hide_arguments = rec_hides_arguments(iseq);
    if (known != NULL) {
        iseq->function_id = (uint32_t)known->value;
        return iseq->function_id;
    }
    size_t size = put_callee_name(recorder, callee, text, sizeof text);
    iseq->function_id = rec_function_put(recorder, iseq->path_id, iseq->first_line, text, size);
    rec_pointer_map_put(&recorder->iseqs.functions, key, iseq->function_id);
    return iseq->function_id;
}

uint32_t
rec_function_of_method(struct recorder *recorder, struct rec_iseq *iseq, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct callee callee = {.owner = rb_tracearg_defined_class(arg)}; /* fills in the ids */
    callee.name = head->id;
    callee.called = head->called_id;
    if (__builtin_expect(is_cached(recorder, iseq, &callee), 1))
        return iseq->function_id;
    return find_callee(recorder, iseq, &callee);
}

uint32_t
rec_function_of_block(struct recorder *recorder, struct rec_iseq *iseq, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct callee callee = {.owner = rb_tracearg_defined_class(arg)};
    callee.name = head->id;
    if (__builtin_expect(is_cached(recorder, iseq, &callee), 1))
        return iseq->function_id;
    return find_callee(recorder, iseq, &callee);
}

/* ---- class bodies ---- */

uint32_t
rec_function_of_body(struct recorder *recorder, struct rec_iseq *iseq)
{
    char text[NAME_SIZE_MAX];
    if (iseq->function_id != REC_NO_FUNCTION)
        return iseq->function_id;
    size_t size = rec_body_name_put(text, sizeof text);
    iseq->ends_unseen = recorder->layout.hides_singleton_bodies &&
                        size == sizeof SINGLETON_BODY - 1 &&
                        memcmp(text, SINGLETON_BODY, size) == 0;
    if (iseq->ends_unseen && recorder->layout.body_last_line != 0)
        iseq->last_line = *(const uint32_t *)((const char *)rec_iseq_body(iseq->iseq) +
                                              recorder->layout.body_last_line);
    iseq->function_id = rec_function_put(recorder, iseq->path_id, iseq->first_line, text, size);
    return iseq->function_id;
}
