/* What is known about each recorded iseq: where its variables are, its lines, its function, its
 * views.
 *
 * Made at the first event of an iseq, kept as long as the script it belongs to (script_table.h), so
 * that an address found here is never a stale one. A lane's entries (ractor_lane.h) stay until the
 * recording ends and say which script they were of. */
#ifndef REC_ISEQ_TABLE_H
#define REC_ISEQ_TABLE_H

#include "filter_rules.h"
#include "pointer_map.h"
#include "script_table.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;
struct rec_vm_layout;

/* The shadow of one variable: what the trace last showed. */
struct rec_shadow {
    VALUE word;     /* a value that is a plain word, or one of those below */
    uint64_t print; /* of a heap value, its address and its snapshot, with REC_HEAP_SHOWN */
};
/* No VALUEs of any Ruby: no integer (bit 0), float (bit 1), symbol (0x0c), constant or address. */
#define REC_NEVER_SHOWN  ((VALUE)0x1c) /* at first */
#define REC_HIDDEN_SHOWN ((VALUE)0x2c) /* the trace shows that it is redacted */
#define REC_HEAP_SHOWN   ((VALUE)0x3c) /* `print` says what */

/* One instance of an iseq's variables, mirrored by the timeline under `id`. Each step shows `self`
 * first, then the variables in the order of the slots. */
struct rec_view {
    struct rec_view *next_free;
    uint64_t brief_step; /* what one begins with, but for its line and size; 0: it has none */
    uint32_t id;
    struct rec_shadow shadows[]; /* by index in the layout, `self` first; behind: REC_NEVER_SHOWN */
};
#define REC_SELF_INDEX       0u /* in the layout */
#define REC_FIRST_SLOT_INDEX 1u

/* Where a variable lives: `level` scopes outwards, ep[-offset]. */
struct rec_slot {
    uint16_t level;
    bool is_block;  /* a method's &block parameter, see rec_block_value */
    uint8_t action; /* enum rec_value_action */
    uint32_t offset;
};

/* Slots that follow one another in a frame, too. */
struct rec_slot_run {
    uint32_t level;
    uint32_t offset; /* of the first */
    uint32_t count;
};

/* Bytes for copies in a step that is drafted. */
#define REC_DRAFT_SPARE 2064u

struct rec_parameter {
    struct rec_slot slot;
    uint32_t name_id;
};

#define REC_NO_FUNCTION UINT32_MAX

/* What one access to memory brings near. */
#define REC_CACHE_LINE 64u

/* One recorded iseq. A line or return that needs no hook reads the first cache line of it, a call
 * the second one, too; aligned by make_entry. */
struct rec_iseq {
    _Alignas(REC_CACHE_LINE) const void *iseq;
    uint32_t *lines;           /* per word of code, with REC_LINE_…; 0: not looked up yet */
    struct rec_value_policy policy;
    struct rec_view *free_views;
    uint32_t first_line;
    uint32_t draft_size; /* bytes for a step or return, see draft.h; 0: none is drafted */
    uint32_t row_offset; /* of the first slot, where is_row */
    uint32_t slot_count; /* of code that is not recorded: of its variables, which have no slots */
    uint8_t return_action;   /* enum rec_value_action */
    bool is_dead;            /* its script was collected; freed with the last frame */
    bool may_hide_arguments; /* false: rec_hidden_learn_arguments learns none */
    bool is_row;             /* all slots are one run of its own scope, by numbers of 8 bits */

    const VALUE *encoded;
    uint32_t encoded_size;
    uint32_t frame_count; /* frames in strand tables that point here */
    /* of what is called: a method, a block that is one, a class body */
    uint32_t function_id;
    uint32_t owner_epoch; /* of the identity table when `owner` was looked up */
    /* when its CALL was told last, see line_shortcut.h: so many scripts had been made … */
    uint32_t script_count;
    size_t gc_count;    /* … and moves no more while no further collection begins … */
    VALUE method_entry; /* … the entry of a method table that `owner_epoch` keeps */
    struct rec_parameter *parameters;
    uint32_t parameter_count;
    bool has_hidden;  /* something is redacted or dropped */
    bool is_skipped;  /* by a filter; nothing else is known of it then */
    bool ends_unseen; /* a body of `class << self` that no event tells of: its `end` is … */

    uint32_t last_line; /* … there */
    uint32_t run_count;
    struct rec_slot_run *runs; /* all slots; where steps are drafted */
    uint32_t type;      /* enum rec_iseq_type */
    uint32_t layout_id;
    uint32_t path_id;
    uint32_t dropped_count;
    VALUE owner;       /* the class the cached function belongs to; compared, never followed */
    ID method, called; /* the names the cached function was defined and called by */
    const void *home;  /* the method a block stands in, or itself; compared, never followed */
    struct rec_slot *slots;   /* of what is shown, even as redacted */
    struct rec_slot *dropped; /* of what the filters drop */
    struct rec_view *shared_view;      /* fallback_hook.c: one view for all frames */
    const struct rec_script *listener; /* of a block, see block_watch.h: who tells its events */
    struct rec_handler *handler;       /* of a block, see handler_block.h: what it is called */
    uint8_t *call_sites; /* as `lines`, for calls into C (call_site.h); NULL: none yet */
    struct rec_script *script;
    uint64_t script_serial;
    struct rec_iseq *next_of_script; /* main recorder only */
};
_Static_assert(offsetof(struct rec_iseq, encoded) == REC_CACHE_LINE,
               "a line without a hook reads one cache line");
_Static_assert(offsetof(struct rec_iseq, last_line) <= 2 * REC_CACHE_LINE,
               "a call without a hook reads two");

/* An address may be in use again before the script that had it is swept: only an entry of this
 * script is this iseq's. hot */
static inline bool
rec_iseq_is_of(const struct rec_iseq *entry, const struct rec_script *script)
{
    return entry->script == script && entry->script_serial == script->serial;
}

/* Of the lines in an iseq's table. */
#define REC_LINE_SHORT   0x80000000u /* recorded without a hook, see line_shortcut.h */
#define REC_LINE_LONG    0x40000000u /* never so, but known (script_event.c) */
#define REC_LINE_CALLS   0x20000000u /* of one that is: a call begins here … */
#define REC_LINE_STEPS   0x10000000u /* … a line begins here … */
#define REC_LINE_RETURNS 0x08000000u /* … it ends here */
#define REC_LINE_MAX     0x07FFFFFFu

/* An iseq whose events came lately. */
struct rec_iseq_recent {
    const void *iseq; /* NULL: none */
    struct rec_iseq *entry;
};
#define REC_ISEQ_RECENT_COUNT 64u /* a power of two */

struct rec_iseq_table {
    struct rec_pointer_map iseqs;     /* iseq → struct rec_iseq * */
    struct rec_pointer_map functions; /* layout id and owner → function id */
    struct rec_iseq *borders;         /* list, see border_code.h */
    size_t border_count;
    uint32_t path_count, layout_count, view_count, function_count;
    uint32_t *free_view_ids; /* ids of dropped views */
    size_t free_view_id_count, free_view_id_capacity;
    uint32_t self_name_id;
    const void *ractor_block; /* of a lane: what its Ractor runs, cut off from outer variables */
    struct rec_iseq_recent recent[REC_ISEQ_RECENT_COUNT]; /* hot: by address */
};

/* hot */
static inline struct rec_iseq_recent *
rec_iseq_recent(struct rec_iseq_table *table, const void *iseq)
{
    return &table->recent[((uintptr_t)iseq * 0x9E3779B97F4A7C15u) >> 58];
}

void rec_iseq_table_init(struct recorder *recorder);

/* Lets go of all scripts and iseqs; frames must be gone by then. */
void rec_iseq_table_release(struct recorder *recorder);

/* The bytes of source text that one PATH may carry. */
size_t rec_source_size_max(const struct recorder *recorder);

/* Defines a PATH; `source` may be nil or a String that is embedded, `flags` 0 or
 * CT_SPOOL_PATH_IS_EVAL. */
uint32_t rec_path_put(struct recorder *recorder, const char *path, VALUE source, uint8_t flags);

/* While objects move, of a lane: the main recorder's iseqs are pinned. */
void rec_iseq_table_compact(struct rec_iseq_table *table);

/* How many variables an iseq's own scope has. */
uint32_t rec_iseq_local_count(const struct rec_vm_layout *layout, const void *iseq);

/* The iseq that `iseq` stands in, and whose variables it sees; NULL for a method, a class body, a
 * file. */
const void *rec_iseq_parent(const struct rec_vm_layout *layout, const void *iseq);

/* The method that an iseq is, or stands in: `name` 0 when in none. */
struct rec_method {
    VALUE owner;
    ID name;
};

/* Slow path of rec_iseq_require: asks the filters and makes the entry. NULL when memory is short.
 */
struct rec_iseq *rec_iseq_make(struct recorder *recorder, struct rec_script *script,
                               const void *iseq, const struct rec_method *method);

/* The code of `entry` is that of one more method: it is recorded if one of them is. False: memory
 * is short. */
bool rec_iseq_judge_again(struct recorder *recorder, struct rec_iseq *entry,
                          const struct rec_method *method);

/* What is needed to show the arguments of code that recorded code of `caller` calls and that is not
 * recorded; in no table. `caller` NULL: that they are not shown (`is_skipped`). */
struct rec_iseq *rec_iseq_make_foreign(struct recorder *recorder, struct rec_script *caller,
                                       const void *iseq, const struct rec_method *method);

/* An entry for these variable names, with a shared view (fallback_hook.c). NULL: no memory. */
struct rec_iseq *rec_iseq_make_named(struct recorder *recorder, struct rec_script *script,
                                     const ID *ids, uint32_t count);

/* A view for a new frame: one that an earlier frame of this iseq left, or a new one. NULL: no
 * memory. */
struct rec_view *rec_view_new(struct recorder *recorder, struct rec_iseq *iseq);

/* Tells the timeline that a view is gone; its id may be used again. */
void rec_view_drop(struct recorder *recorder, uint32_t id);

/* The script of this iseq is gone: frees the entry, now or with its last frame. */
void rec_iseq_forget(struct recorder *recorder, struct rec_iseq *iseq);
void rec_iseq_free_dead(struct recorder *recorder, struct rec_iseq *iseq);

/* Puts a view back for the next frame of its iseq. */
static inline void
rec_view_free(struct recorder *recorder, struct rec_iseq *iseq, struct rec_view *view)
{
    view->next_free = iseq->free_views;
    iseq->free_views = view;
    iseq->frame_count--;
    if (__builtin_expect(iseq->is_dead && iseq->frame_count == 0, 0))
        rec_iseq_free_dead(recorder, iseq);
}

/* Source line of a position. The VM's pc stands behind the instruction. hot */
uint32_t rec_iseq_line_find(struct recorder *recorder, struct rec_iseq *iseq, uint32_t position);

static inline uint32_t
rec_iseq_line(struct recorder *recorder, struct rec_iseq *iseq, const VALUE *pc)
{
    uint32_t position = (uint32_t)(pc - iseq->encoded);
    position -= position > 0;
    if (position < iseq->encoded_size && iseq->lines[position] != 0)
        return iseq->lines[position] & REC_LINE_MAX;
    return rec_iseq_line_find(recorder, iseq, position);
}

#endif
