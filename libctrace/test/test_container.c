/* The container: exact bytes, every size around a limit, every instant, every failing call.
 *
 * Damage and foreign geometries are in test_container_damage.c. Inner files hold noise that follows
 * from their number, so that any prefix can be checked without keeping it. */
#include "container/block_path.h"
#include "container/container_reader.h"
#include "container/container_writer.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE    CT_CONTAINER_BLOCK_SIZE
#define LEVEL_1_SIZE  ((size_t)CT_CONTAINER_FANOUT * BLOCK_SIZE)
#define LEVEL_2_START ((uint64_t)CT_CONTAINER_FANOUT)
#define LEVEL_3_START (LEVEL_2_START + LEVEL_2_START * LEVEL_2_START)
#define LEVEL_4_START (LEVEL_3_START + LEVEL_2_START * LEVEL_2_START * LEVEL_2_START)

/* ---- names ---- */

static void
assert_name(const char *name, uint64_t packed)
{
    uint64_t encoded;
    char decoded[CT_CONTAINER_NAME_SIZE_MAX + 1];
    assert_ok(ct_container_name_encode(name, &encoded));
    assert_true(encoded == packed);
    assert_ok(ct_container_name_decode(packed, decoded));
    assert_string_equal(decoded, name);
}

static void
test_names_are_base_40(void **state)
{
    (void)state;
    assert_name("events.log", UINT64_C(0x00106d8bdba032cf));
    assert_name("0", 1);
    assert_name("-", 39);
    assert_name("01", 1 + 2 * 40);
    assert_name("------------", UINT64_C(16777215999999999999)); /* 40^12 - 1 */
    uint64_t packed = 7;
    assert_int_equal(ct_container_name_encode("", &packed), CT_ERR_LIMIT);
    assert_int_equal(ct_container_name_encode("Upper", &packed), CT_ERR_LIMIT);
    assert_int_equal(ct_container_name_encode("a_b", &packed), CT_ERR_LIMIT);
    assert_int_equal(ct_container_name_encode("what?", &packed), CT_ERR_LIMIT);
    assert_int_equal(ct_container_name_encode("thirteen.char", &packed), CT_ERR_LIMIT);
    assert_int_equal(packed, 7);
    char name[CT_CONTAINER_NAME_SIZE_MAX + 1];
    assert_int_equal(ct_container_name_decode(UINT64_C(16777216000000000000), name), CT_ERR_FORMAT);
    assert_int_equal(ct_container_name_decode(UINT64_MAX, name), CT_ERR_FORMAT);
    assert_ok(ct_container_name_decode(1 + 2 * 1600, name)); /* a zero digit inside */
    assert_string_equal(name, "0?1");
}

/* ---- paths ---- */

/* The walk of the format description, written as it stands there: the slots it goes through. */
static unsigned
walk_slots(uint64_t index, uint64_t *out_slots)
{
    unsigned count = 0;
    unsigned level = 1;
    uint64_t capacity = 511;
    while (index >= capacity) {
        index -= capacity;
        out_slots[count++] = 511;
        level++;
        capacity *= 511;
    }
    for (; level > 1; level--) {
        uint64_t span = 1;
        for (unsigned i = 1; i < level; i++)
            span *= 511;
        out_slots[count++] = index / span;
        index %= span;
    }
    out_slots[count++] = index;
    return count;
}

static void
assert_path(uint64_t index, unsigned level)
{
    struct ct_block_path path;
    uint64_t slots[CT_BLOCK_PATH_SIZE_MAX + 1];
    assert_ok(ct_block_path_init(&path, index, CT_CONTAINER_FANOUT));
    assert_int_equal(path.level, level);
    const unsigned count = walk_slots(index, slots);
    assert_int_equal(count, 2 * level - 1);
    for (unsigned i = 0; i < level; i++)
        assert_int_equal(path.slots[i], slots[count - 1 - i]);
}

static void
test_paths_reach_level_5(void **state)
{
    (void)state;
    const uint64_t level_5_start = LEVEL_4_START + (LEVEL_4_START - LEVEL_3_START) * 511;
    const uint64_t end = UINT64_C(34910432134655);
    const uint64_t starts[] = {0, LEVEL_2_START, LEVEL_3_START, LEVEL_4_START, level_5_start, end};
    for (unsigned level = 1; level <= CT_CONTAINER_LEVEL_MAX; level++) {
        const uint64_t start = starts[level - 1];
        const uint64_t size = starts[level] - start;
        assert_path(start, level);
        assert_path(start + 1, level);
        assert_path(starts[level] - 1, level);
        for (uint64_t i = 1; i < 1000; i++)
            assert_path(start + (i * UINT64_C(0x9E3779B97F4A7C15)) % size, level);
    }
    struct ct_block_path path;
    assert_int_equal(ct_block_path_init(&path, end, CT_CONTAINER_FANOUT), CT_ERR_LIMIT);
    assert_int_equal(ct_block_path_init(&path, UINT64_MAX, CT_CONTAINER_FANOUT), CT_ERR_LIMIT);
}

/* ---- a container in memory ---- */

#define FILE_COUNT_MAX 4u

struct subject {
    struct ct_folder *folder;
    struct ct_failure_plan plan;
    struct ct_container_writer *writer;
    uint64_t sizes[FILE_COUNT_MAX];     /* appended */
    uint64_t published[FILE_COUNT_MAX]; /* readable for sure */
    uint64_t check_count;
};

static const char *const file_names[FILE_COUNT_MAX] = {"events.log", "meta.dat", "a", "b"};

static uint8_t
byte_at(uint32_t index, uint64_t offset)
{
    const uint64_t mixed = (offset + index * 7919u) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint8_t)(mixed >> 56);
}

static enum ct_status
open_subject(struct subject *subject, const struct ct_alloc *alloc)
{
    struct ct_file *file;
    CT_TRY(subject->folder->ops->create(subject->folder, "trace.ct", &file));
    return ct_container_writer_open(file, alloc, &subject->writer);
}

static void
init_subject(struct subject *subject)
{
    struct ct_folder *memory;
    *subject = (struct subject){0};
    assert_ok(ct_folder_memory_new(NULL, &memory));
    subject->folder = ct_failing_folder_new(memory, &subject->plan);
}

static enum ct_status
append_noise(struct subject *subject, uint32_t index, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(index, subject->sizes[index] + i);
    const enum ct_status status = ct_container_writer_append(subject->writer, index, bytes, size);
    free(bytes);
    subject->sizes[index] += size;
    return status;
}

static enum ct_status
publish(struct subject *subject, uint32_t index)
{
    CT_TRY(ct_container_writer_publish(subject->writer, index));
    subject->published[index] = subject->sizes[index];
    return CT_OK;
}

static void
check_entry(struct subject *subject, struct ct_container_reader *reader, uint32_t index)
{
    const struct ct_container_entry *entry = ct_container_reader_find(reader, file_names[index]);
    struct ct_error error = {0};
    if (entry == NULL) {
        assert_int_equal(subject->published[index], 0);
        return;
    }
    assert_in_range(entry->size, subject->published[index], subject->sizes[index]);
    uint8_t *bytes = malloc((size_t)entry->size + 1);
    assert_ok(ct_container_reader_read(reader, entry, 0, bytes, (size_t)entry->size, &error));
    for (uint64_t i = 0; i < entry->size; i++) {
        if (bytes[i] != byte_at(index, i))
            fail_msg("%s differs at byte %zu", entry->name, (size_t)i);
    }
    free(bytes);
}

/* Reads what stands in the container now, as somebody would who opens a copy. */
static void
check_now(void *context)
{
    struct subject *subject = context;
    struct ct_file *file;
    struct ct_container_reader *reader;
    struct ct_error error = {0};
    uint64_t size;
    assert_ok(subject->folder->ops->open(subject->folder, "trace.ct", &file));
    assert_ok(file->ops->size_get(file, &size));
    assert_int_equal(size % BLOCK_SIZE, 0);
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    for (uint32_t i = 0; i < FILE_COUNT_MAX; i++)
        check_entry(subject, reader, i);
    ct_container_reader_close(reader);
    assert_ok(ct_file_close(file));
    subject->check_count++;
}

static void
release_subject(struct subject *subject)
{
    ct_folder_close(subject->folder);
}

/* ---- exact bytes ---- */

static void
test_header_is_exact(void **state)
{
    (void)state;
    struct subject subject;
    uint32_t index;
    size_t size;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    assert_int_equal(ct_container_writer_size(subject.writer), BLOCK_SIZE);
    assert_ok(ct_container_writer_create(subject.writer, "events.log", &index));
    assert_ok(append_noise(&subject, index, 179));
    assert_ok(ct_container_writer_close(subject.writer));
    uint8_t *bytes = ct_folder_read_all(subject.folder, "trace.ct", &size);
    static const uint8_t expected[] = {0xC0, 0xDE, 0x72, 0xAC, 0xE2, 4,    0,    1,    0x00, 0x10,
                                       0,    0,    31,   0,    0,    0,    179,  0,    0,    0,
                                       0,    0,    0,    0,    1,    0,    0,    0,    0,    0,
                                       0,    0,    0xCF, 0x32, 0xA0, 0xDB, 0x8B, 0x6D, 0x10, 0};
    assert_int_equal(size, 3 * BLOCK_SIZE);
    assert_memory_equal(bytes, expected, sizeof expected);
    for (size_t i = sizeof expected; i < BLOCK_SIZE; i++)
        assert_int_equal(bytes[i], 0);
    assert_int_equal(bytes[BLOCK_SIZE], 2); /* the root's only pointer */
    for (size_t i = BLOCK_SIZE + 1; i < 2 * BLOCK_SIZE; i++)
        assert_int_equal(bytes[i], 0);
    for (size_t i = 2 * BLOCK_SIZE + 179; i < size; i++)
        assert_int_equal(bytes[i], 0);
    free(bytes);
    release_subject(&subject);
}

/* ---- sizes ---- */

static void
check_size(size_t size, size_t piece)
{
    struct subject subject;
    uint32_t index;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    assert_ok(ct_container_writer_create(subject.writer, file_names[0], &index));
    for (size_t done = 0; done < size; done += piece)
        assert_ok(append_noise(&subject, index, piece < size - done ? piece : size - done));
    assert_ok(publish(&subject, index));
    check_now(&subject);
    assert_ok(append_noise(&subject, index, 1));
    assert_ok(publish(&subject, index));
    check_now(&subject);
    assert_ok(ct_container_writer_close(subject.writer));
    release_subject(&subject);
}

static void
test_sizes_around_limits(void **state)
{
    (void)state;
    static const size_t limits[] = {0, BLOCK_SIZE, CT_CONTAINER_PENDING_SIZE, LEVEL_1_SIZE,
                                    2 * LEVEL_1_SIZE};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        for (size_t more = 0; more < 3; more++) {
            const size_t size = limits[i] + more > 0 ? limits[i] + more - 1 : 0;
            check_size(size, size + 1);
            check_size(size, 50001);
        }
    }
    check_size(10 * LEVEL_1_SIZE / 4, 4096);
}

/* A large append costs few calls, however it comes. */
static void
test_blocks_are_written_in_runs(void **state)
{
    (void)state;
    struct subject subject;
    uint32_t index;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    assert_ok(ct_container_writer_create(subject.writer, file_names[0], &index));
    const size_t before = subject.plan.call_count;
    for (unsigned i = 0; i < 1600; i++)
        assert_ok(append_noise(&subject, index, 1000));
    assert_in_range(subject.plan.call_count - before, 1, 1600 * 1000 / CT_CONTAINER_PENDING_SIZE);
    assert_ok(publish(&subject, index));
    const size_t after = subject.plan.call_count;
    assert_ok(append_noise(&subject, index, 96 * BLOCK_SIZE));
    assert_ok(publish(&subject, index));
    assert_in_range(subject.plan.call_count - after, 1, 8);
    const size_t idle = subject.plan.call_count;
    assert_ok(publish(&subject, index)); /* nothing new: nothing written */
    assert_int_equal(subject.plan.call_count, idle);
    check_now(&subject);
    assert_ok(ct_container_writer_close(subject.writer));
    release_subject(&subject);
}

/* ---- every instant, every failure ---- */

/* Interleaved files in pieces of all sizes; the first grows into level 2. */
static enum ct_status
write_mixture(struct subject *subject, unsigned rounds)
{
    uint32_t index;
    uint64_t random = 1;
    for (uint32_t i = 0; i < FILE_COUNT_MAX; i++)
        CT_TRY(ct_container_writer_create(subject->writer, file_names[i], &index));
    for (unsigned i = 0; i < rounds; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        index = (uint32_t)(random >> 62);
        const size_t size = (size_t)(random >> 40) % (index == 0 ? 200000 : 9000);
        CT_TRY(append_noise(subject, index, size));
        if (random >> 35 & 1)
            CT_TRY(publish(subject, index));
    }
    return CT_OK;
}

static void
test_readable_at_every_instant(void **state)
{
    (void)state;
    struct subject subject;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    subject.plan.after_write = check_now;
    subject.plan.context = &subject;
    assert_ok(write_mixture(&subject, 120));
    assert_in_range(subject.sizes[0], LEVEL_1_SIZE, SIZE_MAX);
    assert_in_range(subject.check_count, 100, SIZE_MAX);
    assert_ok(ct_container_writer_close(subject.writer));
    memcpy(subject.published, subject.sizes, sizeof subject.sizes);
    subject.plan.after_write = NULL;
    check_now(&subject); /* close published the rest */
    release_subject(&subject);
}

static enum ct_status
write_all(struct subject *subject, const struct ct_alloc *alloc, unsigned rounds)
{
    CT_TRY(open_subject(subject, alloc));
    const enum ct_status status = write_mixture(subject, rounds);
    if (status != CT_OK) { /* it stays, whatever is asked next */
        uint32_t index;
        assert_int_equal(ct_container_writer_create(subject->writer, "c", &index), status);
        assert_int_equal(ct_container_writer_append(subject->writer, 0, "x", 1), status);
        assert_int_equal(ct_container_writer_publish(subject->writer, 0), status);
        assert_int_equal(ct_container_writer_replace(subject->writer, 0, "x", 1), status);
    }
    const enum ct_status closed = ct_container_writer_close(subject->writer);
    assert_true(status == CT_OK || closed == status);
    return closed;
}

static void
test_every_failing_allocation(void **state)
{
    (void)state;
    struct ct_failing_alloc failing = {0};
    for (size_t n = 1; n == 1 || ct_failing_alloc_has_failed(&failing); n++) {
        struct subject subject;
        init_subject(&subject);
        ct_failing_alloc_init(&failing, n);
        const enum ct_status status = write_all(&subject, &failing.alloc, 120);
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
        if (n > 1)
            check_now(&subject);
        release_subject(&subject);
    }
}

/* Returns whether the n-th write failed, that is, whether there is an n+1st to try. */
static bool
fail_write(size_t n, bool is_lasting, bool is_short)
{
    struct subject subject;
    struct ct_failing_alloc counting;
    size_t size = 0;
    init_subject(&subject);
    ct_failing_alloc_init(&counting, 0);
    subject.plan.fail_at = n;
    subject.plan.is_lasting = is_lasting;
    subject.plan.is_short = is_short;
    const enum ct_status status = write_all(&subject, &counting.alloc, 60);
    const bool has_failed = ct_failure_plan_has_failed(&subject.plan);
    assert_int_equal(status, has_failed ? CT_ERR_IO : CT_OK);
    assert_int_equal(counting.live_count, 0);
    uint8_t *bytes = ct_folder_read_all(subject.folder, "trace.ct", &size);
    /* Half of an entry's write is the one thing that no order of writes makes good. */
    if (size >= BLOCK_SIZE && !is_short)
        check_now(&subject);
    free(bytes);
    release_subject(&subject);
    return has_failed;
}

static void
test_every_failing_write(void **state)
{
    (void)state;
    for (size_t n = 1; fail_write(n, true, false); n++)
        ;
    for (size_t n = 1; fail_write(n, false, false); n++)
        ;
    for (size_t n = 1; fail_write(n, true, true); n++)
        ;
}

/* ---- replacing ---- */

static void
assert_content(struct subject *subject, const char *name, const char *expected)
{
    struct ct_file *file;
    struct ct_container_reader *reader;
    char bytes[32] = {0};
    assert_ok(subject->folder->ops->open(subject->folder, "trace.ct", &file));
    assert_ok(ct_container_reader_open(file, NULL, &reader, NULL));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, name);
    assert_non_null(entry);
    assert_int_equal(entry->size, strlen(expected));
    assert_ok(ct_container_reader_read(reader, entry, 0, bytes, strlen(expected), NULL));
    assert_string_equal(bytes, expected);
    ct_container_reader_close(reader);
    assert_ok(ct_file_close(file));
}

static void
test_replace_switches_at_once(void **state)
{
    (void)state;
    struct subject subject;
    struct ct_container_writer *writer;
    uint32_t log;
    uint32_t meta;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    writer = subject.writer;
    assert_ok(ct_container_writer_create(writer, "log", &log));
    assert_ok(ct_container_writer_create(writer, "meta", &meta));
    assert_ok(ct_container_writer_append(writer, log, "steps", 5));
    assert_ok(ct_container_writer_publish(writer, log));
    assert_ok(ct_container_writer_replace(writer, meta, "first", 5));
    assert_content(&subject, "meta", "first");
    const uint64_t size = ct_container_writer_size(writer);
    assert_ok(ct_container_writer_replace(writer, meta, "second, longer", 14));
    assert_content(&subject, "meta", "second, longer");
    assert_in_range(ct_container_writer_size(writer), size + BLOCK_SIZE, SIZE_MAX);
    assert_ok(ct_container_writer_append(writer, meta, "!", 1));
    assert_content(&subject, "meta", "second, longer"); /* not published yet */
    assert_ok(ct_container_writer_publish(writer, meta));
    assert_content(&subject, "meta", "second, longer!");
    assert_ok(ct_container_writer_replace(writer, meta, NULL, 0));
    assert_content(&subject, "meta", "");
    assert_ok(ct_container_writer_append(writer, meta, "again", 5));
    assert_ok(ct_container_writer_publish(writer, meta));
    assert_content(&subject, "meta", "again");
    assert_content(&subject, "log", "steps");
    assert_ok(ct_container_writer_close(writer));
    release_subject(&subject);
}

/* The entry changes in the last write of a replace, and all of it in that one. */
static void
test_failing_replace_leaves_the_old_file(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        struct subject subject;
        uint32_t index;
        init_subject(&subject);
        assert_ok(open_subject(&subject, NULL));
        assert_ok(ct_container_writer_create(subject.writer, "meta", &index));
        assert_ok(ct_container_writer_replace(subject.writer, index, "old", 3));
        subject.plan.fail_at = subject.plan.call_count + n;
        subject.plan.is_lasting = true;
        const enum ct_status status =
            ct_container_writer_replace(subject.writer, index, "new and longer", 14);
        assert_content(&subject, "meta", status == CT_OK ? "new and longer" : "old");
        const enum ct_status closed = ct_container_writer_close(subject.writer);
        assert_int_equal(closed, status == CT_OK ? CT_ERR_IO : status);
        release_subject(&subject);
        if (status == CT_OK)
            break;
        assert_int_equal(status, CT_ERR_IO);
    }
}

/* ---- limits ---- */

static enum ct_status
create_files(const char *first, const char *second)
{
    struct subject subject;
    uint32_t index;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    enum ct_status status = ct_container_writer_create(subject.writer, first, &index);
    if (status == CT_OK)
        status = ct_container_writer_create(subject.writer, second, &index);
    assert_int_equal(ct_container_writer_close(subject.writer), status);
    release_subject(&subject);
    return status;
}

static void
test_limits_of_names_and_files(void **state)
{
    (void)state;
    assert_int_equal(create_files("Bad", "b"), CT_ERR_LIMIT);
    assert_int_equal(create_files("a", ""), CT_ERR_LIMIT);
    assert_int_equal(create_files("a", "a"), CT_ERR_STATE);
    assert_ok(create_files("a", "b"));
    struct subject subject;
    uint32_t index;
    init_subject(&subject);
    assert_ok(open_subject(&subject, NULL));
    for (uint32_t i = 0; i < CT_CONTAINER_ENTRY_MAX; i++) {
        const char name[] = {(char)('a' + i % 26), (char)('0' + i / 26), '\0'};
        assert_ok(ct_container_writer_create(subject.writer, name, &index));
        assert_int_equal(index, i);
    }
    assert_int_equal(ct_container_writer_create(subject.writer, "more", &index), CT_ERR_LIMIT);
    assert_int_equal(ct_container_writer_close(subject.writer), CT_ERR_LIMIT);
    assert_ok(ct_container_writer_close(NULL));
    release_subject(&subject);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_base_40),
        cmocka_unit_test(test_paths_reach_level_5),
        cmocka_unit_test(test_header_is_exact),
        cmocka_unit_test(test_sizes_around_limits),
        cmocka_unit_test(test_blocks_are_written_in_runs),
        cmocka_unit_test(test_readable_at_every_instant),
        cmocka_unit_test(test_every_failing_allocation),
        cmocka_unit_test(test_every_failing_write),
        cmocka_unit_test(test_replace_switches_at_once),
        cmocka_unit_test(test_failing_replace_leaves_the_old_file),
        cmocka_unit_test(test_limits_of_names_and_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
