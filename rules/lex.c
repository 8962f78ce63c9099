#include "rules/lex.h"

#include "engine/base/caltime.h"
#include "engine/base/must.h"

#include <string.h>

/* ---- kinds ---- */

struct lex_kind_row {
    const char *text;
    enum lex_role role;
};

static const struct lex_kind_row lex_kinds[LEX_KIND_COUNT] = {
    [LEX_END] = {"the end of the file", LEX_ROLE_NONE},
    [LEX_NAME] = {"a name", LEX_ROLE_NONE},
    [LEX_NUMBER] = {"a number", LEX_ROLE_NONE},
    [LEX_MONEY] = {"an amount of money", LEX_ROLE_NONE},
    [LEX_PERCENT] = {"a percentage", LEX_ROLE_NONE},
    [LEX_DURATION] = {"a duration", LEX_ROLE_NONE},
    [LEX_CLOCK] = {"a time of day", LEX_ROLE_NONE},
    [LEX_DATE] = {"a date", LEX_ROLE_NONE},
    [LEX_TEXT] = {"a text", LEX_ROLE_NONE},
    [LEX_REGEX] = {"a regular expression", LEX_ROLE_NONE},
#define LEX_SIGN(name, text) [LEX_##name] = {text, LEX_ROLE_NONE},
#define LEX_WORD(name, text, role) [LEX_##name] = {text, LEX_ROLE_##role},
#include "rules/token.def"
#undef LEX_SIGN
#undef LEX_WORD
};

static const enum lex_kind lex_words[] = {
#define LEX_SIGN(name, text)
#define LEX_WORD(name, text, role) LEX_##name,
#include "rules/token.def"
#undef LEX_SIGN
#undef LEX_WORD
};
#define LEX_WORD_COUNT (sizeof lex_words / sizeof lex_words[0])

enum lex_role lex_role_of(enum lex_kind kind)
{
    must(kind < LEX_KIND_COUNT);
    return lex_kinds[kind].role;
}

const char *lex_kind_text(enum lex_kind kind)
{
    must(kind < LEX_KIND_COUNT);
    return lex_kinds[kind].text;
}

static enum lex_kind lex_word_of(struct str text)
{
    size_t low = 0;
    size_t high = LEX_WORD_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(text, str_of(lex_kinds[lex_words[middle]].text));
        if (order == 0) {
            return lex_words[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return LEX_NAME;
}

/* ---- characters ---- */

static bool lex_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool lex_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The byte at an offset from here, NUL past the end. */
static char lex_peek(const struct lex *lex, uint32_t offset)
{
    return offset < lex->end - lex->at ? lex->text.at[lex->at + offset] : '\0';
}

static struct str lex_rest(const struct lex *lex)
{
    return (struct str){lex->text.at + lex->at, lex->end - lex->at};
}

/* Bytes of the character here beyond ASCII; 0 if it is ASCII, the end, or not UTF-8. */
static uint32_t lex_wide_bytes(const struct lex *lex)
{
    struct str rest = lex_rest(lex);
    if (rest.len == 0 || (unsigned char)rest.at[0] < 0x80) {
        return 0;
    }
    unsigned char lead = (unsigned char)rest.at[0];
    uint32_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return bytes <= rest.len && utf8_valid_prefix(rest.at, bytes) == bytes ? bytes : 0;
}

static uint32_t lex_wide_code(const struct lex *lex, uint32_t bytes)
{
    uint32_t code = (unsigned char)lex_peek(lex, 0) & (bytes == 2   ? 0x1fU
                                                       : bytes == 3 ? 0x0fU
                                                                    : 0x07U);
    for (uint32_t i = 1; i < bytes; i++) {
        code = code << 6 | ((unsigned char)lex_peek(lex, i) & 0x3fU);
    }
    return code;
}

/* Characters that can be mistaken for others or cannot be seen are no part of names. */
static bool lex_is_name_code(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } out[] = {
        {0x80, 0xbf},     {0xd7, 0xd7},     {0xf7, 0xf7},      {0x2000, 0x206f},
        {0x2190, 0x2bff}, {0x3000, 0x3004}, {0x3008, 0x3020},  {0xe000, 0xf8ff},
        {0xfe00, 0xfe6f}, {0xfeff, 0xff65}, {0xffe0, 0x1ffff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        if (code >= out[i].first && code <= out[i].last) {
            return false;
        }
    }
    return true;
}

/* Bytes of the name character here, 0 if there is none. */
static uint32_t lex_name_bytes(const struct lex *lex)
{
    char c = lex_peek(lex, 0);
    if (lex_is_letter(c) || lex_is_digit(c) || c == '_') {
        return 1;
    }
    uint32_t bytes = lex_wide_bytes(lex);
    return bytes != 0 && lex_is_name_code(lex_wide_code(lex, bytes)) ? bytes : 0;
}

/* U+202E and its like make a line look different from what it says. */
static bool lex_is_direction_code(uint32_t code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200e || code == 0x200f || code == 0x061c;
}

static struct span lex_span(const struct lex *lex, uint32_t start)
{
    return (struct span){lex->file_index, start, lex->at};
}

static struct diag *lex_error(struct lex *lex, struct span span, const char *message)
{
    return diag_add(lex->diags, DIAG_ERROR, span, "%s", message);
}

static void lex_error_hint(struct lex *lex, struct span span, const char *message, const char *hint)
{
    diag_hint(lex->diags, lex_error(lex, span, message), "%s", hint);
}

static struct lex_token lex_token_of(const struct lex *lex, enum lex_kind kind, uint32_t start)
{
    return (struct lex_token){.kind = kind, .span = lex_span(lex, start)};
}

/* Inside a comment, text or regular expression every character is allowed but a few; steps over
 * one. */
static void lex_pass_char(struct lex *lex)
{
    unsigned char c = (unsigned char)lex_peek(lex, 0);
    uint32_t start = lex->at;
    if (c < 0x80) {
        lex->at++;
        if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
            struct span span = lex_span(lex, start);
            diag_hint(lex->diags,
                      diag_add(lex->diags, DIAG_ERROR, span, "control character 0x%02x in the text",
                               c),
                      "remove it");
        }
        return;
    }
    uint32_t bytes = lex_wide_bytes(lex);
    uint32_t code = bytes == 0 ? 0 : lex_wide_code(lex, bytes);
    lex->at += bytes == 0 ? 1 : bytes;
    if (bytes == 0) {
        while (lex->at < lex->end && (unsigned char)lex_peek(lex, 0) >= 0x80 &&
               lex_wide_bytes(lex) == 0) {
            lex->at++;
        }
        lex_error_hint(lex, lex_span(lex, start), "these bytes are not UTF-8",
                       "save the file as UTF-8 (not GBK or GB18030)");
    } else if (lex_is_direction_code(code)) {
        struct span span = lex_span(lex, start);
        diag_hint(lex->diags,
                  diag_add(lex->diags, DIAG_ERROR, span, "invisible direction mark U+%04X",
                           (unsigned)code),
                  "remove it: it makes the line look different from what it says");
    }
}

static bool lex_at_line_end(const struct lex *lex)
{
    return lex->at == lex->end || lex_peek(lex, 0) == '\n' ||
           (lex_peek(lex, 0) == '\r' && lex_peek(lex, 1) == '\n');
}

/* Blanks, line ends, comments; true if a line end was among them. */
static bool lex_pass_blanks(struct lex *lex)
{
    bool line_end = lex->at == 0;
    if (lex->at == 0 && lex->end >= 3 && memcmp(lex->text.at, "\xef\xbb\xbf", 3) == 0) {
        lex->at = 3; /* a byte order mark, as some editors write it */
    }
    for (;;) {
        char c = lex_peek(lex, 0);
        if (lex->at == lex->end) {
            return line_end;
        }
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            line_end = line_end || c == '\n';
            lex->at++;
        } else if (c == '#') {
            while (!lex_at_line_end(lex)) {
                lex_pass_char(lex);
            }
        } else {
            return line_end;
        }
    }
}

/* ---- names ---- */

static struct lex_token lex_name(struct lex *lex)
{
    uint32_t start = lex->at;
    for (uint32_t bytes = lex_name_bytes(lex); bytes != 0; bytes = lex_name_bytes(lex)) {
        lex->at += bytes;
    }
    struct lex_token token = lex_token_of(lex, LEX_NAME, start);
    token.text = rule_source_text(lex->source, token.span);
    if (token.text.len > LEX_NAME_BYTES_MAX) {
        struct diag *diag =
            diag_add(lex->diags, DIAG_ERROR, token.span, "a name of %zu bytes", token.text.len);
        diag_hint(lex->diags, diag, "a name has at most %d bytes", LEX_NAME_BYTES_MAX);
        token.text = diag_clip(token.text);
        return token;
    }
    token.kind = lex_word_of(token.text);
    return token;
}

/* ---- numbers and what begins with one ---- */

struct lex_decimal {
    int64_t value;
    uint8_t decimals;
    bool overflow;
};

static void lex_decimal_add(struct lex_decimal *number, char digit)
{
    int64_t value = 0;
    if (__builtin_mul_overflow(number->value, 10, &value) ||
        __builtin_add_overflow(value, digit - '0', &value)) {
        number->overflow = true;
        return;
    }
    number->value = value;
}

/* Digits, `_` between digits. */
static void lex_digits(struct lex *lex, struct lex_decimal *number)
{
    while (lex_is_digit(lex_peek(lex, 0)) ||
           (lex_peek(lex, 0) == '_' && lex_is_digit(lex_peek(lex, 1)))) {
        if (lex_peek(lex, 0) != '_') {
            lex_decimal_add(number, lex_peek(lex, 0));
        }
        lex->at++;
    }
}

/* Multiplies by 10 until the number has so many decimals. */
static void lex_decimal_scale(struct lex_decimal *number, uint8_t decimals)
{
    while (number->decimals < decimals) {
        lex_decimal_add(number, '0');
        number->decimals++;
    }
}

static void lex_fraction(struct lex *lex, struct lex_decimal *number)
{
    if (lex_peek(lex, 0) != '.' || !lex_is_digit(lex_peek(lex, 1))) {
        return;
    }
    lex->at++;
    while (lex_is_digit(lex_peek(lex, 0))) {
        if (number->decimals <= LEX_DECIMALS_MAX) { /* one too many is enough to know */
            lex_decimal_add(number, lex_peek(lex, 0));
            number->decimals++;
        }
        lex->at++;
    }
}

/* A literal whose value is wrong: said, and 0 from here on. */
static struct lex_token lex_bad(struct lex *lex, struct lex_token token, const char *message,
                                const char *hint)
{
    lex_error_hint(lex, token.span, message, hint);
    token.value = 0;
    token.decimals = 0;
    return token;
}

static struct lex_token lex_too_large(struct lex *lex, struct lex_token token)
{
    return lex_bad(lex, token, "this number is too large",
                   "values have 64 bits: at most 9_223_372_036_854_775_807");
}

struct lex_unit {
    const char *text;
    int64_t ms;
};

static const struct lex_unit lex_units[] = {
    {"d", INT64_C(86400000)},
    {"h", INT64_C(3600000)},
    {"m", INT64_C(60000)},
    {"s", INT64_C(1000)},
    {"ms", 1},
};

static int64_t lex_unit_ms(struct str text)
{
    for (size_t i = 0; i < sizeof lex_units / sizeof lex_units[0]; i++) {
        if (str_eq_text(text, lex_units[i].text)) {
            return lex_units[i].ms;
        }
    }
    return 0;
}

/* The run of name characters here that are no digits. */
static struct str lex_letters(struct lex *lex)
{
    uint32_t start = lex->at;
    for (uint32_t bytes = lex_name_bytes(lex); bytes != 0 && !lex_is_digit(lex_peek(lex, 0));
         bytes = lex_name_bytes(lex)) {
        lex->at += bytes;
    }
    return (struct str){lex->text.at + start, lex->at - start};
}

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

static struct lex_token lex_bad_unit(struct lex *lex, struct lex_token token, struct span unit,
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

struct lex_duration {
    int64_t total_ms;
    int64_t before_ms; /* the unit before */
    bool overflow;
    bool disorder;
    struct span bad_span;
    struct str bad_unit; /* the first unknown one */
};

/* The unit behind a number that has been read. */
static void lex_duration_part(struct lex *lex, struct lex_duration *sum, struct lex_decimal number)
{
    uint32_t start = lex->at;
    struct str unit = lex_letters(lex);
    int64_t unit_ms = lex_unit_ms(unit);
    if (unit_ms == 0 && sum->bad_unit.len == 0) {
        sum->bad_unit = unit;
        sum->bad_span = lex_span(lex, start);
    }
    sum->disorder = sum->disorder || unit_ms >= sum->before_ms;
    sum->before_ms = unit_ms;
    int64_t part_ms = 0;
    sum->overflow = sum->overflow || number.overflow ||
                    __builtin_mul_overflow(number.value, unit_ms, &part_ms) ||
                    __builtin_add_overflow(sum->total_ms, part_ms, &sum->total_ms);
}

/* From the first unit on: `h30m` behind `1`. */
static struct lex_token lex_duration(struct lex *lex, uint32_t start, struct lex_decimal number)
{
    struct lex_duration sum = {.before_ms = INT64_MAX};
    bool fraction = number.decimals != 0;
    lex_duration_part(lex, &sum, number);
    while (lex_is_digit(lex_peek(lex, 0))) {
        struct lex_decimal next = {0};
        lex_digits(lex, &next);
        if (lex_name_bytes(lex) == 0) {
            sum.disorder = true; /* `1h30` */
            break;
        }
        lex_duration_part(lex, &sum, next);
    }
    struct lex_token token = lex_token_of(lex, LEX_DURATION, start);
    token.value = sum.total_ms;
    if (sum.bad_unit.len != 0) {
        return lex_bad_unit(lex, token, sum.bad_span, sum.bad_unit);
    }
    if (fraction) {
        return lex_bad(lex, token, "a duration has no decimals", "write `1h30m` instead of `1.5h`");
    }
    if (sum.disorder) {
        return lex_bad(lex, token, "the units of a duration go from large to small, each once",
                       "write for example `1h30m` or `90m`");
    }
    return sum.overflow ? lex_too_large(lex, token) : token;
}

static struct lex_token lex_percent(struct lex *lex, uint32_t start, struct lex_decimal number)
{
    lex->at++;
    struct lex_token token = lex_token_of(lex, LEX_PERCENT, start);
    if (number.decimals > 2) {
        return lex_bad(lex, token, "a percentage has at most two decimals",
                       "a basis point, 0.01%, is the smallest ratio");
    }
    lex_decimal_scale(&number, 2);
    token.value = number.value;
    return number.overflow ? lex_too_large(lex, token) : token;
}

/* `CNY` behind blanks: where it begins, 0 if there is none. */
static uint32_t lex_find_currency(const struct lex *lex)
{
    struct lex ahead = *lex;
    while (lex_peek(&ahead, 0) == ' ' || lex_peek(&ahead, 0) == '\t' ||
           lex_peek(&ahead, 0) == '\r' || lex_peek(&ahead, 0) == '\n') {
        ahead.at++;
    }
    uint32_t start = ahead.at;
    while (lex_peek(&ahead, 0) >= 'A' && lex_peek(&ahead, 0) <= 'Z') {
        ahead.at++;
    }
    bool path = lex_peek(&ahead, 0) == '.' && lex_peek(&ahead, 1) != '.';
    return ahead.at - start == 3 && lex_name_bytes(&ahead) == 0 && !path ? start : 0;
}

static struct lex_token lex_money(struct lex *lex, uint32_t start, uint32_t currency,
                                  struct lex_decimal number)
{
    lex->at = currency + 3;
    struct lex_token token = lex_token_of(lex, LEX_MONEY, start);
    token.text = (struct str){lex->text.at + currency, 3};
    if (number.decimals > 2) {
        return lex_bad(lex, token, "an amount has at most two decimals",
                       "write for example `30_000.00 CNY`");
    }
    lex_decimal_scale(&number, 2);
    token.value = number.value;
    return number.overflow ? lex_too_large(lex, token) : token;
}

/* True if the bytes here are as in pattern, 0 standing for any digit, with no digit or letter
 * behind. */
static bool lex_looks(const struct lex *lex, const char *pattern)
{
    uint32_t i = 0;
    for (; pattern[i] != '\0'; i++) {
        char c = lex_peek(lex, i);
        if (pattern[i] == '0' ? !lex_is_digit(c) : c != pattern[i]) {
            return false;
        }
    }
    return !lex_is_digit(lex_peek(lex, i)) && !lex_is_letter(lex_peek(lex, i));
}

static int lex_fixed_digits(const struct lex *lex, uint32_t offset, uint32_t count)
{
    int value = 0;
    for (uint32_t i = 0; i < count; i++) {
        value = value * 10 + (lex_peek(lex, offset + i) - '0');
    }
    return value;
}

static struct lex_token lex_clock(struct lex *lex)
{
    uint32_t start = lex->at;
    int hour = lex_fixed_digits(lex, 0, 2);
    int minute = lex_fixed_digits(lex, 3, 2);
    lex->at += 5;
    struct lex_token token = lex_token_of(lex, LEX_CLOCK, start);
    token.value = ((int64_t)hour * 60 + minute) * 60000;
    if (hour > 23 || minute > 59) {
        return lex_bad(lex, token, "there is no such time of day",
                       "a day goes from 00:00 to 23:59");
    }
    return token;
}

static struct lex_token lex_date(struct lex *lex)
{
    uint32_t start = lex->at;
    int year = lex_fixed_digits(lex, 0, 4);
    int month = lex_fixed_digits(lex, 5, 2);
    int day = lex_fixed_digits(lex, 8, 2);
    lex->at += 10;
    struct lex_token token = lex_token_of(lex, LEX_DATE, start);
    if (year < 2000 || !caltime_days(&token.value, year, month, day)) {
        return lex_bad(lex, token, "there is no such date",
                       "dates are written year-month-day, from 2000-01-01 on");
    }
    return token;
}

/* `1_`, `1__0`: an underline that does not stand between digits. */
static struct lex_token lex_stray_underline(struct lex *lex, uint32_t start)
{
    while (lex_name_bytes(lex) != 0) {
        lex->at += lex_name_bytes(lex);
    }
    return lex_bad(lex, lex_token_of(lex, LEX_NUMBER, start),
                   "`_` stands between two digits of a number", "write for example `30_000`");
}

static struct lex_token lex_number(struct lex *lex)
{
    if (lex_looks(lex, "0000-00-00")) {
        return lex_date(lex);
    }
    if (lex_looks(lex, "00:00")) {
        return lex_clock(lex);
    }
    uint32_t start = lex->at;
    struct lex_decimal number = {0};
    lex_digits(lex, &number);
    lex_fraction(lex, &number);
    if (lex_peek(lex, 0) == '%') {
        return lex_percent(lex, start, number);
    }
    if (lex_peek(lex, 0) == '_') {
        return lex_stray_underline(lex, start);
    }
    if (lex_name_bytes(lex) != 0) {
        return lex_duration(lex, start, number);
    }
    uint32_t currency = lex_find_currency(lex);
    if (currency != 0) {
        return lex_money(lex, start, currency, number);
    }
    struct lex_token token = lex_token_of(lex, LEX_NUMBER, start);
    token.value = number.value;
    token.decimals = number.decimals;
    if (number.decimals > LEX_DECIMALS_MAX) {
        return lex_bad(lex, token, "a number has at most six decimals", "leave out the last ones");
    }
    return number.overflow ? lex_too_large(lex, token) : token;
}

/* ---- texts and regular expressions ---- */

static char lex_escape_of(char c)
{
    return c == 'n' ? '\n' : c == '"' || c == '\\' ? c : '\0';
}

struct str lex_unescape(struct arena *arena, struct str raw)
{
    if (raw.len == 0 || memchr(raw.at, '\\', raw.len) == NULL) {
        return raw;
    }
    char *at = arena_alloc(arena, raw.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char escaped = raw.at[i] == '\\' && i + 1 < raw.len ? lex_escape_of(raw.at[i + 1]) : '\0';
        i += escaped != '\0';
        at[len++] = escaped != '\0' ? escaped : raw.at[i];
    }
    return (struct str){at, len};
}

static void lex_pass_escape(struct lex *lex)
{
    uint32_t start = lex->at;
    lex->at++;
    bool known = lex_escape_of(lex_peek(lex, 0)) != '\0';
    if (!lex_at_line_end(lex)) {
        lex_pass_char(lex);
    }
    if (!known) {
        lex_error_hint(lex, lex_span(lex, start), "this is no escape of a text",
                       "there are `\\\"`, `\\\\` and `\\n`");
    }
}

static struct lex_token lex_text(struct lex *lex)
{
    uint32_t start = lex->at;
    lex->at++;
    while (!lex_at_line_end(lex) && lex_peek(lex, 0) != '"') {
        if (lex_peek(lex, 0) == '\\') {
            lex_pass_escape(lex);
        } else {
            lex_pass_char(lex);
        }
    }
    struct str raw = {lex->text.at + start + 1, lex->at - start - 1};
    bool unclosed = lex_at_line_end(lex);
    if (unclosed) {
        lex_error_hint(lex, lex_span(lex, start), "this text has no end",
                       "close it with `\"` on the same line");
    } else {
        lex->at++;
    }
    struct lex_token token = lex_token_of(lex, LEX_TEXT, start);
    token.unclosed = unclosed;
    token.text = lex_unescape(lex->arena, raw);
    return token;
}

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

/* A text in such quotes: a mistake, and a text; false if none begins here. */
static bool lex_foreign_text(struct lex *lex, struct lex_token *token)
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

static struct lex_token lex_regex(struct lex *lex)
{
    uint32_t start = lex->at;
    lex->at++;
    while (!lex_at_line_end(lex) && lex_peek(lex, 0) != '/') {
        if (lex_peek(lex, 0) == '\\' && lex_peek(lex, 1) != '\n' && lex_peek(lex, 1) != '\r') {
            lex->at++;
            if (lex->at == lex->end) {
                break;
            }
        }
        lex_pass_char(lex);
    }
    struct str raw = {lex->text.at + start + 1, lex->at - start - 1};
    bool unclosed = lex_at_line_end(lex);
    if (unclosed) {
        lex_error_hint(lex, lex_span(lex, start), "this regular expression has no end",
                       "close it with `/` on the same line; a `/` inside is written `\\/`");
    } else {
        lex->at++;
    }
    struct lex_token token = lex_token_of(lex, LEX_REGEX, start);
    token.unclosed = unclosed;
    token.text = raw;
    if (raw.len == 0 && !unclosed) {
        lex_error_hint(lex, token.span, "this regular expression is empty",
                       "write what is looked for between the slashes");
    }
    return token;
}

/* ---- signs ---- */

struct lex_sign {
    const char *text;
    enum lex_kind kind;
};

/* Longer ones first. */
static const struct lex_sign lex_signs[] = {
    {"==", LEX_EQUAL},         {"!=", LEX_NOT_EQUAL}, {"<=", LEX_LESS_EQUAL},
    {">=", LEX_GREATER_EQUAL}, {"..", LEX_RANGE},     {"=", LEX_ASSIGN},
    {"<", LEX_LESS},           {">", LEX_GREATER},    {"{", LEX_BRACE_OPEN},
    {"}", LEX_BRACE_CLOSE},    {"(", LEX_PAREN_OPEN}, {")", LEX_PAREN_CLOSE},
    {",", LEX_COMMA},          {":", LEX_COLON},      {".", LEX_DOT},
    {"+", LEX_PLUS},           {"-", LEX_MINUS},
};

struct lex_foreign {
    struct lex_sign sign;
    const char *hint; /* NULL: write the sign */
};

#define LEX_IS(text, kind) \
    {                      \
        {text, kind}, NULL \
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
    {{"/", LEX_X}, "there is no division: write `a >= 50% of b`, or `2 x a >= b`"},
    {{"[", LEX_BRACE_OPEN}, "sets stand in `{` and `}`"},
    {{"]", LEX_BRACE_CLOSE}, "sets stand in `{` and `}`"},
};

static const struct lex_sign *lex_find_sign(const struct lex *lex)
{
    for (size_t i = 0; i < sizeof lex_signs / sizeof lex_signs[0]; i++) {
        if (str_starts(lex_rest(lex), str_of(lex_signs[i].text))) {
            return &lex_signs[i];
        }
    }
    return NULL;
}

/* The longest one, or NULL. */
static const struct lex_foreign *lex_find_foreign(const struct lex *lex)
{
    const struct lex_foreign *best = NULL;
    for (size_t i = 0; i < sizeof lex_foreigns / sizeof lex_foreigns[0]; i++) {
        const char *text = lex_foreigns[i].sign.text;
        if (str_starts(lex_rest(lex), str_of(text)) &&
            (best == NULL || strlen(text) > strlen(best->sign.text))) {
            best = &lex_foreigns[i];
        }
    }
    return best;
}

static bool lex_sign_token(struct lex *lex, struct lex_token *token)
{
    uint32_t start = lex->at;
    const struct lex_sign *sign = lex_find_sign(lex);
    const struct lex_foreign *foreign = lex_find_foreign(lex);
    if (foreign != NULL && sign != NULL && strlen(sign->text) >= strlen(foreign->sign.text)) {
        foreign = NULL;
    }
    sign = foreign != NULL ? &foreign->sign : sign;
    if (sign == NULL) {
        return false;
    }
    lex->at += (uint32_t)strlen(sign->text);
    *token = lex_token_of(lex, sign->kind, start);
    if (foreign != NULL) {
        struct diag *diag = diag_add(lex->diags, DIAG_ERROR, token->span,
                                     "`%s` is no sign of the language", sign->text);
        if (sign->kind == LEX_COMMA && start > 0 && lex_is_digit(lex->text.at[start - 1]) &&
            lex_is_digit(lex_peek(lex, 0))) {
            diag_hint(lex->diags, diag,
                      "write `,`, or in a number `_` between its digits: `50_000`");
        } else if (foreign->hint != NULL) {
            diag_hint(lex->diags, diag, "%s", foreign->hint);
        } else {
            diag_hint(lex->diags, diag, "write `%s`", lex_kind_text(sign->kind));
        }
    }
    return true;
}

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

/* Steps over what is no token, with a diagnostic. */
static void lex_pass_stray(struct lex *lex)
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

/* ---- the lexer ---- */

struct lex lex_start_span(const struct rule_source *source, struct span span, struct arena *arena,
                          struct diag_list *diags)
{
    must(span.file_index < source->file_count);
    struct str text = source->files[span.file_index].text;
    must(span.start <= span.end);
    must(span.end <= text.len);
    return (struct lex){.source = source,
                        .arena = arena,
                        .diags = diags,
                        .text = text,
                        .file_index = span.file_index,
                        .at = span.start,
                        .end = span.end};
}

struct lex lex_start(const struct rule_source *source, uint32_t file_index, struct arena *arena,
                     struct diag_list *diags)
{
    must(file_index < source->file_count);
    struct span whole = {file_index, 0, (uint32_t)source->files[file_index].text.len};
    return lex_start_span(source, whole, arena, diags);
}

/* A `/` begins a regular expression where a tag's sign may stand, and nowhere else. */
static bool lex_regex_may_begin(const struct lex *lex)
{
    return lex->before == LEX_ASSIGN || lex->before == LEX_OR;
}

static struct lex_token lex_next_bare(struct lex *lex)
{
    for (;;) {
        lex->line_start = lex_pass_blanks(lex) || lex->line_start;
        char c = lex_peek(lex, 0);
        if (lex->at == lex->end) {
            return lex_token_of(lex, LEX_END, lex->at);
        }
        if (lex_is_digit(c)) {
            return lex_number(lex);
        }
        if (c == '"') {
            return lex_text(lex);
        }
        if (c == '/' && lex_regex_may_begin(lex)) {
            return lex_regex(lex);
        }
        if (lex_name_bytes(lex) != 0) {
            return lex_name(lex);
        }
        struct lex_token token;
        if (lex_foreign_text(lex, &token) || lex_sign_token(lex, &token)) {
            return token;
        }
        lex_pass_stray(lex);
    }
}

struct lex_token lex_next(struct lex *lex)
{
    struct lex_token token = lex_next_bare(lex);
    token.line_start = lex->line_start;
    lex->line_start = false;
    lex->before = token.kind;
    return token;
}
