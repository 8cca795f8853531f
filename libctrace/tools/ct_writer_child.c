/* See ct_writer.h: the writer process forks itself where the program forked, so that the child's
 * writer knows all that the parent's did. It belongs to no one: the parent's writer never waits. */
#include "ct_writer.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the new process: the spool and the socket are the child's from now on. */
static enum ct_status
become_child(struct ct_spool_consumer *spool, struct ct_writer_life *life,
             struct ct_writer_lanes *lanes, const struct ct_writer_request *request)
{
    const int birth_fd = life->births[1];
    life->births[1] = -1;
    ct_writer_lanes_release(lanes);
    close(lanes->memory_fd);
    if (life->lock_fd >= 0) /* the lock is left to the parent's writer, now */
        close(life->lock_fd);
    ct_writer_life_release(life);
    ct_spool_consumer_close(spool);
    ct_writer_life_init(life, request->life_fd, request->request.pid);
    life->is_new = true;
    life->births[1] = birth_fd;
    ct_writer_lanes_init(lanes, spool, request->memory_fd);
    return ct_spool_consumer_open(spool, request->memory_fd);
}

bool
ct_writer_folder_make(const char *path)
{
    struct stat found;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return false;
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static enum ct_status
branch(struct ct_timeline *timeline, const struct ct_timeline_child *child)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", ct_timeline_folder(timeline), child->folder);
    if (size < 0 || (size_t)size >= sizeof path)
        return CT_ERR_LIMIT;
    char *last = strrchr(path, '/');
    *last = '\0';
    bool is_made = ct_writer_folder_make(path);
    *last = '/';
    if (!is_made || !ct_writer_folder_make(path))
        return CT_ERR_IO;
    const struct ct_timeline_child placed = {
        .folder = path, .recording_id = child->recording_id, .pid = child->pid};
    return ct_timeline_branch(timeline, &placed);
}

enum ct_status
ct_writer_fork(struct ct_spool_consumer *spool, struct ct_writer_life *life,
               struct ct_writer_lanes *lanes, struct ct_writer_flight *flight, uint32_t number)
{
    struct ct_writer_request request;
    char folder[32];
    life->is_new = false;
    if (!ct_writer_request_take(life, number, &request))
        return CT_OK;
    const struct ct_timeline_child child = {.folder = folder,
                                            .recording_id = request.request.recording_id,
                                            .pid = request.request.pid};
    snprintf(folder, sizeof folder, "children/%d", (int)request.request.pid);
    ct_writer_births_open(life);
    pid_t pid = fork();
    if (pid != 0) {
        close(request.memory_fd); /* if fork failed the child finds its socket closed */
        close(request.life_fd);
        return pid < 0 ? CT_OK : ct_timeline_child_put(flight->timeline, &child);
    }
    if (become_child(spool, life, lanes, &request) != CT_OK)
        _exit(1); /* without the spool there is nobody to tell; the child notices */
    CT_TRY(ct_writer_flight_feed(flight));
    flight->dump_count = flight->dumps_asked = 0;
    return branch(flight->timeline, &child);
}

static void
refuse(const struct ct_writer_request *request, enum ct_spool_state state, const char *message)
{
    struct ct_spool_consumer spool;
    if (request->memory_fd < 0)
        return;
    if (ct_spool_consumer_open(&spool, request->memory_fd) == CT_OK) {
        struct ct_spool_result *result = &spool.shared->result;
        snprintf(result->message, sizeof result->message, "%s", message);
        ct_spool_consumer_state_put(&spool, state);
        ct_spool_consumer_close(&spool);
    }
    close(request->memory_fd);
    close(request->life_fd);
}

void
ct_writer_children_refuse(struct ct_writer_life *life, enum ct_spool_state state,
                          const char *message)
{
    struct ct_writer_request request;
    ct_writer_requests_end(life);
    while (ct_writer_request_next(life, &request))
        refuse(&request, state, message);
}
