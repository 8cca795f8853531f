/* Starts the writer process so that the program cannot notice it.
 *
 * The writer is a grandchild whose parent has already gone, in a session of its own, with none of
 * the program's descriptors: the program's wait, process group, signals and descriptors stay as
 * they are. */
#ifndef REC_WRITER_PROCESS_H
#define REC_WRITER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct rec_writer_life {
    int life_fd;     /* end of a socket, close-on-exec, at the top of the descriptor range */
    int errno_value; /* of a failed start */
    pid_t pid;
};

/* Starts `executable MEMORY_FD LIFE_FD PID` with `memory_fd` inherited; false: see errno_value. */
bool rec_writer_process_start(const char *executable, int memory_fd,
                              struct rec_writer_life *out_life);

/* The writer's end and the program's, which is at the top of the descriptor range. False: errno.
 * Async-signal-safe. */
bool rec_life_open(int out_ends[2]);

/* Whether the writer still holds its end of the socket. */
bool rec_writer_process_lives(int life_fd);

/* Moves a descriptor to the top of the range, where no program expects one; the new number. */
int rec_descriptor_hide(int fd);

/* Whether orphans of this process come to it, and so the writer: PID 1, a subreaper. */
bool rec_process_adopts_orphans(void);

/* Waits for a writer that has completed its trace, where it has become a child of this process. */
void rec_writer_process_reap(pid_t pid);

#endif
