#include "rules/lex_inside.h"

#include <string.h>

/* ---- units ---- */

/* What else a unit is called, and what is written here. */
static const struct {
    const char *text;
    const char *hint;
} lex_foreign_units[] = {
    {"x", "write a blank between a number and `x`: `3 x last(...)`"},
    {"H", "hours are `h`"},
    {"hr", "hours are `h`"},
    {"hour", "hours are `h`"},
    {"hours", "hours are `h`"},
    {"小时", "hours are `h`"},
    {"M", "minutes are `m`"},
    {"min", "minutes are `m`"},
    {"mins", "minutes are `m`"},
    {"minute", "minutes are `m`"},
    {"minutes", "minutes are `m`"},
    {"分", "minutes are `m`"},
    {"分钟", "minutes are `m`"},
    {"S", "seconds are `s`"},
    {"sec", "seconds are `s`"},
    {"second", "seconds are `s`"},
    {"seconds", "seconds are `s`"},
    {"秒", "seconds are `s`"},
    {"毫秒", "milliseconds are `ms`"},
    {"D", "days are `d`"},
    {"day", "days are `d`"},
    {"days", "days are `d`"},
    {"天", "days are `d`"},
    {"日", "days are `d`"},
    {"w", "a week is `7d`"},
    {"week", "a week is `7d`"},
    {"weeks", "a week is `7d`"},
    {"周", "a week is `7d`"},
    {"月", "a month is `30d`"},
    {"month", "a month is `30d`"},
    {"k", "write all digits: `1_000`"},
    {"万", "write all digits: `10_000`, of money `10_000.00 CNY`"},
    {"万元", "write all digits and the currency: `10_000.00 CNY`"},
    {"亿", "write all digits: `100_000_000`"},
    {"元", "write the currency behind a blank: `100.00 CNY`"},
    {"cny", "write the currency in capitals, behind a blank: `100.00 CNY`"},
};

struct lex_token lex_bad_unit(struct lex *lex, struct lex_token token, struct span unit,
                              struct str text)
{
    struct diag *diag =
        diag_add(lex->diags, DIAG_ERROR, unit, "`%.*s` is no unit of time", DIAG_STR(text));
    const char *hint = NULL;
    for (size_t i = 0; i < sizeof lex_foreign_units / sizeof lex_foreign_units[0]; i++) {
        hint = str_eq_text(text, lex_foreign_units[i].text) ? lex_foreign_units[i].hint : hint;
    }
    if (hint != NULL) {
        diag_hint(lex->diags, diag, "%s", hint);
    } else if (text.len == 3 && text.at[0] >= 'A' && text.at[0] <= 'Z') {
        diag_hint(lex->diags, diag,
                  "write a blank between an amount and its currency: `100.00 CNY`");
    } else {
        diag_hint(
            lex->diags, diag,
            "durations are written as `1d`, `2h30m`, `10s`, `500ms`; a name begins with a letter");
    }
    token.value = 0;
    return token;
}

/* ---- quotes ---- */

/* Quotes that other languages and word processors write. */
static const struct {
    const char *open;
    const char *close;
} lex_foreign_quotes[] = {
    {"'", "'"},
    {"\xe2\x80\x9c", "\xe2\x80\x9d"}, /* double, curly */
    {"\xe2\x80\x98", "\xe2\x80\x99"}, /* single, curly */
    {"\xe3\x80\x8c", "\xe3\x80\x8d"}, /* corners */
    {"\xef\xbc\x82", "\xef\xbc\x82"}, /* double, full width */
};

bool lex_foreign_text(struct lex *lex, struct lex_token *token)
{
    for (size_t i = 0; i < sizeof lex_foreign_quotes / sizeof lex_foreign_quotes[0]; i++) {
        struct str open = str_of(lex_foreign_quotes[i].open);
        struct str close = str_of(lex_foreign_quotes[i].close);
        if (!str_starts(lex_rest(lex), open)) {
            continue;
        }
        uint32_t start = lex->at;
        lex->at += (uint32_t)open.len;
        uint32_t inside = lex->at;
        while (!lex_at_line_end(lex) && !str_starts(lex_rest(lex), close)) {
            lex_pass_char(lex);
        }
        struct str raw = {lex->text.at + inside, lex->at - inside};
        lex->at += lex_at_line_end(lex) ? 0 : (uint32_t)close.len;
        *token = lex_token_of(lex, LEX_TEXT, start);
        token->text = raw;
        token->unclosed = true;
        lex_error_hint(lex, token->span, "texts stand in straight quotes", "write `\"...\"`");
        return true;
    }
    return false;
}

/* ---- signs ---- */

struct lex_foreign {
    const char *text;
    enum lex_kind kind;
    const char *hint; /* NULL: write the sign */
};

#define LEX_IS(text, kind) \
    {                      \
        text, kind, NULL   \
    }

/* What is written elsewhere, and what is meant. */
static const struct lex_foreign lex_foreigns[] = {
    LEX_IS("&&", LEX_AND),
    LEX_IS("||", LEX_OR),
    LEX_IS("&", LEX_AND),
    LEX_IS("|", LEX_OR),
    LEX_IS("!", LEX_NOT),
    LEX_IS("<>", LEX_NOT_EQUAL),
    LEX_IS("=<", LEX_LESS_EQUAL),
    LEX_IS("=>", LEX_GREATER_EQUAL),
    LEX_IS("===", LEX_EQUAL),
    LEX_IS("*", LEX_X),
    LEX_IS("\xc3\x97", LEX_X),                 /* multiplication sign */
    LEX_IS("\xe2\x89\xa5", LEX_GREATER_EQUAL), /* one sign for it */
    LEX_IS("\xe2\x89\xa4", LEX_LESS_EQUAL),
    LEX_IS("\xe2\x89\xa0", LEX_NOT_EQUAL),
    LEX_IS("\xef\xbc\x8c", LEX_COMMA), /* full-width signs from here on */
    LEX_IS("\xe3\x80\x81", LEX_COMMA),
    LEX_IS("\xef\xbc\x9a", LEX_COLON),
    LEX_IS("\xef\xbc\x88", LEX_PAREN_OPEN),
    LEX_IS("\xef\xbc\x89", LEX_PAREN_CLOSE),
    LEX_IS("\xef\xbd\x9b", LEX_BRACE_OPEN),
    LEX_IS("\xef\xbd\x9d", LEX_BRACE_CLOSE),
    LEX_IS("\xef\xbc\x9d", LEX_ASSIGN),
    LEX_IS("\xef\xbc\x9e", LEX_GREATER),
    LEX_IS("\xef\xbc\x9c", LEX_LESS),
    LEX_IS("\xef\xbc\x8b", LEX_PLUS),
    LEX_IS("\xef\xbc\x8d", LEX_MINUS),
    LEX_IS("\xe2\x80\x93", LEX_MINUS), /* dash, minus sign */
    LEX_IS("\xe2\x88\x92", LEX_MINUS),
    LEX_IS("\xe3\x80\x82", LEX_DOT),
    {"/", LEX_X, "there is no division: write `a >= 50% of b`, or `2 x a >= b`"},
    {"[", LEX_BRACE_OPEN, "sets stand in `{` and `}`"},
    {"]", LEX_BRACE_CLOSE, "sets stand in `{` and `}`"},
};

/* The longest one, or NULL. */
static const struct lex_foreign *lex_find_foreign(const struct lex *lex)
{
    const struct lex_foreign *best = NULL;
    for (size_t i = 0; i < sizeof lex_foreigns / sizeof lex_foreigns[0]; i++) {
        const char *text = lex_foreigns[i].text;
        if (str_starts(lex_rest(lex), str_of(text)) &&
            (best == NULL || strlen(text) > strlen(best->text))) {
            best = &lex_foreigns[i];
        }
    }
    return best;
}

bool lex_foreign_sign(struct lex *lex, size_t len, struct lex_token *token)
{
    uint32_t start = lex->at;
    const struct lex_foreign *foreign = lex_find_foreign(lex);
    if (foreign == NULL || strlen(foreign->text) <= len) {
        return false;
    }
    lex->at += (uint32_t)strlen(foreign->text);
    *token = lex_token_of(lex, foreign->kind, start);
    struct diag *diag = diag_add(lex->diags, DIAG_ERROR, token->span,
                                 "`%s` is no sign of the language", foreign->text);
    if (foreign->kind == LEX_COMMA && start > 0 && lex_is_digit(lex->text.at[start - 1]) &&
        lex_is_digit(lex_peek(lex, 0))) {
        diag_hint(lex->diags, diag, "write `,`, or in a number `_` between its digits: `50_000`");
    } else if (foreign->hint != NULL) {
        diag_hint(lex->diags, diag, "%s", foreign->hint);
    } else {
        diag_hint(lex->diags, diag, "write `%s`", lex_kind_text(foreign->kind));
    }
    return true;
}

/* ---- what is no token ---- */

struct lex_stray {
    const char *text;
    const char *hint;
};

static const struct lex_stray lex_strays[] = {
    {";", "leave it out: nothing stands at the end of a line"},
    {"%", "write a percentage without a blank: `50%`"},
    {"$", "write the currency behind the amount: `100.00 CNY`"},
    {"\xc2\xa5", "write the currency behind the amount: `100.00 CNY`"},
    {"\xef\xbf\xa5", "write the currency behind the amount: `100.00 CNY`"},
    {"\xef\xbc\x85", "write `%`"},
    {"\xef\xbc\x9b", "leave it out: nothing stands at the end of a line"},
    {"\xe3\x80\x80", "this is a full-width blank: write an ordinary one"},
    {"\xc2\xa0", "this is a no-break blank: write an ordinary one"},
};

/* The letter or digit whose full-width form is here, else NUL. */
static char lex_wide_letter(const struct lex *lex)
{
    uint32_t bytes = lex_wide_bytes(lex);
    uint32_t code = bytes == 3 ? lex_wide_code(lex, bytes) : 0;
    char c = code > 0xff00 && code < 0xff5f ? (char)(code - 0xfee0) : '\0';
    return lex_is_digit(c) || lex_is_letter(c) ? c : '\0';
}

/* Full-width digits and letters are one mistake as far as they go; false if there are none here. */
static bool lex_pass_wide_letters(struct lex *lex)
{
    uint32_t start = lex->at;
    struct buf plain = {0};
    for (char c = lex_wide_letter(lex); c != '\0'; c = lex_wide_letter(lex)) {
        buf_add_char(&plain, c);
        lex->at += 3;
    }
    bool found = plain.len != 0;
    if (found) {
        diag_hint(
            lex->diags,
            lex_error(lex, lex_span(lex, start),
                      "these letters and digits have full width, which names and numbers do not"),
            "write `%.*s`", DIAG_STR(buf_str(&plain)));
    }
    buf_fini(&plain);
    return found;
}

/* A sign that is not seen; false if it is none. */
static bool lex_say_unseen(struct lex *lex, uint32_t start, uint32_t code)
{
    bool unseen = (code >= 0x200b && code <= 0x200d) || (code >= 0x2060 && code <= 0x2064) ||
                  code == 0xfeff || code == 0xad;
    if (unseen) {
        diag_hint(lex->diags,
                  diag_add(lex->diags, DIAG_ERROR, lex_span(lex, start), "invisible sign U+%04X",
                           (unsigned)code),
                  "remove it: delete what stands here and write it again");
    }
    return unseen;
}

void lex_pass_stray(struct lex *lex)
{
    uint32_t start = lex->at;
    size_t errors = lex->diags->total.error_count;
    if (lex_pass_wide_letters(lex)) {
        return;
    }
    uint32_t bytes = lex_wide_bytes(lex);
    uint32_t code = bytes == 0 ? 0 : lex_wide_code(lex, bytes);
    lex_pass_char(lex);
    if (lex->diags->total.error_count != errors || lex_say_unseen(lex, start, code)) {
        return; /* said */
    }
    struct str text = {lex->text.at + start, lex->at - start};
    struct diag *diag = diag_add(lex->diags, DIAG_ERROR, lex_span(lex, start),
                                 "`%.*s` is no sign of the language", DIAG_STR(text));
    for (size_t i = 0; i < sizeof lex_strays / sizeof lex_strays[0]; i++) {
        if (str_eq_text(text, lex_strays[i].text)) {
            diag_hint(lex->diags, diag, "%s", lex_strays[i].hint);
        }
    }
}
