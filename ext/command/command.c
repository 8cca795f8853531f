/* The command, as `make install` installs it: codetracer-ruby-recorder [options] PROGRAM …
 *
 * Becomes the program's Ruby, which waits in boot.rb for what the launcher beside it answers: see
 * doc/design/start.md. What the launcher has to know first is left to exe/, see is_usual. Steps:
 * 1 where we lie; 2 where the program begins among the words; 3 which ruby; 4 the launcher, a child
 * of nobody, so that the program has none; 5 the program's Ruby in our place. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "option_words.h" /* RUBY_EXECUTABLE, option_with_value, option_alone */

#define OWN_VARIABLES   "CODETRACER_"
#define OUT_DIR         "CODETRACER_RUBY_RECORDER_OUT_DIR="
#define BOOT_VARIABLE   "CODETRACER_BOOT_FD"
#define ANSWER_VARIABLE "CODETRACER_ANSWER_FD"
#define EXIT_FAILED     1
#define HIGH_FD         100

extern char **environ;

struct places {
    char launcher[PATH_MAX];
    char boot[PATH_MAX];
    char ruby[PATH_MAX];
};

/* "/x" of "/x/build/codetracer-ruby-recorder"; links are followed. */
static bool
find_launcher(struct places *places)
{
    char root[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", root, sizeof root - 1);
    for (int i = 0; i < 2; i++) {
        while (size > 0 && root[--size] != '/')
            continue;
    }
    if (size <= 0)
        return false;
    root[size] = '\0';
    int launcher = snprintf(places->launcher, PATH_MAX, "%s/exe/codetracer-ruby-recorder", root);
    int boot = snprintf(places->boot, PATH_MAX, "%s/lib/codetracer/boot.rb", root);
    return launcher < PATH_MAX && boot < PATH_MAX;
}

static bool
is_among(const char *word, size_t size, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == size && memcmp(*list, word, size) == 0)
            return true;
    }
    return false;
}

/* How many words the option at `word` takes; 0: it is for the launcher alone to read. */
static int
count_words(char *const *word)
{
    size_t size = strlen(*word);
    size_t name_size = (*word)[1] == '-' ? strcspn(*word, "=") : 2;
    if (is_among(*word, size, option_alone))
        return 1;
    if (!is_among(*word, name_size, option_with_value))
        return 0;
    if (name_size < size)
        return 1;
    return word[1] == NULL ? 0 : 2;
}

/* The first word of the program's own, or NULL: what it is, or whether there is one, is for the
 * launcher to say. Words are read as RecordingOptions does. */
static char *const *
find_program(char *const *word)
{
    while (*word != NULL && **word == '-') {
        bool is_last = strcmp(*word, "--") == 0;
        int count = is_last ? 1 : count_words(word);
        if (count == 0)
            return NULL;
        word += count;
        if (is_last)
            break;
    }
    return *word == NULL || **word == '-' || **word == '\0' ? NULL : word;
}

/* Whether what the environment says is for the launcher to read first. */
static bool
is_told_by_environment(void)
{
    for (char *const *entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, OWN_VARIABLES, strlen(OWN_VARIABLES)) == 0 &&
            strncmp(*entry, OUT_DIR, strlen(OUT_DIR)) != 0)
            return true;
    }
    return false;
}

/* Such a process is given orphans, the writer among them: somebody has to stay in front. */
static bool
adopts_orphans(void)
{
    int flag = 0;
    return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &flag, 0, 0, 0) == 0 && flag);
}

/* The `ruby` of PATH, if it is the very one that this was built for. */
static bool
find_ruby(char out_path[PATH_MAX])
{
    char real[PATH_MAX];
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        int size = (int)strcspn(folder, ":");
        snprintf(out_path, PATH_MAX, "%.*s/ruby", size, folder);
        if (size == 0)
            return false; /* the working folder: for env(1) to look into */
        if (access(out_path, X_OK) == 0)
            return realpath(out_path, real) != NULL && strcmp(real, RUBY_EXECUTABLE) == 0;
        folder += size + (folder[size] == ':');
    }
    return false;
}

/* Ruby opens its script before it requires boot.rb: of one that it cannot open it would speak
 * itself. */
static bool
is_script(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode) && access(path, R_OK) == 0;
}

static bool
is_usual(char *const *program, struct places *places)
{
    return program != NULL && is_script(*program) && !is_told_by_environment() &&
           !adopts_orphans() && find_ruby(places->ruby);
}

/* In place of this process: the launcher as env(1) starts it, which says what is wrong. */
static int
become_launcher(const struct places *places, char **words)
{
    words[0] = (char *)places->launcher;
    execv(places->launcher, words);
    fprintf(stderr, "codetracer-ruby-recorder: cannot run %s: %s [CT-102]\n", places->launcher,
            strerror(errno));
    return EXIT_FAILED;
}

static void
set_descriptor(const char *variable, int fd)
{
    char text[16];
    snprintf(text, sizeof text, "%d", fd);
    setenv(variable, text, 1);
}

static void
run_launcher(const struct places *places, int word_count, char *const *words, int answer_fd)
{
    char **arguments = calloc((size_t)word_count + 3, sizeof *arguments);
    if (arguments == NULL)
        return;
    arguments[0] = (char *)"ruby";
    arguments[1] = (char *)"--disable=gems,rubyopt";
    arguments[2] = (char *)places->launcher;
    memcpy(arguments + 3, words + 1, (size_t)(word_count - 1) * sizeof *arguments);
    set_descriptor(ANSWER_VARIABLE, answer_fd);
    execv(places->ruby, arguments);
}

/* The launcher's parent ends at once. */
static bool
start_launcher(const struct places *places, int word_count, char *const *words, const int pipe[2])
{
    pid_t parent = fork();
    if (parent == 0) {
        pid_t launcher = fork();
        if (launcher == 0) {
            close(pipe[0]);
            run_launcher(places, word_count, words, pipe[1]);
        }
        _exit(launcher < 0 ? EXIT_FAILED : 0);
    }
    int status = 0;
    while (parent > 0 && waitpid(parent, &status, 0) < 0 && errno == EINTR)
        continue;
    return parent > 0 && status == 0;
}

/* To where neither the streams, which may be closed, nor what a starting Ruby opens for itself gets
 * another number by it. */
static int
move_up(int fd)
{
    struct rlimit limit;
    bool is_low = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * HIGH_FD;
    int moved = fcntl(fd, F_DUPFD, is_low ? (int)limit.rlim_cur - 2 : HIGH_FD);
    close(fd);
    return moved;
}

static bool
open_pipe(int out_pipe[2])
{
    int ends[2];
    if (pipe(ends) < 0)
        return false;
    out_pipe[0] = move_up(ends[0]);
    out_pipe[1] = move_up(ends[1]);
    return out_pipe[0] >= 0 && out_pipe[1] >= 0;
}

/* Returns only if there is no such process to be had. */
static void
become_program(const struct places *places, char *const *program, int boot_fd)
{
    int count = 0;
    while (program[count] != NULL)
        count++;
    char **arguments = calloc((size_t)count + 4, sizeof *arguments);
    if (arguments == NULL)
        return;
    arguments[0] = (char *)"ruby";
    arguments[1] = (char *)"-r";
    arguments[2] = (char *)places->boot;
    memcpy(arguments + 3, program, (size_t)count * sizeof *arguments);
    set_descriptor(BOOT_VARIABLE, boot_fd);
    execv(places->ruby, arguments);
}

int
main(int word_count, char **words)
{
    static struct places places;
    int pipe[2];
    if (!find_launcher(&places)) {
        fputs("codetracer-ruby-recorder: /proc does not say where it lies [CT-102]\n", stderr);
        return EXIT_FAILED;
    }
    char *const *program = word_count > 1 ? find_program(words + 1) : NULL;
    if (!is_usual(program, &places) || !open_pipe(pipe))
        return become_launcher(&places, words);
    if (!start_launcher(&places, word_count, words, pipe))
        return become_launcher(&places, words); /* which has more to say of no process left */
    close(pipe[1]);
    become_program(&places, program, pipe[0]);
    fprintf(stderr, "codetracer-ruby-recorder: cannot run %s: %s [CT-103]\n", places.ruby,
            strerror(errno));
    return EXIT_FAILED;
}
