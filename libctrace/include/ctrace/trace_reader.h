/* Reads a trace from its first event to its last: combined `.ct` files and trace.json.
 *
 * The reading side's one public door: print, verify, exports and queries stand on it. Events come
 * one at a time, ids are resolved through tables that fill as definitions go by; memory grows with
 * the definitions and the largest single event, never with the length of the trace. Damage costs as
 * little as possible: see ct_trace_reader_next. One reader, one thread. */
#ifndef CTRACE_TRACE_READER_H
#define CTRACE_TRACE_READER_H

#include "ctrace/io.h"
#include "ctrace/trace_writer.h"
#include "ctrace/value_reader.h"

/* One event's bytes, decompressed. Our writer takes at most a quarter of a spool of 1 GiB, whose
 * text escaping can make four times larger; more is damage. Memory is only taken as data really
 * comes. */
#define CT_TRACE_EVENT_SIZE_MAX ((size_t)1 << 30)

/* Kinds of events: the format's tags. */
enum ct_trace_kind {
    CT_TRACE_STEP = 0,          /* path_id, line */
    CT_TRACE_PATH = 1,          /* text; defines path `id` */
    CT_TRACE_VARIABLE_NAME = 2, /* text; defines name `id` */
    CT_TRACE_VARIABLE = 3,      /* older synonym of VARIABLE_NAME */
    CT_TRACE_TYPE = 4,          /* defines type `id` */
    CT_TRACE_VALUE = 5,         /* name_id, value: belongs to the latest step */
    CT_TRACE_FUNCTION = 6,      /* path_id, line, text; defines function `id` */
    CT_TRACE_CALL = 7,          /* function_id, args */
    CT_TRACE_RETURN = 8,        /* value */
    CT_TRACE_EVENT = 9,         /* event_kind, metadata, text */
    CT_TRACE_ASM = 10,          /* from here on where nothing is said: no fields are delivered */
    CT_TRACE_BIND_VARIABLE = 11,
    CT_TRACE_ASSIGNMENT = 12,
    CT_TRACE_DROP_VARIABLES = 13,
    CT_TRACE_COMPOUND_VALUE = 14,
    CT_TRACE_CELL_VALUE = 15,
    CT_TRACE_ASSIGN_COMPOUND_ITEM = 16,
    CT_TRACE_ASSIGN_CELL = 17,
    CT_TRACE_VARIABLE_CELL = 18,
    CT_TRACE_DROP_VARIABLE = 19,
    CT_TRACE_THREAD_START = 20, /* thread_id */
    CT_TRACE_THREAD_EXIT = 21,  /* thread_id */
    CT_TRACE_THREAD_SWITCH = 22, /* thread_id */
    CT_TRACE_DROP_LAST_STEP = 23,
    CT_TRACE_UNKNOWN = 24 /* an element of trace.json that is no event; `damage` is set */
};
#define CT_TRACE_KIND_COUNT 25

/* The event's name in the format ("Step", "VariableName", …; "?" for UNKNOWN). */
const char *ct_trace_kind_name(enum ct_trace_kind kind);

struct ct_trace_arg {
    uint64_t name_id;
    const struct ct_value *value;
};

#define CT_TRACE_NO_ID UINT64_MAX /* an id the event does not have, or that was damaged */

/* One event. Ids are delivered as they stand in the file, unchecked: the tables answer NULL for an
 * id that is not defined (yet). Pointers are borrowed until the next call of next. */
struct ct_trace_event {
    enum ct_trace_kind kind;
    uint64_t index;  /* of this record in the trace, from 0 */
    const char *file; /* "events.log" or "trace.json" */
    uint64_t offset; /* in `file`: of the event (JSON) or of the chunk that holds it (combined) */

    uint64_t id; /* what a definition defines */
    uint64_t path_id;
    uint64_t name_id;
    uint64_t function_id;
    uint64_t thread_id;
    int64_t line;
    uint64_t event_kind; /* EventLogKind; may be a number that no one knows */
    const char *text;    /* name, path or content; UTF-8 unless `damage` says otherwise */
    size_t text_size;
    const char *metadata;
    size_t metadata_size;
    const struct ct_value *value; /* NULL when it could not be decoded or is not wanted */
    const struct ct_trace_arg *args;
    size_t arg_count;
    /* Of VALUE, RETURN and CALL: the value, or the list of arguments, as the file has it, whether
     * values are wanted or not. Within a trace equal bytes are equal values. NULL where damage
     * hides it. */
    const void *encoded;
    size_t encoded_size;
    bool has_structs; /* of a VALUE: a pick found that it may hold a Struct; false: not looked at */

    /* NULL, or what of this event could not be decoded: the fields it concerns are then absent. */
    const struct ct_error *damage;
};

enum ct_trace_layout {
    CT_TRACE_LAYOUT_COMBINED = 1, /* a container with events.log */
    CT_TRACE_LAYOUT_JSON = 2      /* trace.json with its two sidecars */
};

/* What meta.dat, or trace_metadata.json and trace_paths.json, say. Texts are NUL-terminated and
 * never NULL; what the layout does not have is empty. Borrowed until close. */
struct ct_trace_metadata {
    enum ct_trace_layout layout;
    uint32_t container_version; /* 0 for JSON */
    uint32_t version;           /* of meta.dat; 0 for JSON */
    uint32_t flags;
    uint64_t size; /* bytes of the main file */
    const char *recording_id;
    const char *program;
    const char *workdir;
    const char *recorder;
    const char *const *args;
    size_t arg_count;
    const char *const *paths;
    size_t path_count;
    /* CT_OK, or why all or part of the metadata is absent. */
    struct ct_error error;
};

#define CT_TRACE_NO_COUNT UINT64_MAX /* a number that nobody knows */

/* What trace_info.json says, as far as tools need it (doc/format/trace_info.md has all of it).
 * Texts are NUL-terminated and never NULL; empty where the file has none or null. Borrowed until
 * close. */
struct ct_trace_facts {
    bool is_present;
    uint64_t format;
    const char *state; /* "recording", "complete", "interrupted", "failed" */
    const char *recording_id;
    const char *program;
    const char *workdir;
    const char *recorder;
    const char *profile;
    const char *backend;
    const char *ruby;    /* its description */
    const char *start_time;
    const char *commit;
    const char *branch;
    const char *how;     /* the program ended: "exit", …; "": not known yet */
    const char *failure; /* why the recording did */
    bool has_exit_status;
    bool has_signal;
    int64_t exit_status;
    int64_t signal;
    uint64_t pid;         /* of the program; NO_COUNT: not known, as all that follow */
    uint64_t duration_ns;
    uint64_t gem_count;
    uint64_t step_count;
    uint64_t call_count;
    uint64_t event_count;
    uint64_t cut_count;
    uint64_t uncaptured_count;
    uint64_t lost_frame_count;
    uint64_t ractor_event_count;
    uint64_t wait_count;
    /* CT_OK, or what is wrong with the file: the fields behind it are then absent. */
    struct ct_error error;
};

struct ct_trace_function {
    uint64_t path_id;
    int64_t line;
    const char *name; /* NUL-terminated; "" when it was damaged */
    size_t name_size;
};

struct ct_trace_field {
    const char *name;
    size_t name_size;
    uint64_t type_id;
};

struct ct_trace_type {
    uint64_t kind;    /* TypeKind number */
    const char *name; /* lang_type, NUL-terminated */
    size_t name_size;
    const struct ct_trace_field *fields; /* of a Struct */
    size_t field_count;
};

/* What a question looks for among the values of steps. */
struct ct_trace_pick {
    uint64_t name_id; /* values of this name; CT_TRACE_NO_ID: none by name */
    bool has_structs; /* values that may hold a Struct */
};

/* The open files of a trace. `main` is required; NULL: absent. `metadata` and `paths` belong to the
 * JSON layout. */
struct ct_trace_files {
    struct ct_file *main;
    struct ct_file *metadata; /* trace_metadata.json */
    struct ct_file *paths;    /* trace_paths.json */
    struct ct_file *facts;    /* trace_info.json */
    struct ct_file *expressions; /* trace_expressions.json, for trace_expressions.h */
    struct ct_file *instructions; /* trace.instructions, for trace_instructions.h */
};

/* Whether trace_info.json and the like beside a main file are about it: a folder may hold others'
 * containers, too, and those are about the one that is called trace.ct or trace.json. */
bool ct_trace_has_company(const char *main_path);

struct ct_trace_reader; /* heap */

/* The main file of the trace that `path` means: a file itself, or in a folder trace.ct, else the
 * first other *.ct by name, else trace.json. CT_ERR_NOT_FOUND, CT_ERR_IO, CT_ERR_LIMIT (too long).
 * */
CT_MUST_CHECK enum ct_status ct_trace_find(const char *path, char *out_path, size_t capacity,
                                           struct ct_error *error);

/* Opens the files behind `path` (as ct_trace_find takes it). On CT_OK the caller closes them. */
CT_MUST_CHECK enum ct_status ct_trace_files_open(const char *path, const struct ct_alloc *alloc,
                                                 struct ct_trace_files *out_files,
                                                 struct ct_error *error);
void ct_trace_files_close(struct ct_trace_files *files);

/* Opens a trace on disk. Damaged or absent metadata is no failure (see its `error`); a layout that
 * is not read is CT_ERR_FORMAT with a sentence. `alloc` NULL: default. */
CT_MUST_CHECK enum ct_status ct_trace_reader_open(const char *path, const struct ct_alloc *alloc,
                                                  struct ct_trace_reader **out_reader,
                                                  struct ct_error *error);
/* The same over open files (tests, fuzzers), which are borrowed until close. What the main file is,
 * its first bytes tell. */
CT_MUST_CHECK enum ct_status ct_trace_reader_open_files(const struct ct_trace_files *files,
                                                        const struct ct_alloc *alloc,
                                                        struct ct_trace_reader **out_reader,
                                                        struct ct_error *error);
void ct_trace_reader_close(struct ct_trace_reader *reader);

/* Before the first next: a tighter limit than CT_TRACE_EVENT_SIZE_MAX (fuzzers). */
void ct_trace_reader_event_size_max_put(struct ct_trace_reader *reader, size_t size_max);
/* Without values, args and return values next is several times faster; definitions still come, and
 * so do encoded values. May be changed between any two calls of next. */
void ct_trace_reader_values_put(struct ct_trace_reader *reader, bool wanted);
/* While values are not wanted: VALUE events that are not picked may be passed over (they count in
 * `index`), which is faster again; behind one picked by its name, all of its step are delivered.
 * NULL: all are. May be changed between any two calls of next. */
void ct_trace_reader_pick_put(struct ct_trace_reader *reader, const struct ct_trace_pick *pick);

/* Before the first next: whether a thread of the reader's own may decompress and cut what comes
 * next; not by default. It is started where the layout has chunks, and next delivers the same with
 * it, without it, and where none can be had. It needs some megabytes more, and reads the file that
 * the trace is in. Slower where it is changed often which values are delivered. A child that is
 * forked then has the reader without its thread: it may neither read from it nor close it. */
void ct_trace_reader_ahead_put(struct ct_trace_reader *reader, bool wanted);

/* Where in a trace a reader is, and what the recorded program had done by then. Borrowed until
 * close; of the reader's next events they know nothing. */
struct ct_trace_position {
    uint64_t record_count; /* before it, of all kinds; as the next event's index */
    uint64_t step_count;
    uint64_t call_count;
    uint64_t event_count;       /* EVENTs */
    const uint64_t *open_calls; /* function ids, outermost first */
    size_t open_count;
    const uint64_t *function_calls; /* how often each function was called, by id */
    size_t function_count;
    /* NULL, or why the index is of no use from some point on: the reader is further away then. */
    const struct ct_error *damage;
};

/* Before the first next: goes to a place at most some tens of thousands of events before step
 * number `step`, from 0, with all that is defined by then; UINT64_MAX: as far as can be told
 * without reading on. That needs the index that traces of our own in the combined layout have;
 * without one the reader stays at the beginning, which is no failure. CT_ERR_MEMORY, CT_ERR_IO. */
CT_MUST_CHECK enum ct_status ct_trace_reader_seek(struct ct_trace_reader *reader, uint64_t step,
                                                  struct ct_trace_position *out_position);

/* The next event. CT_END after the last one. CT_ERR_FORMAT (and CT_ERR_LIMIT) mean that some events
 * are lost here, as `error` says; next may be called again and goes on behind the loss, if it can,
 * or ends. CT_ERR_MEMORY and CT_ERR_IO are final. A damaged part of an event is in its `damage`. */
CT_MUST_CHECK enum ct_status ct_trace_reader_next(struct ct_trace_reader *reader,
                                                  struct ct_trace_event *out_event,
                                                  struct ct_error *error);
/* Decode an event's `encoded`, or a copy of it: a value, a list of arguments. What they deliver is
 * borrowed from `bytes` and until the next call of either. CT_ERR_FORMAT and CT_ERR_LIMIT fill
 * `error` with the offset within `bytes`. */
CT_MUST_CHECK enum ct_status ct_trace_reader_value_decode(struct ct_trace_reader *reader,
                                                          const void *bytes, size_t size,
                                                          const struct ct_value **out_value,
                                                          struct ct_error *error);
CT_MUST_CHECK enum ct_status ct_trace_reader_args_decode(struct ct_trace_reader *reader,
                                                         const void *bytes, size_t size,
                                                         const struct ct_trace_arg **out_args,
                                                         size_t *out_count,
                                                         struct ct_error *error);
/* Whether an unknown number of events was lost so far: ids may then be off. */
bool ct_trace_reader_is_lossy(const struct ct_trace_reader *reader);

const struct ct_trace_metadata *ct_trace_reader_metadata(const struct ct_trace_reader *reader);
const struct ct_trace_facts *ct_trace_reader_facts(const struct ct_trace_reader *reader);

/* The tables as far as read. NULL for an id not defined yet; borrowed until close (paths and
 * names), until the next call of next (functions and types). */
const char *ct_trace_reader_path(const struct ct_trace_reader *reader, uint64_t path_id,
                                 size_t *out_size);
const char *ct_trace_reader_name(const struct ct_trace_reader *reader, uint64_t name_id,
                                 size_t *out_size);
const struct ct_trace_function *ct_trace_reader_function(const struct ct_trace_reader *reader,
                                                         uint64_t function_id);
const struct ct_trace_type *ct_trace_reader_type(const struct ct_trace_reader *reader,
                                                 uint64_t type_id);
uint64_t ct_trace_reader_path_count(const struct ct_trace_reader *reader);
uint64_t ct_trace_reader_function_count(const struct ct_trace_reader *reader);

#endif
