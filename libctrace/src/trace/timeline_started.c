/* Programs that the recorded one started and that are recorded too (--follow), as they have
 * registered themselves below the recording's folder: lib/codetracer/started_programs.rb. */
#include "trace/recording_id.h"
#include "trace/timeline_state.h"
#include "value/json_put.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REGISTER_SIZE_MAX (16u << 20)
#define FOLDER_PREFIX     "children/"

/* "17 0190…-… children/17-2\n", as text that needs no escaping. */
struct line {
    uint64_t pid;
    char id[CT_RECORDING_ID_SIZE + 1];
    char folder[64];
};

static bool
is_folder(const char *folder)
{
    const size_t prefix_size = strlen(FOLDER_PREFIX);
    if (strncmp(folder, FOLDER_PREFIX, prefix_size) != 0 || folder[prefix_size] == '\0')
        return false;
    return strspn(folder + prefix_size, "0123456789-") == strlen(folder + prefix_size);
}

static bool
read_line(const char *text, struct line *out_line)
{
    int size = 0;
    if (!isdigit((unsigned char)text[0]))
        return false;
    const int count = sscanf(text, "%" SCNu64 " %36[-0-9a-f] %63[^\n]%n", &out_line->pid,
                             out_line->id, out_line->folder, &size);
    return count == 3 && text[size] == '\n' && ct_recording_id_is_valid(out_line->id) &&
           is_folder(out_line->folder);
}

static void
put_line(struct ct_buffer *out, const struct line *line)
{
    ct_buffer_put_text(out, out->size > 0 ? ",\n{\"pid\":" : "\n{\"pid\":");
    ct_json_put_u64(out, line->pid);
    ct_buffer_put_text(out, ",\"recording_id\":\"");
    ct_buffer_put_text(out, line->id);
    ct_buffer_put_text(out, "\",\"folder\":\"");
    ct_buffer_put_text(out, line->folder);
    ct_buffer_put_text(out, "\"}");
}

/* Lines that are not whole, or are none of ours, are left out. */
static void
put_lines(struct ct_buffer *out, const char *text)
{
    struct line line;
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        if (end == NULL)
            return;
        if (read_line(text, &line))
            put_line(out, &line);
        text = end + 1;
    }
}

static enum ct_status
read_register(struct ct_file *file, struct ct_buffer *text)
{
    uint64_t size;
    CT_TRY(file->ops->size_get(file, &size));
    if (size > REGISTER_SIZE_MAX)
        return CT_ERR_LIMIT;
    uint8_t *room = ct_buffer_reserve(text, (size_t)size + 1);
    if (room == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(file->ops->read_at(file, 0, room, (size_t)size));
    room[size] = '\0';
    text->size += (size_t)size;
    return CT_OK;
}

enum ct_status
ct_timeline_started_read(struct ct_timeline *timeline)
{
    struct ct_buffer *out = &timeline->facts.started, text;
    struct ct_file *file;
    char name[sizeof FOLDER_PREFIX + CT_RECORDING_ID_SIZE + sizeof ".started"];
    (void)snprintf(name, sizeof name, FOLDER_PREFIX "%s.started",
                   timeline->trace_options.recording_id);
    ct_buffer_reset(out);
    enum ct_status status = timeline->folder->ops->open(timeline->folder, name, &file);
    if (status != CT_OK)
        return status == CT_ERR_MEMORY ? status : CT_OK; /* there is none */
    ct_buffer_init(&text, timeline->alloc);
    status = read_register(file, &text);
    if (ct_file_close(file) == CT_OK && status == CT_OK)
        put_lines(out, (const char *)text.bytes);
    ct_buffer_release(&text);
    return status == CT_ERR_MEMORY ? status : ct_buffer_status(out);
}
