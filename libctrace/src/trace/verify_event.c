/* Checks what events mean together: ids are defined before use, calls nest, a step shows a name
 * once.
 *
 * See verify.h. Each kind has its function; the rules are those of FORMAT (doc/format), where a
 * reader that panics on a breach is named with each. */
#include "trace/verify.h"

#include <inttypes.h>
#include <string.h>

#define TYPE_KIND_MAX   33
#define EVENT_KIND_MAX  13
#define TOP_LEVEL_NAME  "<top-level>"
#define STACK_NAMES_MAX 3 /* calls named when some never return */

static enum ct_status
require_capacity(const struct ct_verify *verify, uint64_t **array, size_t *capacity, size_t index)
{
    if (index < *capacity)
        return CT_OK;
    const size_t wanted = index < 32 ? 64 : index * 2;
    uint64_t *grown = ct_alloc_resize(verify->alloc, *array, wanted * sizeof *grown);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    memset(grown + *capacity, 0, (wanted - *capacity) * sizeof *grown);
    *array = grown;
    *capacity = wanted;
    return CT_OK;
}

/* ---- definitions ---- */

/* Endings that switch CodeTracer into JavaScript mode, for the whole trace. */
static bool
has_script_ending(const char *path, size_t size)
{
    static const char *const endings[] = {".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t ending_size = strlen(endings[i]);
        if (size >= ending_size && memcmp(path + size - ending_size, endings[i], ending_size) == 0)
            return true;
    }
    return false;
}

static void
check_path(struct ct_verify *verify, const struct ct_trace_event *event)
{
    if (event->text_size == 0 || event->text[0] != '/')
        ct_verify_report_event(verify, event, "the path is not absolute");
    if (has_script_ending(event->text, event->text_size))
        ct_verify_report_event(verify, event, "a path with this ending turns on JavaScript mode");
}

static void
check_name(struct ct_verify *verify, const struct ct_trace_event *event)
{
    const enum ct_trace_layout layout = ct_trace_reader_metadata(verify->reader)->layout;
    if (event->kind == CT_TRACE_VARIABLE && layout == CT_TRACE_LAYOUT_JSON)
        ct_verify_report_event(verify, event, "Variable has no safe reader: use VariableName");
    if (event->text_size == 0)
        ct_verify_report_event(verify, event, "the name is empty");
}

static void
check_type(struct ct_verify *verify, const struct ct_trace_event *event)
{
    const struct ct_trace_type *type = ct_trace_reader_type(verify->reader, event->id);
    if (type != NULL && type->kind > TYPE_KIND_MAX)
        ct_verify_report_event(verify, event, "the type has the unknown kind %" PRIu64, type->kind);
}

static void
require_path(struct ct_verify *verify, const struct ct_trace_event *event)
{
    if (ct_trace_reader_path(verify->reader, event->path_id, NULL) == NULL)
        ct_verify_report_event(verify, event, "path %" PRIu64 " is not defined yet",
                               event->path_id);
}

/* ---- steps and values ---- */

static void
check_step(struct ct_verify *verify, const struct ct_trace_event *event)
{
    if (verify->stack_depth == 0)
        ct_verify_report_event(verify, event, "the step is outside of every call");
    if (event->line < 1)
        ct_verify_report_event(verify, event, "line %" PRId64 " does not exist", event->line);
    require_path(verify, event);
    verify->step_count++;
    verify->step_path_id = event->path_id;
    verify->step_line = event->line;
}

static enum ct_status
check_shown_once(struct ct_verify *verify, const struct ct_trace_event *event, const char *name,
                 size_t size)
{
    uint64_t id;
    CT_TRY(ct_text_table_put(verify->names, name, size, &id, NULL));
    CT_TRY(require_capacity(verify, &verify->shown_at, &verify->shown_capacity, (size_t)id));
    if (verify->shown_at[id] == verify->step_count && verify->step_count > 0)
        ct_verify_report_event(verify, event, "the step shows two values called '%.60s'", name);
    verify->shown_at[id] = verify->step_count;
    return CT_OK;
}

static enum ct_status
check_value(struct ct_verify *verify, const struct ct_trace_event *event)
{
    size_t size = 0;
    const char *name = ct_trace_reader_name(verify->reader, event->name_id, &size);
    if (verify->step_count == 0)
        ct_verify_report_event(verify, event, "the value comes before the first step");
    if (event->value != NULL)
        ct_verify_value(verify, event, event->value);
    if (name != NULL)
        return check_shown_once(verify, event, name, size);
    ct_verify_report_event(verify, event, "variable %" PRIu64 " is not defined yet",
                           event->name_id);
    return CT_OK;
}

/* ---- calls ---- */

/* The first call is the program itself; every other follows a step on its own first line. */
static void
check_call_place(struct ct_verify *verify, const struct ct_trace_event *event,
                 const struct ct_trace_function *function)
{
    if (verify->result->counts[CT_TRACE_CALL] == 1) {
        if (event->function_id != 0 || verify->step_count > 0)
            ct_verify_report_event(verify, event, "the first call is not function 0, %s, before "
                                                  "every step", TOP_LEVEL_NAME);
        return;
    }
    if (verify->stack_depth == 0)
        ct_verify_report_event(verify, event, "the call comes after %s returned", TOP_LEVEL_NAME);
    if (function != NULL && (verify->step_count == 0 || verify->step_path_id != function->path_id ||
                             verify->step_line != function->line))
        ct_verify_report_event(verify, event,
                               "the step before the call of %.60s is not on its line",
                               function->name);
}

static enum ct_status
check_call(struct ct_verify *verify, const struct ct_trace_event *event)
{
    const struct ct_trace_function *function =
        ct_trace_reader_function(verify->reader, event->function_id);
    if (function == NULL)
        ct_verify_report_event(verify, event, "function %" PRIu64 " is not defined yet",
                               event->function_id);
    check_call_place(verify, event, function);
    for (size_t i = 0; i < event->arg_count; i++) {
        if (ct_trace_reader_name(verify->reader, event->args[i].name_id, NULL) == NULL)
            ct_verify_report_event(verify, event, "variable %" PRIu64 " is not defined yet",
                                   event->args[i].name_id);
        ct_verify_value(verify, event, event->args[i].value);
    }
    CT_TRY(require_capacity(verify, &verify->stack, &verify->stack_capacity, verify->stack_depth));
    verify->stack[verify->stack_depth++] = event->function_id;
    return CT_OK;
}

static void
check_return(struct ct_verify *verify, const struct ct_trace_event *event)
{
    if (verify->stack_depth == 0)
        ct_verify_report_event(verify, event, "the return has no call");
    else
        verify->stack_depth--;
    if (event->value != NULL)
        ct_verify_value(verify, event, event->value);
}

static void
check_log_event(struct ct_verify *verify, const struct ct_trace_event *event)
{
    if (verify->step_count == 0)
        ct_verify_report_event(verify, event, "the event comes before the first step");
    if (event->event_kind > EVENT_KIND_MAX)
        ct_verify_report_event(verify, event, "the event has the unknown kind %" PRIu64,
                               event->event_kind);
}

/* Kinds that some reader does not survive or leaves undone. */
static void
check_rare(struct ct_verify *verify, const struct ct_trace_event *event)
{
    const bool is_json =
        ct_trace_reader_metadata(verify->reader)->layout == CT_TRACE_LAYOUT_JSON;
    switch (event->kind) {
    case CT_TRACE_BIND_VARIABLE:
    case CT_TRACE_ASSIGNMENT:
    case CT_TRACE_DROP_VARIABLES:
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
    case CT_TRACE_UNKNOWN: /* its damage was reported */
        return;
    case CT_TRACE_DROP_VARIABLE:
        if (is_json)
            return;
        break;
    default:
        break;
    }
    ct_verify_report_event(verify, event, "%s has no safe reader", ct_trace_kind_name(event->kind));
}

enum ct_status
ct_verify_event(struct ct_verify *verify, const struct ct_trace_event *event)
{
    switch (event->kind) {
    case CT_TRACE_PATH:
        check_path(verify, event);
        return CT_OK;
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
        check_name(verify, event);
        return CT_OK;
    case CT_TRACE_TYPE:
        check_type(verify, event);
        return CT_OK;
    case CT_TRACE_FUNCTION:
        require_path(verify, event);
        return CT_OK;
    case CT_TRACE_STEP:
        check_step(verify, event);
        return CT_OK;
    case CT_TRACE_VALUE:
        return check_value(verify, event);
    case CT_TRACE_CALL:
        return check_call(verify, event);
    case CT_TRACE_RETURN:
        check_return(verify, event);
        return CT_OK;
    case CT_TRACE_EVENT:
        check_log_event(verify, event);
        return CT_OK;
    default:
        check_rare(verify, event);
        return CT_OK;
    }
}

/* ---- the end ---- */

static void
check_paths(struct ct_verify *verify, const char *file)
{
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(verify->reader);
    const uint64_t count = ct_trace_reader_path_count(verify->reader);
    const char *list = metadata->layout == CT_TRACE_LAYOUT_JSON ? "trace_paths.json" : "meta.dat";
    if (metadata->path_count != count)
        ct_verify_report(verify, list, 0, "%zu path%s listed, %s defines %" PRIu64,
                         metadata->path_count, metadata->path_count == 1 ? " is" : "s are", file,
                         count);
    for (uint64_t id = 0; id < count && id < metadata->path_count; id++) {
        size_t size = 0;
        const char *path = ct_trace_reader_path(verify->reader, id, &size);
        if (strlen(metadata->paths[id]) != size || memcmp(metadata->paths[id], path, size) != 0)
            ct_verify_report(verify, list, 0, "path %" PRIu64 " is another than in %s", id, file);
    }
}

static void
check_open_calls(struct ct_verify *verify, const char *file)
{
    char names[128] = "";
    size_t used = 0;
    const size_t depth = verify->stack_depth;
    for (size_t i = depth > STACK_NAMES_MAX ? depth - STACK_NAMES_MAX : 0; i < depth; i++) {
        const struct ct_trace_function *function =
            ct_trace_reader_function(verify->reader, verify->stack[i]);
        const char *name = function != NULL ? function->name : "?";
        const size_t size = strnlen(name, 38);
        names[used++] = ' ';
        memcpy(names + used, name, size);
        used += size;
    }
    names[used] = '\0';
    if (depth > 0)
        ct_verify_report(verify, file, 0, "%zu of the calls never return%s, innermost:%s", depth,
                         depth == 1 ? "s" : "",
                         names);
}

void
ct_verify_end(struct ct_verify *verify)
{
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(verify->reader);
    const char *file = metadata->layout == CT_TRACE_LAYOUT_JSON ? "trace.json" : "events.log";
    const struct ct_trace_function *top = ct_trace_reader_function(verify->reader, 0);
    check_open_calls(verify, file);
    if (top == NULL || strcmp(top->name, TOP_LEVEL_NAME) != 0)
        ct_verify_report(verify, file, 0, "function 0 is not %s", TOP_LEVEL_NAME);
    if (verify->step_count == 0)
        ct_verify_report(verify, file, 0, "there is no step at all");
    if (metadata->error.status == CT_OK)
        check_paths(verify, file);
}
