/* The bytes of events.log, and the words of trace.json: what an event looks like on disk.
 *
 * Included by the readers. All integers are little-endian.
 *
 *   events.log  = [head] chunk*          events.fmt = "split-binary"
 *   head        = C0 DE 72 AC E2 01 00 00            (some writers; optional)
 *   chunk       = off size field
 *                   0    4  size of the frame that follows
 *                   4    4  number of events in it
 *                   8    8  index of its first event in the trace
 *                  16    …  one zstd frame
 *   frame       = event*
 *   event       = u8 tag, then the tag's fields (CT_EVENT_FIELDS below) without padding:
 *                   u  u64        i  i64        b  u8
 *                   s  u32 size, UTF-8 bytes    c  u32 size, one CBOR item
 *                   S  u32 count, count × s     U  u32 count, count × u64
 */
#ifndef CT_TRACE_EVENTS_FORMAT_H
#define CT_TRACE_EVENTS_FORMAT_H

#define CT_EVENTS_FORMAT_NAME "split-binary"

#define CT_EVENTS_HEAD      "\xC0\xDE\x72\xAC\xE2\x01\x00\x00"
#define CT_EVENTS_HEAD_SIZE 8
#define CT_CHUNK_HEAD_SIZE  16
#define CT_CHUNK_EVENT_MAX  4096 /* more is opened by some readers only */

#define CT_EVENT_TAG_COUNT 24

/* Fields of each tag, by tag. */
#define CT_EVENT_FIELDS                                                                            \
    {                                                                                              \
        "ui",  /*  0 Step: path_id, line */                                                        \
        "s",   /*  1 Path */                                                                       \
        "s",   /*  2 VariableName */                                                               \
        "s",   /*  3 Variable */                                                                   \
        "c",   /*  4 Type */                                                                       \
        "uc",  /*  5 Value: variable_id, value */                                                  \
        "uis", /*  6 Function: path_id, line, name */                                              \
        "uc",  /*  7 Call: function_id, args */                                                    \
        "c",   /*  8 Return: value */                                                              \
        "bss", /*  9 Event: kind, metadata, content */                                             \
        "S",   /* 10 Asm */                                                                        \
        "ui",  /* 11 BindVariable */                                                               \
        "c",   /* 12 Assignment */                                                                 \
        "U",   /* 13 DropVariables */                                                              \
        "ic",  /* 14 CompoundValue */                                                              \
        "ic",  /* 15 CellValue */                                                                  \
        "iui", /* 16 AssignCompoundItem */                                                         \
        "ic",  /* 17 AssignCell */                                                                 \
        "ui",  /* 18 VariableCell */                                                               \
        "u",   /* 19 DropVariable */                                                               \
        "u",   /* 20 ThreadStart */                                                                \
        "u",   /* 21 ThreadExit */                                                                 \
        "u",   /* 22 ThreadSwitch */                                                               \
        "",    /* 23 DropLastStep */                                                               \
    }

#endif
