/* See path_filter.h. */
#include "path_filter.h"

#include <stdlib.h>
#include <string.h>

static char *
copy_string(VALUE text)
{
    char *copy = strndup(RSTRING_PTR(StringValue(text)), (size_t)RSTRING_LEN(text));
    if (copy == NULL)
        rb_memerror();
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
        rb_memerror();
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
    *filter = (struct rec_path_filter){.skip_prefixes = NULL};
}

bool
rec_path_filter_accepts(const struct rec_path_filter *filter, const char *real_path)
{
    if (strcmp(real_path, filter->main_script) == 0)
        return true;
    if (real_path[0] == '<')
        return false; /* <internal:kernel> and the like */
    for (size_t i = 0; filter->skip_prefixes[i] != NULL; i++) {
        if (strncmp(real_path, filter->skip_prefixes[i], strlen(filter->skip_prefixes[i])) == 0)
            return false;
    }
    return true;
}
