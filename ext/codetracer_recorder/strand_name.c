/* What threads are called, at first sight and when they are named later: their strand's label, and
 * an event. See strand_table.h.
 *
 * Asked at each event of a thread beside the main one, so that it makes no difference who named
 * it, and when. */
#include "capture.h"
#include "original_method.h"
#include "recorder.h"
#include "value_filter.h"

#include <string.h>

/* Notes the name; false: it reads as the one that was known. */
static bool
note_name(struct recorder *recorder, struct rec_strand *strand, VALUE name)
{
    const char *text = "";
    size_t size = 0;
    strand->name = name;
    if (RB_TYPE_P(name, T_STRING)) {
        text = RSTRING_PTR(name);
        size = (size_t)RSTRING_LEN(name);
        rec_text_mask(recorder, text, size, &text, &size);
    }
    if (size > sizeof strand->name_text)
        size = sizeof strand->name_text;
    if (strand->name_size == size && memcmp(strand->name_text, text, size) == 0)
        return false;
    memcpy(strand->name_text, text, size);
    strand->name_size = size;
    return true;
}

void
rec_strand_name_begin(struct recorder *recorder, struct rec_strand *strand)
{
    note_name(recorder, strand, rec_thread_name(rb_thread_current()));
}

void
rec_strand_name_notice(struct recorder *recorder, struct rec_strand *strand)
{
    VALUE name = rec_thread_name(rb_thread_current());
    if (strand->kind != CT_SPOOL_STRAND_THREAD || name == strand->name ||
        !note_name(recorder, strand, name))
        return;
    rec_strand_put_name(recorder, strand);
    if (recorder->current_strand != strand && rec_strand_switch(recorder, strand->ec) == NULL)
        return; /* it ends, and did nothing since it was named */
    rec_capture_event(recorder, CT_SPOOL_EVENT_NOTE, "thread name", strand->name_text,
                      strand->name_size);
}
