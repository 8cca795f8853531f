/* Strings that were given to eval: the first of a place have files of their own, later ones share
 * pages, so that a loop that evals fills no disk. doc/format/eval.md is the contract.
 *
 * lib/codetracer/pure/eval_pages.rb does the same. */
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

#define EVAL_PREFIX    "/codetracer/eval-"
#define OWN_FILE_COUNT 32           /* of a place: a reader finds each by its own lines */
#define PAGE_SIZE_MAX  (64u << 10)  /* a larger string is nobody's neighbour */

/* What is behind "/codetracer/eval-7-": the place that called eval. */
static void
find_place(const uint8_t *path, size_t size, const uint8_t **out_place, size_t *out_size)
{
    static const char prefix[] = EVAL_PREFIX;
    size_t at = sizeof prefix - 1;
    if (size < at || memcmp(path, prefix, at) != 0)
        at = 0;
    while (at < size && path[at] >= '0' && path[at] <= '9')
        at++;
    *out_place = path + at;
    *out_size = size - at;
}

static enum ct_status
find_page(struct ct_timeline *timeline, const uint8_t *path, size_t path_size,
          struct ct_timeline_page **out_page)
{
    struct ct_timeline_pages *pages = &timeline->pages;
    const uint8_t *place;
    size_t size;
    uint64_t id;
    find_place(path, path_size, &place, &size);
    if (pages->places == NULL)
        CT_TRY(ct_text_table_new(timeline->alloc, &pages->places));
    CT_TRY(ct_text_table_put(pages->places, place, size, &id, NULL));
    if (id > UINT32_MAX)
        return CT_ERR_LIMIT;
    CT_TRY(ct_timeline_reserve(timeline, (void **)&pages->pages, &pages->count,
                               sizeof *pages->pages, (uint32_t)id));
    *out_page = &pages->pages[id];
    return CT_OK;
}

static size_t
count_newlines(const uint8_t *text, size_t size)
{
    size_t count = 0;
    const uint8_t *end = text + size;
    for (const uint8_t *at = text; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

/* The string into timeline->text, its last line ended and an empty one behind it: a parser may put
 * an `end` there. */
static enum ct_status
put_text(struct ct_timeline *timeline, const uint8_t *source, size_t size)
{
    struct ct_buffer *text = &timeline->text;
    ct_buffer_reset(text);
    ct_buffer_put(text, source, size);
    if (size > 0 && source[size - 1] != '\n')
        ct_buffer_put_u8(text, '\n');
    ct_buffer_put_u8(text, '\n');
    return ct_buffer_status(text);
}

/* Behind what is on the page, or on a new one. */
static enum ct_status
put_on_page(struct ct_timeline *timeline, struct ct_timeline_page *page,
            const struct ct_timeline_source *source, struct ct_timeline_path *path)
{
    bool is_new = !page->is_open || page->size + source->size + 2 > PAGE_SIZE_MAX;
    if (is_new) {
        page->size = page->line_count = 0;
        CT_TRY(ct_timeline_path_put(timeline, source->path, source->path_size, &page->writer_id));
        page->is_open = true;
    }
    CT_TRY(put_text(timeline, source->text, source->size));
    const struct ct_buffer *text = &timeline->text;
    enum ct_status status =
        is_new ? ct_trace_writer_source_put(timeline->writer, page->writer_id, text->bytes,
                                            text->size)
               : ct_trace_writer_source_extend(timeline->writer, page->writer_id, page->size,
                                               text->bytes, text->size);
    timeline->anomalies.source_count += status != CT_OK;
    path->writer_id = page->writer_id;
    path->line_offset = page->line_count;
    page->size += (uint32_t)text->size;
    page->line_count += (uint32_t)count_newlines(text->bytes, text->size);
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

enum ct_status
ct_timeline_page_put(struct ct_timeline *timeline, const struct ct_timeline_source *source,
                     struct ct_timeline_path *path, bool *out_is_put)
{
    struct ct_timeline_page *page;
    *out_is_put = false;
    if (source->size > PAGE_SIZE_MAX - 2)
        return CT_OK;
    CT_TRY(find_page(timeline, source->path, source->path_size, &page));
    if (page->own_count < OWN_FILE_COUNT) {
        page->own_count++;
        return CT_OK;
    }
    *out_is_put = true;
    return put_on_page(timeline, page, source, path);
}

void
ct_timeline_pages_close(struct ct_timeline *timeline)
{
    for (size_t i = 0; i < timeline->pages.count; i++)
        timeline->pages.pages[i].is_open = false;
}

void
ct_timeline_pages_release(struct ct_timeline *timeline)
{
    ct_text_table_free(timeline->pages.places);
    ct_alloc_free(timeline->alloc, timeline->pages.pages);
    timeline->pages = (struct ct_timeline_pages){0};
}
