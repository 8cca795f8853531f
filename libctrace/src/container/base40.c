/* Names of inner files as numbers, and back.
 *
 * See container_format.h. Names have no leading or inner NUL, so that the digit 0 only ends them.
 */
#include "container/container_format.h"

#include <string.h>

/* By digit; NUL is the end of a name. */
static const char base40_alphabet[] = "?0123456789abcdefghijklmnopqrstuvwxyz./-";

enum ct_status
ct_container_name_encode(const char *name, uint64_t *out_packed)
{
    const size_t size = strnlen(name, CT_CONTAINER_NAME_SIZE_MAX + 1);
    uint64_t packed = 0;
    if (size == 0 || size > CT_CONTAINER_NAME_SIZE_MAX)
        return CT_ERR_LIMIT;
    for (size_t i = size; i > 0; i--) {
        const char *digit = strchr(base40_alphabet + 1, name[i - 1]);
        if (digit == NULL)
            return CT_ERR_LIMIT;
        packed = packed * CT_CONTAINER_NAME_BASE + (uint64_t)(digit - base40_alphabet);
    }
    *out_packed = packed;
    return CT_OK;
}

enum ct_status
ct_container_name_decode(uint64_t packed, char out_name[CT_CONTAINER_NAME_SIZE_MAX + 1])
{
    char name[CT_CONTAINER_NAME_SIZE_MAX + 1] = "";
    for (size_t i = 0; packed != 0; i++) {
        if (i == CT_CONTAINER_NAME_SIZE_MAX)
            return CT_ERR_FORMAT;
        name[i] = base40_alphabet[packed % CT_CONTAINER_NAME_BASE];
        packed /= CT_CONTAINER_NAME_BASE;
    }
    memcpy(out_name, name, sizeof name);
    return CT_OK;
}
