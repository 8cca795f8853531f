/* Small traces from one line of text, in either layout, for the tests of what stands on the reader.
 *
 * Every trace begins with a Call of <top-level>. Whatever goes wrong in here fails the test. */
#ifndef TRACE_SCRIPT_H
#define TRACE_SCRIPT_H

#include "writing.h"

#include "ctrace/trace_reader.h"

struct trace_script {
    struct ct_folder *folder; /* in memory */
    struct ct_trace_files files;
};

/* Words with blanks between them:
 *
 *   :12     a step on line 12        x=VALUE        a value of it
 *   /a.rb   the file from here on    >f:3(x=VALUE)  a step on line 3 and a Call; "(…)" may lack
 *   <VALUE  a Return                 ~              a Return that says "in a later slice"
 *   T1      ThreadSwitch             +1  -1         ThreadStart, ThreadExit
 *   !C:text an exception
 *
 * VALUE: 5 · nil · 'text' · [VALUE,…] · #1Foo{@a:VALUE,…} an object with its identity · `Foo|words`
 * Raw · ^words^ Error. */
void trace_script_init(struct trace_script *script, enum ct_profile profile, const char *text);
void trace_script_release(struct trace_script *script);
/* A reader of it; closed by the test. */
struct ct_trace_reader *trace_script_open(const struct trace_script *script,
                                          const struct ct_alloc *alloc);

#endif
