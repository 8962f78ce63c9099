#define _XOPEN_SOURCE 700 /* stacks of signal handlers are not in POSIX without its extension */

#include "connectors/cli/deaths.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STACK_BYTES 65536 /* of a handler: the step's own may be what ran out */
#define RECORDS_MAX 4096  /* read of a file: the last ones */
#define PROGRAM "/proc/self/exe"

static const uint8_t magic[8] = {'S', 'L', 'D', 'E', 'A', 'T', 'H', '1'};

/* What a step can raise, written once. */
static const struct {
    int number;
    const char *text;
} signals[] = {{SIGSEGV, "SIGSEGV"},
               {SIGBUS, "SIGBUS"},
               {SIGFPE, "SIGFPE"},
               {SIGILL, "SIGILL"},
               {SIGABRT, "SIGABRT"}};
#define SIGNALS (sizeof signals / sizeof signals[0])

struct list {
    struct death *items;
    size_t count, cap;
};

struct deaths {
    struct buf path;
    int file;
    off_t size; /* of the file, as it was read */
    uint8_t whose[16];
    struct list singles, repeated;
};

/* Of the handlers: set before there are any, and of each thread by itself. */
static int noted_file = -1;
static uint8_t noted_whose[16];
static _Thread_local const struct position *thread_position;
static _Thread_local void *thread_stack;

const char *deaths_signal_text(uint32_t signal)
{
    size_t at = 0;
    while (at < SIGNALS && signals[at].number != (int)signal) {
        at++;
    }
    return at < SIGNALS ? signals[at].text : "a signal";
}

/* ---- whose deaths ---------------------------------------------------------------------------- */

/* The program by its own bytes: a new build is another one, whatever its version says. */
static int digest_program(uint8_t hash[DIGEST_BYTES], struct err *err)
{
    struct stat about;
    int file = open(PROGRAM, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    if (file >= 0 && fstat(file, &about) == 0) {
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (bytes == MAP_FAILED) {
        return err_set(err, ERR_OUTSIDE, "%s cannot be read: %s; is /proc mounted?", PROGRAM,
                       strerror(errno));
    }
    digest_sha256(hash, bytes, (size_t)about.st_size);
    (void)munmap(bytes, (size_t)about.st_size);
    return 0;
}

static int name_program(struct deaths *deaths, const struct settings *settings, struct err *err)
{
    uint8_t hash[DIGEST_BYTES];
    struct digest_id id;
    if (digest_program(hash, err) != 0) {
        return -1;
    }
    digest_id_begin(&id, "program");
    digest_id_text(&id, (struct str){(const char *)hash, sizeof hash});
    digest_id_text(&id, str_of(settings->kafka_prefix));
    digest_id_number(&id, (uint64_t)settings->visits_epoch);
    struct token whose = digest_id_end(&id);
    memcpy(deaths->whose, whose.bytes, sizeof deaths->whose);
    return 0;
}

/* ---- the file -------------------------------------------------------------------------------- */

static const char *folder_of(const struct settings *settings)
{
    const char *given[] = {settings->process_state_folder, getenv("STATE_DIRECTORY"),
                           getenv("TMPDIR"), "/tmp"};
    size_t at = 0;
    while (given[at] == NULL || given[at][0] == '\0') {
        at++;
    }
    return given[at];
}

/* What may be otherwise in a minute, without anybody's doing here. */
static bool passes(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EIO || number == EMFILE ||
           number == ENFILE;
}

static int cannot(const struct deaths *deaths, int number, const char *why, struct err *err)
{
    return err_set(
        err, passes(number) ? ERR_OUTSIDE : ERR_USAGE,
        "%.*s: %s; here the process keeps what has ended it, so that a step cannot do so "
        "for ever: name a folder that is its own in process.state_folder",
        (int)deaths->path.len, deaths->path.at, why != NULL ? why : strerror(number));
}

/* Others may write into a folder for temporary files: what is there must be our own file. */
static int open_file(struct deaths *deaths, struct err *err)
{
    struct stat about;
    deaths->file = open(buf_text(&deaths->path),
                        O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (deaths->file < 0 || fstat(deaths->file, &about) != 0) {
        return cannot(deaths, errno, NULL, err);
    }
    return S_ISREG(about.st_mode) && about.st_uid == geteuid()
               ? 0
               : cannot(deaths, 0, "it is no file of this user", err);
}

static void add(struct list *list, const struct death *death)
{
    void *items = list->items;
    mem_reserve(&items, &list->cap, list->count + 1, sizeof *list->items);
    list->items = items;
    list->items[list->count++] = *death;
}

static size_t find(const struct list *list, const struct death *death)
{
    size_t at = 0;
    while (at < list->count &&
           !(list->items[at].partition == death->partition && list->items[at].lsn == death->lsn &&
             token_eq(&list->items[at].entity, &death->entity))) {
        at++;
    }
    return at;
}

/* Once: to the singles; once more: to the repeated ones. */
_Static_assert(DEATHS_ENOUGH == 2, "two lists will do");
static void take(struct deaths *deaths, const struct death *death)
{
    struct list *singles = &deaths->singles;
    size_t at = find(singles, death);
    bool known = find(&deaths->repeated, death) < deaths->repeated.count;
    if (memcmp(death->magic, magic, sizeof magic) != 0 ||
        memcmp(death->whose, deaths->whose, sizeof deaths->whose) != 0 || known) {
        return;
    }
    if (at == singles->count) {
        add(singles, death);
        return;
    }
    add(&deaths->repeated, death);
    singles->items[at] = singles->items[--singles->count];
}

static int read_file(struct deaths *deaths, struct err *err)
{
    struct stat about;
    struct death death;
    if (fstat(deaths->file, &about) != 0) {
        return cannot(deaths, errno, NULL, err);
    }
    deaths->size = about.st_size;
    off_t records = about.st_size / (off_t)sizeof death;
    off_t at = records > RECORDS_MAX ? records - RECORDS_MAX : 0;
    for (; at < records; at++) {
        ssize_t got = pread(deaths->file, &death, sizeof death, at * (off_t)sizeof death);
        if (got != (ssize_t)sizeof death) {
            return cannot(deaths, got < 0 ? errno : 0, got < 0 ? NULL : "it is cut short", err);
        }
        take(deaths, &death);
    }
    return 0;
}

struct deaths *deaths_open(const struct settings *settings, struct err *err)
{
    struct deaths *deaths = mem_alloc(1, sizeof *deaths);
    deaths->file = -1;
    buf_add_format(&deaths->path, "%s/sluice-%s-%sdeaths", folder_of(settings),
                   settings->process_name, settings->kafka_prefix);
    if (name_program(deaths, settings, err) != 0 || open_file(deaths, err) != 0 ||
        read_file(deaths, err) != 0) {
        deaths_close(deaths);
        return NULL;
    }
    return deaths;
}

static void unwatch(void)
{
    for (size_t i = 0; i < SIGNALS && noted_file >= 0; i++) {
        (void)signal(signals[i].number, SIG_DFL);
    }
    noted_file = -1;
}

void deaths_close(struct deaths *deaths)
{
    if (deaths == NULL) {
        return;
    }
    if (deaths->file >= 0) {
        unwatch();
        (void)close(deaths->file);
    }
    mem_free(deaths->singles.items);
    mem_free(deaths->repeated.items);
    buf_fini(&deaths->path);
    mem_free(deaths);
}

static const struct death *item_of(const struct list *list, size_t i)
{
    return i < list->count ? &list->items[i] : NULL;
}

const struct death *deaths_repeated(const struct deaths *deaths, size_t i)
{
    return item_of(&deaths->repeated, i);
}

const struct death *deaths_single(const struct deaths *deaths, size_t i)
{
    return item_of(&deaths->singles, i);
}

static int write_anew(struct deaths *deaths, const char *path, size_t bytes, struct err *err)
{
    (void)unlink(path); /* of a process that was killed here */
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return cannot(deaths, errno, NULL, err);
    }
    ssize_t got = bytes == 0 ? 0 : write(file, deaths->singles.items, bytes);
    int result = got == (ssize_t)bytes ? 0 : cannot(deaths, got < 0 ? errno : ENOSPC, NULL, err);
    if (result == 0 && rename(path, buf_text(&deaths->path)) != 0) {
        result = cannot(deaths, errno, NULL, err);
    }
    if (result != 0) {
        (void)unlink(path);
    }
    (void)close(result == 0 ? deaths->file : file);
    deaths->file = result == 0 ? file : deaths->file;
    return result;
}

/* A disk that is full takes nothing away: the file is replaced when the new one is there. */
int deaths_forget(struct deaths *deaths, struct err *err)
{
    struct buf path = {0};
    size_t bytes = deaths->singles.count * sizeof(struct death);
    if (deaths->repeated.count == 0 && deaths->size == (off_t)bytes) {
        return 0;
    }
    buf_add_format(&path, "%s.new", buf_text(&deaths->path));
    int result = write_anew(deaths, buf_text(&path), bytes, err);
    buf_fini(&path);
    if (result == 0) {
        deaths->size = (off_t)bytes;
        deaths->repeated.count = 0;
    }
    return result;
}

/* ---- dying ----------------------------------------------------------------------------------- */

/* A kernel that stopped a wrong instruction, or this process itself (abort). */
static bool is_own(const siginfo_t *info)
{
    return info->si_code > 0 || (info->si_code == SI_TKILL && info->si_pid == getpid());
}

/* Nothing but calls that are safe in a handler. */
static void note(int number, siginfo_t *info, void *context)
{
    const struct position *at = thread_position;
    (void)context;
    if (noted_file >= 0 && position_is_inside(at) && is_own(info)) {
        struct death death = {.lsn = at->lsn,
                              .entity = at->entity,
                              .partition = at->partition,
                              .signal = (uint32_t)number};
        memcpy(death.magic, magic, sizeof death.magic);
        memcpy(death.whose, noted_whose, sizeof death.whose);
        ssize_t ignored = write(noted_file, &death, sizeof death);
        (void)ignored;
    }
    (void)raise(number); /* when this returns, and without a handler: the end, with its core */
}

void deaths_watch(struct deaths *deaths)
{
    struct sigaction action = {.sa_sigaction = note,
                               .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND)};
    must(noted_file < 0);
    memcpy(noted_whose, deaths->whose, sizeof noted_whose);
    noted_file = deaths->file;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        int failed = sigaction(signals[i].number, &action, NULL);
        must(failed == 0);
    }
}

void deaths_watch_thread(struct deaths *deaths, struct position *at)
{
    must(deaths != NULL && thread_stack == NULL);
    thread_stack = mem_alloc(1, STACK_BYTES);
    stack_t stack = {.ss_sp = thread_stack, .ss_size = STACK_BYTES};
    int failed = sigaltstack(&stack, NULL);
    must(failed == 0);
    thread_position = at;
}

void deaths_end_thread(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    thread_position = NULL;
    (void)sigaltstack(&none, NULL);
    mem_free(thread_stack);
    thread_stack = NULL;
}
