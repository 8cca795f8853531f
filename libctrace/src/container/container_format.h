/* The bytes of a CodeTracer container (.ct), drawn once for the writer, the reader and verify.
 *
 * All numbers are little-endian. The file is blocks of one size, numbered from 0; block number 0 in
 * a pointer means "none". Blocks are only ever appended; what nobody points to is ignored.
 *
 * Block 0, the header:
 *
 *   offset  size  field
 *        0     5  magic C0 DE 72 AC E2
 *        5     1  version: 4 is written, 2 to 4 are read
 *        6     1  encryption (version 4) or compression (2, 3); 0 none
 *        7     1  shard count (version 4), of no effect, or encryption (2, 3)
 *        8     4  block size: 4096 is written; 1024, 2048 and 4096 are read
 *       12     4  entry count: 31 is written
 *       16  24×n  entries; a free one is all zeroes
 *
 * Entry:
 *
 *        0     8  size of the inner file in bytes
 *        8     8  root: block number of its level-1 mapping block
 *       16     8  name in base 40, the first character in the lowest digit
 *
 * Base 40: 0 NUL, 1-10 '0'-'9', 11-36 'a'-'z', 37 '.', 38 '/', 39 '-'; at most 12 characters.
 *
 * Mapping block: block size / 8 pointers of 8 bytes. All but the last lead down: at level 1 to data
 * blocks, at level n to blocks of level n-1. The last one, the chain pointer, of the first block of
 * level n leads to the first block of level n+1, which goes on where level n ends:
 *
 *   level 1: the root                level 2                          level 3 to 5
 *   +---+---+---+-----+-------+      +---+---+---+-----+-------+
 *   | 0 | 1 | … | 510 | chain | ---> | 0 | 1 | … | 510 | chain | ---> …
 *   +---+---+---+-----+-------+      +---+---+---+-----+-------+
 *     |                                |
 *   data block 0 of the file           a level-1 block: data blocks 511 to 1021; its chain is 0
 *
 * The length of the whole file is a multiple of the block size; the last block of an inner file is
 * padded with zeroes. */
#ifndef CT_CONTAINER_FORMAT_H
#define CT_CONTAINER_FORMAT_H

#include "ctrace/status.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_CONTAINER_MAGIC      "\xC0\xDE\x72\xAC\xE2"
#define CT_CONTAINER_MAGIC_SIZE 5u

#define CT_CONTAINER_VERSION_OFFSET    5u
#define CT_CONTAINER_CODING_OFFSET     6u
#define CT_CONTAINER_SHARD_OFFSET      7u
#define CT_CONTAINER_BLOCK_SIZE_OFFSET 8u
#define CT_CONTAINER_COUNT_OFFSET      12u
#define CT_CONTAINER_ENTRIES_OFFSET    16u
#define CT_CONTAINER_ENTRY_SIZE        24u
#define CT_CONTAINER_ENTRY_ROOT_OFFSET 8u
#define CT_CONTAINER_ENTRY_NAME_OFFSET 16u

#define CT_CONTAINER_VERSION     4u
#define CT_CONTAINER_VERSION_MIN 2u /* read */
#define CT_CONTAINER_SHARD_COUNT 1u

/* What is written: some readers assume both without looking at the header. */
#define CT_CONTAINER_BLOCK_SIZE 4096u
#define CT_CONTAINER_ENTRY_MAX  31u

#define CT_CONTAINER_BLOCK_SIZE_MIN 1024u /* read */

#define CT_CONTAINER_POINTER_SIZE 8u
#define CT_CONTAINER_FANOUT       511u /* pointers down in a written mapping block */
#define CT_CONTAINER_LEVEL_MAX    5u   /* of the format; 143 PB at 4096 bytes a block */

#define CT_CONTAINER_NAME_BASE     40u
#define CT_CONTAINER_NAME_SIZE_MAX 12u

/* CT_ERR_LIMIT: the name is empty, too long, or has a character that base 40 lacks. */
CT_MUST_CHECK enum ct_status ct_container_name_encode(const char *name, uint64_t *out_packed);

/* CT_ERR_FORMAT: more digits than a name has. A zero digit between others, which one old writer put
 * for characters it did not know, comes as '?'. */
CT_MUST_CHECK enum ct_status
ct_container_name_decode(uint64_t packed, char out_name[CT_CONTAINER_NAME_SIZE_MAX + 1]);

#endif
