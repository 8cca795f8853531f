/* See function_table.h. */
#include "function_table.h"

#include "class_table.h"
#include "recorder.h"
#include "value_filter.h"

#include <ruby/debug.h>

#include <stdio.h>

#define NAME_SIZE_MAX 1024

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

static uint32_t
find_method(struct recorder *recorder, struct rec_iseq *iseq, VALUE owner,
            const struct rec_trace_arg *head)
{
    char text[NAME_SIZE_MAX];
    /* The layout id is unique per iseq, an iseq's address is not. */
    uint64_t key = mix_key(0, (uint64_t)iseq->layout_id + 1);
    key = mix_key(key, rec_owner_number(&recorder->identities, owner));
    key = mix_key(mix_key(key, head->id), head->called_id) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->iseqs.functions, key);
    iseq->owner = owner;
    iseq->owner_epoch = recorder->identities.epoch;
    iseq->method = head->id;
    iseq->called = head->called_id;
    if (head->id != 0)
        iseq->return_action = (uint8_t)rec_variable_action(recorder, &iseq->policy,
                                                           REC_VALUE_RETURN, head->id);
    if (known != NULL) {
        iseq->function_id = (uint32_t)known->value;
        return iseq->function_id;
    }
    if (!rec_iseq_read_parameters(recorder, iseq))
        rec_fail(recorder, REC_NO_MEMORY);
    ID method = head->id != 0 ? head->id : rb_intern("?");
    size_t size =
        rec_function_name_put(recorder, owner, method, head->called_id, text, sizeof text);
    iseq->function_id = rec_function_put(recorder, iseq->path_id, iseq->first_line, text, size);
    rec_pointer_map_put(&recorder->iseqs.functions, key, iseq->function_id);
    return iseq->function_id;
}

uint32_t
rec_function_of_method(struct recorder *recorder, struct rec_iseq *iseq, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    VALUE owner = rb_tracearg_defined_class(arg);
    if (__builtin_expect(iseq->owner == owner &&
                             iseq->owner_epoch == recorder->identities.epoch &&
                             iseq->method == head->id && iseq->called == head->called_id,
                         1))
        return iseq->function_id;
    return find_method(recorder, iseq, owner, head);
}

/* ---- class bodies ---- */

size_t
rec_body_name_put(char *out_text, size_t capacity)
{
    VALUE frame = Qnil;
    int line = 0;
    if (rb_profile_frames(0, 1, &frame, &line) < 1)
        return (size_t)snprintf(out_text, capacity, "<class>");
    VALUE label = rb_profile_frame_label(frame);
    if (!RB_TYPE_P(label, T_STRING))
        return (size_t)snprintf(out_text, capacity, "<class>");
    bool is_bare = RSTRING_LEN(label) == 0 || RSTRING_PTR(label)[0] != '<';
    int size = snprintf(out_text, capacity, is_bare ? "<%.*s>" : "%.*s", (int)RSTRING_LEN(label),
                        RSTRING_PTR(label));
    RB_GC_GUARD(label);
    return size > 0 && (size_t)size < capacity ? (size_t)size : capacity - 1;
}

uint32_t
rec_function_of_body(struct recorder *recorder, struct rec_iseq *iseq)
{
    char text[NAME_SIZE_MAX];
    if (iseq->function_id != REC_NO_FUNCTION)
        return iseq->function_id;
    size_t size = rec_body_name_put(text, sizeof text);
    iseq->function_id = rec_function_put(recorder, iseq->path_id, iseq->first_line, text, size);
    return iseq->function_id;
}
