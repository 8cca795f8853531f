/* Containers that nobody should trust: damaged, cut, foreign, enormous.
 *
 * A sound container is made in memory, one place of it is changed, and the reader must name that
 * place. The enormous ones live in a sparse file that keeps only blocks with something in them. */
#include "base/bytes.h"
#include "container/block_path.h"
#include "container/container_reader.h"
#include "container/container_writer.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE    CT_CONTAINER_BLOCK_SIZE
#define CHAIN_SLOT    CT_CONTAINER_FANOUT
#define LEVEL_3_START (UINT64_C(511) + 511 * 511)

/* ---- a sound container ---- */

struct image {
    uint8_t *bytes;
    size_t size;
};

/* "log" with `log_size` bytes of noise, rooted in block 1, and "fmt" behind it. */
static struct image
make_image(size_t log_size)
{
    struct ct_folder *folder;
    struct ct_file *file;
    struct ct_container_writer *writer;
    struct image image;
    uint32_t log;
    uint32_t format;
    uint8_t *noise = malloc(log_size);
    ct_noise_put(noise, log_size, 1);
    assert_ok(ct_folder_memory_new(NULL, &folder));
    assert_ok(folder->ops->create(folder, "trace.ct", &file));
    assert_ok(ct_container_writer_open(file, NULL, &writer));
    assert_ok(ct_container_writer_create(writer, "log", &log));
    assert_ok(ct_container_writer_create(writer, "fmt", &format));
    assert_ok(ct_container_writer_append(writer, log, noise, log_size));
    assert_ok(ct_container_writer_append(writer, format, "binary", 6));
    assert_ok(ct_container_writer_close(writer));
    image.bytes = ct_folder_read_all(folder, "trace.ct", &image.size);
    ct_folder_close(folder);
    free(noise);
    return image;
}

static void
put_pointer(struct image *image, uint64_t block, uint32_t slot, uint64_t value)
{
    ct_bytes_put_u64(image->bytes + block * BLOCK_SIZE + slot * 8u, value);
}

static uint64_t
get_pointer(const struct image *image, uint64_t block, uint32_t slot)
{
    return ct_bytes_get_u64(image->bytes + block * BLOCK_SIZE + slot * 8u);
}

/* Opens and reads the whole of `name`, block by block; stops at the first refusal. */
static enum ct_status
read_image(const struct image *image, const char *name, struct ct_error *error)
{
    struct ct_file *file;
    struct ct_container_reader *reader;
    uint8_t bytes[BLOCK_SIZE];
    *error = (struct ct_error){0};
    assert_ok(ct_file_memory_open(image->bytes, image->size, NULL, &file));
    enum ct_status status = ct_container_reader_open(file, NULL, &reader, error);
    if (status == CT_OK) {
        const struct ct_container_entry *entry = ct_container_reader_find(reader, name);
        const uint64_t size = entry != NULL ? entry->size : 0;
        for (uint64_t offset = 0; offset < size && status == CT_OK; offset += BLOCK_SIZE) {
            const uint64_t rest = size - offset;
            status = ct_container_reader_read(reader, entry, offset, bytes,
                                              rest < BLOCK_SIZE ? (size_t)rest : BLOCK_SIZE, error);
        }
        ct_container_reader_close(reader);
    }
    assert_ok(ct_file_close(file));
    return status;
}

static void
assert_refused(const struct image *image, const char *name, uint64_t offset)
{
    struct ct_error error;
    assert_int_equal(read_image(image, name, &error), CT_ERR_FORMAT);
    assert_int_equal(error.status, CT_ERR_FORMAT);
    assert_int_equal(error.offset, offset);
    assert_string_equal(error.file, "trace.ct");
    assert_true(error.message[0] != '\0');
}

static void
assert_accepted(const struct image *image, const char *name)
{
    struct ct_error error;
    assert_ok(read_image(image, name, &error));
}

/* ---- headers ---- */

static void
assert_header_refused(uint32_t offset, uint8_t value, uint64_t offset_named)
{
    struct image image = make_image(100);
    image.bytes[offset] = value;
    assert_refused(&image, "log", offset_named);
    free(image.bytes);
}

static void
test_foreign_headers_are_refused(void **state)
{
    (void)state;
    assert_header_refused(0, 0xC1, 0);
    assert_header_refused(4, 0x00, 0);
    assert_header_refused(5, 1, 5);
    assert_header_refused(5, 5, 5);
    assert_header_refused(6, 1, 6);                /* encrypted */
    assert_header_refused(8, 1, 8);                /* 4097-byte blocks */
    assert_header_refused(9, 0, 8);                /* 0 */
    assert_header_refused(9, 0x02, 8);             /* 512 */
    assert_header_refused(9, 0x20, 8);             /* 8192 */
    assert_header_refused(12, 171, 12);            /* one entry more than fits */
    assert_header_refused(15, 0xFF, 12);           /* four thousand million */
    assert_header_refused(16 + 23, 0xFF, 16 + 16); /* a name of 13 digits */
}

static void
test_old_versions_are_read(void **state)
{
    (void)state;
    struct image image = make_image(100);
    for (uint8_t version = 2; version <= 3; version++) {
        image.bytes[5] = version;
        image.bytes[7] = 0;
        assert_accepted(&image, "log");
        image.bytes[7] = 1; /* encryption, in these */
        assert_refused(&image, "log", 7);
    }
    image.bytes[5] = 4;
    image.bytes[7] = 200; /* shards: of no effect */
    assert_accepted(&image, "log");
    image.bytes[12] = 128; /* as one known file has */
    assert_accepted(&image, "fmt");
    image.bytes[12] = 170;
    assert_accepted(&image, "fmt");
    image.bytes[12] = 1;
    assert_accepted(&image, "log");
    free(image.bytes);
}

static void
test_entries_are_found(void **state)
{
    (void)state;
    struct image image = make_image(5000);
    struct ct_file *file;
    struct ct_container_reader *reader;
    uint8_t bytes[2];
    struct ct_error error = {0};
    memmove(image.bytes + 64, image.bytes + 40, 24); /* a free slot between the two */
    memset(image.bytes + 40, 0, 24);
    assert_ok(ct_file_memory_open(image.bytes, image.size, NULL, &file));
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    assert_int_equal(ct_container_reader_version(reader), 4);
    assert_int_equal(ct_container_reader_block_count(reader), image.size / BLOCK_SIZE);
    assert_int_equal(ct_container_reader_entry_count(reader), 2);
    assert_null(ct_container_reader_entry(reader, 2));
    assert_null(ct_container_reader_find(reader, ""));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, "fmt");
    assert_ptr_equal(entry, ct_container_reader_entry(reader, 1));
    assert_int_equal(entry->offset, 64);
    assert_ok(ct_container_reader_read(reader, entry, 4, bytes, 2, &error));
    assert_memory_equal(bytes, "ry", 2);
    assert_ok(ct_container_reader_read(reader, entry, 6, bytes, 0, &error));
    assert_int_equal(ct_container_reader_read(reader, entry, 5, bytes, 2, &error), CT_ERR_FORMAT);
    assert_int_equal(error.offset, 5);
    assert_string_equal(error.file, "fmt");
    assert_int_equal(ct_container_reader_read(reader, entry, UINT64_MAX, bytes, 2, NULL),
                     CT_ERR_FORMAT);
    ct_container_reader_close(reader);
    ct_container_reader_close(NULL);
    assert_ok(ct_file_close(file));
    free(image.bytes);
}

/* ---- pointers ---- */

static void
assert_pointer_refused(uint64_t block, uint32_t slot, uint64_t value)
{
    struct image image = make_image(513 * BLOCK_SIZE); /* two blocks into level 2 */
    assert_accepted(&image, "log");
    put_pointer(&image, block, slot, value);
    assert_refused(&image, "log", block * BLOCK_SIZE + slot * 8);
    free(image.bytes);
}

static void
test_bad_pointers_are_refused(void **state)
{
    (void)state;
    struct image image = make_image(513 * BLOCK_SIZE);
    const uint64_t block_count = image.size / BLOCK_SIZE;
    const uint64_t second = get_pointer(&image, 1, CHAIN_SLOT); /* the head of level 2 */
    const uint64_t child = get_pointer(&image, second, 0);
    free(image.bytes);
    const uint64_t outside[] = {0, block_count, block_count + 1, UINT64_C(1) << 52, UINT64_MAX};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        assert_pointer_refused(0, 3, outside[i]); /* the root: 24 = 3 * 8 */
        assert_pointer_refused(1, 0, outside[i]);
        assert_pointer_refused(1, 510, outside[i]);
        assert_pointer_refused(1, CHAIN_SLOT, outside[i]);
        assert_pointer_refused(second, 0, outside[i]);
        assert_pointer_refused(child, 1, outside[i]);
    }
    assert_pointer_refused(1, 3, 1); /* circles */
    assert_pointer_refused(1, CHAIN_SLOT, 1);
    assert_pointer_refused(second, 0, second);
    assert_pointer_refused(second, 0, 1);
    assert_pointer_refused(child, 0, child);
    assert_pointer_refused(child, 0, second);
    assert_pointer_refused(child, 1, 1);
}

static void
test_sizes_that_lie_are_refused(void **state)
{
    (void)state;
    struct image image = make_image(3 * BLOCK_SIZE);
    put_pointer(&image, 0, 2, 4 * BLOCK_SIZE); /* the size of "log": 16 = 2 * 8 */
    assert_refused(&image, "log", BLOCK_SIZE + 3 * 8);
    put_pointer(&image, 0, 2, UINT64_MAX);
    assert_refused(&image, "log", BLOCK_SIZE + 3 * 8);
    for (uint32_t slot = 3; slot < CHAIN_SLOT; slot++) /* every block of it is there… */
        put_pointer(&image, 1, slot, 2);
    assert_refused(&image, "log", 16); /* …but there are not that many blocks */
    assert_accepted(&image, "fmt");
    put_pointer(&image, 0, 2, 0);
    put_pointer(&image, 0, 3, 0);
    assert_accepted(&image, "log"); /* an empty file needs no root */
    free(image.bytes);
}

/* Every cut is either harmless or refused; what lies before it can be read all the same. */
static void
test_cut_files_are_refused(void **state)
{
    (void)state;
    struct image image = make_image(6 * BLOCK_SIZE);
    const size_t whole = image.size;
    for (image.size = 0; image.size < whole; image.size += 512) {
        struct ct_error error;
        assert_int_equal(read_image(&image, "log", &error),
                         image.size < 8 * BLOCK_SIZE ? CT_ERR_FORMAT : CT_OK);
        assert_in_range(error.offset, 0, 2 * BLOCK_SIZE);
        assert_int_equal(read_image(&image, "fmt", &error), CT_ERR_FORMAT);
    }
    image.size = 5 * BLOCK_SIZE; /* three data blocks are left */
    struct ct_file *file;
    struct ct_container_reader *reader;
    struct ct_error error;
    uint8_t bytes[3 * BLOCK_SIZE];
    assert_ok(ct_file_memory_open(image.bytes, image.size, NULL, &file));
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, "log");
    assert_ok(ct_container_reader_read(reader, entry, 0, bytes, sizeof bytes, &error));
    assert_memory_equal(bytes, image.bytes + 2 * BLOCK_SIZE, sizeof bytes);
    assert_int_equal(ct_container_reader_read(reader, entry, 1, bytes, sizeof bytes, &error),
                     CT_ERR_FORMAT);
    ct_container_reader_close(reader);
    assert_ok(ct_file_close(file));
    free(image.bytes);
}

/* Whatever a changed byte does, it does within the file. */
static void
test_changed_bytes_do_no_harm(void **state)
{
    (void)state;
    struct image image = make_image(513 * BLOCK_SIZE);
    const uint64_t second = get_pointer(&image, 1, CHAIN_SLOT);
    const uint64_t blocks[] = {0, 1, second, get_pointer(&image, second, 0)};
    uint64_t random = 3;
    for (unsigned i = 0; i < 1500; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint64_t block = blocks[random >> 62];
        const uint64_t place = (random >> 40) % (block == 0 ? 64 : BLOCK_SIZE);
        uint8_t *byte = &image.bytes[block * BLOCK_SIZE + place];
        const uint8_t before = *byte;
        struct ct_error error;
        *byte = (uint8_t)(random >> 32);
        const enum ct_status status = read_image(&image, "log", &error);
        assert_true(status == CT_OK || status == CT_ERR_FORMAT);
        *byte = before;
    }
    assert_accepted(&image, "log");
    free(image.bytes);
}

static void
test_failing_memory_is_told(void **state)
{
    (void)state;
    struct image image = make_image(100);
    struct ct_failing_alloc failing = {0};
    for (size_t n = 1; n == 1 || ct_failing_alloc_has_failed(&failing); n++) {
        struct ct_file *file;
        struct ct_container_reader *reader;
        struct ct_error error = {0};
        assert_ok(ct_file_memory_open(image.bytes, image.size, NULL, &file));
        ct_failing_alloc_init(&failing, n);
        const enum ct_status status =
            ct_container_reader_open(file, &failing.alloc, &reader, &error);
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(error.status, status);
        if (status == CT_OK)
            ct_container_reader_close(reader);
        assert_int_equal(failing.live_count, 0);
        assert_ok(ct_file_close(file));
    }
    free(image.bytes);
}

/* ---- other geometries ---- */

/* 1024-byte blocks hold 127 pointers and the chain; data block 127 is the first of level 2. */
static void
test_small_blocks_are_read(void **state)
{
    (void)state;
    enum { SIZE = 1024, LEVEL_2 = 2, LEVEL_1 = 3, DATA = 4, COUNT = 5 };
    uint8_t bytes[COUNT * SIZE] = "\xC0\xDE\x72\xAC\xE2\x02";
    uint64_t name;
    assert_ok(ct_container_name_encode("a", &name));
    ct_bytes_put_u32(bytes + 8, SIZE);
    ct_bytes_put_u32(bytes + 12, 42);
    ct_bytes_put_u64(bytes + 16, UINT64_C(128) * SIZE);
    ct_bytes_put_u64(bytes + 24, 1);
    ct_bytes_put_u64(bytes + 32, name);
    ct_bytes_put_u64(bytes + SIZE + 127 * 8, LEVEL_2);
    ct_bytes_put_u64(bytes + LEVEL_2 * SIZE, LEVEL_1);
    ct_bytes_put_u64(bytes + LEVEL_1 * SIZE, DATA);
    struct ct_file *file;
    struct ct_container_reader *reader;
    struct ct_error error;
    uint8_t found;
    /* Block 127 of a file of 5 blocks cannot be; announce more, as a sparse file would have. */
    uint8_t *padded = calloc(200, SIZE);
    memcpy(padded, bytes, sizeof bytes);
    padded[DATA * SIZE + 9] = 77;
    assert_ok(ct_file_memory_open(padded, 200 * SIZE, NULL, &file));
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, "a");
    assert_ok(ct_container_reader_read(reader, entry, 127 * SIZE + 9, &found, 1, &error));
    assert_int_equal(found, 77);
    ct_container_reader_close(reader);
    assert_ok(ct_file_close(file));
    free(padded);
}

/* ---- files from elsewhere ---- */

static void
check_golden(const char *path, const char *name, const char *content)
{
    struct ct_file *file;
    struct ct_container_reader *reader;
    struct ct_error error = {0};
    char bytes[64] = {0};
    assert_ok(ct_file_open(path, NULL, &file, &error));
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    assert_int_equal(ct_container_reader_entry_count(reader), 4);
    const struct ct_container_entry *entry = ct_container_reader_find(reader, name);
    assert_non_null(entry);
    assert_int_equal(entry->size, strlen(content));
    assert_ok(ct_container_reader_read(reader, entry, 0, bytes, strlen(content), &error));
    assert_string_equal(bytes, content);
    assert_int_equal(ct_container_reader_find(reader, "events.log")->offset, 16);
    ct_container_reader_close(reader);
    assert_ok(ct_file_close(file));
}

static void
test_golden_containers_are_read(void **state)
{
    (void)state;
    check_golden("libctrace/test/golden/flow_combined.ct", "events.fmt", "split-binary");
    check_golden("libctrace/test/golden/threads_expressions_combined.ct", "events.fmt",
                 "split-binary");
}

/* ---- a sparse file ---- */

struct sparse_block {
    uint64_t block;
    uint8_t bytes[BLOCK_SIZE];
};

/* Blocks in order of first writing; looked up by a plain index of all block numbers. */
struct sparse_file {
    struct ct_file file;
    uint64_t size;
    struct sparse_block **blocks; /* by number; NULL all zeroes */
    uint64_t capacity;
};

static uint8_t *
find_sparse(struct ct_file *file, uint64_t offset, bool create)
{
    struct sparse_file *self = (struct sparse_file *)file;
    const uint64_t block = offset / BLOCK_SIZE;
    assert_true(block < self->capacity);
    if (self->blocks[block] == NULL && create)
        self->blocks[block] = calloc(1, sizeof **self->blocks);
    return self->blocks[block] != NULL ? self->blocks[block]->bytes + offset % BLOCK_SIZE : NULL;
}

static enum ct_status
read_sparse(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size)
{
    uint8_t *out = out_bytes;
    while (size > 0) {
        const size_t room = BLOCK_SIZE - (size_t)(offset % BLOCK_SIZE);
        const size_t part = size < room ? size : room;
        const uint8_t *bytes = find_sparse(file, offset, false);
        if (bytes != NULL)
            memcpy(out, bytes, part);
        else
            memset(out, 0, part);
        out += part;
        offset += part;
        size -= part;
    }
    return CT_OK;
}

static enum ct_status
write_sparse(struct ct_file *file, uint64_t offset, const void *bytes, size_t size)
{
    static const uint8_t zeroes[BLOCK_SIZE];
    struct sparse_file *self = (struct sparse_file *)file;
    const uint8_t *next = bytes;
    if (offset + size > self->size)
        self->size = offset + size;
    while (size > 0) {
        const size_t room = BLOCK_SIZE - (size_t)(offset % BLOCK_SIZE);
        const size_t part = size < room ? size : room;
        const bool is_needed = memcmp(next, zeroes, part) != 0;
        uint8_t *kept = find_sparse(file, offset, is_needed);
        if (kept != NULL)
            memcpy(kept, next, part);
        next += part;
        offset += part;
        size -= part;
    }
    return CT_OK;
}

static enum ct_status
size_sparse(struct ct_file *file, uint64_t *out_size)
{
    *out_size = ((const struct sparse_file *)file)->size;
    return CT_OK;
}

static enum ct_status
keep_sparse(struct ct_file *file)
{
    (void)file; /* the test owns it */
    return CT_OK;
}

static const struct ct_file_ops sparse_ops = {
    .read_at = read_sparse,
    .write_at = write_sparse,
    .size_get = size_sparse,
    .sync = keep_sparse,
    .close = keep_sparse,
};

static void
write_tagged(struct ct_container_writer *writer, uint32_t index, const uint64_t *tags,
             uint64_t block_count)
{
    enum { STEP = 4 };
    uint8_t *bytes = calloc(256, BLOCK_SIZE);
    uint64_t block = 0;
    while (block < block_count) {
        /* Small steps around the tags, large ones between them. */
        uint64_t count = *tags > block + 256 + STEP ? 256 : STEP;
        if (count > block_count - block)
            count = block_count - block;
        uint8_t *tagged = NULL;
        if (*tags >= block && *tags < block + count) {
            tagged = bytes + (*tags - block) * BLOCK_SIZE;
            ct_bytes_put_u64(tagged, *tags++ + 1);
        }
        assert_ok(ct_container_writer_append(writer, index, bytes, (size_t)count * BLOCK_SIZE));
        if (tagged != NULL)
            ct_bytes_put_u64(tagged, 0);
        block += count;
    }
    free(bytes);
}

static void
check_tagged(struct ct_file *file, const uint64_t *tags)
{
    struct ct_container_reader *reader;
    struct ct_error error;
    assert_ok(ct_container_reader_open(file, NULL, &reader, &error));
    const struct ct_container_entry *entry = ct_container_reader_find(reader, "log");
    for (; *tags != UINT64_MAX; tags++) {
        uint8_t bytes[8];
        assert_ok(ct_container_reader_read(reader, entry, *tags * BLOCK_SIZE, bytes, 8, &error));
        assert_true(ct_bytes_get_u64(bytes) == *tags + 1);
        if (*tags + 1 < entry->size / BLOCK_SIZE && tags[1] != *tags + 1) {
            assert_ok(ct_container_reader_read(reader, entry, (*tags + 1) * BLOCK_SIZE, bytes, 8,
                                               &error));
            assert_true(ct_bytes_get_u64(bytes) == 0);
        }
    }
    ct_container_reader_close(reader);
}

/* More than a gigabyte of zeroes, but for one tag in each place where the mapping changes its way.
 */
static void
test_level_3_reads_back(void **state)
{
    (void)state;
    static const uint64_t tags[] = {0,
                                    510,
                                    516,
                                    1021,
                                    1029,
                                    131072,
                                    LEVEL_3_START - 1,
                                    LEVEL_3_START + 4,
                                    LEVEL_3_START + 511,
                                    LEVEL_3_START + 1100,
                                    UINT64_MAX};
    const uint64_t block_count = LEVEL_3_START + 1200;
    struct sparse_file sparse = {.file.ops = &sparse_ops, .capacity = block_count + 2000};
    sparse.blocks = calloc((size_t)sparse.capacity, sizeof(struct sparse_block *));
    struct ct_container_writer *writer;
    uint32_t index;
    assert_ok(ct_container_writer_open(&sparse.file, NULL, &writer));
    assert_ok(ct_container_writer_create(writer, "log", &index));
    write_tagged(writer, index, tags, block_count);
    assert_ok(ct_container_writer_close(writer));
    check_tagged(&sparse.file, tags);
    for (uint64_t i = 0; i < sparse.capacity; i++)
        free(sparse.blocks[i]);
    free(sparse.blocks);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_headers_are_refused),
        cmocka_unit_test(test_old_versions_are_read),
        cmocka_unit_test(test_entries_are_found),
        cmocka_unit_test(test_bad_pointers_are_refused),
        cmocka_unit_test(test_sizes_that_lie_are_refused),
        cmocka_unit_test(test_cut_files_are_refused),
        cmocka_unit_test(test_changed_bytes_do_no_harm),
        cmocka_unit_test(test_failing_memory_is_told),
        cmocka_unit_test(test_small_blocks_are_read),
        cmocka_unit_test(test_golden_containers_are_read),
        cmocka_unit_test(test_level_3_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
