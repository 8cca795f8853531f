/* The writer process from end to end: a C program records through a spool, ct-writer writes the
 * trace.
 *
 * The program is a forked child; this process holds the shared memory too and so sees the result.
 * The executable is the one beside the test programs: BUILD/ct-writer for
 * BUILD/test/test_ct_writer. */
#include "support.h"

#include "ctrace/spool.h"
#include "timeline_run.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS 30000000000ull /* a machine may be busy; a sound run needs milliseconds */
#define STEP_COUNT  20000u

enum name_id { NAME_X, NAME_METHOD };

/* A recording: this process holds the spool and both ends of the pipe, as a program would. */
struct session {
    struct scratch scratch;
    struct ct_spool_producer spool;
    int life_fd; /* write end; -1 once closed */
    pid_t writer;
};

static void
find_writer(char *out_path)
{
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(size > 0);
    self[size] = '\0';
    const char *build = dirname(dirname(self));
    snprintf(out_path, PATH_MAX, "%s/ct-writer", build);
    if (getenv("CT_WRITER") != NULL)
        snprintf(out_path, PATH_MAX, "%s", getenv("CT_WRITER"));
    if (access(out_path, X_OK) != 0) {
        print_message("skipped: %s is not built\n", out_path);
        skip();
    }
}

/* In the child: descriptors as a recorder's starter leaves them. */
static void
exec_writer(const char *path, int memory_fd, int life_fd)
{
    char pid_text[16];
    snprintf(pid_text, sizeof pid_text, "%d", (int)getppid());
    memory_fd = fcntl(memory_fd, F_DUPFD, 10);
    life_fd = fcntl(life_fd, F_DUPFD, 10);
    dup2(memory_fd, 3);
    dup2(life_fd, 4);
    for (int fd = 5; fd < 256; fd++)
        close(fd);
    execl(path, path, "3", "4", pid_text, (char *)NULL);
    _exit(127);
}

static void
open_limited_session(struct session *session, rlim_t file_size_max)
{
    char path[PATH_MAX];
    int ends[2];
    find_writer(path);
    scratch_make(&session->scratch);
    assert_ok(ct_spool_producer_open(&session->spool, 1, NULL));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    session->writer = fork();
    if (session->writer == 0) {
        const struct rlimit limit = {.rlim_cur = file_size_max, .rlim_max = file_size_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        exec_writer(path, session->spool.memory_fd, ends[0]);
    }
    close(ends[0]);
    session->life_fd = ends[1];
}

static void
open_session(struct session *session)
{
    open_limited_session(session, RLIM_INFINITY);
}

static void
close_life(struct session *session)
{
    if (session->life_fd >= 0)
        close(session->life_fd);
    session->life_fd = -1;
}

static int
close_session(struct session *session)
{
    int status = -1;
    close_life(session);
    assert_int_equal(waitpid(session->writer, &status, 0), session->writer);
    ct_spool_producer_close(&session->spool);
    scratch_remove(&session->scratch);
    return status;
}

/* Waits for DONE or FAILED. */
static const struct ct_spool_result *
require_result(struct session *session, enum ct_spool_state state)
{
    const struct ct_spool_shared *shared = session->spool.shared;
    assert_ok(ct_spool_producer_wait_done(&session->spool, PATIENCE_NS));
    if (shared->result.message[0] != '\0')
        print_message("the writer says: %s\n", shared->result.message);
    assert_int_equal(atomic_load(&shared->state), state);
    return &shared->result;
}

/* ---- the program ---- */

static void
put(struct ct_spool_producer *spool, const struct record_builder *builder)
{
    const uint8_t *at = builder->bytes.bytes, *end = at + builder->bytes.size;
    for (size_t size; at < end; at += size) {
        size = ((const struct ct_spool_record *)at)->size;
        uint8_t *room = ct_spool_reserve(spool, size);
        while (room == NULL) {
            enum ct_status status = ct_spool_producer_wait(spool, size, PATIENCE_NS);
            if (status == CT_ERR_STATE)
                return; /* the writer gave up: so does the recording */
            assert_ok(status);
            room = ct_spool_reserve(spool, size);
        }
        memcpy(room, at, size);
        ct_spool_publish(spool, size);
    }
}

static void
build_prologue(struct record_builder *builder, const char *folder, const char *profile)
{
    const uint32_t names[] = {NAME_X};
    build_start(builder, &(struct start_texts){
                             .out_folder = folder, .profile = profile, .program = "/srv/a.rb"});
    build_name(builder, NAME_X, "x");
    build_name(builder, NAME_METHOD, "method");
    build_path(builder, 0, "/srv/a.rb", "x = 1\n");
    build_function(builder, 0, 0, 5, NAME_METHOD);
    build_layout(builder, 0, 0, names, 1);
    build_view(builder, CT_SPOOL_VIEW, 0, 0);
    build_begin_call(builder, 0);
    build_end_record(builder, 0);
}

static void
put_prologue(struct session *session, const char *profile)
{
    struct record_builder builder;
    build_init(&builder);
    build_prologue(&builder, session->scratch.path, profile);
    put(&session->spool, &builder);
    build_release(&builder);
}

static void
put_steps(struct ct_spool_producer *spool, uint64_t count)
{
    struct record_builder builder;
    build_init(&builder);
    for (uint64_t i = 0; i < count; i++) {
        ct_buffer_reset(&builder.bytes);
        build_begin_step(&builder, CT_SPOOL_STEP, 0, 1 + (uint32_t)i % 9);
        build_word_item(&builder, 0, WORD_INT(i));
        build_end_record(&builder, 0);
        put(spool, &builder);
    }
    build_release(&builder);
}

static void
put_end(struct session *session)
{
    struct record_builder builder;
    build_init(&builder);
    build_end(&builder, 0);
    put(&session->spool, &builder);
    build_release(&builder);
    ct_spool_producer_end(&session->spool);
}

/* ---- looking at the other side ---- */

static void
pause_briefly(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

static void
wait_until_consumed(struct session *session)
{
    struct ct_spool_shared *shared = session->spool.shared;
    for (int i = 0; i < 15000; i++) {
        if (atomic_load(&shared->tail) == atomic_load(&shared->head))
            return;
        pause_briefly();
    }
    fail_msg("the writer does not consume");
}

static bool
is_locked(const char *folder)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/trace.ct", folder);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return false;
    bool is_held = flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return is_held;
}

static uint64_t
trace_size(const char *folder)
{
    char path[PATH_MAX];
    struct stat found;
    snprintf(path, sizeof path, "%s/trace.ct", folder);
    return stat(path, &found) == 0 ? (uint64_t)found.st_size : 0;
}

static void
assert_events_end(const struct session *session, const char *expected)
{
    char *events = oracle_read("events", session->scratch.path);
    size_t size = strlen(events), expected_size = strlen(expected);
    assert_true(size >= expected_size);
    assert_string_equal(events + size - expected_size, expected);
    free(events);
    assert_true(oracle_accepts(session->scratch.path));
}

/* ---- tests ---- */

static void
run_in_order(const char *profile)
{
    struct session session;
    open_session(&session);
    put_prologue(&session, profile);
    put_steps(&session.spool, STEP_COUNT);
    put_end(&session);
    const struct ct_spool_result *result = require_result(&session, CT_SPOOL_DONE);
    assert_int_equal(result->step_count, STEP_COUNT + 2);
    assert_int_equal(result->call_count, 2);
    assert_true(result->size > 1000);
    assert_false(is_locked(session.scratch.path));
    assert_events_end(&session, "  return Unfinished:\"still running when the recording ended\"\n"
                                "return NilClass:None\n");
    assert_int_equal(close_session(&session), 0);
}

static void
test_a_recording_in_order(void **state)
{
    (void)state;
    run_in_order("aug26");
    run_in_order("json");
}

/* The program is killed while it writes; the writer learns of it from the pipe alone. */
static void
test_a_killed_program_leaves_a_trace(void **state)
{
    (void)state;
    struct session session;
    int status;
    open_session(&session);
    put_prologue(&session, "aug26");
    pid_t program = fork();
    if (program == 0) {
        put_steps(&session.spool, UINT64_MAX);
        _exit(0);
    }
    close_life(&session);
    while (atomic_load(&session.spool.shared->head) < 2000000)
        pause_briefly();
    kill(program, SIGKILL);
    assert_int_equal(waitpid(program, &status, 0), program);
    const struct ct_spool_result *result = require_result(&session, CT_SPOOL_DONE);
    assert_true(result->step_count > 10000);
    assert_events_end(&session, "  return Unfinished:\"still running when the recording ended\"\n"
                                "return Unfinished:\"still running when the recording ended\"\n");
    assert_int_equal(close_session(&session), 0);
}

static void
test_signals_do_not_end_the_writer(void **state)
{
    (void)state;
    struct session session;
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    open_session(&session);
    put_prologue(&session, "aug26");
    wait_until_consumed(&session);
    assert_int_equal(session.spool.shared->writer_pid, session.writer);
    assert_int_equal(getsid(session.writer), session.writer);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        kill(session.writer, signals[i]);
    put_steps(&session.spool, 10);
    put_end(&session);
    (void)require_result(&session, CT_SPOOL_DONE);
    assert_int_equal(close_session(&session), 0);
}

static void
test_a_quiet_program_can_be_followed(void **state)
{
    (void)state;
    struct session session;
    open_session(&session);
    put_prologue(&session, "aug26");
    put_steps(&session.spool, 5);
    wait_until_consumed(&session);
    uint64_t size = trace_size(session.scratch.path);
    for (int i = 0; i < 15000 && trace_size(session.scratch.path) <= size; i++)
        pause_briefly();
    char *layout = oracle_read("layout", session.scratch.path);
    assert_non_null(strstr(layout, "meta.dat"));
    free(layout);
    put_end(&session);
    (void)require_result(&session, CT_SPOOL_DONE);
    assert_int_equal(close_session(&session), 0);
}

static void
test_one_recording_at_a_time(void **state)
{
    (void)state;
    struct session first, second;
    struct record_builder builder;
    open_session(&first);
    put_prologue(&first, "aug26");
    for (int i = 0; i < 15000 && !is_locked(first.scratch.path); i++)
        pause_briefly();
    open_session(&second);
    build_init(&builder);
    build_prologue(&builder, first.scratch.path, "aug26");
    put(&second.spool, &builder);
    build_release(&builder);
    const struct ct_spool_result *result = require_result(&second, CT_SPOOL_FAILED);
    assert_non_null(strstr(result->message, first.scratch.path));
    assert_int_equal(WEXITSTATUS(close_session(&second)), 1);
    put_steps(&first.spool, 3);
    put_end(&first);
    (void)require_result(&first, CT_SPOOL_DONE);
    assert_true(oracle_accepts(first.scratch.path));
    assert_int_equal(close_session(&first), 0);
}

static void
assert_start_fails(const char *folder, const char *expected)
{
    struct session session;
    struct record_builder builder;
    open_session(&session);
    build_init(&builder);
    build_prologue(&builder, folder, "aug26");
    put(&session.spool, &builder);
    build_release(&builder);
    assert_string_equal(require_result(&session, CT_SPOOL_FAILED)->message, expected);
    assert_int_equal(WEXITSTATUS(close_session(&session)), 1);
}

static void
test_failures_are_told_in_a_sentence(void **state)
{
    (void)state;
    struct session session;
    assert_start_fails("/dev/null/out", "Not a directory: cannot make the folder /dev/null/out");

    open_session(&session);
    close_life(&session);
    assert_string_equal(require_result(&session, CT_SPOOL_FAILED)->message,
                        "The program ended before its recording began: nothing was written");
    assert_int_equal(WEXITSTATUS(close_session(&session)), 1);

    open_session(&session);
    put_prologue(&session, "aug26");
    put_steps(&session.spool, 3);
    uint8_t *room = ct_spool_reserve(&session.spool, 8);
    memset(room, 0xFF, 8);
    ct_spool_publish(&session.spool, 8);
    assert_non_null(strstr(require_result(&session, CT_SPOOL_FAILED)->message, "damaged"));
    assert_true(oracle_accepts(session.scratch.path)); /* what came before is a whole trace */
    assert_int_equal(WEXITSTATUS(close_session(&session)), 1);
}

/* A limit on files does what a full disk would, up to the words. */
static void
test_a_full_disk_is_told_in_a_sentence(void **state)
{
    (void)state;
    struct session session;
    char expected[128];
    open_limited_session(&session, 40960);
    put_prologue(&session, "aug26");
    put_steps(&session.spool, 30000);
    ct_spool_producer_end(&session.spool);
    snprintf(expected, sizeof expected, "File too large while writing %s/trace.ct",
             session.scratch.path);
    assert_string_equal(require_result(&session, CT_SPOOL_FAILED)->message, expected);
    assert_int_equal(WEXITSTATUS(close_session(&session)), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recording_in_order),
        cmocka_unit_test(test_a_killed_program_leaves_a_trace),
        cmocka_unit_test(test_signals_do_not_end_the_writer),
        cmocka_unit_test(test_a_quiet_program_can_be_followed),
        cmocka_unit_test(test_one_recording_at_a_time),
        cmocka_unit_test(test_failures_are_told_in_a_sentence),
        cmocka_unit_test(test_a_full_disk_is_told_in_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
