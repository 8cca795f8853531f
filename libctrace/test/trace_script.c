/* The grammar of trace_script.h, read with one cursor and put through the trace writer. */
#include "trace_script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 16
#define WORD_MAX 64
#define COPY_MAX 512

struct parser {
    const char *next;
    enum ct_profile profile;
    struct ct_trace_writer *writer;
    struct ct_value_writer *values;
    uint64_t path_id;
};

/* One encoded value, copied out of the value writer. */
struct encoded {
    uint8_t bytes[COPY_MAX];
    size_t size;
};

static bool
accept(struct parser *parser, char c)
{
    const bool is_there = *parser->next == c;
    parser->next += is_there;
    return is_there;
}

static void
require(struct parser *parser, char c)
{
    assert_true(accept(parser, c));
}

/* What stands before any of `ends`. */
static void
take_word(struct parser *parser, const char *ends, char out_word[WORD_MAX])
{
    const size_t size = strcspn(parser->next, ends);
    assert_true(size < WORD_MAX);
    memcpy(out_word, parser->next, size);
    out_word[size] = '\0';
    parser->next += size;
}

static uint64_t
take_number(struct parser *parser)
{
    char *end;
    const uint64_t number = strtoull(parser->next, &end, 10);
    assert_true(end > parser->next);
    parser->next = end;
    return number;
}

/* ---- values ---- */

static void put_value(struct parser *parser);

/* How many values stand before the closing mark, commas inside other marks not counted. */
static size_t
count_values(const char *text, char close)
{
    size_t count = *text != close;
    int depth = 0;
    for (; depth > 0 || *text != close; text++) {
        assert_true(*text != '\0');
        depth += (*text == '[' || *text == '{') - (*text == ']' || *text == '}');
        count += *text == ',' && depth == 0;
    }
    return count;
}

static void
put_list(struct parser *parser)
{
    const size_t count = count_values(parser->next, ']');
    ct_value_begin_sequence(parser->values, count, put_type(parser->writer, CT_TYPE_SEQ, "Array"));
    while (!accept(parser, ']')) {
        put_value(parser);
        (void)accept(parser, ',');
    }
    ct_value_end(parser->values);
}

/* The type comes before the fields' values: the names are looked for first. */
static uint64_t
define_object(struct parser *parser, const char *class_name, size_t *out_count)
{
    static char names[LIST_MAX][WORD_MAX];
    const char *fields[LIST_MAX + 1] = {"#"};
    const char *start = parser->next;
    size_t count = 1;
    int depth = 0;
    for (; depth > 0 || *parser->next != '}'; parser->next++) {
        if (depth == 0 && (parser->next == start || parser->next[-1] == ',')) {
            take_word(parser, ":", names[count - 1]);
            fields[count] = names[count - 1];
            assert_true(++count < LIST_MAX);
        }
        depth += (*parser->next == '[' || *parser->next == '{') -
                 (*parser->next == ']' || *parser->next == '}');
    }
    parser->next = start;
    uint64_t type_id;
    *out_count = count;
    assert_ok(ct_trace_writer_type_put(parser->writer, CT_TYPE_STRUCT, class_name,
                                       strlen(class_name), fields, count, &type_id));
    return type_id;
}

static void
put_object(struct parser *parser)
{
    char class_name[WORD_MAX];
    char field[WORD_MAX];
    size_t count;
    const uint64_t identity = take_number(parser);
    take_word(parser, "{", class_name);
    require(parser, '{');
    const uint64_t type_id = define_object(parser, class_name, &count);
    ct_value_begin_struct(parser->values, count, type_id);
    ct_value_put_int(parser->values, (int64_t)identity,
                     put_type(parser->writer, CT_TYPE_INT, "Identity"));
    while (!accept(parser, '}')) {
        take_word(parser, ":", field);
        require(parser, ':');
        put_value(parser);
        (void)accept(parser, ',');
    }
    ct_value_end(parser->values);
}

static void
put_words(struct parser *parser, char mark)
{
    char text[WORD_MAX];
    char type[WORD_MAX] = "String";
    if (mark == '`') {
        take_word(parser, "|", type);
        require(parser, '|');
    }
    take_word(parser, (char[]){mark, '\0'}, text);
    require(parser, mark);
    if (mark == '\'')
        ct_value_put_string(parser->values, text, strlen(text),
                            put_type(parser->writer, CT_TYPE_STRING, type));
    else if (mark == '`')
        ct_value_put_raw(parser->values, text, strlen(text),
                         put_type(parser->writer, CT_TYPE_RAW, type));
    else
        ct_value_put_error(parser->values, text, strlen(text),
                           put_type(parser->writer, CT_TYPE_ERROR, "Unwound"));
}

static void
put_value(struct parser *parser)
{
    const char mark = *parser->next;
    if (isdigit((unsigned char)mark)) {
        ct_value_put_int(parser->values, (int64_t)take_number(parser),
                         put_type(parser->writer, CT_TYPE_INT, "Integer"));
        return;
    }
    parser->next++;
    if (mark == '[') {
        put_list(parser);
    } else if (mark == '#') {
        put_object(parser);
    } else if (strchr("'`^", mark) != NULL) {
        put_words(parser, mark);
    } else {
        assert_memory_equal(parser->next - 1, "nil", 3);
        parser->next += 2;
        ct_value_put_none(parser->values, put_type(parser->writer, CT_TYPE_NONE, "NilClass"));
    }
}

static void
take_value(struct parser *parser, struct encoded *out_encoded)
{
    const uint8_t *bytes;
    ct_value_writer_reset(parser->values);
    put_value(parser);
    assert_ok(ct_value_writer_finish(parser->values, &bytes, &out_encoded->size));
    assert_true(out_encoded->size <= sizeof out_encoded->bytes);
    memcpy(out_encoded->bytes, bytes, out_encoded->size);
}

/* ---- events ---- */

static void
append_value(struct parser *parser)
{
    char name[WORD_MAX];
    struct encoded encoded;
    take_word(parser, "=", name);
    require(parser, '=');
    take_value(parser, &encoded);
    const struct ct_trace_value value = {put_name(parser->writer, name), encoded.bytes,
                                         encoded.size};
    assert_ok(ct_trace_writer_values_append(parser->writer, &value, 1));
}

static size_t
take_args(struct parser *parser, struct encoded *encoded, struct ct_trace_value *args)
{
    size_t count = 0;
    if (!accept(parser, '('))
        return 0;
    while (!accept(parser, ')')) {
        char name[WORD_MAX];
        take_word(parser, "=", name);
        require(parser, '=');
        take_value(parser, &encoded[count]);
        args[count] = (struct ct_trace_value){put_name(parser->writer, name),
                                              encoded[count].bytes, encoded[count].size};
        assert_true(++count < LIST_MAX);
        (void)accept(parser, ',');
    }
    return count;
}

static void
append_call(struct parser *parser)
{
    char name[WORD_MAX];
    struct encoded encoded[LIST_MAX];
    struct ct_trace_value args[LIST_MAX];
    take_word(parser, ":", name);
    require(parser, ':');
    const uint64_t line = take_number(parser);
    const size_t count = take_args(parser, encoded, args);
    const uint64_t function_id = put_function(parser->writer, name, parser->path_id, line);
    assert_ok(ct_trace_writer_step_append(parser->writer, parser->path_id, line));
    assert_ok(ct_trace_writer_call_append(parser->writer, function_id, args, count));
}

static void
append_return(struct parser *parser)
{
    struct encoded encoded;
    take_value(parser, &encoded);
    assert_ok(ct_trace_writer_return_append(parser->writer, encoded.bytes, encoded.size));
}

static void
append_suspension(struct parser *parser)
{
    static const char text[] = "continues in a later slice";
    const uint8_t *bytes;
    size_t size;
    ct_value_writer_reset(parser->values);
    ct_value_put_error(parser->values, text, sizeof text - 1,
                       put_type(parser->writer, CT_TYPE_ERROR, "Suspended"));
    assert_ok(ct_value_writer_finish(parser->values, &bytes, &size));
    assert_ok(ct_trace_writer_return_append(parser->writer, bytes, size));
}

static void
append_thread(struct parser *parser, enum ct_thread_event kind)
{
    assert_ok(ct_trace_writer_thread_append(parser->writer, kind, take_number(parser)));
}

static void
append_exception(struct parser *parser)
{
    char text[WORD_MAX];
    take_word(parser, " \n", text);
    assert_ok(ct_trace_writer_event_append(parser->writer, CT_EVENT_ERROR, text,
                                           strcspn(text, ":"), text, strlen(text)));
}

static void
append_event(struct parser *parser)
{
    char path[WORD_MAX];
    switch (*parser->next++) {
    case ':':
        assert_ok(ct_trace_writer_step_append(parser->writer, parser->path_id,
                                              take_number(parser)));
        return;
    case '/':
        parser->next--;
        take_word(parser, " \n", path);
        parser->path_id = put_path(parser->writer, path);
        return;
    case '>':
        append_call(parser);
        return;
    case '<':
        append_return(parser);
        return;
    case '~':
        append_suspension(parser);
        return;
    case 'T':
        append_thread(parser, CT_THREAD_SWITCH);
        return;
    case '+':
        append_thread(parser, CT_THREAD_START);
        return;
    case '-':
        append_thread(parser, CT_THREAD_EXIT);
        return;
    case '!':
        append_exception(parser);
        return;
    default:
        parser->next--;
        append_value(parser);
        return;
    }
}

static void
write_script(struct ct_folder *folder, enum ct_profile profile, const char *text)
{
    struct parser parser = {.next = text, .profile = profile};
    parser.writer = open_writer(folder, profile);
    assert_ok(ct_value_writer_new(profile, NULL, &parser.values));
    parser.path_id = put_path(parser.writer, "/tmp/w/a.rb");
    const uint64_t function_id = put_function(parser.writer, "<top-level>", parser.path_id, 1);
    assert_ok(ct_trace_writer_call_append(parser.writer, function_id, NULL, 0));
    while (*parser.next != '\0') {
        if (!accept(&parser, ' ') && !accept(&parser, '\n'))
            append_event(&parser);
    }
    ct_value_writer_free(parser.values);
    assert_ok(ct_trace_writer_close(parser.writer));
}

void
trace_script_init(struct trace_script *script, enum ct_profile profile, const char *text)
{
    *script = (struct trace_script){.folder = new_folder()};
    write_script(script->folder, profile, text);
    if (profile == CT_PROFILE_AUG26) {
        assert_ok(script->folder->ops->open(script->folder, "trace.ct", &script->files.main));
        return;
    }
    assert_ok(script->folder->ops->open(script->folder, "trace.json", &script->files.main));
    assert_ok(script->folder->ops->open(script->folder, "trace_metadata.json",
                                        &script->files.metadata));
    assert_ok(script->folder->ops->open(script->folder, "trace_paths.json", &script->files.paths));
}

void
trace_script_release(struct trace_script *script)
{
    ct_trace_files_close(&script->files);
    ct_folder_close(script->folder);
}

struct ct_trace_reader *
trace_script_open(const struct trace_script *script, const struct ct_alloc *alloc)
{
    struct ct_trace_reader *reader;
    assert_ok(ct_trace_reader_open_files(&script->files, alloc, &reader, NULL));
    return reader;
}
