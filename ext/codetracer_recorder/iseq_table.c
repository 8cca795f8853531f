/* See iseq_table.h. Everything here happens once per iseq or function, not per event. */
#include "border_code.h"
#include "class_ends.h"
#include "draft_plan.h"
#include "handler_block.h"
#include "iseq_scope.h"
#include "recorder.h"
#include "value_filter.h"

#include "ctrace/text_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_MAX 1024

/* ---- the end of an entry ---- */

/* Says that the ids of this iseq's idle views may be used again, and frees it. */
static void
free_iseq(struct recorder *recorder, struct rec_iseq *iseq)
{
    while (iseq->free_views != NULL) {
        struct rec_view *view = iseq->free_views;
        iseq->free_views = view->next_free;
        if (recorder != NULL)
            rec_view_drop(recorder, view->id);
        free(view);
    }
    free(iseq->slots);
    free(iseq->dropped);
    free(iseq->runs);
    free(iseq->lines);
    free(iseq->call_sites);
    free(iseq->parameters);
    free(iseq->handler);
    free(iseq);
}

void
rec_iseq_free_dead(struct recorder *recorder, struct rec_iseq *iseq)
{
    free_iseq(recorder, iseq);
}

void
rec_iseq_forget(struct recorder *recorder, struct rec_iseq *iseq)
{
    struct rec_pointer_entry *entry =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq->iseq);
    if (entry != NULL && entry->value == (uint64_t)iseq) /* else another script's by now */
        rec_pointer_map_remove(&recorder->iseqs.iseqs, (uint64_t)iseq->iseq);
    struct rec_iseq_recent *recent = rec_iseq_recent(&recorder->iseqs, iseq->iseq);
    if (recent->entry == iseq)
        *recent = (struct rec_iseq_recent){.iseq = NULL};
    if (iseq->frame_count == 0) {
        free_iseq(recorder, iseq);
        return;
    }
    iseq->is_dead = true;
    iseq->iseq = NULL; /* other code may have the address by now */
}

/* ---- paths ---- */

size_t
rec_source_size_max(const struct recorder *recorder)
{
    return (size_t)recorder->spool.mask / 8;
}

uint32_t
rec_path_put(struct recorder *recorder, const char *path, VALUE source, uint8_t flags)
{
    /* A source of megabytes: the trace goes without its text, or has the file's. */
    bool has_source = RB_TYPE_P(source, T_STRING) &&
                      (size_t)RSTRING_LEN(source) <= rec_source_size_max(recorder);
    size_t text_size = strlen(path), source_size = has_source ? (size_t)RSTRING_LEN(source) : 0;
    size_t size = rec_pad(sizeof(struct ct_spool_path) + text_size + source_size);
    uint32_t id = recorder->iseqs.path_count++;
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return id;
    *(struct ct_spool_path *)room = (struct ct_spool_path){
        .record = {.size = (uint32_t)size,
                   .kind = CT_SPOOL_PATH,
                   .flags = has_source ? flags | CT_SPOOL_PATH_HAS_SOURCE : flags},
        .id = id,
        .text_size = (uint32_t)text_size,
        .source_size = (uint32_t)source_size,
    };
    memcpy(room + sizeof(struct ct_spool_path), path, text_size);
    uint8_t *text = room + sizeof(struct ct_spool_path) + text_size;
    if (source_size > 0)
        memcpy(text, RSTRING_PTR(source), source_size);
    if ((flags & CT_SPOOL_PATH_IS_EVAL) != 0)
        rec_source_blank(recorder, (char *)text, source_size);
    else
        (void)ct_secret_blank((char *)text, source_size, NULL);
    rec_publish(recorder, size);
    return id;
}

/* ---- layouts ---- */

static void
put_layout(struct recorder *recorder, struct rec_iseq *iseq, const ID *ids)
{
    uint32_t count = REC_FIRST_SLOT_INDEX + iseq->slot_count;
    size_t size = rec_pad(sizeof(struct ct_spool_layout) + count * sizeof(uint32_t));
    uint32_t *name_ids = malloc(count * sizeof *name_ids);
    iseq->layout_id = recorder->iseqs.layout_count++;
    if (name_ids == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return;
    }
    name_ids[REC_SELF_INDEX] = recorder->iseqs.self_name_id;
    for (uint32_t i = 0; i < iseq->slot_count; i++)
        name_ids[REC_FIRST_SLOT_INDEX + i] = rec_name_of_id(recorder, ids[i]);
    uint8_t *room = rec_reserve(recorder, size);
    if (room != NULL) {
        *(struct ct_spool_layout *)room = (struct ct_spool_layout){
            .record = {.size = (uint32_t)size, .kind = CT_SPOOL_LAYOUT, .count = (uint16_t)count},
            .id = iseq->layout_id,
            .path_id = iseq->path_id,
            .line = iseq->first_line,
        };
        memcpy(room + sizeof(struct ct_spool_layout), name_ids, count * sizeof *name_ids);
        rec_publish(recorder, size);
    }
    free(name_ids);
}

/* ---- the table, and its entries ---- */

void
rec_iseq_table_init(struct recorder *recorder)
{
    recorder->iseqs.self_name_id = rec_name_put(recorder, "self", 4);
}

static void
free_named(struct recorder *recorder, struct rec_iseq *entry)
{
    if (entry->shared_view != NULL)
        rec_view_free(recorder, entry, entry->shared_view);
    free_iseq(NULL, entry);
}

void
rec_iseq_table_release(struct recorder *recorder)
{
    struct rec_iseq_table *table = &recorder->iseqs;
    rec_script_table_release(recorder);
    /* What is left stands for lists of names, see rec_iseq_make_named. */
    for (size_t i = 0; i < table->iseqs.capacity; i++) {
        if (table->iseqs.entries[i].key != 0)
            free_named(recorder, (struct rec_iseq *)table->iseqs.entries[i].value);
    }
    rec_border_code_release(recorder);
    rec_pointer_map_release(&table->iseqs);
    rec_pointer_map_release(&table->functions);
    free(table->free_view_ids);
    *table = (struct rec_iseq_table){.path_count = 0};
}

static bool
move_iseq(void *context, uint64_t *key)
{
    const struct rec_iseq_table *table = context;
    struct rec_iseq *entry = (struct rec_iseq *)rec_pointer_map_find(&table->iseqs, *key)->value;
    entry->iseq = (const void *)rb_gc_location((VALUE)entry->iseq);
    entry->home = (const void *)rb_gc_location((VALUE)entry->home);
    *key = (uint64_t)entry->iseq;
    return true;
}

void
rec_iseq_table_compact(struct rec_iseq_table *table)
{
    memset(table->recent, 0, sizeof table->recent);
    table->ractor_block = (const void *)rb_gc_location((VALUE)table->ractor_block);
    rec_pointer_map_filter(&table->iseqs, move_iseq, table);
}

static bool
hides_some(const struct rec_iseq *entry)
{
    bool is_hidden = entry->dropped_count > 0;
    for (uint32_t i = 0; i < entry->slot_count; i++)
        is_hidden |= entry->slots[i].action != REC_ALLOW;
    return is_hidden;
}

static bool
fill_iseq(struct recorder *recorder, struct rec_iseq *entry)
{
    struct rec_variables shown = {0}, dropped = {0};
    entry->home = rec_iseq_home(&recorder->layout, entry->iseq);
    const struct rec_iseq_body_head *head = rec_iseq_body(entry->iseq);
    entry->encoded = head->encoded;
    entry->encoded_size = head->encoded_size;
    entry->type = head->type;
    entry->first_line = (uint32_t)NUM2INT(recorder->layout.iseq_first_lineno(entry->iseq));
    entry->lines = calloc((size_t)entry->encoded_size + 1, sizeof *entry->lines);
    bool ok = entry->lines != NULL && rec_iseq_collect_variables(recorder, entry, &shown, &dropped);
    entry->slots = shown.slots;
    entry->slot_count = shown.count;
    entry->dropped = dropped.slots;
    entry->dropped_count = dropped.count;
    entry->has_hidden = hides_some(entry);
    entry->may_hide_arguments = true; /* until it is known what it is called */
    ok = ok && rec_draft_plan(entry);
    if (ok)
        put_layout(recorder, entry, shown.ids);
    if (entry->type == REC_ISEQ_CLASS)
        rec_class_ends_watch(recorder);
    rec_allocation_way_shorten(recorder);
    free(shown.ids);
    free(dropped.ids);
    return ok;
}

/* What the filters say of it: once, by the method that it is seen in first. */
static void
decide(struct recorder *recorder, struct rec_iseq *entry, const struct rec_method *method)
{
    char name[NAME_SIZE_MAX];
    struct rec_filter_decision decision;
    bool is_named = method->name != 0 && recorder->rules.has_object_rules;
    if (is_named) {
        size_t size = rec_method_name_put(recorder, method->owner, method->name, name,
                                          sizeof name - 1);
        name[size] = '\0';
    }
    rec_path_decide(recorder, entry->script->unit, is_named ? name : NULL, &decision);
    entry->is_skipped = !decision.is_traced;
    entry->policy = decision.values;
    if (method->name != 0)
        entry->return_action = (uint8_t)rec_variable_action(recorder, &entry->policy,
                                                            REC_VALUE_RETURN, method->name);
}

/* Zeroed; NULL: no memory. */
static struct rec_iseq *
make_entry(void)
{
    struct rec_iseq *entry = aligned_alloc(REC_CACHE_LINE, sizeof *entry);
    if (entry != NULL)
        memset(entry, 0, sizeof *entry);
    return entry;
}

struct rec_iseq *
rec_iseq_make(struct recorder *recorder, struct rec_script *script, const void *iseq,
              const struct rec_method *method)
{
    struct rec_iseq *entry = make_entry();
    if (entry == NULL)
        return NULL;
    entry->iseq = iseq;
    entry->script = script;
    entry->script_serial = script->serial;
    entry->path_id = script->path_id;
    entry->owner = REC_NEVER_SHOWN;
    entry->function_id = REC_NO_FUNCTION;
    decide(recorder, entry, method);
    if ((!entry->is_skipped && !fill_iseq(recorder, entry)) ||
        !rec_pointer_map_put(&recorder->iseqs.iseqs, (uint64_t)iseq, (uint64_t)entry)) {
        free_iseq(NULL, entry);
        return NULL;
    }
    if (entry->type == REC_ISEQ_BLOCK)
        rec_handler_find(recorder, entry);
    if (rec_is_lane(recorder))
        return entry;
    entry->next_of_script = script->iseqs;
    script->iseqs = entry;
    return entry;
}

bool
rec_iseq_judge_again(struct recorder *recorder, struct rec_iseq *entry,
                     const struct rec_method *method)
{
    if (!entry->is_skipped)
        return true;
    decide(recorder, entry, method);
    if (entry->is_skipped || fill_iseq(recorder, entry))
        return true;
    entry->is_skipped = true;
    return false;
}

struct rec_iseq *
rec_iseq_make_foreign(struct recorder *recorder, struct rec_script *caller, const void *iseq,
                      const struct rec_method *method)
{
    struct rec_iseq *entry = make_entry();
    if (entry == NULL)
        return NULL;
    const struct rec_iseq_body_head *head = rec_iseq_body(iseq);
    entry->iseq = iseq;
    entry->encoded = head->encoded;
    entry->encoded_size = head->encoded_size;
    entry->slot_count = rec_iseq_local_count(&recorder->layout, iseq);
    entry->is_skipped = caller == NULL;
    if (caller == NULL)
        return entry;
    entry->script = caller;
    decide(recorder, entry, method);
    entry->is_skipped = false;
    if (!rec_iseq_read_parameters(recorder, entry)) {
        free_iseq(NULL, entry);
        return NULL;
    }
    entry->script = NULL; /* it may go before this does */
    return entry;
}

struct rec_iseq *
rec_iseq_make_named(struct recorder *recorder, struct rec_script *script, const ID *ids,
                    uint32_t count)
{
    struct rec_iseq *entry = make_entry();
    if (entry == NULL)
        return NULL;
    entry->path_id = script->path_id;
    entry->slot_count = count;
    entry->slots = calloc((size_t)count + 1, sizeof *entry->slots);
    if (entry->slots == NULL) {
        free(entry);
        return NULL;
    }
    struct rec_filter_decision decision;
    rec_path_decide(recorder, script->unit, NULL, &decision);
    entry->policy = decision.values;
    for (uint32_t i = 0; i < count; i++)
        entry->slots[i].action = (uint8_t)rec_iseq_variable_action(recorder, entry, ids[i]);
    put_layout(recorder, entry, ids);
    entry->shared_view = rec_view_new(recorder, entry);
    if (entry->shared_view == NULL) {
        free(entry->slots);
        free(entry);
        return NULL;
    }
    return entry;
}

uint32_t
rec_iseq_line_find(struct recorder *recorder, struct rec_iseq *iseq, uint32_t position)
{
    uint32_t line = recorder->layout.iseq_line_no(iseq->iseq, position);
    if (position < iseq->encoded_size && line <= REC_LINE_MAX)
        iseq->lines[position] = line;
    return line;
}

/* ---- views ---- */

static void
put_view(struct recorder *recorder, enum ct_spool_kind kind, uint32_t id, uint32_t layout_id)
{
    struct ct_spool_view *record = (struct ct_spool_view *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = (struct ct_spool_view){
        .record = {.size = sizeof *record, .kind = (uint8_t)kind},
        .id = id,
        .layout_id = layout_id,
    };
    rec_publish(recorder, sizeof *record);
}

void
rec_view_drop(struct recorder *recorder, uint32_t id)
{
    struct rec_iseq_table *table = &recorder->iseqs;
    if (!recorder->is_open)
        return;
    put_view(recorder, CT_SPOOL_VIEW_DROP, id, 0);
    if (table->free_view_id_count == table->free_view_id_capacity) {
        size_t capacity = table->free_view_id_capacity * 2 + 64;
        uint32_t *ids = realloc(table->free_view_ids, capacity * sizeof *ids);
        if (ids == NULL)
            return; /* the id is not used again, which costs a few bytes */
        table->free_view_ids = ids;
        table->free_view_id_capacity = capacity;
    }
    table->free_view_ids[table->free_view_id_count++] = id;
}

/* Its id has 16 bits there. */
static uint64_t
brief_step_of(const struct rec_view *view)
{
    const struct ct_spool_record head = {.kind = CT_SPOOL_BRIEF_STEP, .count = (uint16_t)view->id};
    uint64_t word;
    memcpy(&word, &head, sizeof word);
    return view->id > UINT16_MAX ? 0 : word;
}

struct rec_view *
rec_view_new(struct recorder *recorder, struct rec_iseq *iseq)
{
    struct rec_iseq_table *table = &recorder->iseqs;
    struct rec_view *view = iseq->free_views;
    if (view != NULL) {
        iseq->free_views = view->next_free;
        iseq->frame_count++;
        return view;
    }
    const uint32_t count = REC_FIRST_SLOT_INDEX + iseq->slot_count + 1;
    view = malloc(sizeof *view + count * sizeof view->shadows[0]);
    if (view == NULL)
        return NULL;
    view->id = table->free_view_id_count > 0 ? table->free_view_ids[--table->free_view_id_count]
                                             : table->view_count++;
    view->brief_step = brief_step_of(view);
    for (uint32_t i = 0; i < count; i++)
        view->shadows[i] = (struct rec_shadow){.word = REC_NEVER_SHOWN};
    put_view(recorder, CT_SPOOL_VIEW, view->id, iseq->layout_id);
    iseq->frame_count++;
    return view;
}
