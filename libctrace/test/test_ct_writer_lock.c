/* The writer's lock on its trace: taken behind a reader's, and given up where a reader keeps it.
 *
 * The writer is no library: its source is part of this program. */
#include "support.h"
#include "timeline_run.h"

#include <stdlib.h>
#include <time.h>

static int pause_and_let_go(const struct timespec *time, struct timespec *rest);
#define nanosleep pause_and_let_go
#include "../tools/ct_writer_lock.c"
#undef nanosleep

static int
reading_lock(const char *folder)
{
    int fd = open_file(folder, "trace.ct");
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_SH), 0);
    return fd;
}

/* The reader lets go while the writer tries: at its `tries_until_free`-th pause. */
static int reading, tries_until_free;

static int
pause_and_let_go(const struct timespec *time, struct timespec *rest)
{
    (void)time;
    (void)rest;
    if (--tries_until_free == 0)
        close(reading);
    return 0;
}

static void
write_trace(const char *folder)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/trace.ct", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void
test_behind_a_reader(void **state)
{
    struct scratch scratch;
    (void)state;
    scratch_make(&scratch);
    write_trace(scratch.path);
    reading = reading_lock(scratch.path);
    tries_until_free = 3;
    int fd = ct_writer_lock_take(scratch.path, "trace.ct");
    assert_int_equal(tries_until_free, 0);
    assert_int_equal(ct_writer_lock_check(scratch.path), CT_ERR_STATE);
    close(fd);
    assert_int_equal(ct_writer_lock_check(scratch.path), CT_OK);
    scratch_remove(&scratch);
}

static void
test_reader_that_stays(void **state)
{
    struct scratch scratch;
    (void)state;
    scratch_make(&scratch);
    write_trace(scratch.path);
    reading = reading_lock(scratch.path);
    int fd = ct_writer_lock_take(scratch.path, "trace.ct");
    assert_true(fd >= 0);
    assert_int_equal(ct_writer_lock_check(scratch.path), CT_OK);
    close(fd);
    close(reading);
    scratch_remove(&scratch);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_behind_a_reader),
        cmocka_unit_test(test_reader_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
