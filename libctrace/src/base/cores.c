/* See ctrace/cores.h. */
#include "ctrace/cores.h"

#include <sched.h>

unsigned
ct_core_count(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        return 1; /* more than 1024 of them */
    const int count = CPU_COUNT(&cores);
    return count > 1 ? (unsigned)count : 1;
}
