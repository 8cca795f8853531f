/* See script_source.h. Code from eval is recorded when the code that called eval is. */
#include "script_source.h"

#include "original_method.h"
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE_MAX    4096
#define FRAME_COUNT      8      /* how far up the caller of eval is looked for */
#define PADDING_LINE_MAX 100000 /* an eval that claims a later line gets no padding */
#define EVAL_COUNT_MAX   16384  /* known strings: then all are forgotten, memory is bounded */

/* What Ruby says of a script. It is asked before anything is written: while it answers another
 * thread may run, and end the recording. */
struct script {
    VALUE path, real_path;
    VALUE text; /* of an eval'd string, -e or standard input; else nil */
    int first_line;
};

static const char *
text_of(VALUE name)
{
    return RB_TYPE_P(name, T_STRING) ? RSTRING_PTR(name) : "";
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
pad_text(const struct script *script)
{
    if (script->first_line <= 1 || script->first_line > PADDING_LINE_MAX)
        return script->text;
    VALUE padded = rb_str_new(NULL, 0);
    for (int line = 1; line < script->first_line; line++)
        rb_str_cat(padded, "\n", 1);
    rb_str_cat(padded, RSTRING_PTR(script->text), RSTRING_LEN(script->text));
    return padded;
}

static uint64_t
hash_bytes(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3u;
    return hash;
}

/* The same text from the same place keeps its path: a loop that evals does not grow the trace. What
 * becomes of one text after another is the writer's affair: timeline_pages.c. */
static struct rec_place
put_eval_path(struct recorder *recorder, VALUE caller, int line, VALUE text)
{
    char path[PATH_SIZE_MAX];
    struct rec_pointer_map *evals = &recorder->filter.known_evals;
    const char *file = RSTRING_PTR(caller);
    uint64_t key = hash_bytes(0xCBF29CE484222325u, file, (size_t)RSTRING_LEN(caller));
    key = hash_bytes(key ^ (uint64_t)line, RSTRING_PTR(text), (size_t)RSTRING_LEN(text)) | 1;
    const struct rec_pointer_entry *known = rec_pointer_map_find(evals, key);
    struct rec_place place = {.unit = rec_path_unit_require(recorder, file)};
    if (known != NULL) {
        place.path_id = (uint32_t)known->value;
        return place;
    }
    const char *name = strrchr(file, '/') + 1;
    snprintf(path, sizeof path, "/codetracer/eval-%u-at-%s-line-%d.rb",
             ++recorder->filter.eval_count, name, line);
    place.path_id = rec_path_put(recorder, path, text, CT_SPOOL_PATH_IS_EVAL);
    if (evals->count == EVAL_COUNT_MAX)
        rec_pointer_map_release(evals);
    rec_pointer_map_put(evals, key, place.path_id);
    return place;
}

static bool
is_file(const char *path)
{
    struct stat status;
    return path[0] == '/' && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* All that can be read of it, up to the String's size. */
static void
fill_from(int descriptor, VALUE text)
{
    const size_t size = (size_t)RSTRING_LEN(text);
    size_t filled = 0;
    while (filled < size) {
        ssize_t got = read(descriptor, RSTRING_PTR(text) + filled, size - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        filled += (size_t)got;
    }
    rb_str_set_len(text, (long)filled);
}

VALUE
rec_script_source_read(const struct recorder *recorder, const char *path)
{
    struct stat status;
    const int saved_errno = errno;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        (uint64_t)status.st_size > rec_source_size_max(recorder)) {
        errno = saved_errno;
        return Qnil;
    }
    VALUE text = rb_str_new(NULL, (long)status.st_size);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0) {
        fill_from(descriptor, text);
        close(descriptor);
    }
    errno = saved_errno;
    return descriptor >= 0 ? text : Qnil;
}

/* A file is defined once, however often it is loaded. */
static bool
find_file(struct recorder *recorder, const char *path, struct rec_place *out_place)
{
    uint64_t key = hash_bytes(0x9E3779B97F4A7C15u, path, strlen(path)) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->filter.known_paths, key);
    if (!rec_path_is_recorded(recorder, path))
        return false;
    out_place->path_id =
        known != NULL ? (uint32_t)known->value
                      : rec_path_put(recorder, path, rec_script_source_read(recorder, path), 0);
    out_place->unit = rec_path_unit_require(recorder, path);
    if (known == NULL)
        rec_pointer_map_put(&recorder->filter.known_paths, key, out_place->path_id);
    return true;
}

/* A string given to eval: under the file it names if there is one, else under a path of its own. */
static bool
find_eval(struct recorder *recorder, const struct script *script, struct rec_place *out_place)
{
    int line = 1;
    VALUE caller = caller_path(&line);
    const char *named = text_of(script->path);
    if (is_file(named))
        return find_file(recorder, named, out_place);
    if (NIL_P(caller))
        caller = rb_str_new_cstr("/-e"); /* eval inside of -e or a script from standard input */
    if (!rec_path_is_recorded(recorder, RSTRING_PTR(caller)))
        return false;
    *out_place = put_eval_path(recorder, caller, line, pad_text(script));
    return true;
}

/* -e and a script from standard input. */
static bool
is_nameless(VALUE path)
{
    return strcmp(text_of(path), "-e") == 0 || strcmp(text_of(path), "-") == 0;
}

/* False: <internal:…> and compiled code without a file. */
static bool
find_nameless(struct recorder *recorder, const struct script *script, struct rec_place *out_place)
{
    if (!is_nameless(script->path) || !rec_path_is_recorded(recorder, text_of(script->path)))
        return false;
    bool is_argument = text_of(script->path)[1] == 'e';
    const char *path = is_argument ? "/codetracer/-e.rb" : "/codetracer/stdin.rb";
    uint64_t key = hash_bytes(0xCBF29CE484222325u, path, strlen(path)) | 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->filter.known_paths, key);
    out_place->path_id =
        known != NULL ? (uint32_t)known->value : rec_path_put(recorder, path, script->text, 0);
    out_place->unit = rec_path_unit_require(recorder, is_argument ? "-e" : "-");
    if (known == NULL)
        rec_pointer_map_put(&recorder->filter.known_paths, key, out_place->path_id);
    return true;
}

/* The text of -e or of a script from standard input, kept by the VM since start() asked for it. */
static VALUE
kept_lines(struct recorder *recorder, VALUE iseqw)
{
    if (!recorder->keeps_script_lines || !rec_original_exists(REC_ISEQ_SCRIPT_LINES))
        return Qnil;
    recorder->keeps_script_lines = false;
    VALUE lines = rec_original_call(REC_ISEQ_SCRIPT_LINES, iseqw);
    rec_script_source_keep_lines(Qfalse);
    return RB_TYPE_P(lines, T_ARRAY) ? rb_ary_join(lines, rb_str_new(NULL, 0)) : Qnil;
}

void
rec_script_source_keep_lines(VALUE flag)
{
    if (rec_original_exists(REC_VM_KEEP_SCRIPT_LINES))
        rec_original_call_with(REC_VM_KEEP_SCRIPT_LINES, rb_path2class("RubyVM"), flag);
}

bool
rec_script_source_find(struct recorder *recorder, VALUE iseqw, VALUE text,
                       struct rec_place *out_place)
{
    uint64_t serial = recorder->serial;
    struct script script = {
        .path = rec_original_call(REC_ISEQ_PATH, iseqw),
        .real_path = rec_original_call(REC_ISEQ_ABSOLUTE_PATH, iseqw),
        .text = text,
        .first_line = NUM2INT(rec_original_call(REC_ISEQ_FIRST_LINENO, iseqw)),
    };
    if (NIL_P(text) && is_nameless(script.path))
        script.text = kept_lines(recorder, iseqw);
    if (!rec_is_recording(recorder, serial))
        return false;
    if (RB_TYPE_P(text, T_STRING)) /* Ruby 2.7 gives such a script a real path, its caller's */
        return find_eval(recorder, &script, out_place);
    if (RB_TYPE_P(script.real_path, T_STRING))
        return find_file(recorder, StringValueCStr(script.real_path), out_place);
    return find_nameless(recorder, &script, out_place);
}

/* ---- code that was there before ---- */

/* The file that loaded code belongs to, NULL for eval'd strings that name none. */
static const char *
file_of_loaded(VALUE path, VALUE real_path)
{
    bool is_nameless_eval = strncmp(text_of(path), "(eval", 5) == 0;
    size_t size = strlen(text_of(path));
    if (size > 3 && strcmp(text_of(path) + size - 3, ".so") == 0)
        return NULL; /* the frame that a library in C was loaded in */
    if (text_of(real_path)[0] == '/' && !is_nameless_eval)
        return text_of(real_path);
    return is_file(text_of(path)) ? text_of(path) : NULL;
}

bool
rec_script_source_accepts_loaded(const struct recorder *recorder, VALUE path, VALUE real_path)
{
    const char *file = file_of_loaded(path, real_path);
    return file == NULL ? is_nameless(path) : rec_path_is_recorded(recorder, file);
}

bool
rec_script_source_find_loaded(struct recorder *recorder, VALUE path, VALUE real_path,
                              struct rec_place *out_place)
{
    const struct script script = {.path = path, .text = Qnil};
    const char *file = file_of_loaded(path, real_path);
    if (file != NULL)
        return find_file(recorder, file, out_place);
    return find_nameless(recorder, &script, out_place);
}
