/* trace.instructions: what is written is read again, in chunks; damage; what a timeline makes of
 * the records.
 *
 * In memory throughout. */
#include "support.h"

#include "base/crc32.h"
#include "ctrace/trace_instructions.h"
#include "ctrace/trace_verify.h"
#include "timeline_run.h"
#include "trace/instructions_format.h"
#include "trace/instructions_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_COUNT 60000u /* several chunks */

/* Code 0 with two instructions at 0 and 2. */
static const uint8_t code_entries[] = "\x01\x00\x05\x04work"
                                      "\x02\x00\x07\x03nop\x00"
                                      "\x02\x02\x08\x05leave\x01x";
#define CODE_ENTRY_COUNT 3

static struct ct_folder *
memory_folder(const struct ct_alloc *alloc)
{
    struct ct_folder *folder;
    return ct_folder_memory_new(alloc, &folder) == CT_OK ? folder : NULL;
}

static enum ct_status
write_all(struct ct_folder *folder, const struct ct_alloc *alloc, uint32_t run_count)
{
    struct ct_instructions_writer writer;
    char value[200];
    enum ct_status status = ct_instructions_writer_init(&writer, folder, alloc);
    if (status == CT_OK)
        status = ct_instructions_writer_code(&writer, code_entries, sizeof code_entries - 1,
                                             CODE_ENTRY_COUNT);
    for (uint32_t i = 0; status == CT_OK && i < run_count; i++) {
        const int size = snprintf(value, sizeof value, "%u and what else is of it %0*u", i,
                                  (int)(i % 100) + 1, i);
        struct ct_instruction_run run = {
            .at = i / 3, .step = i / 6, .position = i % 2 * 2, .value_size = (size_t)size};
        run.value = i % 5 == 0 ? NULL : value;
        status = ct_instructions_writer_run(&writer, &run);
        if (status == CT_OK && ct_instructions_writer_is_full(&writer))
            status = ct_instructions_writer_flush(&writer);
    }
    if (status == CT_OK)
        status = ct_instructions_writer_flush(&writer);
    const enum ct_status closed = ct_instructions_writer_release(&writer);
    return status == CT_OK ? closed : status;
}

/* That it is the one that write_all wrote as the i-th. */
static void
assert_run(const struct ct_trace_instruction *run, uint32_t i)
{
    assert_int_equal(run->at, i / 3);
    assert_int_equal(run->step, i / 6);
    assert_int_equal(run->position, i % 2 * 2);
    assert_string_equal(run->label, "work");
    assert_string_equal(run->opcode, i % 2 == 0 ? "nop" : "leave");
    assert_int_equal(run->path_id, 5);
    assert_int_equal(run->line, 7 + i % 2);
    assert_int_equal(run->value == NULL, i % 5 == 0);
    if (run->value != NULL)
        assert_int_equal(strtoul(run->value, NULL, 10), i);
}

/* How many runs could be read, all of them right; `out_status` is what ended it. */
static uint32_t
read_all(const void *bytes, size_t size, uint64_t first_step, enum ct_status *out_status,
         bool *out_is_cut)
{
    struct ct_file *file;
    struct ct_trace_instructions *list = NULL;
    struct ct_trace_instruction run;
    struct ct_error error = {0};
    uint32_t count = 0;
    assert_ok(ct_file_memory_open(bytes, size, NULL, &file));
    *out_status = ct_trace_instructions_read(file, NULL, &list, &error);
    if (*out_status == CT_OK) {
        ct_trace_instructions_skip(list, first_step);
        while ((*out_status = ct_trace_instructions_next(list, &run, &error)) == CT_OK) {
            assert_run(&run, (uint32_t)ct_trace_instructions_count(list) - 1);
            count++;
        }
        *out_is_cut = ct_trace_instructions_is_cut(list);
        ct_trace_instructions_close(list);
    }
    assert_ok(ct_file_close(file));
    if (*out_status != CT_END) {
        assert_string_equal(error.file, CT_INSTRUCTIONS_FILE_NAME);
        assert_int_equal(error.status, *out_status);
    }
    return count;
}

static uint8_t *
written(uint32_t run_count, size_t *out_size)
{
    struct ct_folder *folder = memory_folder(NULL);
    assert_ok(write_all(folder, NULL, run_count));
    uint8_t *bytes = ct_folder_read_all(folder, CT_INSTRUCTIONS_FILE_NAME, out_size);
    ct_folder_close(folder);
    return bytes;
}

static void
test_what_was_written_is_read(void **state)
{
    size_t size;
    uint8_t *bytes = written(RUN_COUNT, &size);
    struct ct_file *file;
    struct ct_trace_instructions *list;
    struct ct_trace_instruction run;
    (void)state;
    assert_ok(ct_file_memory_open(bytes, size, NULL, &file));
    assert_ok(ct_trace_instructions_read(file, NULL, &list, NULL));
    assert_int_equal(ct_trace_instructions_sum(list), RUN_COUNT);
    for (uint32_t i = 0; i < RUN_COUNT; i++) {
        assert_ok(ct_trace_instructions_next(list, &run, NULL));
        assert_run(&run, i);
    }
    assert_int_equal(ct_trace_instructions_next(list, &run, NULL), CT_END);
    assert_false(ct_trace_instructions_is_cut(list));
    ct_trace_instructions_close(list);
    assert_ok(ct_file_close(file));
    free(bytes);
}

/* All from that step on are there; few of those before are looked at. */
static void
test_chunks_are_passed_over(void **state)
{
    size_t size;
    uint8_t *bytes = written(RUN_COUNT, &size);
    enum ct_status status;
    bool is_cut;
    (void)state;
    const uint32_t left = read_all(bytes, size, RUN_COUNT / 3 - 10, &status, &is_cut);
    assert_int_equal(status, CT_END);
    assert_true(left >= 30 && left < RUN_COUNT / 2);
    assert_int_equal(read_all(bytes, size, 0, &status, &is_cut), RUN_COUNT);
    free(bytes);
}

/* Whole chunks are read of a file that ends anywhere. */
static void
test_a_file_that_ends_early(void **state)
{
    size_t size;
    uint8_t *bytes = written(2000, &size);
    enum ct_status status;
    (void)state;
    for (size_t end = CT_INSTRUCTIONS_HEAD_SIZE; end < size; end += 1 + end / 50) {
        bool is_cut;
        assert_int_equal(read_all(bytes, end, 0, &status, &is_cut), 0);
        assert_int_equal(status, CT_END);
        (void)is_cut;
    }
    bool is_cut;
    assert_int_equal(read_all(bytes, size - 1, 0, &status, &is_cut), 0);
    assert_true(is_cut);
    (void)read_all(bytes, 5, 0, &status, &is_cut);
    assert_int_equal(status, CT_ERR_FORMAT);
    free(bytes);
}

#define HEAD_RESERVED_AT 12 /* nobody looks at what is there */

/* Not a bit of it can change unnoticed. */
static void
test_damage(void **state)
{
    size_t size;
    uint8_t *bytes = written(300, &size);
    enum ct_status status;
    bool is_cut;
    (void)state;
    for (size_t at = 0; at < size; at++) {
        bytes[at] ^= 0x40;
        const uint32_t count = read_all(bytes, size, 0, &status, &is_cut);
        const bool is_read = at >= HEAD_RESERVED_AT && at < CT_INSTRUCTIONS_HEAD_SIZE;
        assert_int_equal(status, is_read ? CT_END : CT_ERR_FORMAT);
        assert_int_equal(count, is_read ? 300 : 0);
        bytes[at] ^= 0x40;
    }
    free(bytes);
}

/* The chunk that is `index` chunks behind the first. */
static uint8_t *
find_chunk(uint8_t *bytes, unsigned index)
{
    uint8_t *head = bytes + CT_INSTRUCTIONS_HEAD_SIZE;
    for (; index > 0; index--) {
        uint32_t frame_size;
        memcpy(&frame_size, head + 4, sizeof frame_size);
        head += CT_INSTRUCTIONS_CHUNK_HEAD_SIZE + frame_size;
    }
    return head;
}

/* Heads of somebody who knows the checksum: chunk 2 is the second one of runs. */
static void
test_heads_that_lie(void **state)
{
    static const struct {
        unsigned chunk, offset;
        int difference;
        uint32_t read_count_max;
    } lies[] = {{0, 24, 1, 0},             {0, 24, -1, 0},  {2, 16, -1, RUN_COUNT / 2},
                {1, 24, 1, RUN_COUNT / 2}, {1, 24, -1, RUN_COUNT / 2}};
    size_t size;
    uint8_t *bytes = written(RUN_COUNT, &size);
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        enum ct_status status;
        bool is_cut;
        uint32_t number;
        uint8_t before[CT_INSTRUCTIONS_CHUNK_HEAD_SIZE];
        uint8_t *head = find_chunk(bytes, lies[i].chunk);
        memcpy(before, head, sizeof before);
        memcpy(&number, head + lies[i].offset, sizeof number);
        number += (uint32_t)lies[i].difference;
        memcpy(head + lies[i].offset, &number, sizeof number);
        number = ct_crc32(head, sizeof before - sizeof number);
        memcpy(head + sizeof before - sizeof number, &number, sizeof number);
        assert_true(read_all(bytes, size, 0, &status, &is_cut) <= lies[i].read_count_max);
        assert_int_equal(status, CT_ERR_FORMAT);
        memcpy(head, before, sizeof before);
    }
    free(bytes);
}

/* The list stays where it is, and what it was. */
static void
test_a_sum_of_what_is_cut(void **state)
{
    size_t size;
    uint8_t *bytes = written(300, &size);
    struct ct_file *file;
    struct ct_trace_instructions *list;
    (void)state;
    assert_ok(ct_file_memory_open(bytes, size - 1, NULL, &file));
    assert_ok(ct_trace_instructions_read(file, NULL, &list, NULL));
    assert_int_equal(ct_trace_instructions_sum(list), 0);
    assert_false(ct_trace_instructions_is_cut(list));
    ct_trace_instructions_close(list);
    assert_ok(ct_file_close(file));
    free(bytes);
}

static void
test_failing_alloc(void **state)
{
    bool has_failed = true;
    (void)state;
    for (size_t n = 1; has_failed; n++) {
        struct ct_failing_alloc failing;
        ct_failing_alloc_init(&failing, n);
        struct ct_folder *folder = memory_folder(&failing.alloc);
        enum ct_status status = folder == NULL ? CT_ERR_MEMORY
                                               : write_all(folder, &failing.alloc, 50);
        struct ct_file *file = NULL;
        struct ct_trace_instructions *list = NULL;
        struct ct_trace_instruction run;
        if (status == CT_OK)
            status = folder->ops->open(folder, CT_INSTRUCTIONS_FILE_NAME, &file);
        if (status == CT_OK)
            status = ct_trace_instructions_read(file, &failing.alloc, &list, NULL);
        while (status == CT_OK)
            status = ct_trace_instructions_next(list, &run, NULL);
        ct_trace_instructions_close(list);
        assert_ok(ct_file_close(file));
        ct_folder_close(folder);
        has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_END);
        assert_int_equal(failing.live_count, 0);
    }
}

static void
test_failing_file(void **state)
{
    (void)state;
    bool has_failed = true;
    for (size_t n = 1; has_failed; n++) {
        struct ct_failure_plan plan = {.fail_at = n};
        struct ct_folder *folder = ct_failing_folder_new(memory_folder(NULL), &plan);
        const enum ct_status status = write_all(folder, NULL, 2000);
        has_failed = ct_failure_plan_has_failed(&plan);
        assert_int_equal(status, has_failed ? CT_ERR_IO : CT_OK);
        ct_folder_close(folder);
    }
}

/* ---- records ---- */

static void
put_code(struct record_builder *builder, uint32_t id)
{
    static const char label[8] = "work";
    const struct ct_spool_code code = {
        .record = {.size = sizeof code + 8, .kind = CT_SPOOL_CODE}, .id = id, .label_size = 4};
    ct_buffer_put(&builder->bytes, &code, sizeof code);
    ct_buffer_put(&builder->bytes, label, sizeof label);
}

static void
put_instruction(struct record_builder *builder, uint32_t position)
{
    const struct ct_spool_instruction instruction = {
        .record = {.size = sizeof instruction + 8, .kind = CT_SPOOL_INSTRUCTION},
        .position = position,
        .line = 3,
        .opcode_size = 3,
        .operands_size = 2};
    ct_buffer_put(&builder->bytes, &instruction, sizeof instruction);
    ct_buffer_put(&builder->bytes, "nopxy\0\0", 8);
}

static void
put_ran(struct record_builder *builder, uint32_t line, uint32_t position, const uint64_t *word)
{
    const struct ct_spool_ran ran = {
        .record = {.size = (uint32_t)(sizeof ran + (word != NULL ? 16 : 0)),
                   .kind = CT_SPOOL_RAN,
                   .count = word != NULL},
        .line = line,
        .position = position};
    const struct ct_spool_item item = {.key = 0};
    ct_buffer_put(&builder->bytes, &ran, sizeof ran);
    if (word == NULL)
        return;
    ct_buffer_put(&builder->bytes, &item, sizeof item);
    ct_buffer_put(&builder->bytes, word, sizeof *word);
}

static void
put_head(struct record_builder *builder)
{
    const uint32_t names[] = {0};
    build_init(builder);
    build_start(builder, &(struct start_texts){
                             .out_folder = "/out", .profile = "aug26", .program = "a.rb"});
    build_name(builder, 0, "a");
    build_path(builder, 0, "/tmp/w/a.rb", NULL);
    build_function(builder, 0, 0, 1, 0);
    build_layout(builder, 0, 0, names, 1);
    build_view(builder, CT_SPOOL_VIEW, 0, 0);
    build_view(builder, CT_SPOOL_VIEW, 1, 0);
    build_strand(builder, CT_SPOOL_SWITCH, 0, 0, "");
    put_code(builder, 0);
    put_instruction(builder, 0);
    put_instruction(builder, 2);
}

static void
test_steps_of_records(void **state)
{
    struct record_builder builder;
    struct ct_file *file;
    struct ct_trace_instructions *list;
    const uint64_t words[] = {WORD_INT(-7), WORD_NIL};
    static const struct {
        uint64_t back;
        const char *value;
    } expected[] = {{0, NULL}, {0, "-7"}, {1, "nil"}, {0, NULL}};
    (void)state;
    put_head(&builder);
    build_step(&builder, 0, 3);
    put_ran(&builder, 3, 0, NULL);     /* of the step */
    put_ran(&builder, 3, 2, &words[0]);
    build_step(&builder, 1, 5);        /* another frame's */
    put_ran(&builder, 3, 0, &words[1]); /* of the step before */
    put_ran(&builder, 0, 2, NULL);     /* of no line: of the newest */
    build_end(&builder, 0);
    /* The run closes the folder that it is given: what is in memory is read from a disk. */
    struct scratch scratch;
    scratch_make(&scratch);
    struct ct_folder *folder;
    assert_ok(ct_folder_open(scratch.path, true, NULL, &folder, NULL));
    assert_ok(timeline_run(&builder, folder, NULL));
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch.path, CT_INSTRUCTIONS_FILE_NAME);
    assert_ok(ct_file_open(path, NULL, &file, NULL));
    assert_ok(ct_trace_instructions_read(file, NULL, &list, NULL));
    struct ct_trace_instruction run;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_ok(ct_trace_instructions_next(list, &run, NULL));
        assert_int_equal(run.at - run.step, expected[i].back);
        assert_int_equal(run.value == NULL, expected[i].value == NULL);
        if (run.value != NULL)
            assert_memory_equal(run.value, expected[i].value, run.value_size);
    }
    assert_int_equal(ct_trace_instructions_next(list, &run, NULL), CT_END);
    ct_trace_instructions_close(list);
    assert_ok(ct_file_close(file));
    scratch_remove(&scratch);
    build_release(&builder);
}

/* Gives the timeline what was built. False once it has written runs. */
static bool
put_until_written(struct ct_timeline *timeline, struct record_builder *builder,
                  uint64_t size_before)
{
    size_t size;
    const uint8_t *bytes = build_bytes(builder, &size);
    for (size_t offset = 0; offset < size;) {
        const struct ct_spool_record *record = (const void *)(bytes + offset);
        assert_ok(ct_timeline_put(timeline, record));
        if (ct_timeline_instructions_size(timeline) > size_before)
            return false;
        offset += record->size;
    }
    return true;
}

static enum ct_status
open_scratch(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)path;
    return ct_folder_open(((struct scratch *)context)->path, true, NULL, out_folder, NULL);
}

/* Whenever the writer is killed, the trace has the steps of the instructions in the file. */
static void
test_steps_are_written_first(void **state)
{
    struct scratch scratch;
    struct ct_timeline *timeline;
    struct record_builder builder;
    struct ct_verify_result result;
    struct ct_trace_instructions *list;
    struct ct_trace_instruction run = {0};
    const struct ct_verify_options verify = {.finding = NULL};
    const struct ct_timeline_options options = {.open_folder = open_scratch, .context = &scratch};
    (void)state;
    scratch_make(&scratch);
    assert_ok(ct_timeline_new(&options, &timeline));
    put_head(&builder);
    assert_true(put_until_written(timeline, &builder, CT_INSTRUCTIONS_HEAD_SIZE));
    bool is_going_on = true;
    for (unsigned i = 0; is_going_on && i < 1000000; i++) {
        build_release(&builder);
        build_init(&builder);
        if (i < 1000)
            build_step(&builder, 0, 3);
        put_ran(&builder, 3, 0, &(uint64_t){WORD_INT(123456789012345)});
        is_going_on = put_until_written(timeline, &builder, CT_INSTRUCTIONS_HEAD_SIZE);
    }
    build_release(&builder);
    assert_false(is_going_on);
    assert_ok(ct_trace_instructions_open(scratch.path, NULL, &list, NULL));
    while (ct_trace_instructions_next(list, &run, NULL) == CT_OK)
        continue;
    ct_trace_instructions_close(list);
    assert_true(run.at > 900);
    assert_ok(ct_trace_verify(scratch.path, &verify, &result, NULL));
    assert_int_equal(result.counts[CT_TRACE_STEP], run.at + 1);
    ct_timeline_free(timeline);
    scratch_remove(&scratch);
}

static void
test_records_that_are_damaged(void **state)
{
    const uint64_t symbol = 0x1230c; /* never named */
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct record_builder builder;
        struct ct_folder *folder = memory_folder(NULL);
        put_head(&builder);
        build_step(&builder, 0, 3);
        if (i == 0)
            put_code(&builder, 3); /* not the next id */
        else
            put_ran(&builder, 3, 0, &symbol);
        assert_int_equal(timeline_run(&builder, folder, NULL), CT_ERR_FORMAT);
        build_release(&builder);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_chunks_are_passed_over),
        cmocka_unit_test(test_a_file_that_ends_early),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_heads_that_lie),
        cmocka_unit_test(test_a_sum_of_what_is_cut),
        cmocka_unit_test(test_failing_alloc),
        cmocka_unit_test(test_failing_file),
        cmocka_unit_test(test_steps_of_records),
        cmocka_unit_test(test_steps_are_written_first),
        cmocka_unit_test(test_records_that_are_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
