/* See path_filter.h. */
#include "path_filter.h"

#include "recorder.h"

#include <stdlib.h>
#include <string.h>

static char *
copy_string(VALUE text)
{
    char *copy = strndup(RSTRING_PTR(StringValue(text)), (size_t)RSTRING_LEN(text));
    if (copy == NULL)
        rec_raise_no_memory();
    return copy;
}

void
rec_path_filter_init(struct rec_path_filter *filter, VALUE skip_prefixes, VALUE main_script,
                     VALUE workdir)
{
    Check_Type(skip_prefixes, T_ARRAY);
    size_t count = (size_t)RARRAY_LEN(skip_prefixes);
    filter->skip_prefixes = calloc(count + 1, sizeof *filter->skip_prefixes);
    if (filter->skip_prefixes == NULL)
        rec_raise_no_memory();
    for (size_t i = 0; i < count; i++)
        filter->skip_prefixes[i] = copy_string(RARRAY_AREF(skip_prefixes, (long)i));
    filter->main_script = copy_string(main_script);
    filter->workdir = copy_string(workdir);
}

void
rec_path_filter_release(struct rec_path_filter *filter)
{
    for (size_t i = 0; filter->skip_prefixes != NULL && filter->skip_prefixes[i] != NULL; i++)
        free(filter->skip_prefixes[i]);
    free(filter->skip_prefixes);
    free(filter->main_script);
    free(filter->workdir);
    rec_pointer_map_release(&filter->known_paths);
    rec_pointer_map_release(&filter->known_evals);
    rec_pointer_map_release(&filter->file_units);
    for (struct rec_path_unit *unit = filter->first_unit, *next; unit != NULL; unit = next) {
        next = unit->next;
        free(unit->path);
        free(unit);
    }
    *filter = (struct rec_path_filter){.skip_prefixes = NULL};
}

/* Whether the built-in filter skips the file. */
static bool
is_foreign(const struct rec_path_filter *filter, const char *real_path)
{
    if (strcmp(real_path, filter->main_script) == 0)
        return false;
    if (real_path[0] == '<')
        return true; /* <internal:kernel> and the like */
    for (size_t i = 0; filter->skip_prefixes[i] != NULL; i++) {
        if (strncmp(real_path, filter->skip_prefixes[i], strlen(filter->skip_prefixes[i])) == 0)
            return true;
    }
    return false;
}

bool
rec_path_is_recorded(const struct recorder *recorder, const char *real_path)
{
    const struct rec_path_filter *filter = &recorder->filter;
    struct rec_filter_unit unit;
    bool foreign = is_foreign(filter, real_path);
    if (recorder->rules.rule_count == 0 && recorder->rules.traces_by_default)
        return !foreign;
    rec_filter_unit_init(&recorder->rules, real_path, foreign, filter->skip_prefixes, &unit);
    return !rec_filter_skips_file(&recorder->rules, &unit);
}

static uint64_t
hash_path(const char *path)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *path != '\0'; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001B3u;
    return hash | 1;
}

const struct rec_path_unit *
rec_path_unit_require(struct recorder *recorder, const char *real_path)
{
    struct rec_path_filter *filter = &recorder->filter;
    const uint64_t key = hash_path(real_path);
    const struct rec_pointer_entry *known = rec_pointer_map_find(&filter->file_units, key);
    struct rec_path_unit *same = known == NULL ? NULL : (struct rec_path_unit *)known->value;
    for (const struct rec_path_unit *unit = same; unit != NULL; unit = unit->next_of_hash) {
        if (strcmp(unit->path, real_path) == 0)
            return unit;
    }
    struct rec_path_unit *unit = calloc(1, sizeof *unit);
    char *path = strdup(real_path);
    if (unit == NULL || path == NULL ||
        !rec_pointer_map_put(&filter->file_units, key, (uint64_t)unit)) {
        free(unit);
        free(path);
        rec_fail(recorder, REC_NO_MEMORY);
        return NULL;
    }
    *unit = (struct rec_path_unit){.path = path,
                                   .is_foreign = is_foreign(filter, real_path),
                                   .next = filter->first_unit,
                                   .next_of_hash = same};
    filter->first_unit = unit;
    return unit;
}

void
rec_path_decide(const struct recorder *recorder, const struct rec_path_unit *known,
                const char *name, struct rec_filter_decision *out_decision)
{
    struct rec_filter_unit unit;
    *out_decision = (struct rec_filter_decision){.is_traced = true};
    if (known == NULL || known->path == NULL)
        return;
    rec_filter_unit_init(&recorder->rules, known->path, known->is_foreign,
                         recorder->home->filter.skip_prefixes, &unit);
    rec_filter_decide(&recorder->rules, &unit, name, out_decision);
}
