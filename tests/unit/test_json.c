/* test_json.c - records taken apart, and every way of not being one: cut short, broken, hostile. */
#include "connectors/cli/prng.h"
#include "engine/ingest/json.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"
#include "tests/unit/slow_json.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static struct json_doc doc;
static struct refusal why;

/* Decodes from a block of exactly the record's size with a scratch of exactly that size. The values
 * live as long as both. */
struct exact {
    struct str bytes;
    char *scratch;
};

static int decode(struct exact *exact, struct str bytes)
{
    memset(&doc, 0xa5, sizeof doc);
    memset(&why, 0, sizeof why);
    exact->bytes = exact_copy(bytes);
    exact->scratch = malloc(bytes.len);
    return json_decode(&doc, exact->bytes, exact->scratch, &why);
}

static void drop(struct exact *exact)
{
    exact_free(exact->bytes);
    free(exact->scratch);
}

static int decode_once(struct str bytes)
{
    struct exact exact;
    int result = decode(&exact, bytes);
    drop(&exact);
    return result;
}

/* ---- what comes out ---- */

struct member_row {
    const char *name;
    struct str record;
    const char *members; /* "name=type value <parent;" for each, in order */
};

static const struct member_row members[] = {
    {"an empty record", BYTES("{}"), ""},
    {"blanks of all kinds", BYTES(" \t\r\n{ \t\r\n} \t\r\n"), ""},
    {"all types",
     BYTES("{\"a\":null,\"b\":false,\"c\":true,\"d\":-0,\"e\":\"x\",\"f\":{},\"g\":[]}"),
     "a=null null;b=false false;c=true true;d=a number -0;e=text x;f=an object {};g=an array [];"},
    {"the example of the header",
     BYTES("{\"type\":\"transaction\",\"payer\":{\"account\":\"6222\"},\"amount\":7.50}"),
     "type=text transaction;payer=an object {\"account\":\"6222\"};account=text 6222 <1;"
     "amount=a number 7.50;"},
    {"blanks between all", BYTES("{ \"a\" : 1 , \"b\" : { \"c\" : 2 , \"d\" : 3 } }"),
     "a=a number 1;b=an object { \"c\" : 2 , \"d\" : 3 };c=a number 2 <1;d=a number 3 <1;"},
    {"two objects with the same names", BYTES("{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":3}}"),
     "a=an object {\"x\":1,\"y\":2};x=a number 1 <0;y=a number 2 <0;b=an object {\"x\":3};"
     "x=a number 3 <3;"},
    {"what lies deeper is one value",
     BYTES("{\"a\":{\"b\":{\"c\":[1,{\"d\":2}]}},\"e\":[{\"f\":1}]}"),
     "a=an object {\"b\":{\"c\":[1,{\"d\":2}]}};b=an object {\"c\":[1,{\"d\":2}]} <0;"
     "e=an array [{\"f\":1}];"},
    {"numbers digit by digit",
     BYTES(
         "{\"a\":12345678901234567890.10,\"b\":1e5,\"c\":-1.5E-07,\"d\":0.0,\"e\":9223372036854775808}"),
     "a=a number 12345678901234567890.10;b=a number 1e5;c=a number -1.5E-07;d=a number 0.0;"
     "e=a number 9223372036854775808;"},
    {"an empty name", BYTES("{\"\":1,\"a\":{\"\":2}}"),
     "=a number 1;a=an object {\"\":2};=a number 2 <1;"},
    {"simple escapes", BYTES("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), "a=text \"\\/\b\f\n\r\t;"},
    {"escapes beside plain text, several texts",
     BYTES("{\"a\":\"x\\ny\",\"b\":\"\\t\",\"c\":\"z\\\"\"}"), "a=text x\ny;b=text \t;c=text z\";"},
    {"an escaped name", BYTES("{\"\\u0061b\":1}"), "ab=a number 1;"},
    {"letters and Chinese by number", BYTES("{\"a\":\"\\u0041\\u00e9\\u5192\\uD83D\\uDE00\"}"),
     "a=text Aé冒😀;"},
    {"the edges of surrogates",
     BYTES("{\"a\":\"\\ud7ff\\ue000\\uffff\\ud800\\udc00\\udbff\\udfff\"}"),
     "a=text \xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf;"},
    {"UTF-8 stays", BYTES("{\"冒充\":\"é😀\"}"), "冒充=text é😀;"},
    {"DEL is no control character", BYTES("{\"a\":\"\x7f\"}"), "a=text \x7f;"},
    {"brackets, colons and commas in texts", BYTES("{\"a\":\"{[,:]}\",\"b\":[\"]}\"]}"),
     "a=text {[,:]};b=an array [\"]}\"];"},
    {"escapes in what is passed over are not undone",
     BYTES("{\"a\":[\"\\u0041\"],\"b\":\"\\u0042\"}"), "a=an array [\"\\u0041\"];b=text B;"},
    {"the same name deeper down", BYTES("{\"a\":{\"a\":{\"a\":1,\"a\":2}}}"),
     "a=an object {\"a\":{\"a\":1,\"a\":2}};a=an object {\"a\":1,\"a\":2} <0;"},
};

static void show_doc(struct buf *out)
{
    for (uint32_t i = 0; i < doc.count; i++) {
        const struct json_member *m = &doc.members[i];
        buf_add_str(out, m->name);
        buf_add_format(out, "=%s ", json_type_text(m->type));
        buf_add_str(out, m->value);
        if (m->parent >= 0) {
            buf_add_format(out, " <%d", m->parent);
        }
        buf_add_char(out, ';');
        ck_assert_uint_eq(m->hash, json_hash(m->name));
    }
}

START_TEST(records_come_apart)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct exact exact;
        struct buf shown = {0};
        ck_assert_msg(decode(&exact, members[i].record) == 0, "%s: %s", members[i].name,
                      why.detail);
        show_doc(&shown);
        ck_assert_msg(strcmp(buf_text(&shown), members[i].members) == 0, "%s: %s", members[i].name,
                      buf_text(&shown));
        buf_fini(&shown);
        drop(&exact);
    }
}
END_TEST

START_TEST(nul_by_number_is_a_character)
{
    struct exact exact;
    struct str record = BYTES("{\"a\":\"x\\u0000y\"}");
    ck_assert_int_eq(decode(&exact, record), 0);
    ck_assert(str_eq(doc.members[0].value, (struct str){"x\0y", 3}));
    drop(&exact);
}
END_TEST

/* ---- what is refused ---- */

struct bad_row {
    const char *name;
    struct str record;
    enum refusal_reason reason;
};

#define IS(literal) BYTES(literal), REFUSAL_NOT_JSON
#define OF(value) BYTES("{\"a\":" value "}"), REFUSAL_NOT_JSON
#define UTF8(value) BYTES("{\"a\":\"" value "\"}"), REFUSAL_BAD_UTF8
#define TWICE(literal) BYTES(literal), REFUSAL_DUPLICATE_MEMBER

static const struct bad_row bads[] = {
    {"nothing", IS("")},
    {"blanks", IS("  \n")},
    {"a text", IS("\"a\"")},
    {"a number", IS("1")},
    {"null", IS("null")},
    {"an array", IS("[{}]")},
    {"NUL", IS("\0")},
    {"a byte order mark", IS("\xef\xbb\xbf{}")},
    {"an open brace", IS("{")},
    {"a closing brace", IS("}")},
    {"the wrong closing bracket", IS("{]")},
    {"a comma alone", IS("{,}")},
    {"a comma in front", IS("{,\"a\":1}")},
    {"a comma behind", IS("{\"a\":1,}")},
    {"two commas", IS("{\"a\":1,,\"b\":2}")},
    {"no comma", IS("{\"a\":1 \"b\":2}")},
    {"no colon", IS("{\"a\" 1}")},
    {"two colons", IS("{\"a\"::1}")},
    {"an equals sign", IS("{\"a\"=1}")},
    {"no value", IS("{\"a\":}")},
    {"no value and a comma", IS("{\"a\":,\"b\":1}")},
    {"a name without quotes", IS("{a:1}")},
    {"a name in single quotes", IS("{'a':1}")},
    {"a number for a name", IS("{1:1}")},
    {"a name alone", IS("{\"a\"}")},
    {"bytes behind the record", IS("{} x")},
    {"a second record", IS("{}{}")},
    {"a comma behind the record", IS("{},")},
    {"NUL behind the record", IS("{}\0")},
    {"NUL between members", IS("{\"a\":1,\0\"b\":2}")},
    {"NUL in a text", IS("{\"a\":\"x\0y\"}")},
    {"NUL in a name", IS("{\"x\0y\":1}")},
    {"a form feed as a blank", IS("{\f}")},
    {"a blank of Unicode", IS("{\xc2\xa0}")},
    {"a comment", IS("{/* a */}")},
    {"a line end in a text", OF("\"x\ny\"")},
    {"a tab in a text", OF("\"x\ty\"")},
    {"the last control character in a text", OF("\"\x1f\"")},
    {"an unknown escape", OF("\"\\x41\"")},
    {"a single quote escaped", OF("\"\\'\"")},
    {"a large U", OF("\"\\U0041\"")},
    {"three hexadecimal digits", OF("\"\\u041\"")},
    {"a letter that is no digit", OF("\"\\u004g\"")},
    {"a sign among the digits", OF("\"\\u+041\"")},
    {"an escape before the end", IS("{\"a\":\"\\")},
    {"an escaped closing quote", IS("{\"a\":\"\\\"}")},
    {"NUL escaped", OF("\"\\\0\"")},
    {"a leading plus", OF("+1")},
    {"a leading zero", OF("01")},
    {"a negative leading zero", OF("-01")},
    {"two zeros", OF("00")},
    {"a minus alone", OF("-")},
    {"two minuses", OF("--1")},
    {"a minus and a letter", OF("-a")},
    {"no digit before the point", OF(".5")},
    {"no digit behind the point", OF("1.")},
    {"no digit behind the point, then e", OF("1.e5")},
    {"two points", OF("1.2.3")},
    {"no exponent", OF("1e")},
    {"no exponent behind its sign", OF("1e+")},
    {"an exponent with a point", OF("1e1.5")},
    {"two signs of an exponent", OF("1e+-1")},
    {"a hexadecimal number", OF("0x10")},
    {"digits in groups", OF("1_000")},
    {"a comma for the point", IS("{\"a\":1,5}")},
    {"not a number", OF("NaN")},
    {"infinity", OF("Infinity")},
    {"minus infinity", OF("-Infinity")},
    {"a large True", OF("True")},
    {"a word cut short", OF("tru")},
    {"a word too long", OF("nulls")},
    {"another word", OF("none")},
    {"two values", OF("1 2")},
    {"an array closed by a brace", OF("[1}")},
    {"an object closed by a bracket", IS("{\"a\":{\"b\":1]}")},
    {"an array that is open", IS("{\"a\":[1")},
    {"a comma behind the last item", OF("[1,]")},
    {"a comma before the first item", OF("[,1]")},
    {"a colon in an array", OF("[\"a\":1]")},
    {"no comma in an array", OF("[1 2]")},
    {"a bare value deep down", OF("{\"b\":{\"c\"}}")},
    {"a comma behind the last member deep down", OF("{\"b\":{\"c\":1,}}")},
    {"a bad number deep down", OF("[[01]]")},
    {"a bad escape deep down", OF("[[\"\\x\"]]")},
    {"a bad name deep down", OF("[{b:1}]")},
    {"a closing bracket too many", OF("[]]")},
    {"half of a surrogate pair, the first", UTF8("\\ud83d")},
    {"half of a surrogate pair, the second", UTF8("\\ude00")},
    {"halves in the wrong order", UTF8("\\ude00\\ud83d")},
    {"two first halves", UTF8("\\ud83d\\ud83d")},
    {"a first half and a letter", UTF8("\\ud83dx")},
    {"a first half and another escape", UTF8("\\ud83d\\n00de00")},
    {"a first half and the letter of the second", UTF8("\\ud83d\\u0041")},
    {"a first half at the end", BYTES("{\"a\":\"\\ud83d"), REFUSAL_BAD_UTF8},
    {"half of a pair in a name", BYTES("{\"\\ud800\":1}"), REFUSAL_BAD_UTF8},
    {"half of a pair deep down", BYTES("{\"a\":[[\"\\udfff\"]]}"), REFUSAL_BAD_UTF8},
    {"half of a pair in UTF-8", UTF8("\xed\xa0\x80")},
    {"a pair in UTF-8", UTF8("\xed\xa0\xbd\xed\xb8\x80")},
    {"a slash of two bytes", UTF8("\xc0\xaf")},
    {"NUL of two bytes", UTF8("\xc0\x80")},
    {"a letter of three bytes", UTF8("\xe0\x81\x81")},
    {"a letter of four bytes", UTF8("\xf0\x80\x81\x81")},
    {"beyond Unicode", UTF8("\xf4\x90\x80\x80")},
    {"five bytes", UTF8("\xf8\x88\x80\x80\x80")},
    {"a byte of Latin 1", UTF8("caf\xe9")},
    {"a byte of GBK", UTF8("\xb0\xa1")},
    {"a continuation alone", UTF8("\x80")},
    {"a character cut by the quote", UTF8("\xe5\x86")},
    {"a character cut by the end", BYTES("{\"a\":\"\xe5\x86"), REFUSAL_BAD_UTF8},
    {"a byte outside texts", BYTES("{}\xff"), REFUSAL_BAD_UTF8},
    {"a member twice", TWICE("{\"a\":1,\"a\":1}")},
    {"a member twice, far apart", TWICE("{\"a\":1,\"b\":{\"c\":1},\"d\":[],\"a\":2}")},
    {"a member twice, once by number", TWICE("{\"a\":1,\"\\u0061\":2}")},
    {"a member twice, both by number", TWICE("{\"\\u0061\":1,\"\\u0061\":2}")},
    {"a member twice, with a slash escaped", TWICE("{\"a/b\":1,\"a\\/b\":2}")},
    {"a Chinese member twice, once by number", TWICE("{\"冒\":1,\"\\u5192\":2}")},
    {"an empty name twice", TWICE("{\"\":1,\"\":2}")},
    {"a member of an object twice", TWICE("{\"p\":{\"a\":1,\"a\":2}}")},
    {"a member of the second object twice",
     TWICE("{\"o\":{\"a\":1},\"p\":{\"a\":1,\"\\u0061\":2}}")},
    {"an object twice", TWICE("{\"p\":{\"a\":1},\"p\":{\"b\":1}}")},
    {"a long name twice", TWICE("{\"balance_before\":1,\"x\":2,\"balance_before\":3}")},
};

START_TEST(what_is_no_record_is_refused)
{
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        ck_assert_msg(decode_once(bads[i].record) == -1, "%s", bads[i].name);
        ck_assert_msg(why.reason == bads[i].reason, "%s: %s, %s", bads[i].name,
                      refusal_text(why.reason).at, why.detail);
        ck_assert_msg(strlen(why.detail) > 0, "%s", bads[i].name);
    }
}
END_TEST

struct place_row {
    struct str record;
    const char *detail;
};

static const struct place_row places[] = {
    {BYTES("[]"), "not a JSON object at byte 0"},
    {BYTES("{\"a\":1,}"), "no member name at byte 7"},
    {BYTES("{\"a\":01}"), "malformed number at byte 7"},
    {BYTES("{\"a\":\"x"), "text without closing quote at byte 7"},
    {BYTES("{\"a\":\"xx\nx\"}"), "control character in a text at byte 8"},
    {BYTES("{\"a\":\"\\x\"}"), "unknown escape at byte 7"},
    {BYTES("{\"a\":1}x"), "bytes behind the object at byte 7"},
    {BYTES("{\"a\":\"\xff\"}"), "not UTF-8 at byte 6"},
    {BYTES(""), "empty record"},
};

START_TEST(the_place_is_said)
{
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        ck_assert_int_eq(decode_once(places[i].record), -1);
        ck_assert_str_eq(why.detail, places[i].detail);
    }
}
END_TEST

/* ---- characters ---- */

static size_t utf8_of(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = count; i-- > 1; code >>= 6) {
        out[i] = (char)(0x80 | (code & 0x3f));
    }
    out[0] = (char)((0xf00 >> count & 0xff) | code);
    return count;
}

START_TEST(every_character_by_its_number)
{
    for (uint32_t code = 0; code <= 0x10ffff; code += code < 0x10000 ? 1 : 17) {
        char record[32];
        char expected[4];
        char scratch[32];
        struct refusal reason;
        bool is_half = code >= 0xd800 && code <= 0xdfff;
        int len = code < 0x10000
                      ? snprintf(record, sizeof record, "{\"a\":\"\\u%04x\"}", code)
                      : snprintf(record, sizeof record, "{\"a\":\"\\u%04X\\u%04x\"}",
                                 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
        int result = json_decode(&doc, (struct str){record, (size_t)len}, scratch, &reason);
        if (result != (is_half ? -1 : 0) ||
            (!is_half &&
             !str_eq(doc.members[0].value, (struct str){expected, utf8_of(code, expected)}))) {
            ck_abort_msg("%04x", code);
        }
    }
}
END_TEST

/* The scan goes eight bytes at a time: each byte at each place of a text, among plain ones and
 * among bytes above 127. */
START_TEST(every_byte_at_every_place)
{
    for (unsigned byte = 0; byte < 0x80; byte++) {
        for (size_t at = 0; at < 20; at++) {
            for (size_t among = 0; among < 2; among++) {
                char record[64] = "{\"a\":\"";
                size_t len = 6;
                for (size_t i = 0; i < 20; i++) {
                    if (i == at) {
                        record[len++] = (char)byte;
                    } else if (among == 0) {
                        record[len++] = 'x';
                    } else {
                        memcpy(record + len, "\xc3\xbf", 2);
                        len += 2;
                    }
                }
                record[len++] = '"';
                record[len++] = '}';
                bool good = byte >= ' ' && byte != '"' && byte != '\\';
                int result = decode_once((struct str){record, len});
                if (result != (good ? 0 : -1)) {
                    ck_abort_msg("byte %02x at %zu among %zu", byte, at, among);
                }
            }
        }
    }
}
END_TEST

/* ---- cut short ---- */

static const struct str wholes[] = {
    BYTES(
        "{\"type\":\"call\",\"phase\":\"start\",\"id\":\"c-1\",\"time\":\"2026-03-02T10:00:00.120+08:00\","
        "\"caller\":\"+85291234567\",\"callee\":\"13800138000\",\"cell\":\"46000-1a2b-3c\","
        "\"region\":\"330502\"}"),
    BYTES(
        "{\"type\":\"transaction\",\"phase\":\"initiated\",\"id\":\"p-1\",\"time\":1772416800120,"
        "\"payer\":{\"account\":\"6222000000000000011\",\"bank\":\"102100099996\"},"
        "\"payee\":{\"account\":\"6217000000000000022\"},\"amount\":70000.00,\"currency\":\"CNY\"}"),
    BYTES("{\"a\":{\"b\":[1,-2.5e+3,{\"c\":[true,false,null,\"\\u5192\\\"\"]}],\"\\u0064\":{}},"
          "\"e\":\"\\ud83d\\ude00冒\",\"f\":[[[]]]}"),
};

START_TEST(a_record_cut_short_is_refused)
{
    for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
        ck_assert_int_eq(decode_once(wholes[i]), 0);
        for (size_t len = 0; len < wholes[i].len; len++) {
            ck_assert_msg(decode_once((struct str){wholes[i].at, len}) == -1, "%zu of %zu", i, len);
            ck_assert(why.reason == REFUSAL_NOT_JSON || why.reason == REFUSAL_BAD_UTF8);
        }
    }
}
END_TEST

/* ---- bounds ---- */

START_TEST(a_record_of_the_largest_size)
{
    struct buf record = {0};
    buf_add_text(&record, "{\"a\":\"");
    while (record.len < JSON_RECORD_BYTES_MAX - 2) {
        buf_add_text(&record, record.len + 4 < JSON_RECORD_BYTES_MAX ? "\\n" : "x");
    }
    buf_add_text(&record, "\"}");
    ck_assert_uint_eq(record.len, JSON_RECORD_BYTES_MAX);
    ck_assert_int_eq(decode_once(buf_str(&record)), 0);
    buf_add_char(&record, ' ');
    ck_assert_int_eq(decode_once(buf_str(&record)), -1);
    ck_assert_int_eq(why.reason, REFUSAL_TOO_LARGE);
    ck_assert_str_eq(why.detail, "65537 bytes, at most 65536");
    buf_fini(&record);
}
END_TEST

START_TEST(ten_megabytes_are_not_even_read)
{
    struct str one = exact_copy(STR("{"));
    ck_assert_int_eq(json_decode(&doc, (struct str){one.at, 10 * 1000 * 1000}, NULL, &why), -1);
    ck_assert_int_eq(why.reason, REFUSAL_TOO_LARGE);
    exact_free(one);
}
END_TEST

struct depth_row {
    const char *name, *before, *open, *close;
    size_t least; /* levels around it */
};

static const struct depth_row depths[] = {
    {"arrays", "{\"a\":", "[", "]", 1},
    {"objects", "{\"a\":", "{\"b\":", "}", 1},
    {"arrays in an object", "{\"a\":{\"b\":", "[", "]", 2},
    {"objects behind others", "{\"x\":[[]],\"a\":{\"y\":{},\"b\":", "{\"c\":", "}", 2},
};

static struct str nested(struct buf *out, const struct depth_row *row, size_t count)
{
    buf_clear(out);
    buf_add_text(out, row->before);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, row->open);
    }
    buf_add_text(out, "1");
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, row->close);
    }
    for (size_t i = 0; i < row->least; i++) {
        buf_add_text(out, "}");
    }
    return buf_str(out);
}

START_TEST(levels_down_to_32)
{
    struct buf out = {0};
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        const struct depth_row *row = &depths[i];
        for (size_t count = 1; count < 80; count++) {
            bool good = row->least + count <= JSON_DEPTH_MAX;
            int result = decode_once(nested(&out, row, count));
            ck_assert_msg(result == (good ? 0 : -1), "%s: %zu", row->name, count);
            ck_assert_msg(good || why.reason == REFUSAL_TOO_DEEP, "%s: %zu", row->name, count);
        }
    }
    buf_fini(&out);
}
END_TEST

START_TEST(very_deep_records)
{
    struct buf out = {0};
    buf_add_text(&out, "{\"a\":");
    for (size_t i = 0; i < 60000; i++) {
        buf_add_char(&out, '[');
    }
    ck_assert_int_eq(decode_once(buf_str(&out)), -1);
    ck_assert_int_eq(why.reason, REFUSAL_TOO_DEEP);
    ck_assert_int_eq(decode_once(nested(&out, &depths[0], 100000)), -1);
    ck_assert_int_eq(why.reason, REFUSAL_TOO_LARGE);
    ck_assert_int_eq(decode_once(nested(&out, &depths[1], 10000)), -1);
    ck_assert_int_eq(why.reason, REFUSAL_TOO_DEEP);
    buf_fini(&out);
}
END_TEST

/* `count` members, `inside` of them in objects of three; `again`: the last has the first's name. */
static struct str many_members(struct buf *out, size_t count, bool inside, bool again)
{
    buf_clear(out);
    buf_add_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        buf_add_text(out, i == 0 ? "" : inside && i % 4 == 1 ? "" : ",");
        if (inside && i % 4 == 0 && i + 1 < count) {
            buf_add_format(out, "\"o%zu\":{", i);
        } else {
            buf_add_format(out, "\"m%zu\":%zu", again && i + 1 == count ? 0 : i, i);
        }
        if (inside && i % 4 != 0 && (i % 4 == 3 || i + 1 == count)) {
            buf_add_char(out, '}');
        }
    }
    buf_add_char(out, '}');
    return buf_str(out);
}

START_TEST(up_to_256_members)
{
    struct buf out = {0};
    for (size_t count = 1; count < 300; count++) {
        for (int inside = 0; inside < 2; inside++) {
            bool good = count <= JSON_MEMBERS_MAX;
            int result = decode_once(many_members(&out, count, inside, false));
            ck_assert_msg(result == (good ? 0 : -1), "%zu %d: %s", count, inside, why.detail);
            ck_assert(good ? doc.count == count : why.reason == REFUSAL_TOO_MANY_MEMBERS);
        }
    }
    ck_assert_int_eq(decode_once(many_members(&out, JSON_MEMBERS_MAX, false, true)), -1);
    ck_assert_int_eq(why.reason, REFUSAL_DUPLICATE_MEMBER);
    buf_fini(&out);
}
END_TEST

/* So many names that some share a bit of the filter before the search. */
START_TEST(objects_may_have_the_names_of_others)
{
    struct buf out = {0};
    buf_add_char(&out, '{');
    for (int object = 0; object < 2; object++) {
        buf_add_format(&out, "%s\"o%d\":{\"m0\":0", object == 0 ? "" : "},", object);
        for (int i = 1; i < 120; i++) {
            buf_add_format(&out, ",\"m%d\":0", i);
        }
    }
    buf_add_text(&out, "},\"m7\":0}");
    ck_assert_int_eq(decode_once(buf_str(&out)), 0);
    ck_assert_uint_eq(doc.count, 243);
    buf_fini(&out);
}
END_TEST

START_TEST(arrays_of_any_length)
{
    struct buf out = {0};
    buf_add_text(&out, "{\"a\":[0");
    while (out.len < JSON_RECORD_BYTES_MAX - 100) {
        buf_add_text(&out, ",{\"a\":1}");
    }
    buf_add_text(&out, "]}");
    ck_assert_int_eq(decode_once(buf_str(&out)), 0);
    ck_assert_uint_eq(doc.count, 1);
    buf_fini(&out);
}
END_TEST

/* ---- against a second reader ---- */

START_TEST(changed_records_as_a_second_reader_has_them)
{
    struct prng rng = prng_seed(11, "mutations");
    struct buf record = {0};
    size_t accepted = 0;
    for (int i = 0; i < 300000; i++) {
        struct str whole = wholes[prng_below(&rng, sizeof wholes / sizeof wholes[0])];
        buf_clear(&record);
        buf_add_str(&record, whole);
        for (uint32_t n = 1 + prng_below(&rng, 3); n > 0; n--) {
            mutate_bytes(&record, &rng);
        }
        bool is_json = slow_json_record(buf_str(&record));
        int result = decode_once(buf_str(&record));
        bool stricter = why.reason == REFUSAL_DUPLICATE_MEMBER || why.reason == REFUSAL_TOO_DEEP;
        accepted += result == 0;
        if ((result == 0) != is_json && !(result == -1 && stricter)) {
            ck_abort_msg("%d: %s: %.*s", i, why.detail, (int)record.len, record.at);
        }
        if (result != 0 && (why.reason == REFUSAL_NONE || why.detail[0] == '\0')) {
            ck_abort_msg("%d: no reason: %.*s", i, (int)record.len, record.at);
        }
    }
    ck_assert_uint_gt(accepted, 30000); /* both answers are tried */
    ck_assert_uint_lt(accepted, 270000);
    buf_fini(&record);
}
END_TEST

START_TEST(names_of_types)
{
    ck_assert_str_eq(json_type_text(JSON_NULL), "null");
    ck_assert_str_eq(json_type_text(JSON_ARRAY), "an array");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("json");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, records_come_apart);
    tcase_add_test(t, nul_by_number_is_a_character);
    tcase_add_test(t, what_is_no_record_is_refused);
    tcase_add_test(t, the_place_is_said);
    tcase_add_test(t, every_character_by_its_number);
    tcase_add_test(t, every_byte_at_every_place);
    tcase_add_test(t, a_record_cut_short_is_refused);
    tcase_add_test(t, a_record_of_the_largest_size);
    tcase_add_test(t, ten_megabytes_are_not_even_read);
    tcase_add_test(t, levels_down_to_32);
    tcase_add_test(t, very_deep_records);
    tcase_add_test(t, up_to_256_members);
    tcase_add_test(t, objects_may_have_the_names_of_others);
    tcase_add_test(t, arrays_of_any_length);
    tcase_add_test(t, changed_records_as_a_second_reader_has_them);
    tcase_add_test(t, names_of_types);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
