/* The one error vocabulary of libctrace.
 *
 * Every function that can fail returns enum ct_status and delivers through out_ parameters, which
 * are written only on CT_OK unless the header says otherwise. Writers are sticky: the first
 * failure is kept and returned from every later call. A struct ct_error says where damaged input
 * was found. */
#ifndef CTRACE_STATUS_H
#define CTRACE_STATUS_H

#include <stdint.h>

#define CT_MUST_CHECK __attribute__((warn_unused_result))

enum ct_status {
    CT_OK = 0,
    CT_END = 1,          /* nothing more to read; not a failure */
    CT_ERR_MEMORY = 2,   /* an allocation failed; the object is unchanged or sticky-failed */
    CT_ERR_IO = 3,       /* the system refused a read, write, map or open; see errno_value */
    CT_ERR_FORMAT = 4,   /* damaged or foreign input; see file, offset, message */
    CT_ERR_LIMIT = 5,    /* a documented limit (nesting, record size, entry count) was exceeded */
    CT_ERR_STATE = 6,    /* the call is not allowed now: Return without a Call, use after close */
    CT_ERR_NOT_FOUND = 7 /* a thing that was required is absent */
};

#define CT_ERROR_FILE_SIZE    64
#define CT_ERROR_MESSAGE_SIZE 192

/* Where and why input was refused. Plain data, owned by the caller. */
struct ct_error {
    enum ct_status status;
    int errno_value;                     /* of CT_ERR_IO, else 0 */
    uint64_t offset;                     /* byte offset in `file` of what was refused */
    char file[CT_ERROR_FILE_SIZE];       /* "events.log", "meta.dat", "trace.json", … */
    char message[CT_ERROR_MESSAGE_SIZE]; /* a sentence without a full stop, NUL-terminated */
};

/* A short English text for `status`; never NULL. */
const char *ct_status_text(enum ct_status status);

/* Fills `error` (which may be NULL) and returns `status`, so that a reader can say
 * `return ct_error_put(error, CT_ERR_FORMAT, "meta.dat", 4, "version %u", v);` */
enum ct_status ct_error_put(struct ct_error *error, enum ct_status status, const char *file,
                            uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Returns from the enclosing function unless `expression` is CT_OK. The one macro that returns. */
#define CT_TRY(expression)                                                                         \
    do {                                                                                           \
        enum ct_status ct_try_status = (expression);                                               \
        if (ct_try_status != CT_OK)                                                                \
            return ct_try_status;                                                                  \
    } while (0)

/* Aborts with file and line: for our own mistakes, never for input or environment. */
#define CT_CHECK(condition)                                                                        \
    ((condition) ? (void)0 : ct_check_failed(#condition, __FILE__, __LINE__))

__attribute__((noreturn)) void ct_check_failed(const char *condition, const char *file, int line);

#endif
