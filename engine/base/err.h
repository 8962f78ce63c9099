/* err.h - what went wrong outside, for a person: the value, the allowed range, the next step.
 *
 * A function that can fail because of the world returns 0 or -1 and fills the caller's struct err.
 *
 * Memory:  a plain value owned by the caller.
 * Threads: one owner at a time.
 * Errors:  texts longer than the buffer are cut.
 */
#ifndef SLUICE_BASE_ERR_H
#define SLUICE_BASE_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_FINDING, /* a check found something: exit 1 */
    ERR_USAGE,   /* a wrong argument, setting, mapping: exit 2 */
    ERR_OUTSIDE, /* a file, disk, server failed: exit 3 */
};

struct err {
    enum err_code code;
    bool retriable;
    char text[1024];
};

/* Fills err and returns -1, so that `return err_set(...)` reads well. err may be NULL. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Process exit code of an error: 1 finding, 2 usage, 3 outside. */
int err_exit_code(const struct err *err);

#endif
