/* Records that define: names, symbols, paths, functions, layouts, views. */
#include "ctrace/text_secret.h"
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

/* Producers give ids densely; a little disorder is fine, an id far off is damage. */
#define ID_GAP_MAX 65536u

#define SYMBOL_CAPACITY_FIRST 256
#define SOURCE_SIZE_MAX       (64u << 20)    /* a larger file is data that happens to be Ruby */
#define FOREIGN_FOLDER        "/codetracer/" /* where paths that name no file seem to be */

enum ct_status
ct_timeline_reserve(struct ct_timeline *timeline, void **items, size_t *count, size_t item_size,
                    uint32_t id)
{
    if (id < *count)
        return CT_OK;
    if (id - *count > ID_GAP_MAX)
        return CT_ERR_FORMAT;
    /* Doubling, in steps that `count` itself can tell: it is always the whole array's. */
    size_t wanted = (size_t)id + 1;
    size_t grown = *count < 16 ? 16 : *count + *count / 2;
    if (grown < wanted)
        grown = wanted;
    uint8_t *bytes = ct_alloc_resize(timeline->alloc, *items, grown * item_size);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    memset(bytes + *count * item_size, 0, (grown - *count) * item_size);
    *items = bytes;
    *count = grown;
    return CT_OK;
}

char *
ct_timeline_text_copy(struct ct_timeline *timeline, const void *bytes, size_t size)
{
    if (ct_text_is_utf8(bytes, size))
        return ct_arena_copy(&timeline->definitions, bytes, size);
    char *text = ct_arena_get(&timeline->definitions, 4 * size + 1);
    if (text != NULL)
        text[ct_text_escape(bytes, size, text)] = '\0';
    return text;
}

/* ---- names and symbols ---- */

static enum ct_status
define_name(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_name fixed;
    const uint8_t *bytes;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    CT_TRY(ct_timeline_record_bytes(record, fixed.text_size, &bytes));
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->lane->names,
                               &timeline->lane->name_count, sizeof *timeline->lane->names,
                               fixed.id));
    struct ct_timeline_name *name = &timeline->lane->names[fixed.id];
    if (name->text.text != NULL)
        return CT_ERR_FORMAT;
    const char *text = ct_timeline_text_copy(timeline, bytes, fixed.text_size);
    if (text == NULL)
        return CT_ERR_MEMORY;
    bool is_escaped = !ct_text_is_utf8(bytes, fixed.text_size);
    name->text = (struct ct_snapshot_name){
        .text = text,
        .size = is_escaped ? strlen(text) : fixed.text_size,
        .true_size = fixed.text_size,
        .is_escaped = is_escaped,
    };
    return CT_OK;
}

const struct ct_snapshot_name *
ct_timeline_name_find(void *context, uint32_t name_id)
{
    const struct ct_timeline *timeline = context;
    if (name_id >= timeline->lane->name_count || timeline->lane->names[name_id].text.text == NULL)
        return NULL;
    return &timeline->lane->names[name_id].text;
}

enum ct_status
ct_timeline_name_put(struct ct_timeline *timeline, uint32_t name_id, uint64_t *out_writer_id)
{
    const struct ct_snapshot_name *text = ct_timeline_name_find(timeline, name_id);
    if (text == NULL)
        return CT_ERR_FORMAT;
    struct ct_timeline_name *name = &timeline->lane->names[name_id];
    if (name->writer_id == 0) {
        uint64_t id;
        /* A variable has to be called something. */
        bool is_empty = text->size == 0;
        CT_TRY(ct_trace_writer_name_put(timeline->writer, is_empty ? "?" : text->text,
                                        is_empty ? 1 : text->size, &id));
        name->writer_id = id + 1;
    }
    *out_writer_id = name->writer_id - 1;
    return CT_OK;
}

static struct ct_timeline_symbol *
find_symbol(struct ct_timeline_symbol *symbols, size_t capacity, uint64_t word)
{
    uint64_t hash = (word >> 8) * UINT64_C(0x9E3779B97F4A7C15);
    size_t index = (size_t)(hash >> 32) & (capacity - 1);
    while (symbols[index].word != 0 && symbols[index].word != word)
        index = (index + 1) & (capacity - 1);
    return &symbols[index];
}

static enum ct_status
grow_symbols(struct ct_timeline *timeline)
{
    size_t capacity = timeline->lane->symbol_capacity;
    if (timeline->lane->symbol_count * 2 < capacity)
        return CT_OK;
    capacity = capacity == 0 ? SYMBOL_CAPACITY_FIRST : capacity * 2;
    struct ct_timeline_symbol *symbols =
        ct_alloc_zeroed(timeline->alloc, capacity, sizeof *symbols);
    if (symbols == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < timeline->lane->symbol_capacity; i++) {
        const struct ct_timeline_symbol *symbol = &timeline->lane->symbols[i];
        if (symbol->word != 0)
            *find_symbol(symbols, capacity, symbol->word) = *symbol;
    }
    ct_alloc_free(timeline->alloc, timeline->lane->symbols);
    timeline->lane->symbols = symbols;
    timeline->lane->symbol_capacity = capacity;
    return CT_OK;
}

static enum ct_status
define_symbol(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_symbol fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (fixed.word == 0 || ct_timeline_name_find(timeline, fixed.name_id) == NULL)
        return CT_ERR_FORMAT;
    CT_TRY(grow_symbols(timeline));
    struct ct_timeline_symbol *symbol =
        find_symbol(timeline->lane->symbols, timeline->lane->symbol_capacity, fixed.word);
    if (symbol->word != 0 && symbol->name_id != fixed.name_id)
        return CT_ERR_FORMAT; /* values that were encoded before may come again as they were */
    timeline->lane->symbol_count += symbol->word == 0;
    *symbol = (struct ct_timeline_symbol){.word = fixed.word, .name_id = fixed.name_id};
    return CT_OK;
}

const struct ct_snapshot_name *
ct_timeline_symbol_find(void *context, uint64_t word)
{
    const struct ct_timeline *timeline = context;
    if (timeline->lane->symbol_count == 0 || word == 0)
        return NULL;
    const struct ct_timeline_symbol *symbol =
        find_symbol(timeline->lane->symbols, timeline->lane->symbol_capacity, word);
    return symbol->word == 0 ? NULL : ct_timeline_name_find(context, symbol->name_id);
}

/* ---- paths ---- */

enum ct_status
ct_timeline_path_text(struct ct_timeline *timeline, const uint8_t *bytes, size_t size)
{
    struct ct_buffer *text = &timeline->text;
    ct_buffer_reset(text);
    if (size == 0 || bytes[0] != '/')
        ct_buffer_put_text(text, FOREIGN_FOLDER);
    uint8_t *room = ct_buffer_reserve(text, 4 * size + 1);
    if (room != NULL)
        text->size += ct_text_escape(bytes, size, (char *)room);
    return ct_buffer_status(text);
}

enum ct_status
ct_timeline_path_put(struct ct_timeline *timeline, const uint8_t *bytes, size_t size,
                     uint64_t *out_path_id)
{
    CT_TRY(ct_timeline_path_text(timeline, bytes, size));
    return ct_trace_writer_path_put(timeline->writer, (const char *)timeline->text.bytes,
                                    timeline->text.size, out_path_id);
}

/* The file's text into timeline->text. */
static enum ct_status
read_text(struct ct_timeline *timeline, struct ct_file *file)
{
    uint64_t size;
    ct_buffer_reset(&timeline->text);
    CT_TRY(file->ops->size_get(file, &size));
    if (size > SOURCE_SIZE_MAX)
        return CT_ERR_LIMIT;
    uint8_t *room = ct_buffer_reserve(&timeline->text, (size_t)size + 1);
    if (room == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(file->ops->read_at(file, 0, room, (size_t)size));
    timeline->text.size = (size_t)size;
    return CT_OK;
}

/* The text of the source at that path; *out_is_read is false when there is none to have. */
static enum ct_status
read_source(struct ct_timeline *timeline, const uint8_t *bytes, size_t size, bool *out_is_read)
{
    const struct ct_timeline_options *options = &timeline->options;
    struct ct_file *file;
    *out_is_read = false;
    if (options->open_source == NULL || size == 0 || bytes[0] != '/' ||
        memchr(bytes, '\0', size) != NULL)
        return CT_OK;
    ct_buffer_reset(&timeline->metadata);
    ct_buffer_put(&timeline->metadata, bytes, size);
    ct_buffer_put_u8(&timeline->metadata, 0);
    CT_TRY(ct_buffer_status(&timeline->metadata));
    const char *path = (const char *)timeline->metadata.bytes;
    enum ct_status status = options->open_source(options->context, path, &file);
    if (status == CT_OK) {
        status = read_text(timeline, file);
        const enum ct_status closed = ct_file_close(file);
        status = status == CT_OK ? closed : status;
    }
    *out_is_read = status == CT_OK;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

static enum ct_status
define_path(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_path fixed;
    const uint8_t *bytes, *source;
    if (timeline->lane != timeline->lanes[0])
        return CT_ERR_FORMAT; /* the others go by lane 0's */
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    CT_TRY(ct_timeline_record_bytes(record, fixed.text_size, &bytes));
    CT_TRY(ct_timeline_record_bytes(record, fixed.source_size, &source));
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->paths, &timeline->path_count,
                               sizeof *timeline->paths, fixed.id));
    struct ct_timeline_path *path = &timeline->paths[fixed.id];
    if (path->is_defined)
        return CT_ERR_FORMAT;
    bool has_source = (record->head.flags & CT_SPOOL_PATH_HAS_SOURCE) != 0, is_on_page = false;
    size_t source_size = fixed.source_size;
    path->is_defined = true;
    if (has_source && (record->head.flags & CT_SPOOL_PATH_IS_EVAL) != 0) {
        const struct ct_timeline_source text = {bytes, source, fixed.text_size, source_size};
        CT_TRY(ct_timeline_page_put(timeline, &text, path, &is_on_page));
    }
    if (is_on_page)
        return CT_OK;
    CT_TRY(ct_timeline_path_put(timeline, bytes, fixed.text_size, &path->writer_id));
    if (!has_source) {
        CT_TRY(read_source(timeline, bytes, fixed.text_size, &has_source));
        source = timeline->text.bytes;
        source_size = timeline->text.size;
        if (has_source) /* a literal that looks like a secret; what is sent along was looked at */
            (void)ct_secret_blank((char *)timeline->text.bytes, source_size, NULL);
    }
    if (!has_source)
        return CT_OK;
    enum ct_status status =
        ct_trace_writer_source_put(timeline->writer, path->writer_id, source, source_size);
    /* A name too long for the disk costs the text of one file, not the recording. */
    timeline->anomalies.source_count += status != CT_OK;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

static enum ct_status
find_path(const struct ct_timeline *timeline, uint32_t path_id, struct ct_timeline_path *out_path)
{
    if (path_id >= timeline->path_count || !timeline->paths[path_id].is_defined)
        return CT_ERR_FORMAT;
    *out_path = timeline->paths[path_id];
    return CT_OK;
}

/* ---- functions, layouts, views ---- */

static enum ct_status
define_function(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_function fixed;
    struct ct_timeline_path path;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->lane->functions,
                               &timeline->lane->function_count, sizeof *timeline->lane->functions,
                               fixed.id));
    struct ct_timeline_function *function = &timeline->lane->functions[fixed.id];
    const struct ct_snapshot_name *name = ct_timeline_name_find(timeline, fixed.name_id);
    if (function->is_defined || name == NULL)
        return CT_ERR_FORMAT;
    CT_TRY(find_path(timeline, fixed.path_id, &path));
    function->def.path_id = path.writer_id;
    function->def.line = ct_timeline_line(fixed.line) + path.line_offset;
    CT_TRY(ct_trace_writer_function_put(timeline->writer, function->def.path_id, function->def.line,
                                        name->text, name->size, &function->writer_id));
    function->is_defined = true;
    return CT_OK;
}

static enum ct_status
read_layout_names(struct ct_timeline *timeline, struct ct_timeline_record *record,
                  struct ct_timeline_layout *layout)
{
    const uint8_t *bytes;
    CT_TRY(ct_timeline_record_bytes(record, layout->count * sizeof(uint32_t), &bytes));
    layout->name_ids =
        ct_arena_get(&timeline->definitions, layout->count * sizeof *layout->name_ids);
    if (layout->name_ids == NULL)
        return CT_ERR_MEMORY;
    for (uint32_t i = 0; i < layout->count; i++) {
        uint32_t name_id;
        memcpy(&name_id, bytes + i * sizeof name_id, sizeof name_id);
        CT_TRY(ct_timeline_name_put(timeline, name_id, &layout->name_ids[i]));
    }
    return CT_OK;
}

static enum ct_status
define_layout(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_layout fixed;
    struct ct_timeline_path path;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->lane->layouts,
                               &timeline->lane->layout_count, sizeof *timeline->lane->layouts,
                               fixed.id));
    struct ct_timeline_layout layout = {
        .is_defined = true, .count = record->head.count, .line = fixed.line};
    if (timeline->lane->layouts[fixed.id].is_defined)
        return CT_ERR_FORMAT;
    CT_TRY(find_path(timeline, fixed.path_id, &path));
    layout.path_id = path.writer_id;
    layout.line_offset = path.line_offset;
    CT_TRY(read_layout_names(timeline, record, &layout));
    timeline->lane->layouts[fixed.id] = layout;
    return CT_OK;
}

static enum ct_status
define_view(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_view fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (record->head.kind == CT_SPOOL_VIEW_DROP)
        return ct_timeline_view_drop(timeline, fixed.id);
    return ct_timeline_view_put(timeline, fixed.id, fixed.layout_id);
}

enum ct_status
ct_timeline_define(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    switch (record->head.kind) {
    case CT_SPOOL_NAME:
        return define_name(timeline, record);
    case CT_SPOOL_SYMBOL:
        return define_symbol(timeline, record);
    case CT_SPOOL_PATH:
        return define_path(timeline, record);
    case CT_SPOOL_FUNCTION:
        return define_function(timeline, record);
    case CT_SPOOL_LAYOUT:
        return define_layout(timeline, record);
    case CT_SPOOL_VIEW:
    case CT_SPOOL_VIEW_DROP:
        return define_view(timeline, record);
    default:
        return CT_ERR_FORMAT;
    }
}

void
ct_timeline_define_release(struct ct_timeline *timeline, struct ct_timeline_lane *lane)
{
    const struct ct_alloc *alloc = timeline->alloc;
    ct_alloc_free(alloc, lane->names);
    ct_alloc_free(alloc, lane->symbols);
    ct_alloc_free(alloc, lane->functions);
    ct_alloc_free(alloc, lane->layouts);
}
