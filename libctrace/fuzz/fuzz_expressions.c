/* Fuzzes trace_expressions.json: the reader, and the questions that tools ask of it.
 *
 * Whatever it delivers, damaged or not, is looked at. */
#include "ctrace/trace_expressions.h"
#include "fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_trace_expressions *list = NULL;
    struct ct_error error;
    if (ct_trace_expressions_read((const char *)bytes, size, NULL, &list, &error) ==
            CT_ERR_MEMORY ||
        list == NULL)
        return 0;
    for (uint64_t step = 0; step < 64; step++) {
        size_t count;
        const struct ct_trace_seen *seen = ct_trace_expressions_seen(list, step, &count);
        for (size_t i = 0; i < count; i++)
            (void)strlen(ct_trace_expression_at(list, seen[i].index)->name);
    }
    ct_trace_expressions_close(list);
    return 0;
}
