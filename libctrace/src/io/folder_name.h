/* Which names a folder accepts, the same on disk and in memory.
 *
 * A name is relative and stays below its folder: it is what keeps a path that came out of a
 * recorded program (`files/../../etc`) from leaving the trace. */
#ifndef CT_IO_FOLDER_NAME_H
#define CT_IO_FOLDER_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Components separated by single '/', none of them empty, "." or "..". */
bool ct_folder_name_is_valid(const char *name);

/* The size of the first component; `name` is valid. */
size_t ct_folder_name_component_size(const char *name);

#endif
