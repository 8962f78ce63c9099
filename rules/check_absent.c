#include "rules/check_inside.h"

#include <stdarg.h>

/* Words of the language for which the engine has no data yet. */
struct check_absent_row {
    enum check_absent_kind kind;
    const char *text;
};

static const struct check_absent_row check_absent_rows[] = {
    {CHECK_ABSENT_FIELD, "cell"},      {CHECK_ABSENT_FIELD, "device"},
    {CHECK_ABSENT_FIELD, "cause"},     {CHECK_ABSENT_FIELD, "first_seen"},
    {CHECK_ABSENT_STREAM, "use"},      {CHECK_ABSENT_STREAM, "link"},
    {CHECK_ABSENT_TRIGGER, "binding"}, {CHECK_ABSENT_TRIGGER, "number"},
    {CHECK_ABSENT_TRIGGER, "account"}, {CHECK_ABSENT_TRIGGER, "person"},
    {CHECK_ABSENT_ENTITY, "device"},   {CHECK_ABSENT_ENTITY, "domain"},
    {CHECK_ABSENT_ROLE, "device"},     {CHECK_ABSENT_ROLE, "domain"},
};

void check_absent(struct check *c, struct span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str what = arena_format(c->arena, format, args);
    va_end(args);
    (void)diag_add(c->diags, DIAG_ERROR, span, "%.*s not in this version", DIAG_STR(what));
}

bool check_is_absent(struct check *c, enum check_absent_kind kind, struct str text,
                     struct span span)
{
    static const char *const texts[] = {
        [CHECK_ABSENT_FIELD] = "the field",   [CHECK_ABSENT_STREAM] = "the stream",
        [CHECK_ABSENT_TRIGGER] = "the event", [CHECK_ABSENT_ENTITY] = "the entity",
        [CHECK_ABSENT_ROLE] = "the role",
    };
    for (size_t i = 0; i < sizeof check_absent_rows / sizeof check_absent_rows[0]; i++) {
        const struct check_absent_row *row = &check_absent_rows[i];
        if (row->kind == kind && str_eq_text(text, row->text)) {
            check_absent(c, span, "%s `%s` is", texts[kind], row->text);
            return true;
        }
    }
    return false;
}
