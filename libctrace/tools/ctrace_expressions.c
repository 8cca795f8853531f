/* See ctrace_expressions.h. */
#include "ctrace_expressions.h"

#include "ctrace.h"

#include <string.h>

void
ctrace_expressions_open(struct ctrace_expressions *expressions, const char *trace)
{
    struct ct_error error = {0};
    *expressions = (struct ctrace_expressions){0};
    const enum ct_status status =
        ct_trace_expressions_open(trace, NULL, &expressions->list, &error);
    if (status != CT_OK && status != CT_ERR_NOT_FOUND)
        ctrace_complain_error(trace, &error);
}

void
ctrace_expressions_close(struct ctrace_expressions *expressions)
{
    ct_trace_expressions_close(expressions->list);
    *expressions = (struct ctrace_expressions){0};
}

void
ctrace_expressions_step(struct ctrace_expressions *expressions, uint64_t step)
{
    if (expressions->list == NULL)
        return;
    expressions->seen =
        ct_trace_expressions_seen(expressions->list, step, &expressions->seen_count);
    expressions->seen_index = 0;
    expressions->left = 0;
}

/* Of `… (receiver)` the word. */
static const char *
part_of(const char *name, size_t name_size)
{
    static const char *const parts[] = {"receiver", "argument", "argument 2", "before"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const size_t size = strlen(parts[i]);
        if (name_size > size + 2 && memcmp(name + name_size - size - 1, parts[i], size) == 0)
            return parts[i];
    }
    return "part";
}

const struct ct_trace_expression *
ctrace_expressions_next(struct ctrace_expressions *expressions, const char *name, size_t name_size,
                        const char **out_part)
{
    *out_part = NULL;
    if (expressions->list == NULL || name == NULL)
        return NULL;
    if (expressions->left > 0) {
        expressions->left--;
        *out_part = part_of(name, name_size);
        return ct_trace_expression_at(expressions->list,
                                      expressions->seen[expressions->seen_index - 1].index);
    }
    if (expressions->seen_index >= expressions->seen_count)
        return NULL;
    const struct ct_trace_seen *seen = &expressions->seen[expressions->seen_index];
    const struct ct_trace_expression *found =
        ct_trace_expression_at(expressions->list, seen->index);
    if (found->name_size != name_size || memcmp(found->name, name, name_size) != 0)
        return NULL;
    expressions->seen_index++;
    expressions->left = seen->value_count - 1;
    return found;
}
