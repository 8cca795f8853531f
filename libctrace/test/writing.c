/* Test support of the writing side. See writing.h.
 *
 * Containers are read through the container reader, whose own tests are elsewhere. */
#include "writing.h"

#include "container/container_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static const char *const program_args[] = {"-v", "caf\xC3\xA9"};

struct ct_trace_options
make_options(enum ct_profile profile)
{
    return (struct ct_trace_options){
        .profile = profile,
        .recording_id = RECORDING_ID,
        .program = "/tmp/w/a.rb",
        .args = program_args,
        .arg_count = 2,
        .workdir = "/tmp/w",
        .recorder = "crb",
    };
}

struct ct_folder *
new_folder(void)
{
    struct ct_folder *folder;
    assert_int_equal(ct_folder_memory_new(NULL, &folder), CT_OK);
    return folder;
}

struct ct_trace_writer *
open_writer(struct ct_folder *folder, enum ct_profile profile)
{
    const struct ct_trace_options options = make_options(profile);
    struct ct_trace_writer *writer;
    assert_int_equal(ct_trace_writer_open(folder, &options, &writer), CT_OK);
    return writer;
}

uint64_t
put_path(struct ct_trace_writer *writer, const char *path)
{
    uint64_t id;
    assert_int_equal(ct_trace_writer_path_put(writer, path, strlen(path), &id), CT_OK);
    return id;
}

uint64_t
put_name(struct ct_trace_writer *writer, const char *name)
{
    uint64_t id;
    assert_int_equal(ct_trace_writer_name_put(writer, name, strlen(name), &id), CT_OK);
    return id;
}

uint64_t
put_function(struct ct_trace_writer *writer, const char *name, uint64_t path_id, uint64_t line)
{
    uint64_t id;
    assert_int_equal(ct_trace_writer_function_put(writer, path_id, line, name, strlen(name), &id),
                     CT_OK);
    return id;
}

uint64_t
put_type(struct ct_trace_writer *writer, enum ct_type_kind kind, const char *name)
{
    uint64_t id;
    assert_int_equal(ct_trace_writer_type_put(writer, kind, name, strlen(name), NULL, 0, &id),
                     CT_OK);
    return id;
}

bool
has_file(struct ct_folder *folder, const char *name)
{
    struct ct_file *file;
    if (folder->ops->open(folder, name, &file) != CT_OK)
        return false;
    assert_int_equal(ct_file_close(file), CT_OK);
    return true;
}

struct content
read_file(struct ct_folder *folder, const char *name)
{
    struct content content;
    uint8_t *bytes = ct_folder_read_all(folder, name, &content.size);
    assert_non_null(bytes);
    content.bytes = realloc(bytes, content.size + 1);
    content.bytes[content.size] = 0; /* so that text can be compared as such */
    return content;
}

/* Size 0 when the container does not show it. */
struct content
read_inner(struct ct_folder *folder, const char *name)
{
    struct ct_file *file;
    struct ct_container_reader *reader;
    struct content content = {0};
    assert_int_equal(folder->ops->open(folder, "trace.ct", &file), CT_OK);
    assert_int_equal(ct_container_reader_open(file, NULL, &reader, NULL), CT_OK);
    const struct ct_container_entry *entry = ct_container_reader_find(reader, name);
    if (entry != NULL) {
        content.size = entry->size;
        content.bytes = calloc(1, content.size + 1);
        assert_int_equal(
            ct_container_reader_read(reader, entry, 0, content.bytes, content.size, NULL), CT_OK);
    }
    ct_container_reader_close(reader);
    assert_int_equal(ct_file_close(file), CT_OK);
    return content;
}

static uint64_t
read_number(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* The chunk at `offset`; its frame must say its content's size. */
struct chunk
read_chunk(const struct content *log, size_t offset)
{
    struct chunk chunk;
    assert_true(log->size >= offset + 16);
    const uint8_t *head = log->bytes + offset;
    const size_t frame_size = read_number(head, 4);
    chunk.event_count = read_number(head + 4, 4);
    chunk.event_first = read_number(head + 8, 8);
    chunk.end = offset + 16 + frame_size;
    assert_true(chunk.end <= log->size);
    chunk.size = ZSTD_getFrameContentSize(head + 16, frame_size);
    assert_true(chunk.size < (size_t)1 << 30);
    chunk.events = calloc(1, chunk.size + 1);
    assert_int_equal(ZSTD_decompress(chunk.events, chunk.size, head + 16, frame_size), chunk.size);
    return chunk;
}

void
assert_hex(const uint8_t *bytes, size_t size, const char *expected)
{
    char *actual = calloc(1, 2 * size + 1);
    for (size_t i = 0; i < size; i++)
        sprintf(actual + 2 * i, "%02x", bytes[i]);
    assert_string_equal(actual, expected);
    free(actual);
}

struct ct_trace_value
text_value(uint64_t name_id, const char *text)
{
    return (struct ct_trace_value){
        .name_id = name_id, .bytes = (const uint8_t *)text, .size = strlen(text)};
}

void
assert_file(struct ct_folder *folder, const char *name, const char *expected)
{
    struct content content = read_file(folder, name);
    assert_string_equal((char *)content.bytes, expected);
    free(content.bytes);
}

void
append_threads(struct ct_trace_writer *writer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(ct_trace_writer_thread_append(writer, CT_THREAD_SWITCH, i), CT_OK);
}

void
assert_log_chunk(struct ct_folder *folder, size_t index, size_t event_count, uint64_t event_first)
{
    struct content log = read_inner(folder, "events.log");
    struct chunk chunk = {0};
    for (size_t i = 0; i <= index; i++) {
        free(chunk.events);
        chunk = read_chunk(&log, chunk.end);
    }
    assert_int_equal(chunk.event_count, event_count);
    assert_int_equal(chunk.event_first, event_first);
    assert_int_equal(chunk.end, log.size); /* the last one */
    free(chunk.events);
    free(log.bytes);
}

void
assert_path_list(struct ct_folder *folder, const char *expected)
{
    struct content paths = read_inner(folder, "paths.json");
    assert_string_equal((char *)paths.bytes, expected);
    free(paths.bytes);
}
