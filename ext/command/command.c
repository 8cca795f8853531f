/* The command, as `make install` installs it: codetracer-ruby-recorder [options] PROGRAM …
 *
 * Becomes the program's Ruby, which waits in boot.rb for what the launcher beside it answers: see
 * doc/design/start.md. What the launcher has to know first is left to exe/, see is_usual. Steps:
 * 1 where we lie; 2 where the program begins among the words; 3 which ruby; 4 the launcher, a child
 * of nobody, so that the program has none; 5 the program's Ruby in our place. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "option_words.h" /* RUBY_EXECUTABLE, option_with_value, option_alone */

#define BOOT_VARIABLE   "CODETRACER_BOOT_FD"
#define ANSWER_VARIABLE "CODETRACER_ANSWER_FD"
#define EXIT_FAILED     1
#define HIGH_FD         100
#define ROOT_DEPTH_MAX  3 /* build/sanitize/codetracer-ruby-recorder */

extern char **environ;

/* What each of these says the launcher has to know before there is a Ruby for the program. */
static const char *const variable_for_launcher[] = {
    "CODETRACER_RUBY_RECORDER_DISABLED", "CODETRACER_RUBY_RECORDER_EXIT_ZERO",
    "CODETRACER_FOLLOW", BOOT_VARIABLE, ANSWER_VARIABLE, NULL};

/* What RUBYOPT may hold for Ruby to say nothing, and not to end, before boot.rb: these words, and
 * what begins like those (of `-wv` the letters are switches, too). */
static const char *const quiet_switch[] = {"-w", "-W", "-W0", "-W1", "-W2", "--yjit", NULL};
static const char *const quiet_beginning[] = {"-r",        "-I",         "-E", "-W:",
                                              "--enable=", "--disable=", NULL};

struct places {
    char launcher[PATH_MAX];
    char boot[PATH_MAX];
    char ruby[PATH_MAX];
};

struct start {
    const char *path;
    char **words;
    char **environment;
};

/* Takes the last name off a path; false when nothing is left. */
static bool
cut_name(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* In the nearest folder above this executable that has both; links are followed. */
static bool
find_launcher(struct places *places)
{
    char root[PATH_MAX];
    if (realpath("/proc/self/exe", root) == NULL &&
        realpath((const char *)getauxval(AT_EXECFN), root) == NULL)
        return false;
    cut_name(root);
    for (int depth = 0; depth < ROOT_DEPTH_MAX && cut_name(root); depth++) {
        int launcher =
            snprintf(places->launcher, PATH_MAX, "%s/exe/codetracer-ruby-recorder", root);
        int boot = snprintf(places->boot, PATH_MAX, "%s/lib/codetracer/boot.rb", root);
        if (launcher < PATH_MAX && boot < PATH_MAX && access(places->launcher, X_OK) == 0 &&
            access(places->boot, R_OK) == 0)
            return true;
    }
    return false;
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
static char **
find_program(char **word)
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

/* Ruby opens its script before it requires boot.rb: of one that it cannot open it would speak
 * itself. */
static bool
is_script(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && !S_ISDIR(found.st_mode) && access(path, R_OK) == 0;
}

static bool
has_beginning(const char *word, const char *const *list)
{
    while (*list != NULL && strncmp(word, *list, strlen(*list)) != 0)
        list++;
    return *list != NULL;
}

static bool
has_quiet_switches(const char *text)
{
    while (*(text += strspn(text, " \t\n")) != '\0') {
        size_t size = strcspn(text, " \t\n");
        if (!is_among(text, size, quiet_switch) && !has_beginning(text, quiet_beginning))
            return false;
        text += size;
    }
    return true;
}

static bool
is_environment_usual(void)
{
    for (char *const *entry = environ; *entry != NULL; entry++) {
        if (is_among(*entry, strcspn(*entry, "="), variable_for_launcher))
            return false;
    }
    const char *rubyopt = getenv("RUBYOPT");
    return rubyopt == NULL || has_quiet_switches(rubyopt);
}

/* One processor has nothing to do beside. A process that is given orphans would be given the
 * writer: somebody has to stay in front. */
static bool
is_process_usual(void)
{
    cpu_set_t processors;
    int adopts = 0;
    if (sched_getaffinity(0, sizeof processors, &processors) == 0 && CPU_COUNT(&processors) < 2)
        return false;
    return getpid() != 1 && (prctl(PR_GET_CHILD_SUBREAPER, &adopts, 0, 0, 0) != 0 || !adopts);
}

/* The `ruby` of PATH, if it is the very one that this was built for. */
static bool
find_ruby(char out_path[PATH_MAX])
{
    char real[PATH_MAX];
    const char *folder = getenv("PATH");
    while (folder != NULL && *folder != '\0') {
        size_t size = strcspn(folder, ":");
        if (size == 0 || size > PATH_MAX - sizeof "/ruby")
            return false; /* the working folder, say: for env(1) to look into */
        snprintf(out_path, PATH_MAX, "%.*s/ruby", (int)size, folder);
        if (access(out_path, X_OK) == 0)
            return realpath(out_path, real) != NULL && strcmp(real, RUBY_EXECUTABLE) == 0;
        folder += size + (folder[size] == ':');
    }
    return false;
}

static bool
is_usual(char *const *program, struct places *places)
{
    return program != NULL && is_script(*program) && is_environment_usual() &&
           is_process_usual() && find_ruby(places->ruby);
}

/* In place of this process: the launcher as env(1) starts it, which says what is wrong. */
static int
become_launcher(const struct places *places, char **words)
{
    words[0] = (char *)places->launcher;
    execv(places->launcher, words);
    fprintf(stderr, "codetracer-ruby-recorder: cannot run %s: %s [CT-103]\n", places->launcher,
            strerror(errno));
    return EXIT_FAILED;
}

static size_t
count_items(char *const *list)
{
    size_t count = 0;
    while (list[count] != NULL)
        count++;
    return count;
}

/* `before`, of `count`, and the items of `list`; NULL without memory. Never freed: exec follows. */
static char **
join(char *const *before, size_t count, char *const *list)
{
    size_t rest_count = count_items(list) + 1;
    char **joined = calloc(count + rest_count, sizeof *joined);
    if (joined != NULL) {
        memcpy(joined, before, count * sizeof *joined);
        memcpy(joined + count, list, rest_count * sizeof *joined);
    }
    return joined;
}

/* Of a Ruby that finds `descriptor`, "NAME=number", in its environment. */
static bool
prepare(struct start *out_start, const char *ruby, char *const *switches, char *const *rest,
        char *descriptor)
{
    *out_start = (struct start){.path = ruby,
                                .words = join(switches, count_items(switches), rest),
                                .environment = join(&descriptor, 1, environ)};
    return out_start->words != NULL && out_start->environment != NULL;
}

static bool
keep_across_exec(int fd)
{
    return fcntl(fd, F_SETFD, 0) == 0;
}

/* The launcher's parent ends at once. The launcher has a session of its own, so that what is sent
 * to the program's group, and who waits for that group's end, does not meet it. Where SIGCHLD is
 * ignored nothing tells whether there was a process left: boot.rb finds out. */
static bool
start_launcher(const struct start *start, int answer_fd)
{
    int status = 0;
    pid_t parent = fork();
    if (parent == 0) {
        pid_t launcher = vfork();
        if (launcher == 0) {
            if (keep_across_exec(answer_fd) && setsid() > 0)
                execve(start->path, start->words, start->environment);
            _exit(EXIT_FAILED);
        }
        _exit(launcher > 0 ? 0 : EXIT_FAILED);
    }
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
    return fcntl(fd, F_DUPFD_CLOEXEC, is_low ? (int)limit.rlim_cur - 2 : HIGH_FD);
}

/* Nothing of it stays open in another program but what keep_across_exec names. */
static bool
open_pipe(int out_pipe[2])
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    out_pipe[0] = move_up(ends[0]);
    out_pipe[1] = move_up(ends[1]);
    close(ends[0]);
    close(ends[1]);
    return out_pipe[0] >= 0 && out_pipe[1] >= 0;
}

/* Returns where that could not be begun. */
static void
start_both(const struct places *places, char **words, char **program)
{
    int ends[2];
    char boot[40], answer[40];
    char *const boot_switches[] = {(char *)"ruby", (char *)"-r", (char *)places->boot, NULL};
    char *const own_switches[] = {(char *)"ruby", (char *)"--disable=gems,rubyopt",
                                  (char *)places->launcher, NULL};
    struct start launcher, own;
    if (!open_pipe(ends))
        return;
    snprintf(boot, sizeof boot, "%s=%d", BOOT_VARIABLE, ends[0]);
    snprintf(answer, sizeof answer, "%s=%d", ANSWER_VARIABLE, ends[1]);
    if (!prepare(&own, places->ruby, boot_switches, program, boot) ||
        !prepare(&launcher, places->ruby, own_switches, words + 1, answer) ||
        !start_launcher(&launcher, ends[1]))
        return;
    close(ends[1]);
    keep_across_exec(ends[0]);
    execve(own.path, own.words, own.environment);
    fprintf(stderr, "codetracer-ruby-recorder: cannot run %s: %s [CT-103]\n", own.path,
            strerror(errno));
    exit(EXIT_FAILED); /* the launcher finds nobody to answer */
}

int
main(int word_count, char **words)
{
    static struct places places;
    if (!find_launcher(&places)) {
        fputs("codetracer-ruby-recorder: exe/ and lib/ do not lie above its folder [CT-102]\n",
              stderr);
        return EXIT_FAILED;
    }
    char **program = word_count > 1 ? find_program(words + 1) : NULL;
    if (is_usual(program, &places))
        start_both(&places, words, program);
    return become_launcher(&places, words);
}
