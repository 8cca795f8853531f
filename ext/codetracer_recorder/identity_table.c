/* See identity_table.h. The GC hooks run inside the collector: no Ruby call, no Ruby allocation. */
#include "identity_table.h"

#include "recorder.h"

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
    table->epoch++;
    rec_pointer_map_filter(&table->numbers, keep_marked, table);
    rec_pointer_map_filter(&table->class_names, keep_marked, table);
    rec_pointer_map_filter(&table->owners, keep_marked, table);
    rec_pointer_map_filter(&table->kinds, keep_marked, table);
    rec_pointer_map_filter(&table->notes, keep_marked, table);
    rec_pointer_map_filter(&table->borders, keep_marked, table);
    rec_pointer_map_filter(&table->evals, keep_marked, table);
    rec_iseq_remains_free(table->recorder);
    rec_allocation_way_shorten(table->recorder);
}

static void
forget_freed(VALUE tpval, void *data)
{
    struct rec_identity_table *table = data;
    uint64_t key = rb_tracearg_object(rb_tracearg_from_tracepoint(tpval));
    table->epoch += rec_pointer_map_find(&table->class_names, key) != NULL ||
                    rec_pointer_map_find(&table->numbers, key) != NULL;
    rec_pointer_map_remove(&table->numbers, key);
    rec_pointer_map_remove(&table->class_names, key);
    rec_pointer_map_remove(&table->owners, key);
    rec_pointer_map_remove(&table->kinds, key);
    rec_pointer_map_remove(&table->notes, key);
    rec_pointer_map_remove(&table->borders, key);
    rec_pointer_map_remove(&table->evals, key);
}

void
rec_identity_table_init(struct recorder *recorder)
{
    struct rec_identity_table *table = &recorder->identities;
    rec_iseq_remains_init(recorder);
    table->recorder = recorder;
    table->object_marked = recorder->layout.object_marked;
    table->counter = &table->count;
    if (!NIL_P(table->gc_tracepoint))
        ; /* of an earlier recording */
    else if (table->object_marked != NULL)
        table->gc_tracepoint =
            rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_GC_END_MARK, forget_unmarked, table);
    else
        table->gc_tracepoint =
            rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_FREEOBJ, forget_freed, table);
    if (!table->is_unhooked)
        rb_tracepoint_enable(table->gc_tracepoint);
}

void
rec_identity_table_unhook(struct rec_identity_table *table)
{
    table->is_unhooked = true;
    if (!NIL_P(table->gc_tracepoint))
        rb_tracepoint_disable(table->gc_tracepoint);
}

void
rec_identity_table_release(struct rec_identity_table *table)
{
    if (!NIL_P(table->gc_tracepoint))
        rb_tracepoint_disable(table->gc_tracepoint);
    rec_identity_table_forget(table);
    table->count = table->owner_count = 0;
}

void
rec_identity_table_forget(struct rec_identity_table *table)
{
    table->epoch++;
    rec_pointer_map_release(&table->numbers);
    rec_pointer_map_release(&table->class_names);
    rec_pointer_map_release(&table->owners);
    rec_pointer_map_release(&table->kinds);
    rec_pointer_map_release(&table->notes);
    rec_pointer_map_release(&table->borders);
    rec_pointer_map_release(&table->evals);
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
    for (struct rec_identity_table *table = first; table != NULL; table = table->next) {
        table->epoch++;
        rec_pointer_map_filter(&table->numbers, keep_moved, NULL);
        rec_pointer_map_filter(&table->class_names, keep_moved, NULL);
        rec_pointer_map_filter(&table->owners, keep_moved, NULL);
        rec_pointer_map_filter(&table->kinds, keep_moved, NULL);
        rec_pointer_map_filter(&table->notes, keep_moved, NULL);
        rec_pointer_map_filter(&table->borders, keep_moved, NULL);
        rec_pointer_map_filter(&table->evals, keep_moved, NULL);
    }
}
