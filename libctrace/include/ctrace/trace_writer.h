/* Writes one trace: the public API of the writing side, for this recorder and any other.
 *
 * Lifecycle: open, then per execution step one step_append followed by its value_appends;
 * call_append right after the step on the callee's line; return_append; event_append after the step
 * it belongs to; close. Ids are dense, start at 0 and are defined on first put. Calls must nest
 * (one stack: bending threads and fibers into it is the caller's work, see timeline.h). Sticky: the
 * first failure is returned by every later call, and close still leaves what was whole readable.
 * Text that is not valid UTF-8 is CT_ERR_FORMAT; an id that was not given out, a Return without an
 * open call, a value or event before the first step are CT_ERR_STATE. */
#ifndef CTRACE_TRACE_WRITER_H
#define CTRACE_TRACE_WRITER_H

#include "ctrace/io.h"
#include "ctrace/value_writer.h"

/* EventLogKind numbers of the format. */
enum ct_event_kind {
    CT_EVENT_WRITE = 0, /* stdout */
    CT_EVENT_WRITE_FILE = 1,
    CT_EVENT_WRITE_OTHER = 2, /* stderr */
    CT_EVENT_READ = 3,
    CT_EVENT_READ_FILE = 4,
    CT_EVENT_ERROR = 11, /* raised: metadata what else is known, content "Class: message" */
    CT_EVENT_TRACE_LOG = 12
};

enum ct_thread_event { CT_THREAD_START = 20, CT_THREAD_EXIT = 21, CT_THREAD_SWITCH = 22 };

/* A filter that chose what was recorded; of a file the SHA-256, 64 hexadecimal digits. */
struct ct_trace_filter {
    const char *path; /* UTF-8; `<…>` for one that is no file */
    const char *digest;
};

struct ct_trace_options {
    enum ct_profile profile;
    const char *recording_id; /* a lower-case UUIDv7, 36 characters */
    const char *program;     /* absolute path of the main script, ending in .rb when there is one */
    const char *const *args; /* the program's arguments, UTF-8 */
    size_t arg_count;
    const struct ct_trace_filter *filters; /* in the order in which they were applied */
    size_t filter_count;                   /* 0: the trace does not speak of filters */
    const char *workdir;          /* absolute */
    const char *recorder;         /* "name version" */
    bool is_held; /* nothing is written but sources, until a branch that is not */
    bool has_second_core; /* a thread may compress full chunks; else no thread is started */
    const struct ct_alloc *alloc; /* NULL: default */
};

struct ct_trace_counts {
    uint64_t step_count;
    uint64_t call_count;
    uint64_t event_count;  /* Event records (output, exceptions) */
    uint64_t record_count; /* records of every kind */
    uint64_t size;         /* bytes on disk so far; see settle */
};

/* A variable or argument with its encoded value (from ct_value_writer of the same profile).
 * Borrowed during the call. */
struct ct_trace_value {
    uint64_t name_id;
    const uint8_t *bytes;
    size_t size;
};

/* On the heap. In a process that was forked off the writer's nothing but branch may be called.
 *
 * On disk `aug26` is one `trace.ct`: events in chunks of at most 4096, each visible once it is full
 * and compressed (with a second core some are first compressed together: see settle), with meta.dat
 * published at the first. `json` streams three files. */
struct ct_trace_writer;

/* Creates the trace's files in `folder` (borrowed until close), replacing those of an older trace
 * as a set (trace.ct, trace.json, trace_metadata.json, trace_paths.json, files/). `options` are
 * copied. CT_ERR_STATE, before anything is touched, for a recording_id that readers would refuse.
 */
CT_MUST_CHECK enum ct_status ct_trace_writer_open(struct ct_folder *folder,
                                                  const struct ct_trace_options *options,
                                                  struct ct_trace_writer **out_writer);

/* For a process that was forked off the one that writes: goes on in `folder` (borrowed until close)
 * with a trace of its own, which begins with all that is defined so far, under the same ids; but a
 * function is defined with its first call, and an embedded source is copied at the first step
 * there, for which the folder that the writer had is kept: it is taken. The files written so far
 * are let go of as they are; after a failure they and the folder are as before, but for one in
 * repeating, which the next call tells.
 * `options` has another recording_id and is else as it was, but for is_held. A writer that was held
 * may go on in the folder that it has, under the same recording_id, in the same process. */
CT_MUST_CHECK enum ct_status ct_trace_writer_branch(struct ct_trace_writer *writer,
                                                    struct ct_folder *folder,
                                                    const struct ct_trace_options *options);

/* Definitions. Equal input gives the id it had before. A relative path is taken from the workdir;
 * one that ends in .js, .ts, .jsx, .tsx, .mjs or .cjs gets ".rb" behind it, because it would turn
 * on CodeTracer's JavaScript mode. */
CT_MUST_CHECK enum ct_status ct_trace_writer_path_put(struct ct_trace_writer *writer,
                                                      const char *path, size_t size,
                                                      uint64_t *out_path_id);
CT_MUST_CHECK enum ct_status ct_trace_writer_name_put(struct ct_trace_writer *writer,
                                                      const char *name, size_t size,
                                                      uint64_t *out_name_id);
CT_MUST_CHECK enum ct_status ct_trace_writer_function_put(struct ct_trace_writer *writer,
                                                          uint64_t path_id, uint64_t line,
                                                          const char *name, size_t size,
                                                          uint64_t *out_function_id);
/* The same of a function that is defined once, as no other is: it costs no memory. A branch does
 * not know it. */
CT_MUST_CHECK enum ct_status ct_trace_writer_function_append(struct ct_trace_writer *writer,
                                                             uint64_t path_id, uint64_t line,
                                                             const char *name, size_t size,
                                                             uint64_t *out_function_id);
/* `fields` (names of a struct's fields, in order) only with CT_TYPE_STRUCT. */
CT_MUST_CHECK enum ct_status ct_trace_writer_type_put(struct ct_trace_writer *writer,
                                                      enum ct_type_kind kind, const char *name,
                                                      size_t size, const char *const *fields,
                                                      size_t field_count, uint64_t *out_type_id);

/* Embeds a source text as files/<path without the leading slash>, ".." in it made harmless. A file
 * that cannot be written is the caller's to count: that failure is not sticky. */
CT_MUST_CHECK enum ct_status ct_trace_writer_source_put(struct ct_trace_writer *writer,
                                                        uint64_t path_id, const void *bytes,
                                                        size_t size);

/* Writes into a source that was put, at `offset`. */
CT_MUST_CHECK enum ct_status ct_trace_writer_source_extend(struct ct_trace_writer *writer,
                                                           uint64_t path_id, uint64_t offset,
                                                           const void *bytes, size_t size);

/* Events, in the order of the program. Line is 1-based (0 becomes 1). */
CT_MUST_CHECK enum ct_status ct_trace_writer_step_append(struct ct_trace_writer *writer,
                                                         uint64_t path_id, uint64_t line);
CT_MUST_CHECK enum ct_status ct_trace_writer_values_append(struct ct_trace_writer *writer,
                                                           const struct ct_trace_value *values,
                                                           size_t count);
CT_MUST_CHECK enum ct_status ct_trace_writer_call_append(struct ct_trace_writer *writer,
                                                         uint64_t function_id,
                                                         const struct ct_trace_value *args,
                                                         size_t count);
CT_MUST_CHECK enum ct_status ct_trace_writer_return_append(struct ct_trace_writer *writer,
                                                           const uint8_t *value, size_t size);
/* Metadata and content must be valid UTF-8. */
CT_MUST_CHECK enum ct_status ct_trace_writer_event_append(struct ct_trace_writer *writer,
                                                          enum ct_event_kind kind,
                                                          const char *metadata,
                                                          size_t metadata_size, const char *content,
                                                          size_t content_size);
CT_MUST_CHECK enum ct_status ct_trace_writer_thread_append(struct ct_trace_writer *writer,
                                                           enum ct_thread_event kind, uint64_t id);

/* Seals what is pending, so that a reader sees it (the combined layout's chunks may be short). */
CT_MUST_CHECK enum ct_status ct_trace_writer_flush(struct ct_trace_writer *writer);
/* Chunks that are full, but wait to be compressed together, become visible; none is cut short.
 * Where there was none yet, what takes long at the first one is done ahead. */
CT_MUST_CHECK enum ct_status ct_trace_writer_settle(struct ct_trace_writer *writer);
uint64_t ct_trace_writer_step_count(const struct ct_trace_writer *writer); /* hot */
void ct_trace_writer_counts(const struct ct_trace_writer *writer,
                            struct ct_trace_counts *out_counts);
/* Seals, completes and closes the files; frees the writer in any case. NULL is CT_OK. Does not
 * invent returns: calls still open stay open. */
CT_MUST_CHECK enum ct_status ct_trace_writer_close(struct ct_trace_writer *writer);

#endif
