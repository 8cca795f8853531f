/* Starts the writer process so that the program cannot notice it.
 *
 * The writer is a grandchild whose parent has already gone, in a session of its own, with none of
 * the program's descriptors: the program's wait, process group, signals and descriptors stay as
 * they are. */
#ifndef REC_WRITER_PROCESS_H
#define REC_WRITER_PROCESS_H

#include <stdbool.h>

struct rec_writer_life {
    int life_fd;     /* write end of a pipe, close-on-exec, at the top of the descriptor range */
    int errno_value; /* of a failed start */
};

/* Starts `executable MEMORY_FD LIFE_FD PID` with `memory_fd` inherited; false: see errno_value. */
bool rec_writer_process_start(const char *executable, int memory_fd,
                              struct rec_writer_life *out_life);

/* Whether the writer still holds its end of the pipe. */
bool rec_writer_process_lives(int life_fd);

#endif
