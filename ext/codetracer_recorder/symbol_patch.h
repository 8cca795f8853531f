/* Redirects one function that libruby imports to a function of ours.
 *
 * Used for fwrite, the only way to see the VM's report of an uncaught exception, and for what
 * line_shortcut.c and free_watch.c take over of libruby itself. Only libruby's own table of
 * imported symbols is changed; the rest of the process keeps calling what it called. */
#ifndef REC_SYMBOL_PATCH_H
#define REC_SYMBOL_PATCH_H

#include <stdbool.h>

/* False when libruby has no such entry or its table cannot be made writable. */
bool rec_symbol_patch(const char *symbol, void *replacement);

#endif
