/* See repair_facts.h: entries are copied as they stand, but for those that tell of the end. */
#include "trace/repair_facts.h"

#include "base/arena.h"
#include "base/json_cursor.h"
#include "trace/facts_reader.h"
#include "value/json_put.h"

#define UNSEEN "{\"how\":\"unseen\",\"exit_status\":null,\"signal\":null}"

struct repairing {
    struct ct_item_source *source;
    const char *text;
    const struct ct_trace_counts *counts;
    struct ct_buffer *out;
    bool has_end; /* it tells how the program ended */
};

static void
put_entry(struct repairing *repairing, const struct ct_item *key, const char *value, size_t size)
{
    struct ct_buffer *out = repairing->out;
    ct_buffer_put_text(out, out->size > 1 ? ",\n" : "");
    ct_json_put_string(out, key->text, key->size);
    ct_buffer_put_u8(out, ':');
    ct_buffer_put(out, value, size);
}

/* What the end needs is put when all others are there. A recording that failed stays one. */
static enum ct_status
take_entry(struct repairing *repairing, const struct ct_item *key)
{
    static const char interrupted[] = "\"interrupted\"";
    struct ct_item item;
    CT_TRY(ct_item_next(repairing->source, &item));
    CT_TRY(ct_item_skip(repairing->source, &item));
    const char *value = repairing->text + item.offset;
    const size_t size = repairing->source->consumed - item.offset;
    if (ct_item_is_text(key, "state") && !ct_item_is_text(&item, "failed"))
        put_entry(repairing, key, interrupted, sizeof interrupted - 1);
    else if (ct_item_is_text(key, "counts") || ct_item_is_text(key, "repaired") ||
             (ct_item_is_text(key, "end") && item.kind != CT_ITEM_MAP))
        return CT_OK;
    else
        put_entry(repairing, key, value, size);
    repairing->has_end |= ct_item_is_text(key, "end");
    return CT_OK;
}

static void
put_count(struct ct_buffer *out, const char *before, uint64_t count)
{
    ct_buffer_put_text(out, before);
    ct_json_put_u64(out, count);
}

/* What was left out while recording is not known any more. */
static void
put_rest(const struct repairing *repairing)
{
    struct ct_buffer *out = repairing->out;
    if (!repairing->has_end)
        ct_buffer_put_text(out, ",\n\"end\":" UNSEEN);
    put_count(out, ",\n\"counts\":{\"steps\":", repairing->counts->step_count);
    put_count(out, ",\"calls\":", repairing->counts->call_count);
    put_count(out, ",\"events\":", repairing->counts->event_count);
    ct_buffer_put_text(out, "},\n\"repaired\":true}\n");
}

static enum ct_status
read_entries(struct repairing *repairing)
{
    struct ct_item key;
    CT_TRY(ct_item_require(repairing->source, CT_ITEM_MAP, "trace_info.json", &key));
    ct_buffer_put_u8(repairing->out, '{');
    for (;;) {
        CT_TRY(ct_item_next(repairing->source, &key));
        if (key.kind == CT_ITEM_END)
            break;
        CT_TRY(take_entry(repairing, &key));
    }
    put_rest(repairing);
    return repairing->source->finish(repairing->source);
}

enum ct_status
ct_repair_facts(const char *text, size_t size, const struct ct_trace_counts *counts,
                const struct ct_alloc *alloc, struct ct_buffer *out)
{
    struct ct_arena arena;
    struct ct_json_cursor cursor;
    ct_arena_init(&arena, alloc);
    ct_json_cursor_init(&cursor, text, size, &arena, CT_FACTS_NAME, NULL);
    struct repairing repairing = {
        .source = &cursor.source, .text = text, .counts = counts, .out = out};
    const enum ct_status status = read_entries(&repairing);
    ct_arena_release(&arena);
    return status != CT_OK ? status : ct_buffer_status(out);
}
