#include "rules/check_inside.h"

#include <stdarg.h>

void check_absent(struct check *c, struct span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str what = arena_format(c->arena, format, args);
    va_end(args);
    (void)diag_add(c->diags, DIAG_ERROR, span, "%.*s not in this version", DIAG_STR(what));
}
