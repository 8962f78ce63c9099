#include "rules/check_inside.h"

#include <stdarg.h>

/* Events that the engine knows and no rule runs on yet. */
static const char *const check_absent_events[] = {"binding", "number", "account", "person"};

void check_absent(struct check *c, struct span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str what = arena_format(c->arena, format, args);
    va_end(args);
    (void)diag_add(c->diags, DIAG_ERROR, span, "%.*s not in this version", DIAG_STR(what));
}

bool check_is_absent_event(struct check *c, struct str text, struct span span)
{
    for (size_t i = 0; i < sizeof check_absent_events / sizeof check_absent_events[0]; i++) {
        if (str_eq_text(text, check_absent_events[i])) {
            check_absent(c, span, "the event `%s` is", check_absent_events[i]);
            return true;
        }
    }
    return false;
}
