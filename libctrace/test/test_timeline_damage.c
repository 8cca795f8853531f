/* The timeline under bad conditions: interleaved strands, failing calls, records that are damaged.
 *
 * What it writes has to be a valid trace up to the end, or it says why not. The recordings are
 * drawn by a seed, so that each run is the same. */
#include "support.h"

#include "ctrace/trace_verify.h"
#include "timeline_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRAND_COUNT     4u
#define INTERLEAVINGS    150u
#define ORACLE_SHARE     25u /* one of these many is shown to the slower reader too */
#define RECORD_COUNT_MAX 120u

enum name_id { NAME_X, NAME_CALL, NAME_OTHER, NAME_CLASS, NAME_LOST };

static uint64_t
draw(uint64_t *random, uint64_t below)
{
    *random = *random * 6364136223846793005ull + 1442695040888963407ull;
    return (*random >> 33) % below;
}

static void
build_prologue(struct record_builder *builder, const char *folder, const char *profile)
{
    static const char *const texts[] = {"x", "call", "other", "Thing", "lost"};
    const uint32_t names[] = {NAME_X};
    build_start(builder, &(struct start_texts){
                             .out_folder = folder, .profile = profile, .program = "/srv/a.rb"});
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        build_name(builder, i, texts[i]);
    build_symbol(builder, 0x10c, NAME_OTHER);
    build_path(builder, 0, "/srv/a.rb", "1\n2\n");
    build_path(builder, 1, "(eval)", "3");
    build_function(builder, 0, 0, 5, NAME_CALL);
    build_function(builder, 1, 1, 1, NAME_OTHER);
    build_layout(builder, 0, 0, names, 1);
    build_layout(builder, 1, 1, NULL, 0);
    build_view(builder, CT_SPOOL_VIEW, 0, 0);
    build_view(builder, CT_SPOOL_VIEW, 1, 1);
    for (uint32_t i = 1; i < STRAND_COUNT; i++)
        build_strand(builder, CT_SPOOL_STRAND, i % 2, i, i == 2 ? "" : "w");
}

static void
build_snapshot_item(struct record_builder *builder, uint32_t key, uint64_t choice)
{
    const uint32_t thing[] = {NAME_CLASS, 1};
    build_begin_item(builder, key);
    if (choice % 2 == 0) {
        build_collection(builder, CT_SNAPSHOT_OBJECT, thing, 2, 1);
        build_field(builder, NAME_X);
        build_word(builder, WORD_INT(choice));
    } else {
        build_collection(builder, CT_SNAPSHOT_HASH, thing, 1, 1);
        build_string(builder, NAME_CLASS, NO_NAME, 99, "k\xFF");
        build_float(builder, 0.25);
    }
    build_end_item(builder);
}

static void
build_return(struct record_builder *builder, uint64_t choice)
{
    build_begin_step(builder, CT_SPOOL_RETURN, 0, 6);
    build_word_item(builder, 0, WORD_INT(choice));
    if (choice % 3 == 0) {
        build_begin_item(builder, CT_SPOOL_KEY_RETURN);
        build_text(builder, NAME_CLASS, 0, "unwound");
        build_end_item(builder);
    } else if (choice % 3 == 1) {
        build_word_item(builder, CT_SPOOL_KEY_RETURN, 0x10c);
    }
    build_end_record(builder, choice % 2 == 0 ? CT_SPOOL_RETURN_UNWOUND : CT_SPOOL_RETURN_NORMAL);
}

static void
build_some_step(struct record_builder *builder, uint64_t choice)
{
    if (choice % 5 == 2)
        build_begin_brief_step(builder, 0);
    else
        build_begin_step(builder, choice % 5 == 0 ? CT_SPOOL_VALUES : CT_SPOOL_STEP, 0,
                         (uint32_t)choice % 9);
    build_snapshot_item(builder, 0, choice);
    if (choice % 5 == 1)
        build_snapshot_item(builder, CT_SPOOL_KEY_WATCHED | NAME_OTHER, choice);
    build_end_record(builder, 0);
}

static void
build_some_call(struct record_builder *builder, uint64_t choice)
{
    build_begin_call(builder, (uint32_t)choice % 2);
    build_snapshot_item(builder, NAME_X, choice);
    build_end_record(builder, 0);
}

/* One record that any strand may bring at any time, returns too many included, but for the one that
 * is over. */
static void
build_any(struct record_builder *builder, uint64_t *random, uint32_t over)
{
    uint64_t choice = draw(random, 1000);
    uint32_t other = (uint32_t)draw(random, STRAND_COUNT);
    bool is_placed = choice % 2 == 0;
    switch (draw(random, 8)) {
    case 0:
    case 1:
        build_strand(builder, CT_SPOOL_SWITCH, 0, other == over ? 0 : other, "");
        return;
    case 2:
        build_some_step(builder, choice);
        return;
    case 3:
    case 4:
        build_some_call(builder, choice);
        return;
    case 5:
        build_return(builder, choice);
        return;
    case 6:
        build_event(builder,
                    &(struct ct_spool_event){.view_id = is_placed ? 1 : UINT32_MAX,
                                             .line = is_placed ? 3 : UINT32_MAX},
                    "", "out\xC0\n");
        return;
    default:
        build_unwind(builder, (uint32_t)choice % 4, NAME_LOST);
    }
}

static void
build_random(struct record_builder *builder, const char *folder, uint64_t seed)
{
    uint64_t random = seed;
    build_prologue(builder, folder, seed % 4 == 0 ? "json" : "aug26");
    for (uint64_t i = draw(&random, RECORD_COUNT_MAX); i > 0; i--)
        build_any(builder, &random, UINT32_MAX);
    uint32_t over = draw(&random, 2) == 0 ? (uint32_t)draw(&random, STRAND_COUNT) : UINT32_MAX;
    if (over != UINT32_MAX) {
        build_strand(builder, CT_SPOOL_STRAND_END, 0, over, "");
        build_strand(builder, CT_SPOOL_SWITCH, 0, 0, "");
    }
    for (uint64_t i = draw(&random, 5); i > 0; i--)
        build_any(builder, &random, over);
    if (draw(&random, 3) > 0)
        build_end(builder, -(int32_t)draw(&random, 2));
}

/* ---- interleavings ---- */

static void
print_finding(void *context, const struct ct_finding *finding)
{
    (void)context;
    print_message("%s:%llu: %s\n", finding->file, (unsigned long long)finding->offset,
                  finding->sentence);
}

static bool
is_valid(const char *folder)
{
    struct ct_verify_result result;
    const struct ct_verify_options options = {.finding = print_finding};
    return ct_trace_verify(folder, &options, &result, NULL) == CT_OK && result.finding_count == 0;
}

static void
test_every_interleaving_is_a_valid_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= INTERLEAVINGS; seed++) {
        struct scratch scratch;
        struct record_builder builder;
        scratch_make(&scratch);
        build_init(&builder);
        build_random(&builder, scratch.path, seed);
        assert_ok(timeline_run(&builder, NULL, NULL));
        assert_true(is_valid(scratch.path));
        if (seed % ORACLE_SHARE == 0)
            assert_true(oracle_accepts(scratch.path));
        build_release(&builder);
        scratch_remove(&scratch);
    }
}

/* ---- failing calls ---- */

static struct ct_folder *
new_memory(const struct ct_alloc *alloc)
{
    struct ct_folder *folder;
    assert_ok(ct_folder_memory_new(alloc, &folder));
    return folder;
}

static void
assert_every_allocation_may_fail(uint64_t seed)
{
    struct record_builder builder;
    struct ct_failing_alloc failing;
    size_t fail_at = 1;
    build_init(&builder);
    build_random(&builder, "/", seed);
    do {
        ct_failing_alloc_init(&failing, fail_at++);
        enum ct_status status = timeline_run(&builder, new_memory(NULL), &failing.alloc);
        bool has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    } while (ct_failing_alloc_has_failed(&failing));
    assert_true(fail_at > 20);
    build_release(&builder);
}

static void
test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_every_allocation_may_fail(3);
    assert_every_allocation_may_fail(4);
}

static void
assert_every_write_may_fail(uint64_t seed, bool is_lasting)
{
    struct record_builder builder;
    struct ct_failure_plan plan = {.is_lasting = is_lasting, .is_short = true};
    build_init(&builder);
    build_random(&builder, "/", seed);
    do {
        plan.fail_at++;
        plan.call_count = 0;
        struct ct_folder *folder = ct_failing_folder_new(new_memory(NULL), &plan);
        enum ct_status status = timeline_run(&builder, folder, NULL);
        /* A source that could not be embedded is no failure of the recording. */
        assert_true(status == CT_ERR_IO || status == CT_OK);
        assert_true(ct_failure_plan_has_failed(&plan) || status == CT_OK);
    } while (ct_failure_plan_has_failed(&plan));
    assert_true(plan.fail_at > 5);
    build_release(&builder);
}

static void
test_every_write_may_fail(void **state)
{
    (void)state;
    assert_every_write_may_fail(5, true);
    assert_every_write_may_fail(5, false);
    assert_every_write_may_fail(8, true);
}

/* ---- damage ---- */

static enum ct_status
run_damaged(const struct record_builder *builder)
{
    enum ct_status status = timeline_run(builder, new_memory(NULL), NULL);
    assert_true(status == CT_OK || status == CT_ERR_FORMAT || status == CT_ERR_STATE);
    return status;
}

static void
test_changed_bits_are_refused_or_lived_with(void **state)
{
    (void)state;
    struct record_builder builder;
    build_init(&builder);
    build_random(&builder, "/", 7);
    size_t refused_count = 0, step = 8 * builder.bytes.size / 4000 + 1;
    for (size_t bit = 0; bit < 8 * builder.bytes.size; bit += step) {
        builder.bytes.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refused_count += run_damaged(&builder) != CT_OK;
        builder.bytes.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(refused_count > 100);
    build_release(&builder);
}

/* Runs a prologue and then one record of `size` bytes whose words after the head are all `word`. */
static enum ct_status
run_record(uint8_t kind, uint16_t count, uint32_t size, uint32_t word)
{
    struct record_builder builder;
    uint8_t bytes[128] = {0};
    const struct ct_spool_record head = {.size = size, .kind = kind, .count = count};
    for (size_t i = 8; i < size; i += sizeof word)
        memcpy(bytes + i, &word, sizeof word);
    memcpy(bytes, &head, sizeof head);
    build_init(&builder);
    build_prologue(&builder, "/", "aug26");
    ct_buffer_put(&builder.bytes, bytes, size);
    enum ct_status status = run_damaged(&builder);
    build_release(&builder);
    return status;
}

#define NO_VIEW 999 /* the shortest of all is whole */

static void
test_records_too_short_for_their_kind_are_refused(void **state)
{
    (void)state;
    for (uint8_t kind = 0; kind < 32; kind++)
        assert_int_equal(run_record(kind, kind == CT_SPOOL_BRIEF_STEP ? NO_VIEW : 0, 8, 0),
                         CT_ERR_FORMAT);
}

static void
test_ids_and_sizes_out_of_bounds_are_refused(void **state)
{
    (void)state;
    for (uint8_t kind = 0; kind < 32; kind++) {
        for (uint16_t count = 0; count < 9; count += 4) {
            (void)run_record(kind, count, 64, 7);
            (void)run_record(kind, count, 24, UINT32_MAX);
            if (kind != CT_SPOOL_END && kind != CT_SPOOL_EVENT && kind != CT_SPOOL_TALLY &&
                kind != CT_SPOOL_FORK && kind != CT_SPOOL_BUDGET && kind != CT_SPOOL_FLIGHT &&
                kind != CT_SPOOL_DUMP)
                assert_int_equal(run_record(kind, count, 64, UINT32_MAX - 4), CT_ERR_FORMAT);
        }
    }
}

/* A symbol's word has one name: what was encoded with it is shown again. */
static void
test_a_symbol_keeps_its_name(void **state)
{
    (void)state;
    for (uint32_t name_id = NAME_X; name_id <= NAME_OTHER; name_id++) {
        struct record_builder builder;
        struct ct_folder *folder;
        build_init(&builder);
        build_prologue(&builder, "/out", "aug26");
        build_symbol(&builder, 0x10c, name_id);
        assert_ok(ct_folder_memory_new(NULL, &folder));
        assert_int_equal(timeline_run(&builder, folder, NULL),
                         name_id == NAME_OTHER ? CT_OK : CT_ERR_FORMAT);
        build_release(&builder);
    }
}

static void
test_a_recording_starts_with_start(void **state)
{
    (void)state;
    struct record_builder builder;
    build_init(&builder);
    assert_int_equal(timeline_run(&builder, new_memory(NULL), NULL), CT_ERR_STATE);
    build_name(&builder, 0, "x");
    assert_int_equal(timeline_run(&builder, new_memory(NULL), NULL), CT_ERR_FORMAT);
    build_release(&builder);
    build_init(&builder);
    build_prologue(&builder, "/", "aug26");
    build_prologue(&builder, "/", "aug26");
    assert_int_equal(timeline_run(&builder, new_memory(NULL), NULL), CT_ERR_FORMAT);
    build_release(&builder);
    build_init(&builder);
    build_prologue(&builder, "/", "sep26");
    assert_int_equal(timeline_run(&builder, new_memory(NULL), NULL), CT_ERR_FORMAT);
    build_release(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_interleaving_is_a_valid_trace),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_every_write_may_fail),
        cmocka_unit_test(test_changed_bits_are_refused_or_lived_with),
        cmocka_unit_test(test_a_symbol_keeps_its_name),
        cmocka_unit_test(test_records_too_short_for_their_kind_are_refused),
        cmocka_unit_test(test_ids_and_sizes_out_of_bounds_are_refused),
        cmocka_unit_test(test_a_recording_starts_with_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
