/* What a timeline keeps, and which of its files knows how to change it.
 *
 * Included by timeline_*.c only. Ids are the producer's, dense, and index the arrays here; each
 * entry holds what the trace writer made of it. A definition that was not made is `is_defined ==
 * false`. */
#ifndef CT_TRACE_TIMELINE_STATE_H
#define CT_TRACE_TIMELINE_STATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text_table.h"
#include "ctrace/timeline.h"
#include "trace/instructions_writer.h"
#include "trace/json_array_file.h"
#include "value/snapshot_decode.h"

#include <stdbool.h>

/* `<top-level>` is the first function of every trace. */
#define CT_TIMELINE_TOP_LEVEL_ID 0

struct ct_timeline_name {
    struct ct_snapshot_name text; /* text NULL: not defined; bytes in `definitions` */
    uint64_t writer_id;           /* plus 1; 0: not a variable's name so far */
};

/* word → name id, open addressing. */
struct ct_timeline_symbol {
    uint64_t word; /* 0: empty */
    uint32_t name_id;
};

struct ct_timeline_path {
    bool is_defined;
    uint32_t line_offset; /* lines before its text, on a page of several */
    uint64_t writer_id;
};

/* A source text as a PATH record has it. */
struct ct_timeline_source {
    const uint8_t *path, *text;
    size_t path_size, size;
};

/* The newest file of strings that one place gave to eval. */
struct ct_timeline_page {
    bool is_open;
    uint32_t own_count; /* strings that have files of their own */
    uint32_t size, line_count;
    uint64_t writer_id;
};

struct ct_timeline_pages {
    struct ct_text_table *places; /* NULL until there is one; its ids index */
    struct ct_timeline_page *pages;
    size_t count;
};

/* A place in the program, in the trace writer's terms. */
struct ct_timeline_position {
    uint64_t path_id;
    uint32_t line;
};

struct ct_timeline_function {
    bool is_defined;
    uint64_t writer_id;
    struct ct_timeline_position def;
};

struct ct_timeline_layout {
    bool is_defined;
    uint32_t count;
    uint32_t line;        /* brief steps count from there */
    uint32_t line_offset; /* of its path */
    uint64_t path_id;     /* writer's */
    uint64_t *name_ids;   /* writer's, in `definitions` */
};

/* The variables of one frame. `values` are ready for the trace writer; size 0: nothing to show. */
struct ct_timeline_view {
    bool is_defined;
    uint32_t layout_id;
    uint32_t count;
    uint32_t shown_count; /* of values with a size */
    uint64_t last_step;   /* plus 1: of the trace, that showed it last; 0: none did */
    struct ct_trace_value *values;
    size_t *capacities; /* bytes behind each value */
};

/* Arguments of a call, kept to open it again in a later slice. */
struct ct_timeline_args {
    struct ct_buffer bytes;
    struct ct_trace_value *values;
    size_t count, capacity;
};

struct ct_timeline_call {
    struct ct_timeline_function function;
    struct ct_timeline_args args;
    struct ct_timeline_position from; /* where the caller stood, and what it showed there: */
    uint32_t from_view;               /* plus 1; 0: none */
    uint64_t step_count;              /* of the trace when it began */
};

/* A thread, fiber or Ractor, by its number in the trace. Strand 0 is the base of the trace's one
 * stack: its calls are always open there. Calls of another are open while its slice is. */
struct ct_timeline_strand {
    bool has_position;
    bool is_inherited; /* of the trace that this one branched off, and not heard of since */
    bool is_renamed;   /* its functions are not its own alone */
    uint8_t kind;                            /* CT_SPOOL_STRAND_… */
    struct ct_timeline_position first, last; /* `first` is where its synthetic function stands */
    uint32_t last_view;   /* plus 1, whose values were shown at `last`; 0: none */
    char *name;           /* `"name"`; NULL: it has none */
    uint64_t function_id; /* plus 1; of the synthetic function */
    size_t depth;
    struct ct_timeline_call *calls; /* entries above `depth` keep their memory */
    size_t call_capacity;
};

#define CT_TIMELINE_NO_STRAND UINT32_MAX

/* What the records of one lane have defined, by ids of its own. */
struct ct_timeline_lane {
    uint32_t scope; /* of its names' ids, for the decoder: no other lane ever had it */

    /* timeline_define.c */
    struct ct_timeline_name *names;
    size_t name_count;
    struct ct_timeline_symbol *symbols;
    size_t symbol_count, symbol_capacity;
    struct ct_timeline_function *functions;
    size_t function_count;
    struct ct_timeline_layout *layouts;
    size_t layout_count;

    /* timeline_values.c */
    struct ct_timeline_view *views;
    size_t view_count;

    /* timeline_strands.c */
    uint32_t *strands; /* the lane's id → number in the trace, plus 1; 0: not defined, or over */
    size_t strand_count;
    uint32_t current; /* whose records come now; NO_STRAND: none has */
};

/* What trace_info.json says; each text is a run of JSON entries or elements, ready to be put. */
struct ct_timeline_facts {
    struct ct_buffer head;     /* of START */
    struct ct_buffer recorded; /* of FACTS, STATIC */
    struct ct_buffer gems;     /* of FACTS, GEMS: the elements of a list */
    struct ct_buffer parent;   /* of a branch */
    struct ct_buffer limit;    /* why it stopped early, plain text */
    struct ct_buffer children; /* elements of a list: what was forked */
    struct ct_buffer started;  /* the same of what is followed */
    struct ct_buffer flight;   /* of a flight recorder: an object */
    struct ct_buffer text;     /* scratch: the file */
    uint64_t start_ns;
    bool has_tally;
    enum ct_spool_ending ending;
    int32_t code;
    uint64_t tally[CT_SPOOL_TALLY_HIDDEN + 1];
};

/* The element that defines one, as it is in the file. */
struct ct_timeline_expression {
    char *element; /* owned */
    size_t size;
};

/* trace_expressions.json, see timeline_expressions.c. */
struct ct_timeline_expressions {
    bool is_open; /* `file` is to be released */
    bool is_cut;  /* of `step` is told already: what is seen next is on another */
    struct ct_json_array_file file;
    struct ct_timeline_expression *known; /* by id: ids are dense, and used again; for a branch */
    uint32_t count, capacity;
    struct ct_buffer element;        /* scratch */
    struct ct_buffer seen;           /* of `step`, not yet in the file */
    uint64_t step;                   /* UINT64_MAX: none */
    struct ct_buffer names;          /* ids of the names that were seen on `step`, uint64_t */
    struct ct_timeline_args values;  /* scratch: those of a record */
};

/* trace.instructions, see timeline_instructions.c. */
struct ct_timeline_instructions {
    bool is_open; /* `writer` is to be released */
    struct ct_instructions_writer writer;
    struct ct_buffer code;      /* all entries that define code, for a branch … */
    struct ct_buffer entry_ends; /* … and where each ends: uint64_t */
    uint32_t code_count;
    uint32_t instruction_count;
    size_t text_size;     /* of all code, as a reader counts it */
    bool is_over;         /* it would be more than one takes: no more is written */
    uint32_t line_offset; /* of the last code's path */
    struct ct_buffer value, scratch; /* a value's text */
};

struct ct_timeline {
    struct ct_timeline_options options;
    const struct ct_alloc *alloc;
    struct ct_folder *folder;
    struct ct_trace_writer *writer; /* NULL before START and after finish */
    struct ct_value_writer *value_writer;
    enum ct_profile profile;
    char *folder_path; /* in `definitions` */
    struct ct_trace_options trace_options; /* as the trace was opened; texts in `definitions` */
    enum ct_status status;
    struct ct_error error;
    bool has_started, has_ended; /* START, END were put (or finish ended the calls) */
    uint64_t record_count;
    struct ct_timeline_anomalies anomalies;
    struct ct_trace_counts counts; /* as of finish */
    struct ct_timeline_facts facts; /* timeline_facts.c */

    struct ct_timeline_expressions expressions;
    struct ct_timeline_instructions instructions;

    /* timeline_define.c */
    struct ct_arena definitions;    /* texts and lists that live as long as the timeline */
    struct ct_timeline_path *paths; /* of lane 0, for all lanes */
    size_t path_count;
    struct ct_timeline_pages pages; /* timeline_pages.c */
    uint64_t return_name_id;   /* writer's id of <return_value> */
    struct ct_buffer text;     /* scratch: a path, an event's content, a source */
    struct ct_buffer metadata; /* scratch: an event's metadata */

    /* timeline_values.c */
    struct ct_snapshot_decoder decoder;
    struct ct_trace_value *shown; /* scratch: the values of a view that has gaps */
    size_t shown_capacity;
    struct ct_timeline_args watched; /* the record's values that are of no view */
    struct ct_timeline_args newest_watched; /* timeline_watched.c; each value has its own memory */

    /* timeline_lanes.c */
    struct ct_timeline_lane *lane;   /* whose records come now */
    struct ct_timeline_lane **lanes; /* CT_SPOOL_LANE_MAX + 1, those that were seen */
    uint32_t scope_count;            /* of lanes that were ever made */

    /* timeline_strands.c */
    struct ct_timeline_strand **strands; /* by number; NULL: there is none, or it is over */
    size_t strand_count; /* entries of `strands`, used or not */
    uint32_t strand_top; /* the lowest number that no strand has had */
    uint32_t strand_low; /* strands below are over */
    uint32_t open;   /* whose slice is open; NO_STRAND: a foreign one ended, strand 0 not resumed */
    bool is_resumed; /* the slice was opened and no step was written in it */
};

/* A record being read: its bytes, and how far. Every get is bounded; see timeline_record.h. */
struct ct_timeline_record;
struct ct_timeline_item;

/* Makes entry `id` of an array there, zeroed when new. CT_ERR_FORMAT for an id that is far from
 * dense. */
CT_MUST_CHECK enum ct_status ct_timeline_reserve(struct ct_timeline *timeline, void **items,
                                                 size_t *count, size_t item_size, uint32_t id);

/* ---- timeline_start.c ---- */
CT_MUST_CHECK enum ct_status ct_timeline_start(struct ct_timeline *timeline,
                                               struct ct_timeline_record *record);

/* ---- timeline_define.c ---- */
CT_MUST_CHECK enum ct_status ct_timeline_define(struct ct_timeline *timeline,
                                                struct ct_timeline_record *record);
/* Makes timeline->text a path as the trace spells it: absolute, UTF-8. */
CT_MUST_CHECK enum ct_status ct_timeline_path_text(struct ct_timeline *timeline,
                                                   const uint8_t *bytes, size_t size);
CT_MUST_CHECK enum ct_status ct_timeline_path_put(struct ct_timeline *timeline,
                                                  const uint8_t *bytes, size_t size,
                                                  uint64_t *out_path_id);
CT_MUST_CHECK enum ct_status ct_timeline_name_put(struct ct_timeline *timeline, uint32_t name_id,
                                                  uint64_t *out_writer_id);
const struct ct_snapshot_name *ct_timeline_name_find(void *timeline, uint32_t name_id);
const struct ct_snapshot_name *ct_timeline_symbol_find(void *timeline, uint64_t word);
/* A NUL-terminated copy in `definitions`, valid UTF-8; NULL when memory is out. */
char *ct_timeline_text_copy(struct ct_timeline *timeline, const void *bytes, size_t size);
void ct_timeline_define_release(struct ct_timeline *timeline, struct ct_timeline_lane *lane);

/* ---- timeline_pages.c ---- */
/* A string given to eval: on a page, as `path` then says, unless it is to have its own file. */
CT_MUST_CHECK enum ct_status ct_timeline_page_put(struct ct_timeline *timeline,
                                                  const struct ct_timeline_source *source,
                                                  struct ct_timeline_path *path,
                                                  bool *out_is_put);
/* The next string of each place begins a new page: the files are another trace's. */
void ct_timeline_pages_close(struct ct_timeline *timeline);
void ct_timeline_pages_release(struct ct_timeline *timeline);

/* ---- timeline_lanes.c ---- */
/* Makes lane 0, whose records come first. */
CT_MUST_CHECK enum ct_status ct_timeline_lanes_init(struct ct_timeline *timeline);
/* Only the first lane goes on: a forked child has the parent's main Ractor alone. */
void ct_timeline_lanes_branch(struct ct_timeline *timeline);
void ct_timeline_lanes_release(struct ct_timeline *timeline);

/* ---- timeline_facts.c ---- */
void ct_timeline_facts_init(struct ct_timeline *timeline);
void ct_timeline_facts_release(struct ct_timeline *timeline);
/* Keeps what START says and writes the file for the first time. */
CT_MUST_CHECK enum ct_status ct_timeline_facts_begin(struct ct_timeline *timeline,
                                                     const struct ct_trace_options *options);
/* The same for a branch, whose parent is what the file spoke of so far. */
CT_MUST_CHECK enum ct_status ct_timeline_facts_branch(struct ct_timeline *timeline,
                                                      const struct ct_trace_options *options,
                                                      int64_t program_pid);
/* The same for what lands, in the folder that it landed in: `let_go` was held and is gone.
 * `options` with another recording_id make it a trace of its own, below the one that goes on. */
CT_MUST_CHECK enum ct_status ct_timeline_facts_land(struct ct_timeline *timeline,
                                                    const struct ct_trace_options *options,
                                                    const char *reason,
                                                    const struct ct_trace_counts *let_go);
/* FACTS, TALLY */
CT_MUST_CHECK enum ct_status ct_timeline_facts_put(struct ct_timeline *timeline,
                                                   struct ct_timeline_record *record);
/* Writes the file for the last time, after the trace was closed. */
CT_MUST_CHECK enum ct_status ct_timeline_facts_end(struct ct_timeline *timeline);

/* ---- timeline_started.c ---- */
/* Reads into facts.started what has registered itself so far. */
CT_MUST_CHECK enum ct_status ct_timeline_started_read(struct ct_timeline *timeline);

/* ---- timeline_values.c ---- */
CT_MUST_CHECK enum ct_status ct_timeline_view_put(struct ct_timeline *timeline, uint32_t view_id,
                                                  uint32_t layout_id);
CT_MUST_CHECK enum ct_status ct_timeline_view_drop(struct ct_timeline *timeline, uint32_t view_id);
/* NULL when it is not defined. */
struct ct_timeline_view *ct_timeline_view_find(struct ct_timeline *timeline, uint32_t view_id);
/* Reads the record's items into the view. A return value among them goes to *out_return (`key`
 * tells that it came), or is damage when that is NULL. hot */
CT_MUST_CHECK enum ct_status ct_timeline_view_change(struct ct_timeline *timeline,
                                                     struct ct_timeline_view *view,
                                                     struct ct_timeline_record *record,
                                                     struct ct_timeline_item *out_return);
/* Appends what the view shows to the step just written. hot */
CT_MUST_CHECK enum ct_status ct_timeline_view_show(struct ct_timeline *timeline,
                                                   const struct ct_timeline_view *view);
/* Appends what the record that was read last has of watched variables. */
CT_MUST_CHECK enum ct_status ct_timeline_watched_show(struct ct_timeline *timeline);

/* Reads the record's items as arguments, replacing what `args` held. */
CT_MUST_CHECK enum ct_status ct_timeline_args_read(struct ct_timeline *timeline,
                                                   struct ct_timeline_record *record,
                                                   struct ct_timeline_args *args);
void ct_timeline_args_release(struct ct_timeline *timeline, struct ct_timeline_args *args);
void ct_timeline_values_release(struct ct_timeline *timeline, struct ct_timeline_lane *lane);

/* ---- timeline_watched.c ---- */
/* Keeps what the record has of watched variables for the trace that a held timeline becomes; shows
 * the newest of them on that trace's first step. */
CT_MUST_CHECK enum ct_status ct_timeline_watched_keep(struct ct_timeline *timeline);
CT_MUST_CHECK enum ct_status ct_timeline_watched_land(struct ct_timeline *timeline);
void ct_timeline_watched_release(struct ct_timeline *timeline);

/* ---- timeline_expressions.c ---- */
void ct_timeline_expressions_init(struct ct_timeline *timeline);
/* EXPRESSION, SEEN */
CT_MUST_CHECK enum ct_status ct_timeline_expression(struct ct_timeline *timeline,
                                                    struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_seen(struct ct_timeline *timeline,
                                              struct ct_timeline_record *record);
/* Writes what is pending. */
CT_MUST_CHECK enum ct_status ct_timeline_expressions_flush(struct ct_timeline *timeline);
/* In the folder of a branch: a file of its own, with all that is defined. */
CT_MUST_CHECK enum ct_status ct_timeline_expressions_branch(struct ct_timeline *timeline);
/* Completes and closes the file. */
CT_MUST_CHECK enum ct_status ct_timeline_expressions_end(struct ct_timeline *timeline);
void ct_timeline_expressions_release(struct ct_timeline *timeline);

/* ---- timeline_instructions.c ---- */
void ct_timeline_instructions_init(struct ct_timeline *timeline);
/* CODE, INSTRUCTION */
CT_MUST_CHECK enum ct_status ct_timeline_code(struct ct_timeline *timeline,
                                              struct ct_timeline_record *record);
/* RAN. hot */
CT_MUST_CHECK enum ct_status ct_timeline_ran(struct ct_timeline *timeline,
                                             struct ct_timeline_record *record);
/* As those of timeline_expressions.c. */
CT_MUST_CHECK enum ct_status ct_timeline_instructions_flush(struct ct_timeline *timeline);
CT_MUST_CHECK enum ct_status ct_timeline_instructions_branch(struct ct_timeline *timeline);
CT_MUST_CHECK enum ct_status ct_timeline_instructions_end(struct ct_timeline *timeline);
void ct_timeline_instructions_release(struct ct_timeline *timeline);

/* ---- timeline_steps.c ---- */
CT_MUST_CHECK enum ct_status ct_timeline_step(struct ct_timeline *timeline,
                                              struct ct_timeline_record *record);
/* BRIEF_STEP */
CT_MUST_CHECK enum ct_status ct_timeline_step_brief(struct ct_timeline *timeline,
                                                    struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_values(struct ct_timeline *timeline,
                                                struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_call(struct ct_timeline *timeline,
                                              struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_return(struct ct_timeline *timeline,
                                                struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_unwind(struct ct_timeline *timeline,
                                                struct ct_timeline_record *record);
CT_MUST_CHECK enum ct_status ct_timeline_event(struct ct_timeline *timeline,
                                               struct ct_timeline_record *record);

/* ---- timeline_strands.c ---- */
/* STRAND, SWITCH, STRAND_END */
CT_MUST_CHECK enum ct_status ct_timeline_strand(struct ct_timeline *timeline,
                                                struct ct_timeline_record *record);
/* Ends every open call of every strand, <top-level> last; `status` is END's, or not 0. */
CT_MUST_CHECK enum ct_status ct_timeline_strands_end(struct ct_timeline *timeline, int status,
                                                     const uint8_t *snapshot, size_t size);
/* The other strands are the parent's until something comes of them; the main one's calls are opened
 * again. */
CT_MUST_CHECK enum ct_status ct_timeline_strands_branch(struct ct_timeline *timeline);
/* All strands go on: each is told of, with the step of each of its live frames. */
CT_MUST_CHECK enum ct_status ct_timeline_strands_land(struct ct_timeline *timeline);
/* A step at the place, with what the view (its id plus 1; 0: none) shows if it is still there. */
CT_MUST_CHECK enum ct_status ct_timeline_step_repeat(struct ct_timeline *timeline,
                                                     struct ct_timeline_position position,
                                                     uint32_t view_id);
/* Opens the current strand's slice; `position` is where its next record is. Called by enter below.
 */
CT_MUST_CHECK enum ct_status ct_timeline_slice_open(struct ct_timeline *timeline,
                                                    struct ct_timeline_position position);
/* The arguments of the strand's next call go here. */
CT_MUST_CHECK enum ct_status ct_timeline_call_reserve(struct ct_timeline *timeline,
                                                      struct ct_timeline_strand *strand,
                                                      struct ct_timeline_args **out_args);
/* Step on the function's line and Call with what was read into that place. */
CT_MUST_CHECK enum ct_status ct_timeline_call_begin(struct ct_timeline *timeline,
                                                    struct ct_timeline_strand *strand,
                                                    const struct ct_timeline_function *function,
                                                    const struct ct_timeline_args *args);
/* Returns from the strand's innermost call. */
CT_MUST_CHECK enum ct_status ct_timeline_call_end(struct ct_timeline *timeline,
                                                  struct ct_timeline_strand *strand,
                                                  const struct ct_snapshot_value *value);
/* Makes strand 0, whose first and only place so far is `first`. */
CT_MUST_CHECK enum ct_status ct_timeline_strands_begin(struct ct_timeline *timeline,
                                                       struct ct_timeline_position first);
void ct_timeline_strands_release(struct ct_timeline *timeline);

/* Lines of a trace begin with 1; eval may be told that a text begins before. hot */
static inline uint32_t
ct_timeline_line(uint32_t line)
{
    return (int32_t)line < 1 ? 1 : line;
}

/* What the producer calls a line of `view`, as the trace does. hot */
static inline struct ct_timeline_position
ct_timeline_place(const struct ct_timeline *timeline, const struct ct_timeline_view *view,
                  uint32_t line)
{
    const struct ct_timeline_layout *layout = &timeline->lane->layouts[view->layout_id];
    return (struct ct_timeline_position){.path_id = layout->path_id,
                                         .line = ct_timeline_line(line) + layout->line_offset};
}

/* The strand's innermost call, just begun: notes where its caller stands. hot */
static inline void
ct_timeline_call_note(const struct ct_timeline *timeline, struct ct_timeline_strand *strand)
{
    struct ct_timeline_call *call = &strand->calls[strand->depth - 1];
    call->step_count = ct_trace_writer_step_count(timeline->writer);
    call->from = strand->last;
    call->from_view = strand->last_view;
    if (strand->depth < strand->call_capacity)
        call[1].from_view = 0; /* it has called nothing yet */
}

/* Where the strand's innermost frame stands and, plus 1, the view shown there (0: none). Behind a
 * call that has ended that is the step it was made at. */
static inline struct ct_timeline_position
ct_timeline_stand(const struct ct_timeline_strand *strand, uint32_t *out_view)
{
    const size_t depth = strand->depth;
    const bool is_behind_call = strand->last_view == 0 && depth < strand->call_capacity &&
                                strand->calls[depth].from_view != 0;
    *out_view = is_behind_call ? strand->calls[depth].from_view : strand->last_view;
    return is_behind_call ? strand->calls[depth].from : strand->last;
}

/* The strand whose records come now, with its slice open. hot */
static inline enum ct_status
ct_timeline_enter(struct ct_timeline *timeline, struct ct_timeline_position position)
{
    if (__builtin_expect(timeline->open == timeline->lane->current, 1))
        return CT_OK;
    return ct_timeline_slice_open(timeline, position);
}

static inline struct ct_timeline_strand *
ct_timeline_current(struct ct_timeline *timeline)
{
    return timeline->strands[timeline->lane->current];
}

#endif
