/* What the writer process can sustain: steps a second through the timeline and the combined sink.
 *
 *   timeline_bench [STEPS]
 *
 * Processor time, so that a busy machine tells the same. Records lie ready in memory; each step
 * changes one Integer among 2 or 20 variables. The time inside ZSTD_compress2 is taken out (link
 * with -Wl,--wrap=ZSTD_compress2 and libctrace/test/record_builder.c) and shown beside. */
#include "ctrace/timeline.h"
#include "record_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zstd.h>

#define BATCH_STEPS 1000u

static uint64_t compress_ns;

static uint64_t
clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

size_t __real_ZSTD_compress2(ZSTD_CCtx *context, void *out, size_t out_size, const void *in,
                             size_t in_size);
size_t __wrap_ZSTD_compress2(ZSTD_CCtx *context, void *out, size_t out_size, const void *in,
                             size_t in_size);

size_t
__wrap_ZSTD_compress2(ZSTD_CCtx *context, void *out, size_t out_size, const void *in,
                      size_t in_size)
{
    uint64_t start = clock_ns();
    size_t result = __real_ZSTD_compress2(context, out, out_size, in, in_size);
    compress_ns += clock_ns() - start;
    return result;
}

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)context;
    return ct_folder_open(path, true, NULL, out_folder, NULL);
}

static void
put_all(struct ct_timeline *timeline, const struct record_builder *builder)
{
    const uint8_t *at = builder->bytes.bytes, *end = at + builder->bytes.size;
    for (; at < end; at += ((const struct ct_spool_record *)at)->size) {
        if (ct_timeline_put(timeline, (const struct ct_spool_record *)at) != CT_OK)
            abort();
    }
}

static void
build_prologue(struct record_builder *builder, const char *folder, uint16_t count)
{
    uint32_t name_ids[64];
    build_start(builder, &(struct start_texts){
                             .out_folder = folder, .profile = "aug26", .program = "/srv/bench.rb"});
    build_path(builder, 0, "/srv/bench.rb", "");
    for (uint16_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "variable_%u", i);
        build_name(builder, i, name);
        name_ids[i] = i;
    }
    build_layout(builder, 0, 0, name_ids, count);
    build_view(builder, CT_SPOOL_VIEW, 0, 0);
    build_begin_step(builder, CT_SPOOL_VALUES, 0, 0);
    for (uint16_t i = 0; i < count; i++)
        build_word_item(builder, i, WORD_INT(i * 1000));
    build_end_record(builder, 0);
}

/* A loop of ten lines; one variable of all changes per step. */
static void
build_steps(struct record_builder *builder, uint16_t count)
{
    for (uint32_t i = 0; i < BATCH_STEPS; i++) {
        build_begin_step(builder, CT_SPOOL_STEP, 0, 2 + i % 10);
        build_word_item(builder, i % count, WORD_INT(i * 37));
        build_end_record(builder, 0);
    }
}

static void
run(const char *folder, uint16_t count, uint64_t step_count)
{
    struct record_builder prologue, steps;
    struct ct_timeline *timeline;
    const struct ct_timeline_options options = {.open_folder = open_folder};
    struct ct_trace_counts counts;
    build_init(&prologue);
    build_init(&steps);
    build_prologue(&prologue, folder, count);
    build_steps(&steps, count);
    if (ct_timeline_new(&options, &timeline) != CT_OK)
        abort();
    put_all(timeline, &prologue);
    compress_ns = 0;
    uint64_t start = clock_ns();
    for (uint64_t i = 0; i < step_count; i += BATCH_STEPS)
        put_all(timeline, &steps);
    uint64_t taken = clock_ns() - start;
    if (ct_timeline_finish(timeline) != CT_OK)
        abort();
    ct_timeline_counts(timeline, &counts);
    double steps_done = (double)counts.step_count;
    printf("%2u variables: %6.1f ns a step (%5.2f M/s), and %6.1f ns compressing; %.2f bytes\n",
           count, (double)(taken - compress_ns) / steps_done,
           steps_done * 1e3 / (double)(taken - compress_ns), (double)compress_ns / steps_done,
           (double)counts.size / steps_done);
    ct_timeline_free(timeline);
    build_release(&prologue);
    build_release(&steps);
}

int
main(int argc, char **argv)
{
    uint64_t step_count = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000;
    char folder[] = "/tmp/timeline_bench_XXXXXX";
    if (mkdtemp(folder) == NULL)
        return 1;
    run(folder, 2, step_count);
    run(folder, 20, step_count / 4);
    printf("the traces are in %s\n", folder);
    return 0;
}
