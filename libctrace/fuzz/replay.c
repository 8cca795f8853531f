/* Runs one fuzz target over files: replay_NAME FILE...
 *
 * Linked with a target in place of a fuzzer, so that the corpora are a test that needs no fuzzer.
 * Each input is copied to memory of exactly its size: a read past its end is one past the block. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *
read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    uint8_t *data = NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        data = size < 0 ? NULL : malloc(size > 0 ? (size_t)size : 1);
        if (data && fread(data, 1, (size_t)size, file) != (size_t)size) {
            free(data);
            data = NULL;
        }
        *out_size = (size_t)size;
    }
    fclose(file);
    return data;
}

int
main(int argument_count, char **arguments)
{
    for (int index = 1; index < argument_count; index++) {
        size_t size = 0;
        uint8_t *data = read_file(arguments[index], &size);
        if (!data) {
            fprintf(stderr, "%s: %s\n", arguments[index], strerror(errno));
            return EXIT_FAILURE;
        }
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return EXIT_SUCCESS;
}
