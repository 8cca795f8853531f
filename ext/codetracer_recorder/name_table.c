/* See name_table.h. */
#include "recorder.h"
#include "value_filter.h"

#include <ruby/encoding.h>

#include <string.h>

uint32_t
rec_name_put(struct recorder *recorder, const char *text, size_t size)
{
    size_t record_size = rec_pad(sizeof(struct ct_spool_name) + size);
    uint32_t id = recorder->names.count++;
    uint8_t *room = rec_reserve(recorder, record_size);
    if (room == NULL)
        return id;
    struct ct_spool_name *name = (struct ct_spool_name *)room;
    *name = (struct ct_spool_name){
        .record = {.size = (uint32_t)record_size, .kind = CT_SPOOL_NAME},
        .id = id,
        .text_size = (uint32_t)size,
    };
    memcpy(room + sizeof *name, text, size);
    rec_publish(recorder, record_size);
    return id;
}

uint32_t
rec_name_of_id(struct recorder *recorder, ID id)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&recorder->names.ids, id);
    if (entry != NULL)
        return (uint32_t)entry->value;
    VALUE text = rb_id2str(id);
    uint32_t name_id = RTEST(text) ? rec_name_put(recorder, RSTRING_PTR(text), RSTRING_LEN(text))
                                   : rec_name_put(recorder, "?", 1);
    rec_pointer_map_put(&recorder->names.ids, id, name_id);
    return name_id;
}

bool
rec_id_is_secret(struct recorder *recorder, ID id)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&recorder->names.secrets, id);
    if (entry != NULL)
        return entry->value != 0;
    VALUE text = rb_id2str(id);
    bool is_secret = RTEST(text) && rec_name_is_secret(&recorder->rules, RSTRING_PTR(text),
                                                       (size_t)RSTRING_LEN(text));
    rec_pointer_map_put(&recorder->names.secrets, id, is_secret);
    return is_secret;
}

/* FNV-1a; a collision (2^-64) shows another text. */
static uint64_t
hash_text(const char *text, size_t size)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3u;
    return hash | 1;
}

uint32_t
rec_name_of_text(struct recorder *recorder, const char *text, size_t size)
{
    uint64_t key = hash_text(text, size);
    struct rec_pointer_entry *entry = rec_pointer_map_find(&recorder->names.texts, key);
    if (entry != NULL)
        return (uint32_t)entry->value;
    uint32_t id = rec_name_put(recorder, text, size);
    rec_pointer_map_put(&recorder->names.texts, key, id);
    return id;
}

/* Whether the text would be shown as it is, by the same rules as a String's. */
static bool
is_plain(struct recorder *recorder, VALUE text)
{
    const char *shown;
    size_t size = (size_t)RSTRING_LEN(text);
    return size <= recorder->limits.string_size_max &&
           (rb_enc_get_index(text) == rb_utf8_encindex() || rb_enc_str_asciionly_p(text)) &&
           !rec_text_mask(recorder, RSTRING_PTR(text), size, &shown, &size);
}

bool
rec_name_define_symbol(struct recorder *recorder, VALUE symbol)
{
    if (rec_pointer_map_find(&recorder->names.symbols, (uint64_t)symbol) != NULL)
        return true;
    if (!is_plain(recorder, rb_sym2str(symbol)))
        return false;
    uint32_t name_id = rec_name_of_id(recorder, SYM2ID(symbol));
    struct ct_spool_symbol *record =
        (struct ct_spool_symbol *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return true;
    *record = (struct ct_spool_symbol){
        .record = {.size = sizeof *record, .kind = CT_SPOOL_SYMBOL},
        .word = (uint64_t)symbol,
        .name_id = name_id,
    };
    rec_publish(recorder, sizeof *record);
    rec_pointer_map_put(&recorder->names.symbols, (uint64_t)symbol, 1);
    return true;
}

void
rec_name_table_release(struct rec_name_table *table)
{
    rec_pointer_map_release(&table->ids);
    rec_pointer_map_release(&table->symbols);
    rec_pointer_map_release(&table->secrets);
    rec_pointer_map_release(&table->texts);
    table->count = 0;
}
