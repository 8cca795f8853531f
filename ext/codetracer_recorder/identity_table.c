/* See identity_table.h. The GC hooks run inside the collector: no Ruby call, no Ruby allocation. */
#include "identity_table.h"

#include "free_watch.h"
#include "recorder.h"
#include "spool_link.h"

/* All that is known by address: of any object first, then of classes, code, threads. */
static const size_t MAP_PLACES[] = {
    offsetof(struct rec_identity_table, numbers), offsetof(struct rec_identity_table, notes),
    offsetof(struct rec_identity_table, owners),  offsetof(struct rec_identity_table, class_names),
    offsetof(struct rec_identity_table, kinds),   offsetof(struct rec_identity_table, borders),
    offsetof(struct rec_identity_table, evals),   offsetof(struct rec_identity_table, entries),
};
#define MAP_COUNT       (sizeof MAP_PLACES / sizeof MAP_PLACES[0])
#define VALUE_MAP_COUNT 2

static inline struct rec_pointer_map *
map_at(struct rec_identity_table *table, size_t i)
{
    return (struct rec_pointer_map *)((char *)table + MAP_PLACES[i]);
}

static void
filter_maps(struct rec_identity_table *table, bool (*keep)(void *context, uint64_t *key))
{
    table->epoch++;
    for (size_t i = 0; i < MAP_COUNT; i++)
        rec_pointer_map_filter(map_at(table, i), keep, table);
}

static bool
keep_marked(void *context, uint64_t *key)
{
    const struct rec_identity_table *table = context;
    return table->object_marked((VALUE)*key) != 0;
}

static bool
keep_moved(void *context, uint64_t *key)
{
    (void)context;
    *key = (uint64_t)rb_gc_location((VALUE)*key);
    return true;
}

/* hot while the collector marks: once per collection, costs the number of objects in the table. */
static void
forget_unmarked(VALUE tpval, void *data)
{
    struct rec_identity_table *table = data;
    (void)tpval;
    filter_maps(table, keep_marked);
    rec_iseq_remains_free(table->recorder);
    rec_allocation_way_shorten(table->recorder);
}

/* Whether only the first maps can know it. */
static bool
is_plain_value(VALUE object)
{
    switch (RB_BUILTIN_TYPE(object)) {
    case T_STRING:
    case T_ARRAY:
    case T_HASH:
    case T_OBJECT:
    case T_FLOAT:
    case T_BIGNUM:
    case T_STRUCT:
    case T_MATCH:
        return true;
    default:
        return false;
    }
}

/* hot while the collector sweeps */
void
rec_identity_table_forget_object(struct rec_identity_table *table, VALUE object)
{
    const uint64_t key = (uint64_t)object;
    if (table->is_unhooked)
        return;
    const size_t count = is_plain_value(object) ? VALUE_MAP_COUNT : MAP_COUNT;
    for (size_t i = 0; i < count; i++) {
        struct rec_pointer_map *map = map_at(table, i);
        if (rec_pointer_map_find(map, key) == NULL)
            continue;
        rec_pointer_map_remove(map, key);
        table->epoch++;
    }
    if (table->recorder->seen_exception.object == object)
        table->recorder->seen_exception.object = 0;
}

static void
forget_freed(VALUE tpval, void *data)
{
    struct rec_identity_table *table = data;
    VALUE object = rb_tracearg_object(rb_tracearg_from_tracepoint(tpval));
    table->needs_no_free_hook = rec_free_watch_compare(object);
    table->recorder->is_followed |= table->needs_no_free_hook;
    rec_identity_table_forget_object(table, object);
}

static void
enable_hook(struct rec_identity_table *table)
{
    const bool asks_mark = table->object_marked != NULL;
    if (NIL_P(table->gc_tracepoint))
        table->gc_tracepoint =
            asks_mark ? rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_GC_END_MARK, forget_unmarked,
                                          table)
                      : rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_FREEOBJ, forget_freed, table);
    table->needs_no_free_hook = !asks_mark && rec_free_watch_begin(table);
    if (table->needs_no_free_hook)
        return;
    table->has_free_hook = !asks_mark;
    rb_tracepoint_enable(table->gc_tracepoint);
}

void
rec_identity_table_init(struct recorder *recorder)
{
    struct rec_identity_table *table = &recorder->identities;
    rec_iseq_remains_init(recorder);
    table->recorder = recorder;
    table->object_marked = recorder->layout.object_marked;
    table->counter = &table->count;
    if (!table->is_unhooked)
        enable_hook(table);
}

void
rec_identity_table_settle(struct rec_identity_table *table)
{
    if (!table->needs_no_free_hook || !table->has_free_hook)
        return;
    table->has_free_hook = false;
    rb_tracepoint_disable(table->gc_tracepoint);
    if (table->recorder->debug)
        rec_link_say(table->recorder, "codetracer: debug: %s\n",
                     "freed objects are told of without a hook");
}

static void
disable_hook(struct rec_identity_table *table)
{
    table->has_free_hook = false;
    if (!NIL_P(table->gc_tracepoint))
        rb_tracepoint_disable(table->gc_tracepoint);
    rec_free_watch_end();
}

void
rec_identity_table_unhook(struct rec_identity_table *table)
{
    table->is_unhooked = true;
    disable_hook(table);
}

void
rec_identity_table_release(struct rec_identity_table *table)
{
    disable_hook(table);
    rec_identity_table_forget(table);
    table->count = table->owner_count = 0;
}

void
rec_identity_table_forget(struct rec_identity_table *table)
{
    table->epoch++;
    for (size_t i = 0; i < MAP_COUNT; i++)
        rec_pointer_map_release(map_at(table, i));
}

bool
rec_identity_table_watch_entry(struct rec_identity_table *table, VALUE method_entry)
{
    return table->object_marked != NULL ||
           rec_pointer_map_put(&table->entries, (uint64_t)method_entry, 1);
}

uint32_t
rec_identity_of(struct rec_identity_table *table, VALUE object)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&table->numbers, (uint64_t)object);
    if (entry != NULL)
        return (uint32_t)entry->value;
    uint32_t number = __atomic_add_fetch(table->counter, 1, __ATOMIC_RELAXED);
    rec_pointer_map_put(&table->numbers, (uint64_t)object, number);
    return number;
}

uint64_t
rec_owner_number(struct rec_identity_table *table, VALUE owner)
{
    if (RB_SPECIAL_CONST_P(owner))
        return 0;
    struct rec_pointer_entry *known = rec_pointer_map_find(&table->owners, (uint64_t)owner);
    if (known != NULL)
        return known->value;
    uint64_t number = ++table->owner_count;
    rec_pointer_map_put(&table->owners, (uint64_t)owner, number);
    return number;
}

bool
rec_owner_is(const struct rec_identity_table *table, VALUE owner, uint64_t number)
{
    const struct rec_pointer_entry *known = rec_pointer_map_find(&table->owners, (uint64_t)owner);
    return known != NULL && known->value == number;
}

void
rec_identity_tables_compact(struct rec_identity_table *first)
{
    for (struct rec_identity_table *table = first; table != NULL; table = table->next)
        filter_maps(table, keep_moved);
}
