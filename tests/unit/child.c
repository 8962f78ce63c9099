#include "tests/unit/child.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Reads to the end, so that the child never waits for us. */
static void read_all(int from, char *text, size_t size)
{
    size_t len = 0;
    char rest[256];
    for (;;) {
        size_t room = size - 1 - len;
        ssize_t got = read(from, room > 0 ? text + len : rest, room > 0 ? room : sizeof rest);
        ck_assert_int_ge(got, 0);
        if (got == 0) {
            break;
        }
        len += room > 0 ? (size_t)got : 0;
    }
    text[len] = '\0';
}

struct child_end child_run(void (*work)(const void *context), const void *context)
{
    struct child_end end = {-1, 0, ""};
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)close(ends[0]);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[1]);
        work(context);
        exit(0);
    }
    (void)close(ends[1]);
    read_all(ends[0], end.text, sizeof end.text);
    (void)close(ends[0]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    end.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return end;
}
