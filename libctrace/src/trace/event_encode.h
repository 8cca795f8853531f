/* Appends one event to the bytes of a chunk of events.log. The bytes are drawn in events_format.h.
 *
 * Used by the combined sink. A whole event or nothing: the buffer remembers a failure. */
#ifndef CT_TRACE_EVENT_ENCODE_H
#define CT_TRACE_EVENT_ENCODE_H

#include "base/buffer.h"
#include "trace/sink.h"

void ct_event_put_path(struct ct_buffer *buffer, const char *path, size_t size);
void ct_event_put_name(struct ct_buffer *buffer, const char *name, size_t size);
void ct_event_put_function(struct ct_buffer *buffer, const struct ct_sink_function *function);
void ct_event_put_type(struct ct_buffer *buffer, const struct ct_sink_type *type);
void ct_event_put_step(struct ct_buffer *buffer, uint64_t path_id, uint64_t line);
/* `count` events. */
void ct_event_put_values(struct ct_buffer *buffer, const struct ct_trace_value *values,
                         size_t count);
void ct_event_put_call(struct ct_buffer *buffer, uint64_t function_id,
                       const struct ct_trace_value *args, size_t count);
void ct_event_put_return(struct ct_buffer *buffer, const uint8_t *value, size_t size);
void ct_event_put_event(struct ct_buffer *buffer, const struct ct_sink_event *event);
void ct_event_put_thread(struct ct_buffer *buffer, enum ct_thread_event kind, uint64_t id);

#endif
