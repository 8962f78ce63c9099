#include "engine/ingest/json.h"

#include "engine/base/must.h"

#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

struct reader {
    const char *begin;
    const char *at;
    const char *end;
    char *scratch; /* next free byte */
    struct json_doc *doc;
    struct refusal *why;
};

static int fail(struct reader *r, enum refusal_reason reason, const char *what)
{
    return refusal_set(r->why, reason, "%s at byte %zu", what, (size_t)(r->at - r->begin));
}

/* The next byte; NUL, which stands nowhere in JSON, at the end. */
static char peek(const struct reader *r)
{
    return r->at < r->end ? *r->at : '\0';
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) {
        r->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

uint32_t json_hash(struct str name)
{
    uint64_t hash = name.len * UINT64_C(0x9e3779b97f4a7c15);
    const char *at = name.at;
    size_t left = name.len;
    for (; left >= sizeof hash; at += sizeof hash, left -= sizeof hash) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < left; i++) {
        tail = tail << 8 | (unsigned char)at[i];
    }
    hash = (hash ^ tail) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(hash >> 32);
}

/* First byte that is a quote, a backslash or a control character, eight at a time. Flags of bytes
 * above the first true one may be wrong (borrows run upwards); only the first is used. */
static const char *plain_end(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t quote = word ^ ONES * '"';
        uint64_t slash = word ^ ONES * '\\';
        uint64_t hits = (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
                         ((word - ONES * ' ') & ~word)) &
                        HIGHS;
        if (hits != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(hits) >> 3);
#else
            break;
#endif
        }
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ') {
        at++;
    }
    return at;
}

static int read_hex4(struct reader *r, uint32_t *code)
{
    *code = 0;
    for (unsigned i = 0; i < 4; i++) {
        char c = peek(r);
        unsigned digit = is_digit(c)            ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit > 15) {
            return fail(r, REFUSAL_NOT_JSON, "escape without four hexadecimal digits");
        }
        *code = *code << 4 | digit;
        r->at++;
    }
    return 0;
}

static void put_utf8(struct reader *r, uint32_t code)
{
    if (code < 0x80) {
        *r->scratch++ = (char)code;
        return;
    }
    if (code < 0x800) {
        *r->scratch++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *r->scratch++ = (char)(0xe0 | code >> 12);
        } else {
            *r->scratch++ = (char)(0xf0 | code >> 18);
            *r->scratch++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *r->scratch++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *r->scratch++ = (char)(0x80 | (code & 0x3f));
}

/* After the "\u": four digits, or a pair of surrogates. */
static int read_code_point(struct reader *r)
{
    uint32_t code = 0;
    if (read_hex4(r, &code) != 0) {
        return -1;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
        uint32_t low = 0;
        if (code >= 0xdc00 || r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u') {
            return fail(r, REFUSAL_BAD_UTF8, "half of a surrogate pair");
        }
        r->at += 2;
        if (read_hex4(r, &low) != 0) {
            return -1;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return fail(r, REFUSAL_BAD_UTF8, "half of a surrogate pair");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    put_utf8(r, code);
    return 0;
}

/* At the backslash. */
static int read_escape(struct reader *r)
{
    r->at++;
    char c = peek(r);
    r->at++;
    switch (c) {
    case '"':
    case '\\':
    case '/': break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return read_code_point(r);
    default: r->at--; return fail(r, REFUSAL_NOT_JSON, "unknown escape");
    }
    *r->scratch++ = c;
    return 0;
}

/* At the opening quote; leaves r behind the closing one. */
static int read_text(struct reader *r, struct str *out)
{
    const char *begin = ++r->at;
    r->at = plain_end(r->at, r->end);
    if (peek(r) == '"') {
        *out = (struct str){begin, (size_t)(r->at - begin)};
        r->at++;
        return 0;
    }
    char *unescaped = r->scratch;
    for (;;) {
        size_t plain = (size_t)(r->at - begin);
        memcpy(r->scratch, begin, plain);
        r->scratch += plain;
        char c = peek(r);
        if (c == '"') {
            break;
        }
        if (c != '\\') {
            return fail(r, REFUSAL_NOT_JSON,
                        r->at < r->end ? "control character in a text"
                                       : "text without closing quote");
        }
        if (read_escape(r) != 0) {
            return -1;
        }
        begin = r->at;
        r->at = plain_end(r->at, r->end);
    }
    r->at++;
    *out = (struct str){unescaped, (size_t)(r->scratch - unescaped)};
    return 0;
}

static bool read_digits(struct reader *r)
{
    const char *begin = r->at;
    while (is_digit(peek(r))) {
        r->at++;
    }
    return r->at > begin;
}

static int read_number(struct reader *r, struct str *out)
{
    const char *begin = r->at;
    if (peek(r) == '-') {
        r->at++;
    }
    bool leads_with_zero = peek(r) == '0';
    const char *whole = r->at;
    if (!read_digits(r) || (leads_with_zero && r->at - whole > 1)) {
        return fail(r, REFUSAL_NOT_JSON, "malformed number");
    }
    if (peek(r) == '.') {
        r->at++;
        if (!read_digits(r)) {
            return fail(r, REFUSAL_NOT_JSON, "malformed number");
        }
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-') {
            r->at++;
        }
        if (!read_digits(r)) {
            return fail(r, REFUSAL_NOT_JSON, "malformed number");
        }
    }
    *out = (struct str){begin, (size_t)(r->at - begin)};
    return 0;
}

static int read_word(struct reader *r, struct str word, struct str *out)
{
    if ((size_t)(r->end - r->at) < word.len || memcmp(r->at, word.at, word.len) != 0) {
        return fail(r, REFUSAL_NOT_JSON, "no JSON value");
    }
    *out = (struct str){r->at, word.len};
    r->at += word.len;
    return 0;
}

/* A text, number, true, false or null. */
static int read_scalar(struct reader *r, struct str *out, uint8_t *type)
{
    switch (peek(r)) {
    case '"': *type = JSON_TEXT; return read_text(r, out);
    case 't': *type = JSON_TRUE; return read_word(r, STR("true"), out);
    case 'f': *type = JSON_FALSE; return read_word(r, STR("false"), out);
    case 'n': *type = JSON_NULL; return read_word(r, STR("null"), out);
    default: *type = JSON_NUMBER; return read_number(r, out);
    }
}

/* A name and its colon; leaves r at the value. */
static int read_name(struct reader *r, struct str *name)
{
    if (peek(r) != '"') {
        return fail(r, REFUSAL_NOT_JSON, "no member name");
    }
    if (read_text(r, name) != 0) {
        return -1;
    }
    skip_blanks(r);
    if (peek(r) != ':') {
        return fail(r, REFUSAL_NOT_JSON, "no colon after a member name");
    }
    r->at++;
    skip_blanks(r);
    return 0;
}

/* The names inside what is passed over are read for their grammar only. */
static int skip_name(struct reader *r)
{
    char *scratch = r->scratch;
    struct str name;
    int result = read_name(r, &name);
    r->scratch = scratch;
    return result;
}

/* One bit per open level, the innermost lowest: 1 for an object. */
struct open_levels {
    uint64_t are_objects;
    unsigned count;
};
_Static_assert(JSON_DEPTH_MAX <= 64, "one word says which open levels are objects");

/* At a bracket. Opens the level; if something stands inside, leaves r at the first value. */
static int skip_open(struct reader *r, struct open_levels *open, unsigned outer, bool *empty)
{
    if (outer + open->count >= JSON_DEPTH_MAX) {
        return fail(r, REFUSAL_TOO_DEEP, "nested deeper than 32 levels");
    }
    bool is_object = *r->at == '{';
    open->are_objects = open->are_objects << 1 | is_object;
    open->count++;
    r->at++;
    skip_blanks(r);
    *empty = peek(r) == (is_object ? '}' : ']');
    return *empty || !is_object ? 0 : skip_name(r);
}

/* After a value: closes levels until a comma leads to the next value or none is open. */
static int skip_close(struct reader *r, struct open_levels *open)
{
    while (open->count > 0) {
        bool is_object = open->are_objects & 1;
        skip_blanks(r);
        if (peek(r) == ',') {
            r->at++;
            skip_blanks(r);
            return is_object ? skip_name(r) : 0;
        }
        if (peek(r) != (is_object ? '}' : ']')) {
            return fail(r, REFUSAL_NOT_JSON, "no comma or closing bracket");
        }
        r->at++;
        open->are_objects >>= 1;
        open->count--;
    }
    return 0;
}

/* At a bracket inside `outer` levels: passes over all of it, without recursion. */
static int skip_nested(struct reader *r, unsigned outer)
{
    struct open_levels open = {0, 0};
    do {
        bool empty = false;
        char c = peek(r);
        if (c == '{' || c == '[') {
            if (skip_open(r, &open, outer, &empty) != 0) {
                return -1;
            }
            if (!empty) {
                continue;
            }
        } else {
            char *scratch = r->scratch;
            struct str value;
            uint8_t type;
            if (read_scalar(r, &value, &type) != 0) {
                return -1;
            }
            r->scratch = scratch;
        }
        if (skip_close(r, &open) != 0) {
            return -1;
        }
    } while (open.count > 0);
    return 0;
}

/* Refuses a second member of this name in the same object. seen holds one bit per hash of the
 * object's names, so the list is searched only when two names share a bit. */
static int check_duplicate(struct reader *r, const struct json_member *member, uint64_t *seen)
{
    uint64_t bit = UINT64_C(1) << (member->hash & 63);
    if ((*seen & bit) != 0) {
        const struct json_member *other = r->doc->members;
        for (; other < member; other++) {
            if (other->hash == member->hash && other->parent == member->parent &&
                str_eq(other->name, member->name)) {
                return fail(r, REFUSAL_DUPLICATE_MEMBER, "member given twice");
            }
        }
    }
    *seen |= bit;
    return 0;
}

static int read_members(struct reader *r, int16_t parent);

static int read_member(struct reader *r, int16_t parent, uint64_t *seen)
{
    if (r->doc->count == JSON_MEMBERS_MAX) {
        return fail(r, REFUSAL_TOO_MANY_MEMBERS, "more than 256 members");
    }
    int16_t index = (int16_t)r->doc->count++;
    struct json_member *member = &r->doc->members[index];
    member->parent = parent;
    if (read_name(r, &member->name) != 0) {
        return -1;
    }
    member->hash = json_hash(member->name);
    if (check_duplicate(r, member, seen) != 0) {
        return -1;
    }
    const char *begin = r->at;
    char c = peek(r);
    if (c != '{' && c != '[') {
        return read_scalar(r, &member->value, &member->type);
    }
    member->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
    int result =
        c == '{' && parent < 0 ? read_members(r, index) : skip_nested(r, parent < 0 ? 1 : 2);
    member->value = (struct str){begin, (size_t)(r->at - begin)};
    return result;
}

/* At the opening brace of the record (parent -1) or of an object in it: at most one level of
 * recursion. */
static int read_members(struct reader *r, int16_t parent)
{
    uint64_t seen = 0;
    r->at++;
    skip_blanks(r);
    if (peek(r) == '}') {
        r->at++;
        return 0;
    }
    for (;;) {
        if (read_member(r, parent, &seen) != 0) {
            return -1;
        }
        skip_blanks(r);
        char c = peek(r);
        if (c != ',' && c != '}') {
            return fail(r, REFUSAL_NOT_JSON, "no comma or closing brace");
        }
        r->at++;
        if (c == '}') {
            return 0;
        }
        skip_blanks(r);
    }
}

int json_decode(struct json_doc *doc, struct str bytes, char *scratch, struct refusal *why)
{
    doc->count = 0;
    if (bytes.len > JSON_RECORD_BYTES_MAX) {
        return refusal_set(why, REFUSAL_TOO_LARGE, "%zu bytes, at most %zu", bytes.len,
                           JSON_RECORD_BYTES_MAX);
    }
    if (bytes.len == 0) {
        return refusal_set(why, REFUSAL_NOT_JSON, "empty record");
    }
    must(bytes.at != NULL && scratch != NULL);
    struct reader r = {bytes.at, bytes.at, bytes.at + bytes.len, scratch, doc, why};
    size_t valid = utf8_valid_prefix(bytes.at, bytes.len);
    if (valid < bytes.len) {
        r.at += valid;
        return fail(&r, REFUSAL_BAD_UTF8, "not UTF-8");
    }
    skip_blanks(&r);
    if (peek(&r) != '{') {
        return fail(&r, REFUSAL_NOT_JSON, "not a JSON object");
    }
    if (read_members(&r, -1) != 0) {
        return -1;
    }
    skip_blanks(&r);
    if (r.at < r.end) {
        return fail(&r, REFUSAL_NOT_JSON, "bytes behind the object");
    }
    return 0;
}

bool json_next_text(struct str *left, char *scratch, struct str *text)
{
    struct refusal why;
    struct reader r = {left->at, left->at, left->at + left->len, scratch, NULL, &why};
    for (;;) {
        uint8_t type = JSON_NULL;
        skip_blanks(&r);
        if (peek(&r) == ',') {
            r.at++;
            continue;
        }
        if (r.at == r.end || peek(&r) == ']') {
            return false;
        }
        bool nested = peek(&r) == '{' || peek(&r) == '[';
        int result = nested ? skip_nested(&r, 0) : read_scalar(&r, text, &type);
        must(result == 0); /* it was read before */
        *left = (struct str){r.at, (size_t)(r.end - r.at)};
        r.scratch = scratch;
        if (type == JSON_TEXT) {
            return true;
        }
    }
}

const char *json_type_text(uint8_t type)
{
    static const char *const texts[] = {"null", "false",     "true",    "a number",
                                        "text", "an object", "an array"};
    must(type < sizeof texts / sizeof texts[0]);
    return texts[type];
}
