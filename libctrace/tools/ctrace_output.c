/* Buffered output and the escapes. See ctrace_output.h. */
#include "ctrace_output.h"

#include "ctrace.h"
#include "ctrace/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <string.h>

#define COMPLAINT_SIZE 1024

void
ctrace_output_init(struct ctrace_output *output, FILE *stream)
{
    output->stream = stream;
    output->size = 0;
    /* One thread writes: without locks, which are not free where there is a second one. */
    (void)__fsetlocking(stream, FSETLOCKING_BYCALLER);
}

bool
ctrace_output_failed(const struct ctrace_output *output)
{
    return ferror(output->stream) != 0;
}

int
ctrace_output_finish(struct ctrace_output *output, int exit_status)
{
    errno = 0;
    if (fflush(output->stream) == 0 && !ferror(output->stream))
        return exit_status;
    if (errno == EPIPE || errno == 0)
        return exit_status;
    ctrace_complain("the output cannot be written: %s", strerror(errno));
    return CTRACE_EXIT_FAILED;
}

void
ctrace_put(struct ctrace_output *output, const char *bytes, size_t size)
{
    output->size += fwrite(bytes, 1, size, output->stream);
}

void
ctrace_put_text(struct ctrace_output *output, const char *text)
{
    ctrace_put(output, text, strlen(text));
}

void
ctrace_put_format(struct ctrace_output *output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = vfprintf(output->stream, format, arguments);
    va_end(arguments);
    if (size > 0)
        output->size += (uint64_t)size;
}

void
ctrace_put_spaces(struct ctrace_output *output, size_t count)
{
    while (count-- > 0)
        ctrace_put(output, " ", 1);
}

/* ---- escapes ---- */

/* The size of the UTF-8 sequence at `text`, 0 when there is none. */
static size_t
sequence_size(const char *text, size_t size)
{
    const unsigned char lead = (unsigned char)text[0];
    const size_t wanted = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return wanted <= size && ct_text_is_utf8(text, wanted) ? wanted : 0;
}

/* The code point of a valid sequence. */
static uint32_t
code_point(const char *text, size_t size)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text[0] & masks[size];
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3F);
    return code;
}

/* C1 controls, and marks that reorder what stands around them on the screen. */
static bool
is_unsafe_beyond_ascii(uint32_t code)
{
    return (code >= 0x80 && code <= 0x9F) || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

static void
put_control(struct ctrace_output *output, uint32_t code)
{
    static const char letters[] = "\a" "a" "\b" "b" "\t" "t" "\n" "n" "\v" "v" "\f" "f" "\r" "r"
                                  "\033" "e";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (code == (unsigned char)letters[i]) {
            ctrace_put_format(output, "\\%c", letters[i + 1]);
            return;
        }
    }
    ctrace_put_format(output, code < 0x80 ? "\\x%02X" : "\\u%04X", code);
}

static void
put_escaped(struct ctrace_output *output, const char *text, size_t size, bool in_quotes)
{
    size_t plain = 0; /* start of the run that goes out as it is */
    for (size_t i = 0; i < size;) {
        const size_t width = sequence_size(text + i, size - i);
        const uint32_t code = width > 0 ? code_point(text + i, width) : 0;
        const bool is_control = code < 0x20 || code == 0x7F || is_unsafe_beyond_ascii(code);
        const bool is_quote = in_quotes && (code == '"' || code == '\\');
        if (width > 0 && !is_control && !is_quote) {
            i += width;
            continue;
        }
        ctrace_put(output, text + plain, i - plain);
        if (width == 0)
            ctrace_put_format(output, "\\x%02X", (unsigned)(unsigned char)text[i]);
        else if (is_quote)
            ctrace_put_format(output, "\\%c", (int)code);
        else
            put_control(output, code);
        i += width > 0 ? width : 1;
        plain = i;
    }
    ctrace_put(output, text + plain, size - plain);
}

void
ctrace_put_plain(struct ctrace_output *output, const char *text, size_t size)
{
    put_escaped(output, text, size, false);
}

void
ctrace_put_quoted(struct ctrace_output *output, const char *text, size_t size)
{
    ctrace_put(output, "\"", 1);
    put_escaped(output, text, size, true);
    ctrace_put(output, "\"", 1);
}

/* How JSON escapes `code`, or NULL. */
static const char *
json_escape(uint32_t code)
{
    switch (code) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\f':
        return "\\f";
    case '\b':
        return "\\b";
    default:
        return NULL;
    }
}

void
ctrace_put_json(struct ctrace_output *output, const char *text, size_t size, bool is_safe)
{
    size_t plain = 0;
    ctrace_put(output, "\"", 1);
    for (size_t i = 0; i < size;) {
        const size_t width = sequence_size(text + i, size - i);
        const uint32_t code = width > 0 ? code_point(text + i, width) : 0;
        const char *escape = width > 0 ? json_escape(code) : NULL;
        const bool is_control =
            code < 0x20 || (is_safe && (code == 0x7F || is_unsafe_beyond_ascii(code)));
        if (width > 0 && escape == NULL && !is_control) {
            i += width;
            continue;
        }
        ctrace_put(output, text + plain, i - plain);
        if (width == 0) /* JSON cannot hold the byte: its escape as text */
            ctrace_put_format(output, "\\\\x%02X", (unsigned)(unsigned char)text[i]);
        else if (escape != NULL)
            ctrace_put_text(output, escape);
        else
            ctrace_put_format(output, "\\u%04x", code);
        i += width > 0 ? width : 1;
        plain = i;
    }
    ctrace_put(output, text + plain, size - plain);
    ctrace_put(output, "\"", 1);
}

/* ---- complaints ---- */

void
ctrace_complain(const char *format, ...)
{
    char sentence[COMPLAINT_SIZE];
    struct ctrace_output output;
    va_list arguments;
    fflush(stdout);
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    ctrace_output_init(&output, stderr);
    ctrace_put_text(&output, "ctrace: ");
    ctrace_put_plain(&output, sentence, strlen(sentence));
    ctrace_put_text(&output, "\n");
}

void
ctrace_complain_error(const char *trace, const struct ct_error *error)
{
    const bool is_inner = error->file[0] != '\0' && strchr(error->file, '/') == NULL;
    if (error->status == CT_ERR_FORMAT && is_inner)
        ctrace_complain("%s: %s:%llu: %s", trace, error->file, (unsigned long long)error->offset,
                        error->message);
    else if (is_inner)
        ctrace_complain("%s: %s: %s", trace, error->file, error->message);
    else
        ctrace_complain("%s: %s", trace, error->message);
}

int
ctrace_complain_option(char **argv, int letter)
{
    const char short_name[] = {'-', (char)optopt, '\0'};
    const char *name = optopt != 0 ? short_name : argv[optind - 1];
    ctrace_complain(letter == ':' ? "the option '%s' lacks its value; see ctrace %s --help"
                                  : "there is no option '%s'; see ctrace %s --help",
                    letter == ':' ? argv[optind - 1] : name, argv[0]);
    return CTRACE_EXIT_USAGE;
}
