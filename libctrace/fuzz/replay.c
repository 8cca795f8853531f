/* A main for a fuzz target: gives it every file named on the command line, once.
 *
 * So the corpus is a test that needs no fuzzer. A finding ends the program, as under a fuzzer. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static uint8_t *
read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    const long size = ftell(file);
    uint8_t *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    rewind(file);
    *out_size = bytes != NULL ? fread(bytes, 1, (size_t)size, file) : 0;
    fclose(file);
    return bytes;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size;
        uint8_t *bytes = read_file(argv[i], &size);
        if (bytes == NULL) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
    }
    return 0;
}
