/* Test support of the writing side: traces written into memory, and what came of them, in pieces.
 *
 * All of it fails the test by itself when something is not as it must be. Contents are freed by the
 * test. */
#ifndef WRITING_H
#define WRITING_H

#include "support.h"

#include "ctrace/trace_writer.h"

#define RECORDING_ID "01949fcc-7d92-7e9c-a001-000000000001"

/* A program /tmp/w/a.rb with the args -v and café. */
struct ct_trace_options make_options(enum ct_profile profile);
struct ct_folder *new_folder(void); /* in memory */
struct ct_trace_writer *open_writer(struct ct_folder *folder, enum ct_profile profile);

uint64_t put_path(struct ct_trace_writer *writer, const char *path);
uint64_t put_name(struct ct_trace_writer *writer, const char *name);
uint64_t put_function(struct ct_trace_writer *writer, const char *name, uint64_t path_id,
                      uint64_t line);
uint64_t put_type(struct ct_trace_writer *writer, enum ct_type_kind kind, const char *name);
struct ct_trace_value text_value(uint64_t name_id, const char *text); /* borrows `text` */
void append_threads(struct ct_trace_writer *writer, size_t count);    /* the shortest records */

/* A whole file, with a NUL behind it so that it can be compared as text. */
struct content {
    uint8_t *bytes;
    size_t size;
};

bool has_file(struct ct_folder *folder, const char *name);
struct content read_file(struct ct_folder *folder, const char *name);
/* From trace.ct; size 0 when the container does not show it. */
struct content read_inner(struct ct_folder *folder, const char *name);

struct chunk {
    size_t event_count;
    uint64_t event_first;
    size_t end; /* of the chunk in events.log */
    uint8_t *events;
    size_t size; /* of events */
};

/* The chunk at `offset`, which must be whole, its frame saying its content's size. */
struct chunk read_chunk(const struct content *log, size_t offset);

void assert_hex(const uint8_t *bytes, size_t size, const char *expected);
void assert_file(struct ct_folder *folder, const char *name, const char *expected);
/* The chunk of that index in trace.ct, and that none follows it. */
void assert_log_chunk(struct ct_folder *folder, size_t index, size_t event_count,
                      uint64_t event_first);
void assert_path_list(struct ct_folder *folder, const char *expected); /* paths.json in trace.ct */

#endif
