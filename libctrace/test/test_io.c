/* Files and folders: the same rules on disk and in memory, and what only a disk can do wrong.
 *
 * The rules of every folder are written once and run on both. The disk tests use a folder of their
 * own below $CT_TEST_FOLDER. */
#include "ctrace/io.h"
#include "io/folder_name.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- fixtures ---- */

/* A place of its own for each test; `script/test_c.sh` empties its parent. */
static void
make_path(char *out_path, size_t capacity)
{
    const char *parent = getenv("CT_TEST_FOLDER");
    const int size =
        snprintf(out_path, capacity, "%s/ct_io_XXXXXX", parent != NULL ? parent : "/tmp");
    assert_in_range(size, 1, capacity - 1);
    assert_non_null(mkdtemp(out_path));
}

struct disk {
    char path[512];
    struct ct_folder *folder;
};

static int
open_disk(void **state)
{
    struct disk *disk = calloc(1, sizeof *disk);
    struct ct_error error = {0};
    make_path(disk->path, sizeof disk->path);
    assert_ok(ct_folder_open(disk->path, false, NULL, &disk->folder, &error));
    *state = disk;
    return 0;
}

static int
close_disk(void **state)
{
    struct disk *disk = *state;
    char name[32];
    snprintf(name, sizeof name, "%s", strrchr(disk->path, '/') + 1);
    ct_folder_close(disk->folder);
    *strrchr(disk->path, '/') = '\0';
    struct ct_folder *parent;
    assert_ok(ct_folder_open(disk->path, false, NULL, &parent, NULL));
    assert_ok(parent->ops->remove(parent, name));
    ct_folder_close(parent);
    free(disk);
    return 0;
}

static void
put_file(struct ct_folder *folder, const char *name, const char *text)
{
    struct ct_file *file;
    assert_ok(folder->ops->create(folder, name, &file));
    assert_ok(file->ops->write_at(file, 0, text, strlen(text)));
    assert_ok(ct_file_close(file));
}

static void
assert_file(struct ct_folder *folder, const char *name, const char *text)
{
    size_t size;
    uint8_t *bytes = ct_folder_read_all(folder, name, &size);
    assert_non_null(bytes);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static void
assert_absent(struct ct_folder *folder, const char *name)
{
    struct ct_file *file;
    assert_int_equal(folder->ops->open(folder, name, &file), CT_ERR_NOT_FOUND);
}

/* What lies at `name` below the disk's folder. */
static const char *
path_of(const struct disk *disk, const char *name)
{
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", disk->path, name);
    return path;
}

/* ---- rules of every folder ---- */

static void
check_reading_and_writing(struct ct_folder *folder)
{
    struct ct_file *file;
    struct ct_file *reader;
    char bytes[8] = {0};
    uint64_t size;
    assert_ok(folder->ops->create(folder, "a", &file));
    assert_ok(file->ops->write_at(file, 6, "gh", 2)); /* a hole before it */
    assert_ok(file->ops->write_at(file, 0, "ab", 2));
    assert_ok(file->ops->write_at(file, 1, "", 0));
    assert_ok(file->ops->size_get(file, &size));
    assert_int_equal(size, 8);
    assert_ok(folder->ops->open(folder, "a", &reader));
    assert_ok(reader->ops->read_at(reader, 0, bytes, 8));
    assert_memory_equal(bytes, "ab\0\0\0\0gh", 8);
    assert_ok(file->ops->write_at(file, 8, "ij", 2));
    assert_ok(reader->ops->read_at(reader, 7, bytes, 3)); /* a reader sees it grow */
    assert_memory_equal(bytes, "hij", 3);
    assert_ok(reader->ops->read_at(reader, 10, bytes, 0));
    assert_int_equal(reader->ops->read_at(reader, 9, bytes, 2), CT_ERR_FORMAT);
    assert_int_equal(reader->ops->read_at(reader, UINT64_MAX, bytes, 2), CT_ERR_FORMAT);
    assert_int_equal(reader->ops->write_at(reader, 0, "x", 1), CT_ERR_IO);
    assert_int_equal(file->ops->write_at(file, UINT64_MAX, "x", 1), CT_ERR_IO);
    assert_ok(file->ops->sync(file));
    assert_ok(ct_file_close(reader));
    assert_ok(ct_file_close(file));
}

static void
check_names(struct ct_folder *folder)
{
    static const char *const refused[] = {"",     "/",    "/a",     "a/",  "a//b", ".",   "..",
                                          "../a", "a/..", "a/../b", "./a", "a/.",  "..//"};
    struct ct_file *file;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(folder->ops->create(folder, refused[i], &file), CT_ERR_LIMIT);
        assert_int_equal(folder->ops->open(folder, refused[i], &file), CT_ERR_LIMIT);
        assert_int_equal(folder->ops->remove(folder, refused[i]), CT_ERR_LIMIT);
    }
    put_file(folder, "...", "dots");
    put_file(folder, "..a/.b/c..", "deep");
    assert_file(folder, "...", "dots");
    assert_file(folder, "..a/.b/c..", "deep");
}

static void
check_lifetime(struct ct_folder *folder)
{
    struct ct_file *old;
    char byte;
    put_file(folder, "a", "long text");
    put_file(folder, "a", "short"); /* truncated first */
    assert_file(folder, "a", "short");
    assert_ok(folder->ops->open(folder, "a", &old));
    assert_ok(folder->ops->remove(folder, "a"));
    assert_absent(folder, "a");
    assert_ok(old->ops->read_at(old, 0, &byte, 1)); /* open files outlive their names */
    assert_int_equal(byte, 's');
    assert_ok(ct_file_close(old));
    assert_ok(folder->ops->remove(folder, "a")); /* absent is as good as removed */
    assert_ok(folder->ops->remove(folder, "no/such/folder"));
    assert_absent(folder, "no/such/folder");
}

static void
check_trees(struct ct_folder *folder)
{
    put_file(folder, "files/app/main.rb", "1");
    put_file(folder, "files/app/lib/a.rb", "2");
    put_file(folder, "files/other.rb", "3");
    put_file(folder, "files.json", "4"); /* begins like the tree, is none of it */
    assert_ok(folder->ops->remove(folder, "files/app"));
    assert_absent(folder, "files/app/main.rb");
    assert_absent(folder, "files/app/lib/a.rb");
    assert_file(folder, "files/other.rb", "3");
    assert_ok(folder->ops->remove(folder, "files"));
    assert_absent(folder, "files/other.rb");
    assert_file(folder, "files.json", "4");
}

static void
check_folder(struct ct_folder *folder)
{
    check_reading_and_writing(folder);
    check_names(folder);
    check_lifetime(folder);
    check_trees(folder);
}

static void
test_disk_follows_the_rules(void **state)
{
    check_folder(((struct disk *)*state)->folder);
}

static void
test_memory_follows_the_rules(void **state)
{
    (void)state;
    struct ct_failing_alloc failing;
    struct ct_folder *folder;
    ct_failing_alloc_init(&failing, 0);
    assert_ok(ct_folder_memory_new(&failing.alloc, &folder));
    check_folder(folder);
    ct_folder_close(folder);
    assert_int_equal(failing.live_count, 0);
    ct_folder_close(NULL);
    assert_ok(ct_file_close(NULL));
}

static enum ct_status
use_folder(struct ct_folder *folder)
{
    struct ct_file *file;
    CT_TRY(folder->ops->create(folder, "d/a", &file));
    const enum ct_status written = file->ops->write_at(file, 5000, "abc", 3);
    const enum ct_status closed = ct_file_close(file);
    CT_TRY(written != CT_OK ? written : closed);
    CT_TRY(folder->ops->open(folder, "d/a", &file));
    return ct_file_close(file);
}

static void
test_failing_memory_leaves_nothing_behind(void **state)
{
    const struct disk *disk = *state;
    struct ct_failing_alloc failing = {0};
    for (size_t n = 1; n == 1 || ct_failing_alloc_has_failed(&failing); n++) {
        struct ct_folder *folder;
        ct_failing_alloc_init(&failing, n);
        enum ct_status status = ct_folder_memory_new(&failing.alloc, &folder);
        if (status == CT_OK) {
            status = use_folder(folder);
            ct_folder_close(folder);
        }
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    }
    for (size_t n = 1; n == 1 || ct_failing_alloc_has_failed(&failing); n++) {
        struct ct_folder *folder;
        ct_failing_alloc_init(&failing, n);
        enum ct_status status = ct_folder_open(disk->path, true, &failing.alloc, &folder, NULL);
        if (status == CT_OK) {
            status = use_folder(folder);
            ct_folder_close(folder);
        }
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    }
}

/* ---- a file in memory ---- */

static void
test_borrowed_bytes_are_read_only(void **state)
{
    (void)state;
    struct ct_file *file;
    uint64_t size;
    char bytes[3] = {0};
    assert_ok(ct_file_memory_open("abc", 3, NULL, &file));
    assert_ok(file->ops->size_get(file, &size));
    assert_int_equal(size, 3);
    assert_ok(file->ops->read_at(file, 1, bytes, 2));
    assert_string_equal(bytes, "bc");
    assert_int_equal(file->ops->read_at(file, 2, bytes, 2), CT_ERR_FORMAT);
    assert_int_equal(file->ops->read_at(file, UINT64_MAX, bytes, 1), CT_ERR_FORMAT);
    assert_int_equal(file->ops->write_at(file, 0, "x", 1), CT_ERR_IO);
    assert_ok(file->ops->sync(file));
    assert_ok(ct_file_close(file));
}

/* ---- only on disk ---- */

static mode_t
mode_of(const char *path)
{
    struct stat found;
    assert_int_equal(lstat(path, &found), 0);
    return found.st_mode & 0777;
}

static void
test_traces_are_private(void **state)
{
    const struct disk *disk = *state;
    const mode_t old_mask = umask(0);
    struct ct_folder *below;
    put_file(disk->folder, "d/e/a", "secret");
    assert_int_equal(mode_of(path_of(disk, "d")), 0700);
    assert_int_equal(mode_of(path_of(disk, "d/e")), 0700);
    assert_int_equal(mode_of(path_of(disk, "d/e/a")), 0600);
    assert_int_equal(chmod(path_of(disk, "d/e/a"), 0644), 0);
    put_file(disk->folder, "d/e/a", "secret"); /* an old file in its place, too */
    assert_int_equal(mode_of(path_of(disk, "d/e/a")), 0600);
    assert_ok(ct_folder_open(path_of(disk, "new/er/est"), true, NULL, &below, NULL));
    assert_int_equal(mode_of(path_of(disk, "new")), 0700);
    assert_int_equal(mode_of(path_of(disk, "new/er/est")), 0700);
    ct_folder_close(below);
    umask(old_mask);
}

static void
test_descriptors_close_on_exec(void **state)
{
    const struct disk *disk = *state;
    struct ct_file *file;
    const int before = dup(STDOUT_FILENO);
    close(before); /* the number that the next one gets */
    assert_ok(disk->folder->ops->create(disk->folder, "a", &file));
    bool is_found = false;
    for (int fd = before; fd < before + 4; fd++) {
        const int flags = fcntl(fd, F_GETFD);
        is_found |= flags >= 0;
        assert_true(flags < 0 || (flags & FD_CLOEXEC) != 0);
    }
    assert_true(is_found);
    assert_ok(ct_file_close(file));
}

static void
test_symlinks_are_not_followed(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *folder = disk->folder;
    struct ct_file *file;
    put_file(folder, "target/a", "kept");
    assert_int_equal(symlink("target/a", path_of(disk, "link")), 0);
    assert_int_equal(symlink("target", path_of(disk, "folder_link")), 0);
    assert_int_equal(folder->ops->create(folder, "link", &file), CT_ERR_IO);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(folder->ops->open(folder, "link", &file), CT_ERR_IO);
    assert_int_equal(folder->ops->create(folder, "folder_link/b", &file), CT_ERR_IO);
    assert_int_not_equal(folder->ops->open(folder, "folder_link/a", &file), CT_OK);
    assert_ok(folder->ops->remove(folder, "folder_link/a")); /* nothing is there for us */
    assert_file(folder, "target/a", "kept");
    assert_int_equal(symlink("../target", path_of(disk, "target/self")), 0);
    put_file(folder, "tree/b", "");
    assert_int_equal(symlink("../target", path_of(disk, "tree/link")), 0);
    assert_ok(folder->ops->remove(folder, "tree")); /* the link goes, its target stays */
    assert_ok(folder->ops->remove(folder, "folder_link"));
    assert_file(folder, "target/a", "kept");
}

static void
test_only_regular_files_are_opened(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *folder = disk->folder;
    struct ct_file *file;
    struct ct_error error = {0};
    assert_int_equal(mkfifo(path_of(disk, "fifo"), 0600), 0);
    assert_int_equal(folder->ops->open(folder, "fifo", &file), CT_ERR_IO); /* and does not block */
    assert_int_equal(folder->ops->create(folder, "fifo", &file), CT_ERR_IO);
    assert_int_equal(ct_file_open(path_of(disk, "fifo"), NULL, &file, &error), CT_ERR_IO);
    assert_int_equal(ct_file_open(disk->path, NULL, &file, &error), CT_ERR_IO);
    assert_int_equal(error.errno_value, EISDIR);
    assert_int_equal(ct_file_open(path_of(disk, "none"), NULL, &file, &error), CT_ERR_NOT_FOUND);
    assert_int_equal(ct_file_open("", NULL, &file, NULL), CT_ERR_NOT_FOUND);
}

static void
test_folders_are_found_or_made(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *folder;
    struct ct_error error = {0};
    assert_int_equal(ct_folder_open(path_of(disk, "no"), false, NULL, &folder, &error),
                     CT_ERR_NOT_FOUND);
    assert_string_equal(error.message, strerror(ENOENT));
    put_file(disk->folder, "a", "");
    assert_int_equal(ct_folder_open(path_of(disk, "a/b"), true, NULL, &folder, &error), CT_ERR_IO);
    assert_int_equal(error.errno_value, ENOTDIR);
    assert_int_equal(ct_folder_open("", true, NULL, &folder, &error), CT_ERR_IO);
    assert_ok(ct_folder_open(path_of(disk, "d//e/"), true, NULL, &folder, &error));
    put_file(folder, "a", "text");
    ct_folder_close(folder);
    assert_file(disk->folder, "d/e/a", "text");
}

static void
test_removal_is_bounded(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *folder = disk->folder;
    enum { DEPTH = 300 };
    char name[2 * DEPTH + 1];
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(name + 2 * i, "d/", 2);
    name[2 * DEPTH - 1] = '\0';
    put_file(folder, name, "bottom");
    assert_int_equal(folder->ops->remove(folder, "d"), CT_ERR_LIMIT);
    assert_file(folder, name, "bottom");
    while (strlen(name) > 1) { /* from the bottom it goes, for the next test's sake */
        assert_ok(folder->ops->remove(folder, name));
        name[strlen(name) - 2] = '\0';
    }
    assert_ok(folder->ops->remove(folder, "d"));
    assert_absent(folder, "d");
}

static void
test_disk_refusals_keep_errno(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *folder = disk->folder;
    struct ct_file *file;
    char name[400];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(folder->ops->create(folder, name, &file), CT_ERR_IO);
    assert_int_equal(errno, ENAMETOOLONG);
    name[300] = '/';
    assert_int_equal(folder->ops->create(folder, name, &file), CT_ERR_IO);
    assert_int_equal(errno, ENAMETOOLONG);
}

static void
test_components_are_measured(void **state)
{
    (void)state;
    assert_int_equal(ct_folder_name_component_size("ab/c"), 2);
    assert_int_equal(ct_folder_name_component_size("abc"), 3);
}

static void
assert_extends(struct ct_folder *folder)
{
    struct ct_file *file;
    put_file(folder, "sub/grown", "one,");
    assert_ok(folder->ops->extend(folder, "sub/grown", &file));
    assert_ok(file->ops->write_at(file, 4, "two", 3));
    assert_ok(ct_file_close(file));
    assert_file(folder, "sub/grown", "one,two");
    assert_int_equal(folder->ops->extend(folder, "sub/none", &file), CT_ERR_NOT_FOUND);
    assert_int_equal(folder->ops->extend(folder, "../out", &file), CT_ERR_LIMIT);
    assert_ok(folder->ops->remove(folder, "sub"));
}

static void
assert_renames(struct ct_folder *folder)
{
    put_file(folder, "old", "older");
    put_file(folder, "new", "newer");
    assert_ok(folder->ops->rename(folder, "new", "old"));
    assert_file(folder, "old", "newer");
    assert_absent(folder, "new");
    assert_ok(folder->ops->rename(folder, "old", "other"));
    assert_file(folder, "other", "newer");
    assert_int_equal(folder->ops->rename(folder, "old", "other"), CT_ERR_NOT_FOUND);
    assert_int_equal(folder->ops->rename(folder, "other", "../out"), CT_ERR_LIMIT);
    assert_file(folder, "other", "newer");
    assert_ok(folder->ops->remove(folder, "other"));
}

static void
test_renaming_replaces(void **state)
{
    const struct disk *disk = *state;
    struct ct_folder *memory;
    assert_renames(disk->folder);
    assert_extends(disk->folder);
    assert_ok(ct_folder_memory_new(NULL, &memory));
    assert_renames(memory);
    assert_extends(memory);
    ct_folder_close(memory);
}

#define DISK_TEST(test) cmocka_unit_test_setup_teardown(test, open_disk, close_disk)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(test_disk_follows_the_rules),
        cmocka_unit_test(test_memory_follows_the_rules),
        DISK_TEST(test_failing_memory_leaves_nothing_behind),
        cmocka_unit_test(test_borrowed_bytes_are_read_only),
        DISK_TEST(test_traces_are_private),
        DISK_TEST(test_descriptors_close_on_exec),
        DISK_TEST(test_symlinks_are_not_followed),
        DISK_TEST(test_only_regular_files_are_opened),
        DISK_TEST(test_folders_are_found_or_made),
        DISK_TEST(test_removal_is_bounded),
        DISK_TEST(test_renaming_replaces),
        DISK_TEST(test_disk_refusals_keep_errno),
        cmocka_unit_test(test_components_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
