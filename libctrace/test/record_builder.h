/* Builds spool records in memory, as a recorder would lay them in the ring.
 *
 * Used by the tests of the timeline and of snapshots. A builder holds a run of records and, while
 * one is open, an item of it; sizes, counts and padding are filled in. Text is NUL-terminated. */
#ifndef TEST_RECORD_BUILDER_H
#define TEST_RECORD_BUILDER_H

#include "base/buffer.h"
#include "ctrace/spool_format.h"

#include <stdbool.h>

/* The words of START, as Ruby 3.4 spells them. */
#define WORD_NIL    UINT64_C(0x04)
#define WORD_TRUE   UINT64_C(0x14)
#define WORD_FALSE  UINT64_C(0x00)
#define WORD_UNDEF  UINT64_C(0x24)
#define WORD_INT(n) ((uint64_t)(n) << 1 | 1)
#define NO_NAME     UINT32_MAX

/* No record of a spool: the records behind it come from the lane that its flags name. */
#define TEST_KIND_LANE 255

struct record_builder {
    struct ct_buffer bytes;
    size_t record; /* offset of the open record's head */
    size_t item;   /* offset of the open item's head; 0: none */
};

struct start_texts {
    bool is_held;
    const char *out_folder;
    const char *profile;
    const char *program;
    const char *const *args;
    uint16_t arg_count;
};

void build_init(struct record_builder *builder);
void build_release(struct record_builder *builder);
/* A snapshot alone: what was put since init. */
const uint8_t *build_bytes(const struct record_builder *builder, size_t *out_size);

/* Whole records. */
void build_start(struct record_builder *builder, const struct start_texts *texts);
void build_name(struct record_builder *builder, uint32_t id, const char *text);
void build_symbol(struct record_builder *builder, uint64_t word, uint32_t name_id);
/* `source` NULL: none is carried. */
void build_path(struct record_builder *builder, uint32_t id, const char *path, const char *source);
/* A string that was given to eval. */
void build_eval(struct record_builder *builder, uint32_t id, const char *path, const char *source);
#define BUILT_LAYOUT_LINE 2 /* from which its brief steps count */
void build_function(struct record_builder *builder, uint32_t id, uint32_t path_id, uint32_t line,
                    uint32_t name_id);
void build_layout(struct record_builder *builder, uint32_t id, uint32_t path_id,
                  const uint32_t *name_ids, uint16_t count);
void build_view(struct record_builder *builder, enum ct_spool_kind kind, uint32_t id,
                uint32_t layout_id);
void build_unwind(struct record_builder *builder, uint32_t depth, uint32_t reason_id);
/* Cut when true_size is larger; view_id and line ~0: at the strand's last step. */
void build_event(struct record_builder *builder, const struct ct_spool_event *event,
                 const char *metadata, const char *content);
void build_strand(struct record_builder *builder, enum ct_spool_kind kind, uint8_t flags,
                  uint32_t id, const char *name);
void build_lane(struct record_builder *builder, uint8_t lane);
void build_facts(struct record_builder *builder, uint8_t flags, const void *text, size_t size);
/* `counts` in the order of enum ct_spool_tally_index. */
void build_tally(struct record_builder *builder, enum ct_spool_ending ending, int32_t code,
                 const uint64_t *counts, uint16_t count);
void build_end(struct record_builder *builder, int32_t status);
/* An END that says which exception ended the program. */
void build_end_unwound(struct record_builder *builder, uint32_t class_id, const char *text);

/* Records with items: begin, items, end. */
void build_begin_step(struct record_builder *builder, enum ct_spool_kind kind, uint32_t view_id,
                      uint32_t line);
/* Its end is given the line, less BUILT_LAYOUT_LINE, as flags. */
void build_begin_brief_step(struct record_builder *builder, uint16_t view_id);
void build_begin_call(struct record_builder *builder, uint32_t function_id);
void build_word_item(struct record_builder *builder, uint32_t key, uint64_t word);
void build_begin_item(struct record_builder *builder, uint32_t key); /* then one snapshot */
void build_end_item(struct record_builder *builder);
void build_end_record(struct record_builder *builder, uint8_t flags);

/* STEP without items. */
void build_step(struct record_builder *builder, uint32_t view_id, uint32_t line);

/* Snapshot parts. */
void build_word(struct record_builder *builder, uint64_t word);
void build_float(struct record_builder *builder, double number);
void build_bigint(struct record_builder *builder, bool is_negative, const void *bytes,
                  uint32_t size);
void build_string(struct record_builder *builder, uint32_t class_id, uint32_t encoding,
                  uint64_t true_size, const char *text);
void build_dynamic_symbol(struct record_builder *builder, uint32_t encoding, uint64_t true_size,
                          const char *text);
/* ARRAY, HASH, OBJECT: `count` items follow; OBJECT's begin with build_field. */
void build_collection(struct record_builder *builder, enum ct_snapshot_tag tag,
                      const uint32_t *class_and_identity, uint64_t true_count, uint32_t count);
void build_field(struct record_builder *builder, uint32_t name_id);
void build_mark(struct record_builder *builder, enum ct_snapshot_tag tag, uint32_t class_id,
                uint32_t identity); /* OPAQUE, REF */
void build_text(struct record_builder *builder, uint32_t class_id, uint32_t identity,
                const char *text);
void build_cut(struct record_builder *builder, uint32_t class_id, uint32_t identity,
               uint64_t true_count);
void build_absent(struct record_builder *builder, uint32_t reason_id);

#endif
