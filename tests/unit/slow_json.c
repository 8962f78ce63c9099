#include "tests/unit/slow_json.h"

#include <stdlib.h>
#include <string.h>

/* The grammar of RFC 8259 once more, as plainly as it can be written: NULL if what stands at the
 * front is none of it, else what follows it. */
struct slow {
    const char *end;
};

static const char *slow_value(const struct slow *slow, const char *at);

static const char *slow_blanks(const struct slow *slow, const char *at)
{
    while (at < slow->end && strchr(" \t\r\n", *at) != NULL && *at != '\0') {
        at++;
    }
    return at;
}

static const char *slow_one(const struct slow *slow, const char *at, const char *set)
{
    return at != NULL && at < slow->end && *at != '\0' && strchr(set, *at) != NULL ? at + 1 : NULL;
}

static const char *slow_digits(const struct slow *slow, const char *at)
{
    const char *next = slow_one(slow, at, "0123456789");
    const char *last = next;
    while (next != NULL) {
        last = next;
        next = slow_one(slow, next, "0123456789");
    }
    return last;
}

static const char *slow_number(const struct slow *slow, const char *at)
{
    const char *minus = slow_one(slow, at, "-");
    at = minus != NULL ? minus : at;
    const char *zero = slow_one(slow, at, "0");
    at = zero != NULL ? zero : slow_digits(slow, at);
    const char *point = slow_one(slow, at, ".");
    at = point != NULL ? slow_digits(slow, point) : at;
    const char *exponent = slow_one(slow, at, "eE");
    if (exponent != NULL) {
        const char *sign = slow_one(slow, exponent, "+-");
        at = slow_digits(slow, sign != NULL ? sign : exponent);
    }
    return at;
}

static const char *slow_unit(const struct slow *slow, const char *at, long *unit)
{
    char digits[5] = "";
    if (slow->end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return NULL;
    }
    memcpy(digits, at + 2, 4);
    if (strspn(digits, "0123456789abcdefABCDEF") != 4) {
        return NULL;
    }
    *unit = strtol(digits, NULL, 16);
    return at + 6;
}

static const char *slow_text(const struct slow *slow, const char *at)
{
    at = slow_one(slow, at, "\"");
    while (at != NULL && at < slow->end && *at != '"') {
        long unit = 0;
        long low = 0;
        if (*at != '\\') {
            at = (unsigned char)*at < 0x20 ? NULL : at + 1;
        } else if (slow->end - at > 1 && at[1] != 'u') {
            at = slow_one(slow, at + 1, "\"\\/bfnrt");
        } else {
            at = slow_unit(slow, at, &unit);
            if (at != NULL && unit >= 0xd800 && unit < 0xdc00) {
                at = slow_unit(slow, at, &low);
                at = low >= 0xdc00 && low < 0xe000 ? at : NULL;
            } else if (unit >= 0xdc00 && unit < 0xe000) {
                at = NULL;
            }
        }
    }
    return slow_one(slow, at, "\"");
}

/* What stands between brackets, the opening one read already. */
static const char *slow_inside(const struct slow *slow, const char *at, bool is_object)
{
    const char *close = is_object ? "}" : "]";
    at = slow_blanks(slow, at);
    if (slow_one(slow, at, close) != NULL) {
        return at + 1;
    }
    for (;;) {
        at = slow_blanks(slow, at);
        if (is_object) {
            at = slow_text(slow, at);
            at = at == NULL ? NULL : slow_one(slow, slow_blanks(slow, at), ":");
        }
        at = at == NULL ? NULL : slow_value(slow, slow_blanks(slow, at));
        at = at == NULL ? NULL : slow_blanks(slow, at);
        if (slow_one(slow, at, ",") == NULL) {
            return slow_one(slow, at, close);
        }
        at++;
    }
}

static const char *slow_value(const struct slow *slow, const char *at)
{
    static const struct str words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    struct str rest = {at, (size_t)(slow->end - at)};
    for (size_t i = 0; i < 3; i++) {
        if (str_starts(rest, words[i])) {
            return at + words[i].len;
        }
    }
    if (slow_one(slow, at, "{[") != NULL) {
        return slow_inside(slow, at + 1, *at == '{');
    }
    return slow_one(slow, at, "\"") != NULL ? slow_text(slow, at) : slow_number(slow, at);
}

bool slow_json_record(struct str record)
{
    struct slow slow = {record.at + record.len};
    if (utf8_valid_prefix(record.at, record.len) < record.len) {
        return false;
    }
    const char *at = slow_blanks(&slow, record.at);
    at = slow_one(&slow, at, "{") == NULL ? NULL : slow_value(&slow, at);
    return at != NULL && slow_blanks(&slow, at) == slow.end;
}
