#include "engine/ingest/refusal.h"

#include "engine/base/must.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *text;
    const char *sentence;
} refusal_rows[REFUSAL_COUNT] = {
    [REFUSAL_NONE] = {"", ""},
#define REFUSAL(name, text, sentence) [REFUSAL_##name] = {text, sentence},
#include "engine/ingest/refusal.def"
};

int refusal_set(struct refusal *why, enum refusal_reason reason, const char *format, ...)
{
    must(reason > REFUSAL_NONE && reason < REFUSAL_COUNT);
    why->reason = reason;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why->detail, sizeof why->detail, format, args);
    va_end(args);
    return -1;
}

struct str refusal_text(enum refusal_reason reason)
{
    must(reason < REFUSAL_COUNT);
    return str_of(refusal_rows[reason].text);
}

struct str refusal_sentence(enum refusal_reason reason)
{
    must(reason < REFUSAL_COUNT);
    return str_of(refusal_rows[reason].sentence);
}
