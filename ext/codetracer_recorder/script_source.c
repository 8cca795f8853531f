/* See script_source.h. Code from eval is recorded when the code that called eval is. */
#include "script_source.h"

#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PATH_SIZE_MAX    4096
#define FRAME_COUNT      8      /* how far up the caller of eval is looked for */
#define PADDING_LINE_MAX 100000 /* an eval that claims a later line gets no padding */

static VALUE
ask(VALUE object, const char *method)
{
    return rb_funcall(object, rb_intern(method), 0);
}

/* The real path of the nearest Ruby frame that has one; NULL when there is none. */
static VALUE
caller_path(int *out_line)
{
    VALUE frames[FRAME_COUNT];
    int lines[FRAME_COUNT];
    int count = rb_profile_frames(0, FRAME_COUNT, frames, lines);
    for (int i = 0; i < count; i++) {
        VALUE path = rb_profile_frame_absolute_path(frames[i]);
        if (RB_TYPE_P(path, T_STRING) && RSTRING_PTR(path)[0] == '/') {
            *out_line = lines[i];
            return path;
        }
    }
    return Qnil;
}

/* The text with empty lines before it, so that its lines have the numbers that eval was told. */
static VALUE
pad_text(VALUE text, VALUE iseqw)
{
    int first_line = NUM2INT(ask(iseqw, "first_lineno"));
    if (first_line <= 1 || first_line > PADDING_LINE_MAX)
        return text;
    VALUE padded = rb_str_new(NULL, 0);
    for (int line = 1; line < first_line; line++)
        rb_str_cat(padded, "\n", 1);
    rb_str_cat(padded, RSTRING_PTR(text), RSTRING_LEN(text));
    return padded;
}

static uint64_t
hash_bytes(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3u;
    return hash;
}

/* The same text from the same place keeps its path: a loop that evals does not grow the trace. */
static uint32_t
put_eval_path(struct recorder *recorder, VALUE caller, int line, VALUE text)
{
    char path[PATH_SIZE_MAX];
    const char *file = RSTRING_PTR(caller);
    uint64_t key = hash_bytes(0xCBF29CE484222325u, file, (size_t)RSTRING_LEN(caller));
    key = hash_bytes(key ^ (uint64_t)line, RSTRING_PTR(text), (size_t)RSTRING_LEN(text)) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->filter.known_paths, key);
    if (known != NULL)
        return (uint32_t)known->value;
    const char *name = strrchr(file, '/') + 1;
    snprintf(path, sizeof path, "/codetracer/eval-%u-at-%s-line-%d.rb",
             ++recorder->filter.eval_count, name, line);
    uint32_t path_id = rec_path_put(recorder, path, text);
    rec_pointer_map_put(&recorder->filter.known_paths, key, path_id);
    return path_id;
}

static bool
is_file(const char *path)
{
    struct stat status;
    return path[0] == '/' && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* A file is defined once, however often it is loaded. */
static bool
find_file(struct recorder *recorder, const char *path, uint32_t *out_path_id)
{
    uint64_t key = hash_bytes(0x9E3779B97F4A7C15u, path, strlen(path)) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->filter.known_paths, key);
    if (!rec_path_filter_accepts(&recorder->filter, path))
        return false;
    *out_path_id = known != NULL ? (uint32_t)known->value : rec_path_put(recorder, path, Qnil);
    if (known == NULL)
        rec_pointer_map_put(&recorder->filter.known_paths, key, *out_path_id);
    return true;
}

/* A string given to eval: under the file it names if there is one, else under a path of its own. */
static bool
find_eval(struct recorder *recorder, VALUE iseqw, VALUE path, VALUE text, uint32_t *out_path_id)
{
    int line = 1;
    VALUE caller = caller_path(&line);
    const char *named = StringValueCStr(path);
    if (is_file(named))
        return find_file(recorder, named, out_path_id);
    if (NIL_P(caller))
        caller = rb_str_new_cstr("/-e"); /* eval inside of -e or a script from standard input */
    if (!rec_path_filter_accepts(&recorder->filter, RSTRING_PTR(caller)))
        return false;
    *out_path_id = put_eval_path(recorder, caller, line, pad_text(text, iseqw));
    return true;
}

/* The text of -e or of a script from standard input, kept by the VM since start() asked for it. */
static VALUE
kept_lines(VALUE iseqw)
{
    if (!rb_respond_to(iseqw, rb_intern("script_lines")))
        return Qnil;
    VALUE lines = ask(iseqw, "script_lines");
    VALUE holder = rb_path2class("RubyVM");
    rb_funcall(holder, rb_intern("keep_script_lines="), 1, Qfalse);
    return RB_TYPE_P(lines, T_ARRAY) ? rb_ary_join(lines, rb_str_new(NULL, 0)) : Qnil;
}

bool
rec_script_source_find(struct recorder *recorder, VALUE iseqw, VALUE text, uint32_t *out_path_id)
{
    VALUE path = ask(iseqw, "path");
    VALUE real_path = ask(iseqw, "absolute_path");
    if (RB_TYPE_P(text, T_STRING)) /* Ruby 2.7 gives such a script a real path, its caller's */
        return find_eval(recorder, iseqw, path, text, out_path_id);
    if (RB_TYPE_P(real_path, T_STRING))
        return find_file(recorder, StringValueCStr(real_path), out_path_id);
    const char *name = StringValueCStr(path);
    if (strcmp(name, "-e") != 0 && strcmp(name, "-") != 0)
        return false; /* <internal:…> and compiled code without a file */
    *out_path_id = rec_path_put(
        recorder, name[1] == 'e' ? "/codetracer/-e.rb" : "/codetracer/stdin.rb", kept_lines(iseqw));
    return true;
}
