/* Fuzzes the value reader. The first byte picks the encoding: odd is JSON, even is CBOR. */
#include "ctrace/value_reader.h"
#include "fuzz.h"

#include <stdlib.h>

/* Every value that is accepted must keep the reader's promises. */
static void
check_value(const struct ct_value *value, unsigned depth, size_t *budget)
{
    uint64_t count = 0;
    if (depth >= CT_VALUE_DEPTH_MAX || *budget == 0)
        abort();
    (*budget)--;
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        check_value(child, depth + 1, budget);
        count++;
    }
    if (count != value->child_count || (value->text == NULL && value->text_size > 0))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_value_reader *reader;
    const struct ct_value *value;
    struct ct_error error;
    if (size == 0 || ct_value_reader_new(NULL, &reader) != CT_OK)
        return 0;
    const enum ct_profile profile = bytes[0] % 2 == 1 ? CT_PROFILE_JSON : CT_PROFILE_AUG26;
    size_t budget = size; /* no value is shorter than a byte */
    if (ct_value_reader_decode(reader, profile, bytes + 1, size - 1, &value, &error) == CT_OK)
        check_value(value, 0, &budget);
    ct_value_reader_free(reader);
    return 0;
}
