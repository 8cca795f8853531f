/* What each frame last showed of a variable, what objects last showed of a field, and the lines
 * that run between. See trace_writes.h.
 *
 * What a step shows is settled when the step is over: the names behind a variable, which tell whose
 * it is, come after it. */
#include "ctrace/trace_writes.h"

#include "base/hash.h"
#include "trace/trace_objects.h"
#include "trace/value_same.h"
#include "value/value_peek.h"

#include <string.h>

/* Which functions take the variable as an argument. */
enum { ARGS_UNKNOWN = 0, ARGS_WITHOUT = 1, ARGS_WITH = 2 };

struct ct_trace_writes {
    const struct ct_alloc *alloc;
    struct ct_trace_reader *reader; /* borrowed */
    struct ct_trace_scopes scopes; /* with the frames */
    struct ct_trace_writes_options options; /* its name is ours */
    char *name;
    bool is_global;
    bool is_field;
    uint64_t name_id; /* of the variable of that name; CT_TRACE_NO_ID before it is defined */
    struct ct_trace_objects objects; /* with is_field */
    uint8_t *function_args;     /* by function: ARGS_… */
    size_t function_capacity;
    bool *special_names; /* by name: whether it belongs to no scope */
    size_t name_capacity;
    struct ct_value_reader *decoders[2]; /* for two values at once */

    bool is_step_open; /* values of the latest step may come */
    uint64_t path_id;  /* of the latest step */
    int64_t line;
    bool has_value;    /* the latest step shows the variable */
    uint64_t key;
    struct ct_buffer value;
    struct ct_trace_place shown; /* the step that showed it last */
    struct ct_trace_slot *shown_slot; /* whose that was; until the next step */
    bool is_located;                  /* `here` is where the latest step is */
    struct ct_trace_where here;
    struct ct_trace_where running;    /* the line that runs now */
    struct ct_trace_where ran_before; /* the one that ran up to the latest step */
};

/* ---- writes of a variable ---- */

static bool
takes_variable(const struct ct_trace_writes *writes, const struct ct_trace_home *home)
{
    const struct ct_trace_frame *frame = ct_trace_home_frame(home);
    return frame != NULL && frame->step_count == 1 && home->index > 0 &&
           frame->function_id < writes->function_capacity &&
           writes->function_args[frame->function_id] == ARGS_WITH;
}

static enum ct_status
decode(struct ct_trace_writes *writes, size_t index, const struct ct_buffer *value,
       const struct ct_value **out_value)
{
    const bool is_json = ct_trace_reader_metadata(writes->reader)->layout == CT_TRACE_LAYOUT_JSON;
    return ct_value_reader_decode(writes->decoders[index],
                                  is_json ? CT_PROFILE_JSON : CT_PROFILE_AUG26, value->bytes,
                                  value->size, out_value, NULL);
}

/* What cannot be decoded is another value than any other. */
static enum ct_status
is_written(struct ct_trace_writes *writes, const struct ct_trace_slot *slot, bool *out_is_written)
{
    const struct ct_value *before;
    const struct ct_value *after;
    *out_is_written = false;
    if (slot->value.size == writes->value.size &&
        memcmp(slot->value.bytes, writes->value.bytes, slot->value.size) == 0)
        return CT_OK;
    *out_is_written = true;
    if (ct_value_is_scalar(slot->value.bytes, slot->value.size) &&
        ct_value_is_scalar(writes->value.bytes, writes->value.size))
        return CT_OK;
    enum ct_value_match match;
    const struct ct_trace_encoded old_value = {slot->value.bytes, slot->value.size};
    const struct ct_trace_encoded new_value = {writes->value.bytes, writes->value.size};
    if (ct_value_match_encoded(writes->reader, &old_value, &new_value, &match)) {
        *out_is_written = match == CT_VALUE_OTHER;
        return CT_OK;
    }
    enum ct_status status = decode(writes, 0, &slot->value, &before);
    if (status == CT_OK)
        status = decode(writes, 1, &writes->value, &after);
    *out_is_written =
        status != CT_OK || ct_value_match(writes->reader, before, after) == CT_VALUE_OTHER;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

/* Tells the write and notes it in the slot, whose value is still the one before. */
static void
take_write(struct ct_trace_writes *writes, enum ct_trace_write_kind kind,
           struct ct_trace_slot *slot, const struct ct_trace_where *where)
{
    const bool is_change = kind == CT_TRACE_WRITE_CHANGE;
    const struct ct_trace_where *by = !is_change          ? where
                                      : writes->is_global ? &writes->ran_before
                                                          : &slot->seen;
    struct ct_trace_write *write = &slot->write;
    *write = (struct ct_trace_write){.kind = kind,
                                     .strand_id = by->strand_id,
                                     .function_id = by->function_id,
                                     .call_index = by->call_index,
                                     .by = by->place,
                                     .seen = where->place,
                                     .caller_function_id = by->caller_function_id,
                                     .caller = by->caller,
                                     .new_value = {writes->value.bytes, writes->value.size},
                                     .object_id = CT_TRACE_NO_ID,
                                     .object_type_id = CT_TRACE_NO_ID};
    if (is_change)
        write->old_value = (struct ct_trace_encoded){slot->value.bytes, slot->value.size};
    else if (kind == CT_TRACE_WRITE_ARGUMENT)
        write->by = by->caller;
    else
        write->by.step = CT_TRACE_NO_ID;
    write->by_last = write->by.step;
    slot->is_written = true;
    if (writes->options.write != NULL)
        writes->options.write(writes->options.context, write);
    const struct ct_buffer before = slot->before;
    slot->before = slot->value;
    slot->value = before;
}

/* Ruby shows a variable as nil before anything was put into it: that is no write. */
static enum ct_status
is_nil(struct ct_trace_writes *writes, bool *out_is_nil)
{
    const struct ct_value *value;
    const enum ct_status status = decode(writes, 0, &writes->value, &value);
    *out_is_nil = status == CT_OK && value->kind == CT_VALUE_NONE;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

static enum ct_status
show_first(struct ct_trace_writes *writes, struct ct_trace_home *home,
           const struct ct_trace_where *where)
{
    struct ct_trace_scope *scope;
    bool is_unset = false;
    CT_TRY(ct_trace_scopes_require(&writes->scopes, ct_trace_home_frame(home), &scope));
    CT_TRY(ct_trace_scopes_slot_append(&writes->scopes, scope, writes->key, &home->slot));
    const bool is_argument = takes_variable(writes, home);
    if (!is_argument)
        CT_TRY(is_nil(writes, &is_unset));
    if (!is_unset)
        take_write(writes, is_argument ? CT_TRACE_WRITE_ARGUMENT : CT_TRACE_WRITE_FIRST,
                   home->slot, where);
    return CT_OK;
}

static struct ct_trace_home
find_home(const struct ct_trace_writes *writes)
{
    if (!writes->is_global)
        return ct_trace_scopes_home(&writes->scopes, writes->key);
    const struct ct_trace_scope *outside = &writes->scopes.outside;
    return (struct ct_trace_home){NULL, 0, outside->slot_count > 0 ? outside->slots : NULL};
}

/* The latest step showed the variable, and all of its names are known. */
static enum ct_status
settle_variable(struct ct_trace_writes *writes)
{
    struct ct_trace_home home = find_home(writes);
    const struct ct_trace_where here = ct_trace_scopes_locate(&writes->scopes);
    const struct ct_trace_where where =
        writes->is_global ? here : ct_trace_home_locate(&home, here.place);
    bool is_changed = false;
    if (home.slot == NULL)
        CT_TRY(show_first(writes, &home, &where));
    else
        CT_TRY(is_written(writes, home.slot, &is_changed));
    if (is_changed)
        take_write(writes, CT_TRACE_WRITE_CHANGE, home.slot, &where);
    struct ct_trace_slot *slot = home.slot;
    writes->shown_slot = slot;
    writes->shown = here.place;
    slot->seen = where;
    ct_buffer_reset(&slot->value);
    ct_buffer_put(&slot->value, writes->value.bytes, writes->value.size);
    return ct_buffer_status(&slot->value);
}

/* ---- events ---- */

/* Where the latest step is; its values need that, if they show objects, more than once. hot */
static const struct ct_trace_where *
locate_step(struct ct_trace_writes *writes)
{
    if (!writes->is_located)
        writes->here = ct_trace_scopes_locate(&writes->scopes);
    writes->is_located = true;
    return &writes->here;
}

/* Whether the latest step is only the def line of the Call that comes: what it shows, if anything,
 * are the arguments. */
static bool
is_def_line(const struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    const struct ct_trace_function *function =
        ct_trace_reader_function(writes->reader, event->function_id);
    return event->kind == CT_TRACE_CALL && function != NULL &&
           function->path_id == writes->path_id && function->line == writes->line;
}

/* The latest step is over; `event` is behind it, NULL when the trace ends. */
static enum ct_status
settle_step(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    const enum ct_trace_kind kind = event != NULL ? event->kind : CT_TRACE_RETURN;
    if (!writes->is_step_open)
        return CT_OK;
    writes->is_step_open = false;
    if (writes->has_value && event != NULL && is_def_line(writes, event))
        writes->has_value = false;
    if (writes->has_value)
        CT_TRY(settle_variable(writes));
    writes->has_value = false;
    /* The step on a def line is no line of the caller's, the one of a return is over. */
    if (!writes->is_field || kind == CT_TRACE_CALL || kind == CT_TRACE_RETURN)
        return CT_OK;
    const struct ct_trace_frame *top = ct_trace_frames_top(writes->scopes.frames);
    const struct ct_trace_scope *scope = top != NULL ? top->state : NULL;
    if (scope == NULL || scope->self_id == CT_TRACE_NO_ID)
        return CT_OK;
    ct_trace_objects_run(&writes->objects, scope->self_id, locate_step(writes));
    return CT_OK;
}

static enum ct_status
keep_value(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    writes->has_value = true;
    writes->key = ct_hash_bytes(&event->name_id, sizeof event->name_id,
                                writes->is_global ? 0 : writes->path_id + 1);
    ct_buffer_reset(&writes->value);
    ct_buffer_put(&writes->value, event->encoded, event->encoded_size);
    return ct_buffer_status(&writes->value);
}

/* hot */
static enum ct_status
take_value(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    const uint64_t id = event->name_id;
    if (event->encoded == NULL || !writes->is_step_open)
        return CT_OK;
    if (!writes->has_value && id == writes->name_id)
        CT_TRY(keep_value(writes, event));
    else if (writes->has_value && id < writes->name_capacity && !writes->special_names[id])
        writes->key = ct_hash_bytes(&id, sizeof id, writes->key);
    if (!writes->is_field)
        return CT_OK;
    if (!event->has_structs && !ct_value_may_hold_struct(event->encoded, event->encoded_size))
        return CT_OK;
    const bool is_self = id == writes->objects.self_name_id;
    const struct ct_trace_frame *top =
        is_self ? ct_trace_frames_top(writes->scopes.frames) : NULL;
    return ct_trace_objects_show(&writes->objects, event->encoded, event->encoded_size,
                                 locate_step(writes), top != NULL ? &top->before : NULL);
}

/* Whether the function takes the variable, as its first call tells. */
static enum ct_status
look_at_function(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    const struct ct_trace_arg *args;
    size_t count;
    const uint64_t id = event->function_id;
    if (ct_trace_reader_function(writes->reader, id) == NULL)
        return CT_OK;
    if (id >= writes->function_capacity) {
        const size_t capacity = (size_t)id * 2 + 16;
        uint8_t *grown = ct_alloc_resize(writes->alloc, writes->function_args, capacity);
        if (grown == NULL)
            return CT_ERR_MEMORY;
        memset(grown + writes->function_capacity, 0, capacity - writes->function_capacity);
        writes->function_args = grown;
        writes->function_capacity = capacity;
    }
    if (writes->function_args[id] != ARGS_UNKNOWN)
        return CT_OK;
    writes->function_args[id] = ARGS_WITHOUT;
    if (event->encoded == NULL)
        return CT_OK;
    const enum ct_status status = ct_trace_reader_args_decode(
        writes->reader, event->encoded, event->encoded_size, &args, &count, NULL);
    for (size_t i = 0; status == CT_OK && i < count; i++) {
        if (args[i].name_id == writes->name_id)
            writes->function_args[id] = ARGS_WITH;
    }
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

static enum ct_status
take_call(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    if (writes->name_id != CT_TRACE_NO_ID)
        CT_TRY(look_at_function(writes, event));
    if (!writes->is_field || event->encoded == NULL)
        return CT_OK;
    struct ct_trace_scope *scope;
    const struct ct_trace_where where = ct_trace_scopes_locate(&writes->scopes);
    CT_TRY(ct_trace_scopes_require(&writes->scopes, ct_trace_frames_top(writes->scopes.frames),
                                   &scope));
    return ct_trace_objects_show_args(&writes->objects, event->encoded, event->encoded_size,
                                      &where, &scope->self_id);
}

static void
pick_values(struct ct_trace_writes *writes)
{
    const struct ct_trace_pick pick = {writes->name_id, writes->is_field};
    ct_trace_reader_values_put(writes->reader, false);
    ct_trace_reader_pick_put(writes->reader, &pick);
}

/* `$x`, `@@y`, `Account.@@y` */
static bool
is_global_name(const char *name)
{
    return name[0] == '$' || strstr(name, "@@") != NULL;
}

static enum ct_status
take_name(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    const char *name = ct_trace_reader_name(writes->reader, event->id, NULL);
    if (event->id >= writes->name_capacity) {
        const size_t capacity = (size_t)event->id * 2 + 16;
        bool *grown = ct_alloc_resize(writes->alloc, writes->special_names, capacity);
        if (grown == NULL)
            return CT_ERR_MEMORY;
        memset(grown + writes->name_capacity, 0, capacity - writes->name_capacity);
        writes->special_names = grown;
        writes->name_capacity = capacity;
    }
    /* Some recorders show expressions: "a + b". */
    writes->special_names[event->id] = writes->is_global || strchr("<@$", *name) != NULL ||
                                       is_global_name(name) || strcmp(name, "self") == 0 ||
                                       name[strcspn(name, " =([")] != '\0';
    if (strcmp(name, "self") == 0)
        writes->objects.self_name_id = event->id;
    if (strcmp(name, writes->name) != 0)
        return CT_OK;
    writes->name_id = event->id;
    pick_values(writes);
    return CT_OK;
}

/* A global variable is shown where it has changed: by the line that ran before, in whichever frame.
 * Arguments are put together by the line of the caller. */
static void
note_running(struct ct_trace_writes *writes, enum ct_trace_kind kind)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(writes->scopes.frames);
    size_t depth = strand->frame_count;
    if (kind == CT_TRACE_STEP)
        writes->ran_before = writes->running;
    else if (kind != CT_TRACE_CALL && kind != CT_TRACE_RETURN)
        return;
    if (kind == CT_TRACE_CALL && depth > 0)
        depth--;
    if (depth == 0)
        return;
    const struct ct_trace_home home = {strand, depth - 1, NULL};
    const struct ct_trace_place now = strand->frames[depth - 1].now;
    if (now.step != CT_TRACE_NO_ID)
        writes->running = ct_trace_home_locate(&home, now);
}

enum ct_status
ct_trace_writes_follow(struct ct_trace_writes *writes, const struct ct_trace_event *event)
{
    enum ct_trace_role role;
    switch (event->kind) {
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
        return take_name(writes, event);
    case CT_TRACE_VALUE:
        return take_value(writes, event);
    case CT_TRACE_PATH:
    case CT_TRACE_TYPE:
    case CT_TRACE_FUNCTION:
        return CT_OK;
    default:
        break;
    }
    CT_TRY(settle_step(writes, event));
    writes->is_located = false;
    CT_TRY(ct_trace_frames_follow(writes->scopes.frames, event, &role));
    if (role == CT_TRACE_ROLE_BENDING)
        return CT_OK;
    if (writes->is_global)
        note_running(writes, event->kind);
    if (event->kind == CT_TRACE_STEP) {
        writes->is_step_open = true;
        writes->path_id = event->path_id;
        writes->line = event->line;
    }
    return event->kind == CT_TRACE_CALL ? take_call(writes, event) : CT_OK;
}

enum ct_status
ct_trace_writes_finish(struct ct_trace_writes *writes)
{
    return settle_step(writes, NULL);
}

/* ---- life ---- */

static enum ct_status
init_writes(struct ct_trace_writes *writes)
{
    const char *name = writes->options.name;
    const bool is_member = name[0] == '.';
    writes->is_global = is_global_name(name);
    writes->running.place.step = writes->ran_before.place.step = CT_TRACE_NO_ID;
    writes->is_field = is_member || (name[0] == '@' && !writes->is_global);
    ct_buffer_init(&writes->value, writes->alloc);
    writes->name_id = CT_TRACE_NO_ID;
    writes->shown.step = CT_TRACE_NO_ID;
    writes->name = ct_alloc_zeroed(writes->alloc, strlen(name) + 1, 1);
    if (writes->name == NULL)
        return CT_ERR_MEMORY;
    memcpy(writes->name, name, strlen(name));
    writes->options.name = writes->name;
    for (size_t i = 0; i < 2; i++)
        CT_TRY(ct_value_reader_new(writes->alloc, &writes->decoders[i]));
    CT_TRY(ct_trace_scopes_init(&writes->scopes, writes->reader, writes->alloc));
    pick_values(writes);
    if (writes->is_field)
        ct_trace_objects_init(&writes->objects, writes->reader, &writes->options,
                              writes->name + is_member);
    return CT_OK;
}

enum ct_status
ct_trace_writes_new(struct ct_trace_reader *reader, const struct ct_trace_writes_options *options,
                    struct ct_trace_writes **out_writes)
{
    const struct ct_alloc *alloc = options->alloc != NULL ? options->alloc : ct_alloc_default();
    struct ct_trace_writes *writes = ct_alloc_zeroed(alloc, 1, sizeof *writes);
    if (writes == NULL)
        return CT_ERR_MEMORY;
    writes->alloc = alloc;
    writes->reader = reader;
    writes->options = *options;
    writes->options.alloc = alloc;
    const enum ct_status status = init_writes(writes);
    if (status != CT_OK) {
        ct_trace_writes_free(writes);
        return status;
    }
    *out_writes = writes;
    return CT_OK;
}

void
ct_trace_writes_free(struct ct_trace_writes *writes)
{
    if (writes == NULL)
        return;
    ct_trace_scopes_release(&writes->scopes);
    ct_trace_objects_release(&writes->objects);
    ct_value_reader_free(writes->decoders[0]);
    ct_value_reader_free(writes->decoders[1]);
    ct_buffer_release(&writes->value);
    ct_alloc_free(writes->alloc, writes->function_args);
    ct_alloc_free(writes->alloc, writes->special_names);
    ct_alloc_free(writes->alloc, writes->name);
    ct_alloc_free(writes->alloc, writes);
}

/* ---- queries ---- */

const struct ct_trace_frames *
ct_trace_writes_frames(const struct ct_trace_writes *writes)
{
    return writes->scopes.frames;
}

uint64_t
ct_trace_writes_forgotten_count(const struct ct_trace_writes *writes)
{
    return writes->objects.forgotten_count;
}

bool
ct_trace_writes_self(const struct ct_trace_writes *writes, const struct ct_trace_frame *frame,
                     uint64_t *out_object_id)
{
    const struct ct_trace_scope *scope = frame->state;
    (void)writes;
    if (scope == NULL || scope->self_id == CT_TRACE_NO_ID)
        return false;
    *out_object_id = scope->self_id;
    return true;
}

/* The variable that the latest step shows, or else the frame that runs showed last; a global one
 * belongs to no frame. */
static const struct ct_trace_slot *
find_latest(const struct ct_trace_writes *writes)
{
    const struct ct_trace_frame *top = ct_trace_frames_top(writes->scopes.frames);
    const struct ct_trace_scope *scope =
        top != NULL && !writes->is_global ? top->state : &writes->scopes.outside;
    const struct ct_trace_slot *latest = NULL;
    if (writes->shown.step != CT_TRACE_NO_ID &&
        writes->shown.step == ct_trace_frames_step(writes->scopes.frames))
        return writes->shown_slot;
    for (size_t i = 0; scope != NULL && i < scope->slot_count; i++) {
        const struct ct_trace_slot *slot = &scope->slots[i];
        if (latest == NULL || slot->seen.place.step > latest->seen.place.step)
            latest = slot;
    }
    return latest;
}

bool
ct_trace_writes_variable(const struct ct_trace_writes *writes, struct ct_trace_encoded *out_value,
                         struct ct_trace_place *out_seen)
{
    const struct ct_trace_slot *slot = find_latest(writes);
    if (slot == NULL)
        return false;
    *out_value = (struct ct_trace_encoded){slot->value.bytes, slot->value.size};
    *out_seen = slot->seen.place;
    return true;
}

bool
ct_trace_writes_latest(const struct ct_trace_writes *writes, struct ct_trace_write *out_write)
{
    const struct ct_trace_slot *slot = find_latest(writes);
    if (slot == NULL || !slot->is_written)
        return false;
    *out_write = slot->write;
    out_write->new_value = (struct ct_trace_encoded){slot->value.bytes, slot->value.size};
    if (out_write->old_value.bytes != NULL)
        out_write->old_value = (struct ct_trace_encoded){slot->before.bytes, slot->before.size};
    return true;
}

bool
ct_trace_writes_field(const struct ct_trace_writes *writes, uint64_t object_id,
                      struct ct_trace_encoded *out_value, struct ct_trace_place *out_seen)
{
    const struct ct_trace_object *object =
        writes->is_field ? ct_trace_objects_find(&writes->objects, object_id) : NULL;
    if (object == NULL || !object->has_value)
        return false;
    *out_value = (struct ct_trace_encoded){object->value.bytes, object->value.size};
    *out_seen = object->seen.place;
    return true;
}
