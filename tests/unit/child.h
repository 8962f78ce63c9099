/* child.h - runs a piece of a test in a process of its own and tells how it ended.
 *
 * A failing must() has to say which step was in hand before it aborts; being out of memory has to
 * end with code 3:
 *
 *     struct child_end end = child_run(break_a_fact, NULL);
 *     ck_assert_int_eq(end.signal, SIGABRT);
 *
 * Memory:  a plain value.
 * Threads: one; the caller's process has no other thread.
 * Errors:  fails the test; what the child wrote beyond the text is dropped.
 */
#ifndef SLUICE_UNIT_CHILD_H
#define SLUICE_UNIT_CHILD_H

struct child_end {
    int code;        /* exit code, -1 if a signal ended it */
    int signal;      /* the signal, 0 if it exited */
    char text[2048]; /* what it wrote to stderr, NUL-terminated */
};

/* Runs work(context) in a child, which exits with 0 if work returns. */
struct child_end child_run(void (*work)(const void *context), const void *context);

#endif
