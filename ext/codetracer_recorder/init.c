/* Entry point of the extension: defines CodeTracer::Native.
 *
 * Loaded by lib/codetracer/boot.rb in the recorded program and by the launcher for its questions.
 */
#include "original_method.h"
#include "ractor_lane.h"
#include "recorder_class.h"
#include "snapshot_kind.h"

#ifdef HAVE_RUBY_RACTOR_H
#include <ruby/ractor.h>
#endif

/* Our IO#write is called in every Ractor. */
#ifdef HAVE_RB_EXT_RACTOR_SAFE
#define declare_ractor_safe() rb_ext_ractor_safe(true)
#else
#define declare_ractor_safe() (void)0
#endif

RUBY_FUNC_EXPORTED void Init_codetracer_recorder(void);

void
Init_codetracer_recorder(void)
{
    declare_ractor_safe();
    rec_lanes_init();
    rec_originals_init();
    rec_kinds_init();
    rec_recorder_class_define(rb_define_module_under(rb_define_module("CodeTracer"), "Native"));
}
