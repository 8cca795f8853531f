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

size_t
rec_own_memory_page_part(const void *end)
{
    const uintptr_t page_size = (uintptr_t)getpagesize();
    return ((uintptr_t)end - 1) % page_size + 1;
}

size_t
rec_own_memory_get_start(const void *address, void *out_bytes, size_t size)
{
    const char *bytes = address;
    const size_t page_size = (size_t)getpagesize();
    size_t done = 0;
    while (done < size) {
        size_t part = page_size - (uintptr_t)(bytes + done) % page_size;
        part = part < size - done ? part : size - done;
        if (!rec_own_memory_get(bytes + done, (char *)out_bytes + done, part))
            break;
        done += part;
    }
    return done;
}
