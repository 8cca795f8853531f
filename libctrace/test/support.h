/* What the C tests share: cmocka, an allocator and files that fail on call, and files as byte
 * arrays.
 *
 * Include this before anything else of cmocka. A test runs its subject once for n = 1, 2, 3 … with
 * the n-th call failing, until a run meets no failure: that walks every error path there is. */
#ifndef CT_TEST_SUPPORT_H
#define CT_TEST_SUPPORT_H

#include "ctrace/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_ok(expression) assert_int_equal((expression), CT_OK)

/* ---- memory ---- */

struct ct_failing_alloc {
    struct ct_alloc alloc; /* pass &failing.alloc */
    size_t fail_at;        /* the n-th request from 1 on fails, once; 0 none */
    size_t call_count;     /* requests so far; freeing is none */
    size_t live_count;     /* pieces given out and not freed: 0 at the end of a sound test */
};

void ct_failing_alloc_init(struct ct_failing_alloc *failing, size_t fail_at);
bool ct_failing_alloc_has_failed(const struct ct_failing_alloc *failing);

/* ---- files and folders ---- */

/* Shared by all wrapped files of a test. Counted calls: create, write_at, sync, close. */
struct ct_failure_plan {
    size_t fail_at;    /* the n-th counted call fails with CT_ERR_IO, ENOSPC; 0 none */
    bool is_lasting;   /* so do all after it */
    bool is_short;     /* a failing write leaves the first half of its bytes in the file */
    size_t call_count; /* so far */
    void (*after_write)(void *context); /* when not NULL; after each write that worked */
    void *context;
};

bool ct_failure_plan_has_failed(const struct ct_failure_plan *plan);

/* Takes `inner`; borrows `plan`. Never fails itself. */
struct ct_file *ct_failing_file_new(struct ct_file *inner, struct ct_failure_plan *plan);
struct ct_folder *ct_failing_folder_new(struct ct_folder *inner, struct ct_failure_plan *plan);

/* All bytes of a file; the caller frees them with free(3). NULL when it is absent. */
uint8_t *ct_folder_read_all(struct ct_folder *folder, const char *name, size_t *out_size);

/* 31 bits, the same for the same seed, which it moves on. */
uint64_t ct_random_next(uint64_t *seed);

/* The same noise for the same seed; differs in every byte from its neighbours. */
void ct_noise_put(uint8_t *out_bytes, size_t size, uint64_t seed);

#endif
