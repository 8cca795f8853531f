/* Entry point of the extension: defines CodeTracer::Native. */
#include "event_hook.h"
#include "recorder_class.h"

#ifdef HAVE_RUBY_RACTOR_H
#include <ruby/ractor.h>
#endif

RUBY_FUNC_EXPORTED void Init_codetracer_recorder(void);

void
Init_codetracer_recorder(void)
{
#ifdef HAVE_RB_EXT_RACTOR_SAFE
    rb_ext_ractor_safe(true); /* our IO#write is called in every Ractor */
#endif
    rec_hooks_init();
    rec_recorder_class_define(rb_define_module_under(rb_define_module("CodeTracer"), "Native"));
}
