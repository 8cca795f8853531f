/* What crosses the spool: record layouts and the neutral snapshot of a value.
 *
 * Written by the capture side (any recorder), read by timeline.c. Native byte order, same machine.
 * Every record starts on 8 bytes and is a multiple of 8 long. Ids are dense and given by the
 * producer: names, paths, functions, layouts, views, strands; each is defined by a record before
 * its first use.
 *
 * The idea: a *layout* is the list of variable names that an iseq can see (`self`, then innermost
 * scope first, each name once). A *view* is one instance of a layout: the values that were last
 * shown. The producer compares with its own shadow of the view and sends only what changed; the
 * timeline keeps the view and can show all of it at each step. Views may be reused for a later
 * frame of the same layout: both sides then start from the same old state. A *strand* is a thread
 * or fiber with its own call stack.
 *
 * Lane 0 is the spool's first ring and begins with START. Each other lane has ids of its own for
 * everything but paths, which lane 0 defines for all; its first record of a strand comes after a
 * STRAND and a SWITCH. */
#ifndef CTRACE_SPOOL_FORMAT_H
#define CTRACE_SPOOL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define CT_SPOOL_MAGIC   0x4C505343u /* "CSPL" */
#define CT_SPOOL_VERSION 4u

/* First 8 bytes of every record. */
struct ct_spool_record {
    uint32_t size;  /* of the whole record, header included, a multiple of 8 */
    uint8_t kind;   /* enum ct_spool_kind */
    uint8_t flags;  /* by kind */
    uint16_t count; /* by kind; often of the items that follow the fixed part */
};

enum ct_spool_kind {
    CT_SPOOL_START = 1,     /* first record: struct ct_spool_start */
    CT_SPOOL_NAME = 2,      /* struct ct_spool_name: bytes of a name */
    CT_SPOOL_SYMBOL = 3,    /* struct ct_spool_symbol: word → name */
    CT_SPOOL_PATH = 4,      /* struct ct_spool_path */
    CT_SPOOL_FUNCTION = 5,  /* struct ct_spool_function */
    CT_SPOOL_LAYOUT = 6,    /* struct ct_spool_layout, count = variables */
    CT_SPOOL_VIEW = 7,      /* struct ct_spool_view: a new view, nothing shown yet */
    CT_SPOOL_VIEW_DROP = 8, /* struct ct_spool_view: the id may be defined again */
    CT_SPOOL_STEP = 9,      /* struct ct_spool_step, items to its end: a line event */
    CT_SPOOL_VALUES = 10,   /* struct ct_spool_step (line unused), items to its end: changes only */
    CT_SPOOL_CALL = 11,     /* struct ct_spool_call, count = items: a method is entered */
    CT_SPOOL_RETURN = 12,   /* struct ct_spool_step, items to its end, the last = return value */
    CT_SPOOL_UNWIND = 13,   /* struct ct_spool_unwind: calls that ended without a RETURN */
    CT_SPOOL_EVENT = 14,    /* struct ct_spool_event: output, exception */
    CT_SPOOL_STRAND = 15,   /* struct ct_spool_strand: a thread or fiber is seen first */
    CT_SPOOL_SWITCH = 16,   /* struct ct_spool_strand (name unused): records now belong to it */
    CT_SPOOL_STRAND_END = 17, /* struct ct_spool_strand: it is over; open calls end */
    CT_SPOOL_END = 18,      /* struct ct_spool_end: the program's recording ended in order */
    CT_SPOOL_FACTS = 19,    /* struct ct_spool_facts: what trace_info.json says of the recording */
    CT_SPOOL_TALLY = 20,    /* struct ct_spool_tally: before END, how it ended and its counts */
    CT_SPOOL_FORK = 21,     /* struct ct_spool_fork: the program forks, see spool_request.h */
    CT_SPOOL_BUDGET = 22,   /* struct ct_spool_budget: behind START, when recording is to stop */
    CT_SPOOL_FLIGHT = 23,   /* struct ct_spool_flight: behind a START that is HELD, what to keep */
    CT_SPOOL_DUMP = 24,     /* struct ct_spool_dump: what is kept becomes a trace now */
    CT_SPOOL_EXPRESSION = 25, /* struct ct_spool_expression: one that may be seen */
    CT_SPOOL_SEEN = 26, /* struct ct_spool_seen, count = items: an expression has come to a value */
    CT_SPOOL_CODE = 27, /* struct ct_spool_code: an iseq whose instructions may run */
    CT_SPOOL_INSTRUCTION = 28, /* struct ct_spool_instruction: one of the last CODE */
    CT_SPOOL_RAN = 29, /* struct ct_spool_ran, count = items: an instruction is about to run */
    CT_SPOOL_TURN = 30, /* struct ct_spool_record alone, its size reaches to the ring's end: what
                           follows, published with it, is at its start. None is delivered */
    CT_SPOOL_BRIEF_STEP = 31 /* struct ct_spool_record, items to its end: as STEP, of the view
                                `count`, `flags` lines behind the layout's */
};

/* START: `text_size` bytes follow: NUL-terminated strings in this order: out_folder, profile
 * ("aug26" | "json"), recording_id, program, workdir, recorder, ruby_version, then arg_count args,
 * then the filters. count = arg_count. All are raw bytes; the writer escapes what is not UTF-8.
 * flags: HELD, nothing is written of what happens until it is asked for. */
enum { CT_SPOOL_START_HELD = 1 };
struct ct_spool_start {
    struct ct_spool_record record;
    uint32_t text_size;
    uint32_t filter_count; /* behind the args two strings each: path, SHA-256 in hexadecimal */
    uint64_t word_nil;   /* how the producer spells these as words */
    uint64_t word_true;
    uint64_t word_false;
    uint64_t word_undef; /* "no value here": the variable is not shown */
};

/* NAME: `text_size` bytes follow, then padding. Ids start at 0. */
struct ct_spool_name {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t text_size;
};

/* SYMBOL: a word, for good: defined again in its lane, it has the same name. */
struct ct_spool_symbol {
    struct ct_spool_record record;
    uint64_t word;
    uint32_t name_id;
    uint32_t reserved;
};

/* PATH flags. A source text may follow the path (eval, -e, stdin): it is embedded under files/.
 * Without text the writer copies the file at that path there, if it can read it. A text given to
 * eval at /codetracer/eval-N-PLACE may come to stand on a page with others of the same PLACE. */
enum { CT_SPOOL_PATH_HAS_SOURCE = 1, CT_SPOOL_PATH_IS_EVAL = 2 };
struct ct_spool_path {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t text_size;   /* of the path: absolute */
    uint32_t source_size; /* of the source text, directly behind the path */
    uint32_t reserved;
};

struct ct_spool_function {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t path_id;
    uint32_t line;    /* of the def */
    uint32_t name_id; /* "Owner#meth" */
};

/* LAYOUT: count × uint32_t name ids follow, padded to 8. */
struct ct_spool_layout {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t path_id;
    uint32_t line; /* BRIEF_STEP counts from there */
    uint32_t reserved;
};

struct ct_spool_view {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t layout_id;
};

/* A value that follows STEP, VALUES, CALL, RETURN: `size` 0 means an 8-byte word follows (see
 * below), else `size` bytes of snapshot follow, padded to 8. */
struct ct_spool_item {
    uint32_t key;  /* STEP, VALUES, RETURN: index in the layout; CALL: name id; return value: ~0;
                    * STEP, RETURN, behind the layout's: WATCHED | name id */
    uint32_t size; /* less than 2^31: its top bit tells it from a brief item */
};

/* In its place, a word that is small beside a key that is: 8 bytes in all. From the top: a bit that
 * is set, 8 bits of key, 55 of the word, the highest of them its sign. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "an item's size is the upper half");
#define CT_SPOOL_BRIEF_KEY_RETURN 0xFFu /* stands for KEY_RETURN */
#define CT_SPOOL_BRIEF_WORD_BITS  55

/* hot */
static inline bool
ct_spool_item_is_brief(uint32_t key, uint64_t word)
{
    const uint64_t range = word + ((uint64_t)1 << (CT_SPOOL_BRIEF_WORD_BITS - 1));
    return key + 1 <= CT_SPOOL_BRIEF_KEY_RETURN && range >> CT_SPOOL_BRIEF_WORD_BITS == 0;
}

/* Of one that is. hot */
static inline uint64_t
ct_spool_brief_item(uint32_t key, uint64_t word)
{
    const uint64_t head = 0x100 | (uint8_t)key;
    return head << CT_SPOOL_BRIEF_WORD_BITS |
           (word & (((uint64_t)1 << CT_SPOOL_BRIEF_WORD_BITS) - 1));
}

/* STEP, VALUES and RETURN. RETURN's flags say how the call ended; with UNWOUND its last item is the
 * exception's snapshot or absent (all items are variables); with NOTHING it has no value, as a
 * class body has none. */
enum { CT_SPOOL_RETURN_NORMAL = 0, CT_SPOOL_RETURN_UNWOUND = 1, CT_SPOOL_RETURN_NOTHING = 2 };
#define CT_SPOOL_KEY_RETURN 0xFFFFFFFFu
/* Of no frame: shown on this step alone. */
#define CT_SPOOL_KEY_WATCHED 0x80000000u
struct ct_spool_step {
    struct ct_spool_record record;
    uint32_t view_id;
    uint32_t line;
};

/* EXPRESSION: `name_size` bytes follow, UTF-8 or not, then padding. `id` is the next one, or one
 * whose code is gone: it stands for this expression from here on. Lines count from 1, columns are
 * bytes from 0, the end is behind the last one. flags: what the value is to it. */
enum { CT_SPOOL_EXPRESSION_VALUE = 0, CT_SPOOL_EXPRESSION_ASSIGNED = 1 };
struct ct_spool_expression {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t path_id;
    uint32_t line, column;
    uint32_t last_line, last_column;
    uint32_t name_size;
    uint32_t reserved;
};

/* SEEN: items are its value and, of an assignment, whose part was assigned to and at which key;
 * each `key` is a name id. If the strand's last step is not at that line of that view a step is
 * made there first. */
struct ct_spool_seen {
    struct ct_spool_record record;
    uint32_t view_id;
    uint32_t line;
    uint32_t expression_id;
    uint32_t reserved;
};

/* CODE: `label_size` bytes follow, UTF-8 or not, then padding. Ids start at 0. */
struct ct_spool_code {
    struct ct_spool_record record;
    uint32_t id;
    uint32_t path_id;
    uint32_t label_size;
    uint32_t reserved;
};

/* INSTRUCTION: opcode and operands follow, UTF-8 or not, then padding. Positions of a CODE, in
 * words, ascend. */
struct ct_spool_instruction {
    struct ct_spool_record record;
    uint32_t position;
    uint32_t line;
    uint32_t opcode_size;
    uint32_t operands_size;
};

/* RAN: the item is what stands on top of the stack; none: nothing that is a value. Its first fields
 * are SEEN's. `line` 0: before the frame's first line. */
struct ct_spool_ran {
    struct ct_spool_record record;
    uint32_t view_id;
    uint32_t line;
    uint32_t code_id;
    uint32_t position;
};

/* CALL: items are arguments, `self` first. The step on the def line is implied. */
struct ct_spool_call {
    struct ct_spool_record record;
    uint32_t function_id;
    uint32_t reserved;
};

/* `depth` innermost calls of the strand ended without their own RETURN (a stack overflow, an
 * abandoned fiber, a frame the recorder lost). Text of name `reason_id` says why. */
struct ct_spool_unwind {
    struct ct_spool_record record;
    uint32_t depth;
    uint32_t reason_id;
};

/* What an EVENT is: the format's EventLogKind numbers. */
enum ct_spool_event_kind {
    CT_SPOOL_EVENT_STDOUT = 0,
    CT_SPOOL_EVENT_FILE_WRITTEN = 1,
    CT_SPOOL_EVENT_STDERR = 2,
    CT_SPOOL_EVENT_STDIN = 3,
    CT_SPOOL_EVENT_FILE_READ = 4,
    CT_SPOOL_EVENT_FOLDER_READ = 6,
    CT_SPOOL_EVENT_OPEN = 10,
    CT_SPOOL_EVENT_ERROR = 11,
    CT_SPOOL_EVENT_NOTE = 12 /* what is about the program as a whole: its children; a rescue */
};

/* EVENT: metadata then content follow, raw bytes. flags = EventLogKind. true_size > content_size
 * when the producer cut the text. With CT_SPOOL_EVENT_OF_STEP view_id/line say where it happened:
 * if the strand's last step is elsewhere a step is made there first; ~0 = at the strand's last
 * step. */
struct ct_spool_event {
    struct ct_spool_record record;
    uint32_t metadata_size;
    uint32_t content_size;
    uint64_t true_size;
    uint32_t view_id;
    uint32_t line;
};

/* STRAND, SWITCH, STRAND_END. A STRAND of an id that is there gives it another name. flags of
 * STRAND: what it is; a Ractor's main thread is a RACTOR.
 * `text_size` bytes of name follow. */
enum { CT_SPOOL_STRAND_THREAD = 0, CT_SPOOL_STRAND_FIBER = 1, CT_SPOOL_STRAND_RACTOR = 2 };
struct ct_spool_strand {
    struct ct_spool_record record;
    uint32_t id; /* in lane 0, 0 is the main thread, there from the start */
    uint32_t text_size;
};

/* END. With CT_SPOOL_END_UNWOUND a TEXT snapshot follows (`snapshot_size` bytes, padded to 8): the
 * exception that ended the main strand. */
enum { CT_SPOOL_END_IN_ORDER = 0, CT_SPOOL_END_UNWOUND = 1 };
struct ct_spool_end {
    struct ct_spool_record record;
    int32_t status; /* any other value: the recording did not see the program's end */
    uint32_t snapshot_size;
};

/* FACTS: `text_size` bytes follow, then padding. flags: STATIC, a JSON object whose entries go into
 * trace_info.json as they are; GEMS, NUL-terminated names and versions in turn, raw bytes, all of
 * them each time. */
enum { CT_SPOOL_FACTS_STATIC = 0, CT_SPOOL_FACTS_GEMS = 1 };
struct ct_spool_facts {
    struct ct_spool_record record;
    uint32_t text_size;
    uint32_t reserved;
};

/* BUDGET: for the writer process; a timeline passes over it. 0: no limit. `size` is of the trace's
 * main file, `seconds` count from the start of the recording. */
struct ct_spool_budget {
    struct ct_spool_record record;
    uint64_t step_count;
    uint64_t size;
    uint64_t seconds;
};

/* FLIGHT and DUMP are for the writer process; a timeline passes over them. FLIGHT: how much of what
 * is newest stays; 0: no limit. `size` is of records in memory. */
struct ct_spool_flight {
    struct ct_spool_record record;
    uint64_t size;
    uint64_t step_count;
    uint64_t seconds;
};

/* DUMP: `text_size` bytes follow: why it is wanted, UTF-8, with its NUL. */
struct ct_spool_dump {
    struct ct_spool_record record;
    uint32_t text_size;
    uint32_t reserved;
};
#define CT_SPOOL_DUMP_MAX 99 /* more of one recording are passed over */

/* FORK: all that came before is the child's, too. It is for the writer process; a timeline passes
 * over it. `number` counts a program's forks, from 1. */
struct ct_spool_fork {
    struct ct_spool_record record;
    uint32_t number;
    uint32_t reserved;
};

/* How the program ended. `code` is the exit status of EXIT and EXCEPTION, the number of SIGNAL. */
enum ct_spool_ending {
    CT_SPOOL_ENDING_UNSEEN = 0, /* no TALLY came: killed, exit!, exec, a crash */
    CT_SPOOL_ENDING_EXIT = 1,
    CT_SPOOL_ENDING_EXCEPTION = 2,
    CT_SPOOL_ENDING_SIGNAL = 3, /* a signal's exception that nobody rescued */
    CT_SPOOL_ENDING_STOP = 4    /* it runs on: it ended its recording by itself */
};

/* What the producer counted, in the order of TALLY's counts. */
enum ct_spool_tally_index {
    CT_SPOOL_TALLY_CUT = 0,           /* values of which something was left out */
    CT_SPOOL_TALLY_UNCAPTURED = 1,    /* values that could not be looked at */
    CT_SPOOL_TALLY_LOST_FRAMES = 2,   /* calls that ended without a return */
    CT_SPOOL_TALLY_RACTOR_EVENTS = 3, /* events of other Ractors, left out */
    CT_SPOOL_TALLY_WAITS = 4,         /* times the program waited for room in the spool */
    CT_SPOOL_TALLY_WAIT_NS = 5,       /* and how long */
    CT_SPOOL_TALLY_HIDDEN = 6         /* values that filters redacted or dropped */
};

/* TALLY: record.count × uint64_t follow; more than a reader knows are passed over. flags: enum
 * ct_spool_ending. */
struct ct_spool_tally {
    struct ct_spool_record record;
    int32_t code;
    uint32_t reserved;
};

/* ---- words ----
 * A word is a 64-bit tagged scalar, tagged as CRuby's 64-bit VALUE with flonum:
 *   …1 (bit 0)         integer: arithmetic shift right by 1
 *   …10 (bits 1..0)    float: see ct_word_float in word.h
 *   …0000 1100 (0x0c)  symbol: named by a SYMBOL record
 *   nil/true/false/undef as START says. Anything else is damage.
 *
 * ---- snapshots ----
 * A tree in preorder, packed without alignment. u8 tag, then:
 *   WORD    u64 word
 *   FLOAT   f64
 *   BIGINT  u8 negative, u32 size, magnitude big-endian
 *   STRING  u32 class, u32 encoding name id (~0: UTF-8 or ASCII), u64 true_size, u32 size, bytes
 *   SYMBOL  u32 encoding, u64 true_size, u32 size, bytes           (a symbol without a static word)
 *   ARRAY   u32 class, u32 identity, u64 true_count, u32 count, count × value
 *   HASH    u32 class, u32 identity, u64 true_count, u32 count, count × (key value, value)
 *   OBJECT  u32 class, u32 identity, u64 true_count, u32 count, count × (u32 field name id, value)
 *   OPAQUE  u32 class, u32 identity                                 shown as #<Class #n>
 *   TEXT    u32 class, u32 identity, u32 size, bytes             shown as the bytes (Class, …)
 *   REF     u32 class, u32 identity                              seen before: #<Class #n>
 *   CUT     u32 class, u32 identity, u64 true_count, u8 reason      not descended into
 *   ABSENT  u32 reason name id                                      could not be captured
 *   NOTED   u32 class, u32 identity, u32 note name id               shown as #<Class #n NOTE>
 * class is a name id ("Array" → shown plainly, subclasses by their name). identity 0 = none; an
 * array or hash has one only when a REF in the same value points to it. true_count > count means
 * cut. */
enum ct_snapshot_tag {
    CT_SNAPSHOT_WORD = 1,
    CT_SNAPSHOT_FLOAT = 2,
    CT_SNAPSHOT_BIGINT = 3,
    CT_SNAPSHOT_STRING = 4,
    CT_SNAPSHOT_SYMBOL = 5,
    CT_SNAPSHOT_ARRAY = 6,
    CT_SNAPSHOT_HASH = 7,
    CT_SNAPSHOT_OBJECT = 8,
    CT_SNAPSHOT_OPAQUE = 9,
    CT_SNAPSHOT_TEXT = 10,
    CT_SNAPSHOT_REF = 11,
    CT_SNAPSHOT_CUT = 12,
    CT_SNAPSHOT_ABSENT = 13,
    CT_SNAPSHOT_NOTED = 14
};

/* ABSENT's reasons that are no names: a filter keeps the value out. */
#define CT_SNAPSHOT_REDACTED 0xFFFFFFFFu
#define CT_SNAPSHOT_DROPPED  0xFFFFFFFEu
enum ct_snapshot_cut { CT_SNAPSHOT_CUT_DEPTH = 1, CT_SNAPSHOT_CUT_NODES = 2 };

#define CT_SNAPSHOT_DEPTH_MAX 16 /* levels a producer may ask for; the reader refuses deeper */
#define CT_SNAPSHOT_NO_ENCODING 0xFFFFFFFFu

#endif
