#include "connectors/file/yaml_check.h"

#include "rules/diag.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct yaml_check {
    const char *path;
    const char *what;
    const cyaml_schema_value_t *top;
    yaml_document_t *document;
    struct err *err;
};

static struct yaml_place place_of(yaml_mark_t mark)
{
    return (struct yaml_place){mark.line + 1, mark.column + 1};
}

/* ---- the text -----------------------------------------------------------------------------------
 */

static struct yaml_place place_at(struct str text, size_t offset)
{
    struct yaml_place place = {1, 1};
    for (size_t i = 0; i < offset && i < text.len; i++) {
        place.column++;
        if (text.at[i] == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

static int not_yaml(const char *path, const char *what, struct str text,
                    const yaml_parser_t *parser, struct err *err)
{
    struct yaml_place place = parser->error == YAML_READER_ERROR
                                  ? place_at(text, parser->problem_offset)
                                  : place_of(parser->problem_mark);
    return err_set(err, ERR_USAGE,
                   "%s:%zu:%zu: no YAML: %s%s%s; correct the %s there (indentation, brackets and "
                   "quotes are the usual causes)",
                   path, place.line, place.column,
                   parser->problem != NULL ? parser->problem : "it cannot be read",
                   parser->context != NULL ? " " : "",
                   parser->context != NULL ? parser->context : "", what);
}

static int second_document(const char *path, yaml_document_t *document, struct err *err)
{
    struct yaml_place place = place_of(document->start_mark);
    yaml_document_delete(document);
    return err_set(err, ERR_USAGE,
                   "%s:%zu:%zu: a second document begins here; keep one of them in the file", path,
                   place.line, place.column);
}

/* The one document of the text. */
static int load(const char *path, const char *what, struct str text, yaml_document_t *document,
                struct err *err)
{
    yaml_parser_t parser;
    yaml_document_t more;
    if (yaml_parser_initialize(&parser) == 0) {
        return err_set(err, ERR_OUTSIDE, "%s: no memory for the %s; free some", path, what);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
    int result = 0;
    if (yaml_parser_load(&parser, document) == 0) {
        result = not_yaml(path, what, text, &parser, err);
    } else {
        if (yaml_document_get_root_node(document) != NULL) {
            if (yaml_parser_load(&parser, &more) == 0) {
                result = not_yaml(path, what, text, &parser, err);
            } else if (yaml_document_get_root_node(&more) != NULL) {
                result = second_document(path, &more, err);
            } else {
                yaml_document_delete(&more);
            }
        }
        if (result != 0) {
            yaml_document_delete(document);
        }
    }
    yaml_parser_delete(&parser);
    return result;
}

/* ---- against the schema -------------------------------------------------------------------------
 */

static struct str text_of(const yaml_node_t *node)
{
    return (struct str){(const char *)node->data.scalar.value, node->data.scalar.length};
}

static yaml_node_t *node_at(const struct yaml_check *check, int index)
{
    return yaml_document_get_node(check->document, index);
}

static bool is_empty(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
           node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static bool may_be_empty(const cyaml_schema_value_t *schema)
{
    return (schema->flags & CYAML_FLAG_POINTER_NULL) == CYAML_FLAG_POINTER_NULL;
}

static int wrong_type(const struct yaml_check *check, const yaml_node_t *node, const char *wanted)
{
    const char *found = node->type == YAML_MAPPING_NODE    ? "keys with values"
                        : node->type == YAML_SEQUENCE_NODE ? "a list"
                        : is_empty(node)                   ? "nothing"
                                                           : "one value";
    struct yaml_place place = place_of(node->start_mark);
    return err_set(check->err, ERR_USAGE, "%s:%zu:%zu: the %s has %s here; write %s", check->path,
                   place.line, place.column, check->what, found, wanted);
}

static int check_text(const struct yaml_check *check, const yaml_node_t *node,
                      const cyaml_schema_value_t *schema)
{
    if (node->type != YAML_SCALAR_NODE) {
        return wrong_type(check, node, "one value");
    }
    struct str text = text_of(node);
    if (text.len < schema->string.min || text.len > schema->string.max) {
        struct yaml_place place = place_of(node->start_mark);
        return err_set(check->err, ERR_USAGE, "%s:%zu:%zu: a text of %zu bytes; give %u to %u",
                       check->path, place.line, place.column, text.len,
                       (unsigned)schema->string.min, (unsigned)schema->string.max);
    }
    return 0;
}

/* The key above the one of this name, elsewhere in the schema; NULL: there is none. */
static const char *section_with(const cyaml_schema_value_t *schema, struct str name)
{
    if (schema->type != CYAML_MAPPING) {
        return NULL;
    }
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key != NULL; field++) {
        const cyaml_schema_field_t *below =
            field->value.type == CYAML_MAPPING ? field->value.mapping.fields : NULL;
        for (; below != NULL && below->key != NULL; below++) {
            if (str_eq_text(name, below->key)) {
                return field->key;
            }
        }
    }
    return NULL;
}

static int unknown_key(const struct yaml_check *check, const yaml_node_t *key,
                       const cyaml_schema_value_t *schema)
{
    struct str name = text_of(key);
    struct diag_guess guess = diag_guess_start(name);
    struct buf keys = {0};
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key != NULL; field++) {
        diag_guess_try(&guess, str_of(field->key));
        buf_add_text(&keys, keys.len > 0 ? ", " : "");
        buf_add_text(&keys, field->key);
    }
    const char *section = section_with(check->top, name);
    struct buf hint = {0};
    if (section != NULL) {
        buf_add_format(&hint, "it belongs into %s:", section);
    } else if (guess.best.len > 0) {
        buf_add_format(&hint, "did you mean %.*s?", (int)guess.best.len, guess.best.at);
    } else {
        buf_add_format(&hint, "the keys here are %s", buf_text(&keys));
    }
    struct yaml_place place = place_of(key->start_mark);
    (void)err_set(check->err, ERR_USAGE, "%s:%zu:%zu: unknown key \"%.*s\"; %s", check->path,
                  place.line, place.column, (int)(name.len < 64 ? name.len : 64), name.at,
                  buf_text(&hint));
    buf_fini(&keys);
    buf_fini(&hint);
    return -1;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_value_t *schema, struct str name)
{
    const cyaml_schema_field_t *field = schema->mapping.fields;
    while (field->key != NULL && !str_eq_text(name, field->key)) {
        field++;
    }
    return field->key != NULL ? field : NULL;
}

/* The key of this name; NULL: there is none before `end`. */
static yaml_node_t *key_before(const struct yaml_check *check, const yaml_node_t *node,
                               struct str name, const yaml_node_pair_t *end)
{
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        yaml_node_t *key = node_at(check, pair->key);
        if (key->type == YAML_SCALAR_NODE && str_eq(text_of(key), name)) {
            return key;
        }
    }
    return NULL;
}

static int check_value(const struct yaml_check *check, const yaml_node_t *node,
                       const cyaml_schema_value_t *schema);

static int check_pair(const struct yaml_check *check, const yaml_node_t *node,
                      const yaml_node_pair_t *pair, const cyaml_schema_value_t *schema)
{
    const yaml_node_t *key = node_at(check, pair->key);
    if (key->type != YAML_SCALAR_NODE) {
        return wrong_type(check, key, "a key of one word");
    }
    const cyaml_schema_field_t *field = field_of(schema, text_of(key));
    if (field == NULL) {
        return unknown_key(check, key, schema);
    }
    if (key_before(check, node, text_of(key), pair) != NULL) {
        struct yaml_place place = place_of(key->start_mark);
        return err_set(check->err, ERR_USAGE, "%s:%zu:%zu: key \"%s\" is given twice; keep one",
                       check->path, place.line, place.column, field->key);
    }
    return check_value(check, node_at(check, pair->value), &field->value);
}

static int check_keys(const struct yaml_check *check, const yaml_node_t *node,
                      const cyaml_schema_value_t *schema)
{
    if (node->type != YAML_MAPPING_NODE) {
        char wanted[96];
        (void)snprintf(wanted, sizeof wanted, "keys with values, like `%s: ..`",
                       schema->mapping.fields[0].key);
        return wrong_type(check, node, wanted);
    }
    const yaml_node_pair_t *end = node->data.mapping.pairs.top;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < end; pair++) {
        if (check_pair(check, node, pair, schema) != 0) {
            return -1;
        }
    }
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key != NULL; field++) {
        bool optional = (field->value.flags & CYAML_FLAG_OPTIONAL) != 0;
        if (!optional && key_before(check, node, str_of(field->key), end) == NULL) {
            struct yaml_place place = place_of(node->start_mark);
            return err_set(check->err, ERR_USAGE, "%s:%zu:%zu: key \"%s\" is missing here; add it",
                           check->path, place.line, place.column, field->key);
        }
    }
    return 0;
}

static int check_list(const struct yaml_check *check, const yaml_node_t *node,
                      const cyaml_schema_value_t *schema)
{
    if (node->type != YAML_SEQUENCE_NODE) {
        return wrong_type(check, node, "a list: `- ` before each entry");
    }
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (count < schema->sequence.min || count > schema->sequence.max) {
        struct yaml_place place = place_of(node->start_mark);
        return err_set(check->err, ERR_USAGE, "%s:%zu:%zu: a list of %zu entries; give %u to %u",
                       check->path, place.line, place.column, count, (unsigned)schema->sequence.min,
                       (unsigned)schema->sequence.max);
    }
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *entry = node_at(check, node->data.sequence.items.start[i]);
        if (check_value(check, entry, schema->sequence.entry) != 0) {
            return -1;
        }
    }
    return 0;
}

static int check_value(const struct yaml_check *check, const yaml_node_t *node,
                       const cyaml_schema_value_t *schema)
{
    if (is_empty(node) && may_be_empty(schema)) {
        return 0;
    }
    switch (schema->type) {
    case CYAML_STRING: return check_text(check, node, schema);
    case CYAML_MAPPING: return check_keys(check, node, schema);
    case CYAML_SEQUENCE: return check_list(check, node, schema);
    default: return 0; /* libcyaml will say */
    }
}

int yaml_check_text(const char *path, const char *what, struct str text,
                    const cyaml_schema_value_t *schema, struct err *err)
{
    yaml_document_t document;
    if (load(path, what, text, &document, err) != 0) {
        return -1;
    }
    const struct yaml_check check = {path, what, schema, &document, err};
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    int result;
    if (root != NULL && !is_empty(root)) {
        result = check_value(&check, root, schema);
    } else {
        result = may_be_empty(schema)
                     ? 0
                     : err_set(err, ERR_USAGE,
                               "%s:1:1: the %s cannot be used: the file is empty; is it the right "
                               "one?",
                               path, what);
    }
    yaml_document_delete(&document);
    return result;
}

/* ---- places -------------------------------------------------------------------------------------
 */

/* The node that the first part of *key leads to, which is taken off it; NULL: it is not there. */
static const yaml_node_t *step_down(const struct yaml_check *check, const yaml_node_t *node,
                                    const char **key)
{
    if (**key == '[') {
        size_t index = strtoul(*key + 1, NULL, 10);
        *key += strcspn(*key, "]") + 1;
        size_t count =
            node->type != YAML_SEQUENCE_NODE
                ? 0
                : (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
        return index < count ? node_at(check, node->data.sequence.items.start[index]) : NULL;
    }
    *key += **key == '.';
    struct str name = {*key, strcspn(*key, ".[")};
    *key += name.len;
    if (node->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *found = node_at(check, pair->key);
        if (found->type == YAML_SCALAR_NODE && str_eq(text_of(found), name)) {
            return node_at(check, pair->value);
        }
    }
    return NULL;
}

struct yaml_place yaml_check_find(struct str text, const char *key)
{
    yaml_document_t document;
    struct yaml_place place = {1, 1};
    if (load("", "", text, &document, NULL) != 0) {
        return place;
    }
    const struct yaml_check check = {.document = &document};
    const yaml_node_t *node = yaml_document_get_root_node(&document);
    while (node != NULL) {
        place = place_of(node->start_mark);
        node = *key == '\0' ? NULL : step_down(&check, node, &key);
    }
    yaml_document_delete(&document);
    return place;
}
