/* `ctrace filter`: becomes the recorder's command, which knows the filters.
 *
 * What they decide is a question to the program's sources and the recorder's options, not to a
 * trace; it is asked here, too, because it is looked for here. */
#include "ctrace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDER "codetracer-ruby-recorder"

int
ctrace_filter_run(int argc, char **argv)
{
    char **words = calloc((size_t)argc + 2, sizeof *words);
    char name[] = RECORDER;
    if (words != NULL) {
        words[0] = name;
        memcpy(words + 1, argv, (size_t)argc * sizeof *words);
        execvp(RECORDER, words);
    }
    free(words);
    ctrace_complain("filters are the recorder's, which is not on the PATH: "
                    RECORDER " filter explain FILE.rb[:LINE]");
    return CTRACE_EXIT_USAGE;
}
