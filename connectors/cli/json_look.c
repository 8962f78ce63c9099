#include "connectors/cli/json_look.h"

#include <string.h>

/* Bytes of the text that begins here, its quotes included; all that is left if it does not end. */
static size_t text_bytes(struct str json)
{
    size_t at = 1;
    while (at < json.len && json.at[at] != '"') {
        at += json.at[at] == '\\' ? 2 : 1;
    }
    return at < json.len ? at + 1 : json.len;
}

/* Bytes of the value that begins here: up to a comma or bracket of its own depth. */
static size_t value_bytes(struct str json)
{
    size_t depth = 0;
    size_t at = 0;
    while (at < json.len) {
        char c = json.at[at];
        if (c == '"') {
            at += text_bytes((struct str){json.at + at, json.len - at});
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return at;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    }
    return at;
}

static struct str behind(struct str json, size_t bytes)
{
    bytes = bytes < json.len ? bytes : json.len;
    return (struct str){json.at + bytes, json.len - bytes};
}

struct str json_look(struct str object, const char *name)
{
    struct str left = object.len > 0 && object.at[0] == '{' ? behind(object, 1) : STR("");
    while (left.len > 0 && left.at[0] == '"') {
        struct str member = json_look_inside((struct str){left.at, text_bytes(left)});
        left = behind(left, text_bytes(left) + 1); /* its colon */
        struct str value = {left.at, value_bytes(left)};
        if (str_eq_text(member, name)) {
            return value;
        }
        left = behind(left, value.len + 1);
    }
    return STR("");
}

struct str json_look_inside(struct str value)
{
    return value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"'
               ? (struct str){value.at + 1, value.len - 2}
               : STR("");
}

struct str json_look_text(struct str object, const char *name)
{
    return json_look_inside(json_look(object, name));
}

bool json_look_next(struct str *array, struct str *item)
{
    struct str left = *array;
    if (left.len == 0 || (left.at[0] != '[' && left.at[0] != ',')) {
        return false;
    }
    left = behind(left, 1);
    item->at = left.at;
    item->len = value_bytes(left);
    *array = behind(left, item->len);
    return item->len > 0;
}
