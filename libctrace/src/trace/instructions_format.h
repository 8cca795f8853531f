/* The bytes of trace.instructions: which instructions of the VM ran, and what stood on top of the
 * stack before each.
 *
 * Included by instructions_writer.c and instructions_reader.c. doc/format/instructions.md is the
 * contract. Integers are little-endian; v is a LEB128 number, s a v and as many bytes of UTF-8.
 *
 *   file   = head chunk*
 *   head   = "CTINSTR" 00, u32 version, u32 0
 *   chunk  = off size field
 *              0    4  kind: 1 code, 2 runs
 *              4    4  size of the frame that follows
 *              8    4  size of what is in it
 *             12    4  CRC-32 of the frame
 *             16    8  runs: the `at` that the first of them counts from; code: 0
 *             24    4  number of entries
 *             28    4  CRC-32 of the 28 bytes before
 *             32    …  one zstd frame
 *   code   = entry*: u8 1, v code id, v path id, s label             an iseq
 *                    u8 2, v position, v line, s opcode, s operands  an instruction of the last one
 *   runs   = entry*: v at - the one before, v at - step, v code id, v position,
 *                    u8 has a value: 0 or 1, then s its text
 */
#ifndef CT_TRACE_INSTRUCTIONS_FORMAT_H
#define CT_TRACE_INSTRUCTIONS_FORMAT_H

#define CT_INSTRUCTIONS_FILE_NAME "trace.instructions"

#define CT_INSTRUCTIONS_MAGIC      "CTINSTR" /* with its NUL */
#define CT_INSTRUCTIONS_MAGIC_SIZE 8
#define CT_INSTRUCTIONS_VERSION    1
#define CT_INSTRUCTIONS_HEAD_SIZE  16
#define CT_INSTRUCTIONS_CHUNK_HEAD_SIZE 32

enum { CT_INSTRUCTIONS_CHUNK_CODE = 1, CT_INSTRUCTIONS_CHUNK_RUNS = 2 };
enum { CT_INSTRUCTIONS_ENTRY_CODE = 1, CT_INSTRUCTIONS_ENTRY_INSTRUCTION = 2 };

/* What is in a chunk is at most so much: a writer seals at the first, a reader refuses behind the
 * second. An entry is far smaller than the difference. */
#define CT_INSTRUCTIONS_CHUNK_SIZE_FULL ((size_t)1 << 20)
#define CT_INSTRUCTIONS_CHUNK_SIZE_MAX  ((size_t)2 << 20)

/* Bytes of one text: label, opcode, operands, a value. */
#define CT_INSTRUCTIONS_TEXT_SIZE_MAX 4096

/* Of all code together, which takes a reader some gigabyte of memory then. Text counts with a NUL
 * each. */
#define CT_INSTRUCTIONS_COUNT_MAX      ((size_t)1 << 24)
#define CT_INSTRUCTIONS_CODE_COUNT_MAX ((size_t)1 << 22)
#define CT_INSTRUCTIONS_CODE_TEXT_MAX  ((size_t)1 << 28)

#endif
