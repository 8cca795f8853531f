/* See ctrace/spool_request.h: a UUIDv7 is 48 bits of milliseconds, the rest random. */
#include "ctrace/spool_request.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

void
ct_spool_recording_id_make(char out_id[CT_SPOOL_RECORDING_ID_SIZE])
{
    unsigned char bytes[16] = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (getrandom(bytes + 6, 10, 0) != 10)
        memcpy(bytes + 8, &now.tv_nsec, sizeof(long)); /* weaker, still unique on this machine */
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(milliseconds >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
    for (int i = 0, at = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out_id[at++] = '-';
        at += snprintf(out_id + at, 3, "%02x", bytes[i]);
    }
}
