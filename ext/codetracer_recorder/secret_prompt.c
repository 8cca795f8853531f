/* See secret_prompt.h. */
#include "secret_prompt.h"

#include "recorder.h"
#include "value_filter.h"

#include <string.h>

void
rec_prompt_printed(struct recorder *recorder, const char *text, size_t size)
{
    struct rec_secret_prompt *prompt = &recorder->prompt;
    prompt->is_half_answered = false;
    if (size >= sizeof prompt->text) {
        memcpy(prompt->text, text + size - sizeof prompt->text, sizeof prompt->text);
        prompt->size = sizeof prompt->text;
        return;
    }
    size_t kept = sizeof prompt->text - size;
    kept = prompt->size < kept ? prompt->size : kept;
    memmove(prompt->text, prompt->text + prompt->size - kept, kept);
    memcpy(prompt->text + kept, text, size);
    prompt->size = kept + size;
}

/* "Password: ", "Your API key? ", with or without the end of the line. */
static bool
asks_for_secret(const struct recorder *recorder)
{
    const char *text = recorder->prompt.text;
    size_t end = recorder->prompt.size, start;
    if (end > 0 && text[end - 1] == '\n')
        end--;
    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    if (end == 0 || memchr(":?>=", text[end - 1], 4) == NULL)
        return false;
    for (start = --end; start > 0 && text[start - 1] != '\n';)
        start--;
    return rec_name_is_secret(&recorder->rules, text + start, end - start);
}

size_t
rec_prompt_answer(struct recorder *recorder, const char *text, size_t size)
{
    struct rec_secret_prompt *prompt = &recorder->prompt;
    bool is_one = prompt->is_half_answered || asks_for_secret(recorder);
    const char *end = memchr(text, '\n', size);
    size_t answer_size = end == NULL ? size : (size_t)(end - text);
    prompt->size = 0;
    prompt->is_half_answered = is_one && end == NULL;
    if (!is_one)
        return 0;
    rec_secret_learn_text(recorder, text, answer_size);
    return answer_size;
}
