/* See own_memory.h. */
#include "own_memory.h"

#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

bool
rec_own_memory_get(const void *address, void *out_bytes, size_t size)
{
    struct iovec local = {.iov_base = out_bytes, .iov_len = size};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size;
}
