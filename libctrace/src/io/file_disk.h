/* A ct_file over a descriptor: what ct_file_open and the disk folder share.
 *
 * Positional reads and writes only, so that the descriptor has no position to agree on. */
#ifndef CT_IO_FILE_DISK_H
#define CT_IO_FILE_DISK_H

#include "ctrace/io.h"

/* Takes `fd` (closed even on failure), which must be a regular file: a FIFO or a device in its
 * place would block or answer with anything. errno tells why after CT_ERR_IO. */
CT_MUST_CHECK enum ct_status ct_file_disk_new(int fd, const struct ct_alloc *alloc,
                                              struct ct_file **out_file);

#endif
