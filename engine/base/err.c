#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    if (err != NULL) {
        err->code = code;
        err->retriable = false;
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return -1;
}

int err_exit_code(const struct err *err)
{
    switch (err->code) {
    case ERR_NONE: return 0;
    case ERR_FINDING: return 1;
    case ERR_USAGE: return 2;
    case ERR_OUTSIDE: return 3;
    }
    return 3;
}
