/* What both layouts share in making an event: its nested parts out of items, its definitions' ids.
 *
 * Used by the combined and the JSON reader. CT_ERR_FORMAT and CT_ERR_LIMIT leave the reason in
 * `damage`: the event is then delivered with what could be decoded. CT_ERR_MEMORY is final. */
#ifndef CT_TRACE_EVENT_DECODE_H
#define CT_TRACE_EVENT_DECODE_H

#include "base/item.h"
#include "trace/trace_tables.h"

/* What the readers tolerate and a strict check wants to hear of. `sentence` is borrowed. */
struct ct_trace_observer {
    void (*note)(void *context, const char *file, uint64_t offset, const char *sentence);
    /* Each record of events.log as it stands there, before it is delivered; of the chunk at
     * `offset`. May be NULL. */
    void (*record)(void *context, uint64_t offset, const uint8_t *bytes, size_t size);
    void *context;
};

struct ct_event_decoder {
    struct ct_trace_tables tables;
    struct ct_arena arena; /* of the event delivered last */
    struct ct_error damage;
    bool is_value_wanted;
    bool is_picking; /* `pick` holds */
    struct ct_trace_pick pick;
    uint64_t filter_number; /* counts the changes of these three */
    size_t event_size_max;
    struct ct_trace_observer observer; /* note may be NULL, too */
};

void ct_event_note(const struct ct_event_decoder *decoder, const char *file, uint64_t offset,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* An event without fields. Field by field: compilers zero a struct of this size with an instruction
 * that takes longer than the rest of a step. hot */
static inline void
ct_event_init(struct ct_trace_event *event, enum ct_trace_kind kind)
{
    event->kind = kind;
    event->index = 0;
    event->file = "";
    event->offset = 0;
    event->id = CT_TRACE_NO_ID;
    event->path_id = CT_TRACE_NO_ID;
    event->name_id = CT_TRACE_NO_ID;
    event->function_id = CT_TRACE_NO_ID;
    event->thread_id = CT_TRACE_NO_ID;
    event->line = 0;
    event->event_kind = CT_TRACE_NO_ID;
    event->text = "";
    event->text_size = 0;
    event->metadata = "";
    event->metadata_size = 0;
    event->value = NULL;
    event->args = NULL;
    event->arg_count = 0;
    event->encoded = NULL;
    event->encoded_size = 0;
    event->has_structs = false;
    event->damage = NULL;
}

/* The next item of `source` is a list of {variable_id, value}. */
CT_MUST_CHECK enum ct_status ct_args_decode(struct ct_item_source *source, struct ct_arena *arena,
                                            const struct ct_trace_arg **out_args,
                                            size_t *out_count);

/* The next item of `source` is a value, such a list, a type's description. A type is put into
 * *out_type borrowed from source and arena. */
CT_MUST_CHECK enum ct_status ct_event_decode_value(struct ct_event_decoder *decoder,
                                                   struct ct_item_source *source,
                                                   struct ct_trace_event *event);
CT_MUST_CHECK enum ct_status ct_event_decode_args(struct ct_event_decoder *decoder,
                                                  struct ct_item_source *source,
                                                  struct ct_trace_event *event);
CT_MUST_CHECK enum ct_status ct_event_decode_type(struct ct_event_decoder *decoder,
                                                  struct ct_item_source *source,
                                                  struct ct_trace_type *out_type);

/* Gives a definition (PATH, VARIABLE_NAME, VARIABLE, FUNCTION, TYPE with `type`) its id; nothing
 * for other kinds. */
CT_MUST_CHECK enum ct_status ct_event_define(struct ct_event_decoder *decoder,
                                             const struct ct_trace_type *type,
                                             struct ct_trace_event *event);

/* Turns a failure of decoding into the event's `damage`; `file` and `offset` say where. Other
 * failures are passed on. */
CT_MUST_CHECK enum ct_status ct_event_absorb(struct ct_event_decoder *decoder,
                                             enum ct_status status, struct ct_trace_event *event);

#endif
