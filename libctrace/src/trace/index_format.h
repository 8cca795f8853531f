/* The bytes of ctindex.dat: where in events.log which step is, so that a reader need not start at
 * the beginning. An inner file of our own; readers that do not know it lose nothing.
 *
 * Included by the index's writing and reading side. Fixed integers are little-endian, all others
 * varints (LEB128).
 *
 *   ctindex.dat = head span*
 *   head        = "CTIX", u16 version (1), u16 zero
 *   span        = off size field
 *                   0    4  size of the body
 *                   4    4  CRC-32 of the body
 *                   8    …  body
 *   body        = bytes of events.log that the span takes
 *                 records in it, of all kinds
 *                 steps
 *                 Events
 *                 calls that were open before it and still are behind it
 *                 count of further calls open behind it, function id of each, outermost first
 *                 count of functions called in it, for each its id and how often; ids ascend
 *                 size of the definitions, Path, VariableName, Type and Function records as they
 *                 stand in events.log
 *
 * Spans follow one another without a gap from the beginning of events.log on, each whole chunks. A
 * span is listed once its last chunk is; what events.log has behind the last span is read without
 * an index, and so is all of it behind a span that is damaged. */
#ifndef CT_TRACE_INDEX_FORMAT_H
#define CT_TRACE_INDEX_FORMAT_H

#define CT_INDEX_NAME           "ctindex.dat"
#define CT_INDEX_MAGIC          "CTIX"
#define CT_INDEX_MAGIC_SIZE     4
#define CT_INDEX_VERSION        1
#define CT_INDEX_HEAD_SIZE      8
#define CT_INDEX_SPAN_HEAD_SIZE 8

/* A span ends with the chunk that fills one of these: what a reader passes over at most, before the
 * step that it looks for. */
#define CT_INDEX_SPAN_CHUNK_MAX 16
#define CT_INDEX_SPAN_SIZE_MAX  ((size_t)4 << 20) /* of records, uncompressed */

#endif
