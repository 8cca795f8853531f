/* See record_builder.h. */
#include "record_builder.h"

#include <stdlib.h>

static void
put(struct record_builder *builder, const void *bytes, size_t size)
{
    ct_buffer_put(&builder->bytes, bytes, size);
    if (ct_buffer_status(&builder->bytes) != CT_OK)
        abort();
}

static void
put_u8(struct record_builder *builder, uint8_t value)
{
    put(builder, &value, sizeof value);
}

static void
put_u32(struct record_builder *builder, uint32_t value)
{
    put(builder, &value, sizeof value);
}

static void
put_u64(struct record_builder *builder, uint64_t value)
{
    put(builder, &value, sizeof value);
}

static void
pad(struct record_builder *builder)
{
    while (builder->bytes.size % 8 != 0)
        put_u8(builder, 0);
}

void
build_init(struct record_builder *builder)
{
    *builder = (struct record_builder){0};
    ct_buffer_init(&builder->bytes, NULL);
}

void
build_release(struct record_builder *builder)
{
    ct_buffer_release(&builder->bytes);
}

const uint8_t *
build_bytes(const struct record_builder *builder, size_t *out_size)
{
    *out_size = builder->bytes.size;
    return builder->bytes.bytes;
}

/* ---- records ---- */

static void
begin_record(struct record_builder *builder, enum ct_spool_kind kind, const void *fixed,
             size_t fixed_size)
{
    builder->record = builder->bytes.size;
    put(builder, fixed, fixed_size);
    struct ct_spool_record head = {.kind = (uint8_t)kind};
    memcpy(builder->bytes.bytes + builder->record, &head, sizeof head);
}

static void
end_record(struct record_builder *builder, uint8_t flags, uint16_t count)
{
    struct ct_spool_record head;
    pad(builder);
    uint8_t *at = builder->bytes.bytes + builder->record;
    memcpy(&head, at, sizeof head);
    head.size = (uint32_t)(builder->bytes.size - builder->record);
    head.flags = flags;
    if (count > 0)
        head.count = count;
    memcpy(at, &head, sizeof head);
}

void
build_start(struct record_builder *builder, const struct start_texts *texts)
{
    const char *const all[] = {texts->out_folder,
                               texts->profile,
                               "01949fcc-7d92-7e9c-a001-000000000001",
                               texts->program,
                               "/srv/app",
                               "codetracer-ruby-recorder 0",
                               "3.4.1"};
    struct ct_spool_start start = {.word_nil = WORD_NIL,
                                   .word_true = WORD_TRUE,
                                   .word_false = WORD_FALSE,
                                   .word_undef = WORD_UNDEF};
    begin_record(builder, CT_SPOOL_START, &start, sizeof start);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        put(builder, all[i], strlen(all[i]) + 1);
    for (size_t i = 0; i < texts->arg_count; i++)
        put(builder, texts->args[i], strlen(texts->args[i]) + 1);
    end_record(builder, texts->is_held ? CT_SPOOL_START_HELD : 0, texts->arg_count);
}

void
build_name(struct record_builder *builder, uint32_t id, const char *text)
{
    struct ct_spool_name name = {.id = id, .text_size = (uint32_t)strlen(text)};
    begin_record(builder, CT_SPOOL_NAME, &name, sizeof name);
    put(builder, text, strlen(text));
    end_record(builder, 0, 0);
}

void
build_symbol(struct record_builder *builder, uint64_t word, uint32_t name_id)
{
    struct ct_spool_symbol symbol = {.word = word, .name_id = name_id};
    begin_record(builder, CT_SPOOL_SYMBOL, &symbol, sizeof symbol);
    end_record(builder, 0, 0);
}

static void
put_path(struct record_builder *builder, uint32_t id, const char *path, const char *source,
         uint8_t flags)
{
    struct ct_spool_path fixed = {.id = id,
                                  .text_size = (uint32_t)strlen(path),
                                  .source_size = source == NULL ? 0 : (uint32_t)strlen(source)};
    begin_record(builder, CT_SPOOL_PATH, &fixed, sizeof fixed);
    put(builder, path, strlen(path));
    if (source != NULL)
        put(builder, source, strlen(source));
    end_record(builder, source == NULL ? flags : flags | CT_SPOOL_PATH_HAS_SOURCE, 0);
}

void
build_path(struct record_builder *builder, uint32_t id, const char *path, const char *source)
{
    put_path(builder, id, path, source, 0);
}

void
build_eval(struct record_builder *builder, uint32_t id, const char *path, const char *source)
{
    put_path(builder, id, path, source, CT_SPOOL_PATH_IS_EVAL);
}

void
build_function(struct record_builder *builder, uint32_t id, uint32_t path_id, uint32_t line,
               uint32_t name_id)
{
    struct ct_spool_function function = {
        .id = id, .path_id = path_id, .line = line, .name_id = name_id};
    begin_record(builder, CT_SPOOL_FUNCTION, &function, sizeof function);
    end_record(builder, 0, 0);
}

void
build_layout(struct record_builder *builder, uint32_t id, uint32_t path_id,
             const uint32_t *name_ids, uint16_t count)
{
    struct ct_spool_layout layout = {
        .id = id, .path_id = path_id, .line = BUILT_LAYOUT_LINE};
    begin_record(builder, CT_SPOOL_LAYOUT, &layout, sizeof layout);
    if (count > 0)
        put(builder, name_ids, count * sizeof *name_ids);
    end_record(builder, 0, count);
}

void
build_view(struct record_builder *builder, enum ct_spool_kind kind, uint32_t id, uint32_t layout_id)
{
    struct ct_spool_view view = {.id = id, .layout_id = layout_id};
    begin_record(builder, kind, &view, sizeof view);
    end_record(builder, 0, 0);
}

void
build_unwind(struct record_builder *builder, uint32_t depth, uint32_t reason_id)
{
    struct ct_spool_unwind unwind = {.depth = depth, .reason_id = reason_id};
    begin_record(builder, CT_SPOOL_UNWIND, &unwind, sizeof unwind);
    end_record(builder, 0, 0);
}

void
build_event(struct record_builder *builder, const struct ct_spool_event *event,
            const char *metadata, const char *content)
{
    struct ct_spool_event fixed = *event;
    fixed.metadata_size = (uint32_t)strlen(metadata);
    fixed.content_size = (uint32_t)strlen(content);
    if (fixed.true_size < fixed.content_size)
        fixed.true_size = fixed.content_size;
    begin_record(builder, CT_SPOOL_EVENT, &fixed, sizeof fixed);
    put(builder, metadata, strlen(metadata));
    put(builder, content, strlen(content));
    end_record(builder, event->record.flags, 0);
}

void
build_strand(struct record_builder *builder, enum ct_spool_kind kind, uint8_t flags, uint32_t id,
             const char *name)
{
    struct ct_spool_strand strand = {.id = id, .text_size = (uint32_t)strlen(name)};
    begin_record(builder, kind, &strand, sizeof strand);
    put(builder, name, strlen(name));
    end_record(builder, flags, 0);
}

void
build_lane(struct record_builder *builder, uint8_t lane)
{
    struct ct_spool_record record = {.size = 0};
    begin_record(builder, TEST_KIND_LANE, &record, sizeof record);
    end_record(builder, lane, 0);
}

void
build_facts(struct record_builder *builder, uint8_t flags, const void *text, size_t size)
{
    struct ct_spool_facts facts = {.text_size = (uint32_t)size};
    begin_record(builder, CT_SPOOL_FACTS, &facts, sizeof facts);
    ct_buffer_put(&builder->bytes, text, size);
    end_record(builder, flags, 0);
}

void
build_tally(struct record_builder *builder, enum ct_spool_ending ending, int32_t code,
            const uint64_t *counts, uint16_t count)
{
    struct ct_spool_tally tally = {.code = code};
    begin_record(builder, CT_SPOOL_TALLY, &tally, sizeof tally);
    ct_buffer_put(&builder->bytes, counts, count * sizeof *counts);
    end_record(builder, (uint8_t)ending, count);
}

void
build_end(struct record_builder *builder, int32_t status)
{
    struct ct_spool_end end = {.status = status};
    begin_record(builder, CT_SPOOL_END, &end, sizeof end);
    end_record(builder, 0, 0);
}

/* ---- records with items ---- */

void
build_begin_step(struct record_builder *builder, enum ct_spool_kind kind, uint32_t view_id,
                 uint32_t line)
{
    struct ct_spool_step step = {.view_id = view_id, .line = line};
    begin_record(builder, kind, &step, sizeof step);
}

void
build_begin_brief_step(struct record_builder *builder, uint16_t view_id)
{
    struct ct_spool_record head = {.kind = CT_SPOOL_BRIEF_STEP};
    begin_record(builder, CT_SPOOL_BRIEF_STEP, &head, sizeof head);
    head.count = view_id;
    memcpy(builder->bytes.bytes + builder->record, &head, sizeof head);
}

void
build_begin_call(struct record_builder *builder, uint32_t function_id)
{
    struct ct_spool_call call = {.function_id = function_id};
    begin_record(builder, CT_SPOOL_CALL, &call, sizeof call);
}

static void
count_item(struct record_builder *builder)
{
    struct ct_spool_record head;
    memcpy(&head, builder->bytes.bytes + builder->record, sizeof head);
    head.count += head.kind != CT_SPOOL_BRIEF_STEP;
    memcpy(builder->bytes.bytes + builder->record, &head, sizeof head);
}

void
build_begin_item(struct record_builder *builder, uint32_t key)
{
    struct ct_spool_item item = {.key = key};
    builder->item = builder->bytes.size;
    put(builder, &item, sizeof item);
    count_item(builder);
}

void
build_word_item(struct record_builder *builder, uint32_t key, uint64_t word)
{
    if (ct_spool_item_is_brief(key, word)) {
        put_u64(builder, ct_spool_brief_item(key, word));
        count_item(builder);
        return;
    }
    build_begin_item(builder, key);
    put_u64(builder, word);
}

void
build_end_item(struct record_builder *builder)
{
    struct ct_spool_item item;
    uint8_t *at = builder->bytes.bytes + builder->item;
    memcpy(&item, at, sizeof item);
    item.size = (uint32_t)(builder->bytes.size - builder->item - sizeof item);
    memcpy(at, &item, sizeof item);
    pad(builder);
}

void
build_end_record(struct record_builder *builder, uint8_t flags)
{
    end_record(builder, flags, 0);
}

void
build_step(struct record_builder *builder, uint32_t view_id, uint32_t line)
{
    build_begin_step(builder, CT_SPOOL_STEP, view_id, line);
    build_end_record(builder, 0);
}

/* ---- snapshots ---- */

void
build_word(struct record_builder *builder, uint64_t word)
{
    put_u8(builder, CT_SNAPSHOT_WORD);
    put_u64(builder, word);
}

void
build_float(struct record_builder *builder, double number)
{
    put_u8(builder, CT_SNAPSHOT_FLOAT);
    put(builder, &number, sizeof number);
}

void
build_bigint(struct record_builder *builder, bool is_negative, const void *bytes, uint32_t size)
{
    put_u8(builder, CT_SNAPSHOT_BIGINT);
    put_u8(builder, is_negative);
    put_u32(builder, size);
    put(builder, bytes, size);
}

static void
put_string(struct record_builder *builder, uint32_t encoding, uint64_t true_size, const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    put_u32(builder, encoding);
    put_u64(builder, true_size < size ? size : true_size);
    put_u32(builder, size);
    put(builder, text, size);
}

void
build_string(struct record_builder *builder, uint32_t class_id, uint32_t encoding,
             uint64_t true_size, const char *text)
{
    put_u8(builder, CT_SNAPSHOT_STRING);
    put_u32(builder, class_id);
    put_string(builder, encoding, true_size, text);
}

void
build_dynamic_symbol(struct record_builder *builder, uint32_t encoding, uint64_t true_size,
                     const char *text)
{
    put_u8(builder, CT_SNAPSHOT_SYMBOL);
    put_string(builder, encoding, true_size, text);
}

void
build_collection(struct record_builder *builder, enum ct_snapshot_tag tag,
                 const uint32_t *class_and_identity, uint64_t true_count, uint32_t count)
{
    build_mark(builder, tag, class_and_identity[0], class_and_identity[1]);
    put_u64(builder, true_count);
    put_u32(builder, count);
}

void
build_field(struct record_builder *builder, uint32_t name_id)
{
    put_u32(builder, name_id);
}

void
build_mark(struct record_builder *builder, enum ct_snapshot_tag tag, uint32_t class_id,
           uint32_t identity)
{
    put_u8(builder, (uint8_t)tag);
    put_u32(builder, class_id);
    put_u32(builder, identity);
}

void
build_text(struct record_builder *builder, uint32_t class_id, uint32_t identity, const char *text)
{
    build_mark(builder, CT_SNAPSHOT_TEXT, class_id, identity);
    put_u32(builder, (uint32_t)strlen(text));
    put(builder, text, strlen(text));
}

void
build_end_unwound(struct record_builder *builder, uint32_t class_id, const char *text)
{
    struct ct_spool_end end = {.status = CT_SPOOL_END_UNWOUND};
    begin_record(builder, CT_SPOOL_END, &end, sizeof end);
    const size_t behind = builder->bytes.size;
    build_text(builder, class_id, 0, text);
    uint8_t *at = builder->bytes.bytes + builder->record;
    memcpy(&end, at, sizeof end);
    end.snapshot_size = (uint32_t)(builder->bytes.size - behind);
    memcpy(at, &end, sizeof end);
    end_record(builder, 0, 0);
}

void
build_cut(struct record_builder *builder, uint32_t class_id, uint32_t identity, uint64_t true_count)
{
    build_mark(builder, CT_SNAPSHOT_CUT, class_id, identity);
    put_u64(builder, true_count);
    put_u8(builder, CT_SNAPSHOT_CUT_DEPTH);
}

void
build_absent(struct record_builder *builder, uint32_t reason_id)
{
    put_u8(builder, CT_SNAPSHOT_ABSENT);
    put_u32(builder, reason_id);
}
