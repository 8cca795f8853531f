/* The buffer's slow paths: growth, formatted text, and what is rarely called.
 *
 * See buffer.h. Growth doubles, so that n bytes cost O(n) copies. A failed buffer keeps what it
 * holds and has no room, which is what makes the inline puts fail without a test of their own. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>

#define BUFFER_CAPACITY_MIN 256u
#define VARINT_SIZE_MAX     10u /* ceil(64 / 7) */

void
ct_buffer_init(struct ct_buffer *buffer, const struct ct_alloc *alloc)
{
    *buffer = (struct ct_buffer){.alloc = alloc != NULL ? alloc : ct_alloc_default()};
}

void
ct_buffer_release(struct ct_buffer *buffer)
{
    if (buffer == NULL)
        return;
    ct_alloc_free(buffer->alloc, buffer->bytes);
    buffer->bytes = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
}

static uint8_t *
fail_buffer(struct ct_buffer *buffer)
{
    if (buffer->status == CT_OK)
        buffer->status = CT_ERR_MEMORY;
    buffer->capacity = buffer->size;
    return NULL;
}

uint8_t *
ct_buffer_grow(struct ct_buffer *buffer, size_t size)
{
    if (buffer->status != CT_OK || size > SIZE_MAX / 4 || buffer->size > SIZE_MAX / 4)
        return fail_buffer(buffer);
    const size_t wanted = buffer->size + size + 1; /* reserve's test needs one spare byte */
    size_t capacity = buffer->capacity * 2;
    if (capacity < BUFFER_CAPACITY_MIN)
        capacity = BUFFER_CAPACITY_MIN;
    if (capacity < wanted)
        capacity = wanted;
    uint8_t *bytes = ct_alloc_resize(buffer->alloc, buffer->bytes, capacity);
    if (bytes == NULL)
        return fail_buffer(buffer);
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return bytes + buffer->size;
}

/* hot */
void
ct_buffer_put_varint(struct ct_buffer *buffer, uint64_t value)
{
    uint8_t *out = ct_buffer_reserve(buffer, VARINT_SIZE_MAX);
    if (out == NULL)
        return;
    while (value >= 0x80) {
        *out++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *out++ = (uint8_t)value;
    buffer->size = (size_t)(out - buffer->bytes);
}

void
ct_buffer_put_text(struct ct_buffer *buffer, const char *text)
{
    ct_buffer_put(buffer, text, strlen(text));
}

void
ct_buffer_put_format(struct ct_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int measured = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CT_CHECK(measured >= 0); /* only a broken format makes vsnprintf fail */
    char *out = (char *)ct_buffer_reserve(buffer, (size_t)measured + 1);
    if (out == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(out, (size_t)measured + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)measured;
}

void
ct_buffer_reset(struct ct_buffer *buffer)
{
    buffer->size = 0;
    if (buffer->status != CT_OK)
        buffer->capacity = 0;
}

enum ct_status
ct_buffer_status(const struct ct_buffer *buffer)
{
    return buffer->status;
}
