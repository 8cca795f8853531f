/* See spool_map.h. All that is particular to a system's way of sharing memory is in this file. */
#include "spool/spool_map.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE_MAX 4096

/* sysconf is not on the list of async-signal-safe functions, yet does no more than read a constant
 * in every libc that is supported; the ring's offset has to be whole pages. */
static size_t
page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

uint64_t
ct_spool_memory_size(uint64_t capacity)
{
    return page_size() + capacity;
}

uint64_t
ct_spool_lane_offset(const struct ct_spool_shared *first, uint32_t lane)
{
    return ct_spool_memory_size(first->capacity) +
           (lane - 1) * ct_spool_memory_size(first->lane_capacity);
}

#ifdef MFD_ALLOW_SEALING
/* Sealed against shrinking: no one with a copy of the descriptor can turn the writer's reads into
 * SIGBUS. */
static int
create_memfd(uint64_t size)
{
    int fd = memfd_create("codetracer-spool", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) == 0) {
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK);
        return fd;
    }
    close(fd);
    return -1;
}

/* A file on a tmpfs has seals too, but not this one. */
static bool
is_memfd(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}
#else
static int
create_memfd(uint64_t size)
{
    (void)size;
    return -1;
}

static bool
is_memfd(int fd)
{
    (void)fd;
    return false;
}
#endif

#ifdef O_TMPFILE
static int
open_nameless(const char *folder)
{
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}
#else
static int
open_nameless(const char *folder)
{
    (void)folder;
    return -1;
}
#endif

static int
open_unlinked(const char *folder)
{
    char path[PATH_SIZE_MAX];
    int written = snprintf(path, sizeof path, "%s/.codetracer-spool-XXXXXX", folder);
    if (written < 0 || (size_t)written >= sizeof path)
        return -1;
    int fd = mkstemp(path);
    if (fd < 0)
        return -1;
    unlink(path);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

/* The blocks are reserved now: a disk that fills up later would be SIGBUS inside the program. */
enum ct_status
ct_spool_memory_create_file(uint64_t capacity, const char *folder, int *out_fd)
{
    int fd = open_nameless(folder);
    if (fd < 0)
        fd = open_unlinked(folder);
    if (fd < 0)
        return CT_ERR_IO;
    if (posix_fallocate(fd, 0, (off_t)ct_spool_memory_size(capacity)) != 0) {
        close(fd);
        return CT_ERR_IO;
    }
    *out_fd = fd;
    return CT_OK;
}

enum ct_status
ct_spool_memory_create(uint64_t capacity, const char *fallback_folder, int *out_fd)
{
    int fd = create_memfd(ct_spool_memory_size(capacity));
    if (fd < 0 && fallback_folder != NULL)
        return ct_spool_memory_create_file(capacity, fallback_folder, out_fd);
    if (fd < 0)
        return CT_ERR_IO;
    *out_fd = fd;
    return CT_OK;
}

/* A memfd's pages come with their use; a file's blocks are reserved, see above. */
enum ct_status
ct_spool_memory_grow(int fd, uint64_t size)
{
    int errno_value =
        is_memfd(fd) ? ftruncate(fd, (off_t)size) : posix_fallocate(fd, 0, (off_t)size);
    return errno_value == 0 ? CT_OK : CT_ERR_IO;
}

#ifdef MADV_DONTDUMP
/* A core dump of the program is about the program. */
static void
keep_out_of_core_dumps(void *memory, size_t size)
{
    (void)madvise(memory, size, MADV_DONTDUMP);
}
#else
static void
keep_out_of_core_dumps(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
#endif

enum ct_status
ct_spool_map_shared(int fd, uint64_t offset, struct ct_spool_shared **out_shared)
{
    void *memory = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    if (memory == MAP_FAILED)
        return CT_ERR_IO;
    *out_shared = memory;
    return CT_OK;
}

enum ct_status
ct_spool_map_ring(int fd, uint64_t offset, uint64_t capacity, enum ct_spool_side side,
                  uint8_t **out_ring)
{
    int protection = side == CT_SPOOL_PRODUCER ? PROT_READ | PROT_WRITE : PROT_READ;
    size_t size = (size_t)capacity;
    off_t start = (off_t)(offset + page_size());
    /* One reservation for both halves, so that nothing else can land between them. */
    uint8_t *ring = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ring == MAP_FAILED)
        return CT_ERR_IO;
    for (int half = 0; half < 2; half++) {
        void *at = ring + (size_t)half * size;
        if (mmap(at, size, protection, MAP_SHARED | MAP_FIXED, fd, start) == MAP_FAILED) {
            munmap(ring, 2 * size);
            return CT_ERR_IO;
        }
    }
    keep_out_of_core_dumps(ring, 2 * size);
    *out_ring = ring;
    return CT_OK;
}

#ifdef MADV_POPULATE_WRITE
/* A system that does not know it, or has no memory, leaves it to the faults. */
void
ct_spool_touch(uint8_t *at, size_t size)
{
    size_t before = (size_t)((uintptr_t)at % page_size());
    (void)madvise(at - before, size + before, MADV_POPULATE_WRITE);
}
#else
void
ct_spool_touch(uint8_t *at, size_t size)
{
    (void)at;
    (void)size;
}
#endif

#ifdef MADV_HUGEPAGE
static void
ask_for_large_pages(void *memory, size_t size)
{
    (void)madvise(memory, size, MADV_HUGEPAGE);
}
#else
static void
ask_for_large_pages(void *memory, size_t size)
{
    (void)memory;
    (void)size;
}
#endif

enum ct_status
ct_spool_map_own(uint64_t size, uint8_t **out_memory)
{
    void *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return CT_ERR_MEMORY;
    ask_for_large_pages(memory, (size_t)size);
    *out_memory = memory;
    return CT_OK;
}

void
ct_spool_unmap_own(uint8_t *memory, uint64_t size)
{
    if (memory != NULL)
        munmap(memory, (size_t)size);
}

void
ct_spool_unmap_shared(struct ct_spool_shared *shared)
{
    if (shared != NULL)
        munmap(shared, page_size());
}

void
ct_spool_unmap_ring(const uint8_t *ring, uint64_t capacity)
{
    if (ring != NULL)
        munmap((void *)(uintptr_t)ring, 2 * (size_t)capacity);
}
