/* Where the tool's text goes, and how text from a trace is made safe to show.
 *
 * A trace holds whatever the program held: escape sequences could drive the terminal, so control
 * characters never come through unescaped. Failures are kept by the stream and looked at once, at
 * the end. */
#ifndef CTRACE_OUTPUT_H
#define CTRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ctrace_output {
    FILE *stream;  /* borrowed */
    uint64_t size; /* bytes put so far */
};

void ctrace_output_init(struct ctrace_output *output, FILE *stream);
bool ctrace_output_failed(const struct ctrace_output *output);
/* Flushes; the tool's exit status: EPIPE is quiet and fine, anything else is said and fails. */
int ctrace_output_finish(struct ctrace_output *output, int exit_status);

void ctrace_put(struct ctrace_output *output, const char *bytes, size_t size);
void ctrace_put_text(struct ctrace_output *output, const char *text); /* trusted: ours */
void ctrace_put_format(struct ctrace_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ctrace_put_spaces(struct ctrace_output *output, size_t count);

/* Text of a trace: as it is but for control characters, direction marks and broken UTF-8. */
void ctrace_put_plain(struct ctrace_output *output, const char *text, size_t size);
/* In double quotes, as Ruby would write it. */
void ctrace_put_quoted(struct ctrace_output *output, const char *text, size_t size);
/* As a JSON string. `is_safe`: control characters beyond ASCII are escaped, too. */
void ctrace_put_json(struct ctrace_output *output, const char *text, size_t size, bool is_safe);

#endif
