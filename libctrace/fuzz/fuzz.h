/* What the fuzz targets share: the entry point's declaration, limits that keep one input quick.
 *
 * Each target is one layer of the reading side. It must neither crash, leak, nor take memory or
 * time beyond its input's size; what it returns for damage is its own business. replay.c gives the
 * corpus to a target without a fuzzer. */
#ifndef CT_FUZZ_H
#define CT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* zstd makes a gigabyte of a few bytes: a target may refuse events that no input of its size
 * needs. */
#define FUZZ_EVENT_SIZE_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
