/* A program that has many threads and fibers, one after the other.
 *
 * What is kept for one is let go of when it is over: an allocator counts the bytes. */
#include "reading.h"
#include "timeline_run.h"

#include <malloc.h>
#include <stdlib.h>

#define FIRST_COUNT   20000
#define STRAND_COUNT  60000
#define KEPT_SIZE_MAX 24 /* bytes a strand: two numbers, and as much again while arrays grow */

struct counting_alloc {
    struct ct_alloc alloc;
    size_t size; /* bytes given out */
};

static void *
reallocate(void *context, void *pointer, size_t size)
{
    struct counting_alloc *counting = context;
    const size_t before = pointer == NULL ? 0 : malloc_usable_size(pointer);
    if (size == 0) {
        free(pointer);
        counting->size -= before;
        return NULL;
    }
    void *bytes = realloc(pointer, size);
    assert_non_null(bytes);
    counting->size += malloc_usable_size(bytes) - before;
    return bytes;
}

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)context;
    return ct_folder_open(path, true, NULL, out_folder, NULL);
}

static void
put(struct ct_timeline *timeline, struct record_builder *builder)
{
    for (size_t at = 0; at < builder->bytes.size;) {
        struct ct_spool_record *record = (struct ct_spool_record *)(builder->bytes.bytes + at);
        at += record->size;
        assert_ok(ct_timeline_put(timeline, record));
    }
    build_release(builder);
    build_init(builder);
}

/* A strand with an open call, which ends. */
static void
put_strand(struct ct_timeline *timeline, struct record_builder *builder, uint32_t id)
{
    const uint32_t kind = id % 2 == 0 ? CT_SPOOL_STRAND_THREAD : CT_SPOOL_STRAND_FIBER;
    build_strand(builder, CT_SPOOL_STRAND, kind, id, "");
    build_strand(builder, CT_SPOOL_SWITCH, 0, id, "");
    build_begin_call(builder, 0);
    build_word_item(builder, 1, WORD_INT(3));
    build_end_record(builder, 0);
    build_strand(builder, CT_SPOOL_STRAND_END, 0, id, "");
    build_strand(builder, CT_SPOOL_SWITCH, 0, 0, "");
    put(timeline, builder);
}

static void
test_strands_that_are_over_cost_no_memory(void **state)
{
    (void)state;
    struct counting_alloc counting = {.alloc = {.reallocate = reallocate, .context = &counting}};
    const struct ct_timeline_options options = {.open_folder = open_folder,
                                                .alloc = &counting.alloc};
    struct ct_timeline *timeline;
    struct record_builder builder;
    struct scratch scratch;
    size_t first_size = 0;
    scratch_make(&scratch);
    assert_ok(ct_timeline_new(&options, &timeline));
    build_init(&builder);
    build_start(&builder, &(struct start_texts){.out_folder = scratch.path,
                                                .profile = "aug26",
                                                .program = "/srv/main.rb"});
    build_name(&builder, 0, "work");
    build_name(&builder, 1, "x");
    build_path(&builder, 0, "/srv/main.rb", "text");
    build_function(&builder, 0, 0, 2, 0);
    for (uint32_t id = 1; id <= STRAND_COUNT; id++) {
        put_strand(timeline, &builder, id);
        if (id == FIRST_COUNT)
            first_size = counting.size;
    }
    const size_t kept = counting.size - first_size;
    assert_true(kept <= (STRAND_COUNT - FIRST_COUNT) * KEPT_SIZE_MAX);
    build_release(&builder);
    assert_ok(ct_timeline_finish(timeline));
    ct_timeline_free(timeline);
    assert_int_equal(counting.size, 0);
    assert_true(oracle_accepts(scratch.path));
    scratch_remove(&scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strands_that_are_over_cost_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
