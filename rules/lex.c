#include "engine/base/caltime.h"
#include "engine/base/must.h"
#include "rules/lex_inside.h"

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

static const struct lex_sign *lex_find_sign(const struct lex *lex)
{
    for (size_t i = 0; i < sizeof lex_signs / sizeof lex_signs[0]; i++) {
        if (str_starts(lex_rest(lex), str_of(lex_signs[i].text))) {
            return &lex_signs[i];
        }
    }
    return NULL;
}

static bool lex_sign_token(struct lex *lex, struct lex_token *token)
{
    uint32_t start = lex->at;
    const struct lex_sign *sign = lex_find_sign(lex);
    if (lex_foreign_sign(lex, sign == NULL ? 0 : strlen(sign->text), token)) {
        return true;
    }
    if (sign == NULL) {
        return false;
    }
    lex->at += (uint32_t)strlen(sign->text);
    *token = lex_token_of(lex, sign->kind, start);
    return true;
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
