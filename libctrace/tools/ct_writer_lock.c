/* See ct_writer.h. flock belongs to the open file: it goes when the writer does, however it ends.
 */
#include "ct_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define TRIES_MAX 50
#define PAUSE_NS  2000000L

static int
open_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    int written = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (written < 0 || (size_t)written >= sizeof path)
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

enum ct_status
ct_writer_lock_check(const char *folder)
{
    static const char *const names[] = {"trace.ct", "trace.json"};
    bool is_held = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd = open_file(folder, names[i]);
        if (fd < 0)
            continue;
        /* Shared, so that a reader which locks in the same way is no obstacle. */
        is_held |= flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        close(fd);
    }
    return is_held ? CT_ERR_STATE : CT_OK;
}

int
ct_writer_lock_take(const char *folder, const char *name)
{
    int fd = open_file(folder, name);
    if (fd < 0)
        return -1;
    /* A reader that asks holds it for a moment. A file system without locks is no reason not to
     * record, nor is a reader that keeps it. */
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0 && tries < TRIES_MAX; tries++) {
        if (errno != EWOULDBLOCK)
            break;
        (void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    return fd;
}
