/* Cases: everything in them is checked here, so that whoever runs them meets no surprise. */
#include "engine/ingest/record.h"
#include "rules/check_inside.h"

#define CASE_DAY_MS ((int64_t)86400000)
#define CASE_SPAN_MAX_MS (3650 * CASE_DAY_MS)
#define CASE_TIMES_MAX 1000
/* So that everything lies in the years that ingest takes: events ten years around the case,
 * accounts not before 1970. */
#define CASE_FIRST_DAY ((int64_t)14975) /* 2011-01-01 */
#define CASE_LAST_DAY ((int64_t)47481)  /* 2099-12-31 */
#define CASE_AGE_MAX 110
#define CASE_OPENED_MAX_MS (14600 * CASE_DAY_MS)
#define CASE_TEXT_BYTES_MAX 2000
#define CASE_TEMPLATE_MAX 999999
#define CASE_NAME_BYTES_MAX 64 /* a person's identifier */

/* ---- values ---- */

static void check_case_wrong_value(struct check *c, struct str name, const struct ast_value *value,
                                   const char *wanted)
{
    (void)diag_add(c->diags, DIAG_ERROR, value->span, "`%.*s` is %s", DIAG_STR(name), wanted);
}

/* The word that a value is, or an empty text; `2h` is one of how fast money arrives. */
static struct str check_case_word(const struct check *c, const struct ast_value *value)
{
    bool word = (value->kind == AST_VALUE_PATH && value->path.part_count == 1) ||
                value->kind == AST_VALUE_DURATION;
    return word ? rule_source_text(c->source, value->span) : STR("");
}

static void check_case_enum(struct check *c, struct str name, const struct ast_value *value,
                            enum unit unit)
{
    struct str word = check_case_word(c, value);
    if (word.len == 0) {
        check_case_wrong_value(c, name, value, type_text(unit));
    } else if (check_word_value(c, unit, word) == 0) {
        check_no_word(c, word, unit, value->span);
    } else if (unit == UNIT_TYPOLOGY) {
        check_find(c, CHECK_SPACE_TYPOLOGY, word)->used = true;
    }
}

static void check_case_truth(struct check *c, struct str name, const struct ast_value *value)
{
    struct str word = check_case_word(c, value);
    if (!str_eq_text(word, "yes") && !str_eq_text(word, "no") && !str_eq_text(word, "true") &&
        !str_eq_text(word, "false")) {
        check_case_wrong_value(c, name, value, "`yes` or `no`");
    }
}

static void check_case_money(struct check *c, struct str name, const struct ast_value *value)
{
    if (value->kind != AST_VALUE_MONEY) {
        check_case_wrong_value(c, name, value, "an amount, such as `500.00 CNY`");
    } else if (!str_eq_text(value->literal.currency, CHECK_CURRENCY)) {
        check_case_wrong_value(c, name, value, "an amount in " CHECK_CURRENCY);
    } else if (value->literal.value > RECORD_AMOUNT_MINOR_MAX) {
        check_case_wrong_value(c, name, value, "an amount that a bank would report");
    }
}

static void check_case_whole(struct check *c, struct str name, const struct ast_value *value,
                             int64_t low, int64_t high, const char *wanted)
{
    if (value->kind != AST_VALUE_NUMBER || value->literal.decimals != 0 ||
        value->literal.value < low || value->literal.value > high) {
        check_case_wrong_value(c, name, value, wanted);
    }
}

static void check_case_region(struct check *c, struct str name, const struct ast_value *value)
{
    check_case_whole(c, name, value, 100000, 999999, "a county code of six digits, such as 330502");
}

static void check_case_opened(struct check *c, struct str name, const struct ast_value *value)
{
    if (value->kind != AST_VALUE_DURATION || value->literal.value > 0 ||
        value->literal.value < -CASE_OPENED_MAX_MS) {
        check_case_wrong_value(c, name, value,
                               "so long before the case, at most 40 years, such as `-3d`");
    }
}

/* {otp, loan_link} */
static void check_case_tags(struct check *c, struct str name, const struct ast_value *value)
{
    bool one = value->kind == AST_VALUE_SET && value->set->range_count <= TAGS_KEPT;
    for (const struct ast_range *r = one ? value->set->ranges : NULL; r != NULL; r = r->next) {
        const struct ast_name *tag = r->high == NULL ? check_bare_name(r->low) : NULL;
        if (tag == NULL) {
            one = false;
            break;
        }
        (void)check_find_tag(c, tag);
    }
    if (!one) {
        check_case_wrong_value(c, name, value, "one to five tags in braces, such as `{otp}`");
    }
}

/* ---- entities ---- */

static bool check_case_is_anyone(const struct ast_path *path)
{
    return path->part_count == 1 && str_eq_text(path->parts[0].text, "anyone");
}

/* P, or P.b */
static bool check_case_entity(struct check *c, const struct ast_path *path)
{
    if (path->part_count > 2 || str_eq_text(path->parts[path->part_count - 1].text, "person") ||
        (path->part_count == 2 && str_eq_text(path->parts[0].text, "anyone"))) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span, "this names nobody");
        diag_hint(c->diags, diag,
                  "`P` has a number and an account, `P.b` is a further one of the same holder, "
                  "`anyone` a new stranger each time");
        return false;
    }
    if (path->parts[0].text.len > CASE_NAME_BYTES_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span, "a name in a case has at most %d bytes",
                       CASE_NAME_BYTES_MAX);
        return false;
    }
    return true;
}

/* A device, a domain, a cell: `anyone` is another one each time. */
static void check_case_thing(struct check *c, struct str name, const struct ast_value *value)
{
    if (value->kind != AST_VALUE_PATH || value->path.part_count != 1) {
        check_case_wrong_value(c, name, value, "a name that the case gives, such as `D`");
    } else {
        (void)check_case_entity(c, &value->path);
    }
}

/* ---- given ---- */

static void check_case_attribute(struct check *c, const struct ast_given *given,
                                 const struct ast_fact *fact)
{
    const struct ast_value *value = &fact->value;
    struct str name = check_path_text(c, &fact->path, 0);
    bool personal = str_eq_text(name, "age") || str_eq_text(name, "vulnerable");
    if (personal && given->entity.part_count == 2) {
        struct str holder = given->entity.parts[0].text;
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, fact->path.span,
                                     "`%.*s` belongs to a person", DIAG_STR(name));
        diag_hint(c->diags, diag, "give it to `%.*s`", DIAG_STR(holder));
    } else if (str_eq_text(name, "age")) {
        check_case_whole(c, name, value, 0, CASE_AGE_MAX, "a number of years, 0 to 110");
    } else if (str_eq_text(name, "vulnerable")) {
        check_case_truth(c, name, value);
    } else if (str_eq_text(name, "region")) {
        check_case_region(c, name, value);
    } else if (str_eq_text(name, "class")) {
        check_case_enum(c, name, value, UNIT_ACCOUNT_CLASS);
    } else if (str_eq_text(name, "kind")) {
        bool number = event_value_find(VALUE_SET_NUMBER_KIND, check_case_word(c, value)) != 0;
        check_case_enum(c, name, value, number ? UNIT_NUMBER_KIND : UNIT_ACCOUNT_KIND);
    } else if (str_eq_text(name, "opened")) {
        check_case_opened(c, name, value);
    } else if (str_eq_text(name, "first_seen")) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, fact->path.span,
                                     "`first_seen` is what events have shown");
        diag_hint(c->diags, diag,
                  "write an earlier event, such as `-30d sms from A to B domain W`");
    } else {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, fact->path.span,
                                     "there is no attribute `%.*s`", DIAG_STR(name));
        struct diag_guess guess = diag_guess_start(name);
        check_guess_rows(&guess, vocab_attributes, 0, ATTRIBUTE_COUNT);
        (void)diag_hint_guess(c->diags, diag, &guess);
    }
}

/* The list of that name, or NULL after a diagnostic. */
static const struct checked_list *check_case_list(struct check *c, struct str name,
                                                  struct span span)
{
    const struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name);
    if (known != NULL && known->kind == CHECK_NAME_LIST) {
        return &c->out->lists[known->index];
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "there is no list `%.*s`", DIAG_STR(name));
    struct diag_guess guess = diag_guess_start(name);
    check_guess_names(c, &guess, CHECK_SPACE_VALUE, CHECK_NAME_LIST);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return NULL;
}

static void check_case_listed(struct check *c, const struct ast_given *given,
                              const struct ast_fact *fact)
{
    const struct checked_list *list = check_case_list(c, fact->name.text, fact->name.span);
    if (list != NULL && list->entity == ENTITY_PERSON && given->entity.part_count == 2) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, fact->name.span,
                                     "`%.*s` is a list of persons", DIAG_STR(fact->name.text));
        diag_hint(c->diags, diag, "put `%.*s` on it", DIAG_STR(given->entity.parts[0].text));
    }
}

static void check_case_given(struct check *c, const struct ast_given *given)
{
    if (check_case_is_anyone(&given->entity)) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, given->entity.span,
                                     "`anyone` is a new stranger each time");
        diag_hint(c->diags, diag, "give the entity a name, and use it in the events");
        return;
    }
    if (!check_case_entity(c, &given->entity)) {
        return;
    }
    for (const struct ast_fact *fact = given->facts; fact != NULL; fact = fact->next) {
        switch (fact->kind) {
        case AST_FACT_IN: check_case_listed(c, given, fact); break;
        case AST_FACT_MARKED: check_mark_given(c, fact); break;
        default: check_case_attribute(c, given, fact); break;
        }
    }
}

/* ---- events ---- */

/* Letters: c call, s call_start, e call_end, t transaction, p settlement, m sms, l login, h change,
 * w warning, o outcome; records of the directory: b binding, n number, a account, d person; i
 * listing, v override. */
static const struct {
    const char *kind;
    char letter;
} check_case_events[] = {
    {"call", 'c'},       {"call_start", 's'}, {"call_end", 'e'}, {"transaction", 't'},
    {"settlement", 'p'}, {"sms", 'm'},        {"login", 'l'},    {"change", 'h'},
    {"warning", 'w'},    {"outcome", 'o'},    {"binding", 'b'},  {"number", 'n'},
    {"account", 'a'},    {"person", 'd'},     {"listing", 'i'},  {"override", 'v'},
};

enum check_case_value {
    CASE_ENTITY,
    CASE_TRUTH,
    CASE_DURATION,
    CASE_LENGTH,
    CASE_MONEY,
    CASE_REGION,
    CASE_ENUM,
    CASE_TAGS,
    CASE_TEXT,
    CASE_THING,
    CASE_OPENED,
    CASE_TEMPLATE,
    CASE_LIST
};

struct check_case_field {
    const char *path;
    const char *events;
    enum check_case_value value;
    enum unit unit; /* CASE_ENUM */
};

static const struct check_case_field check_case_fields[] = {
    {"from", "csetpm", CASE_ENTITY, UNIT_BOOL},
    {"to", "csetpm", CASE_ENTITY, UNIT_BOOL},
    {"caller.kind", "cse", CASE_ENUM, UNIT_NUMBER_KIND},
    {"callee.kind", "cse", CASE_ENUM, UNIT_NUMBER_KIND},
    {"device", "csetplwoi", CASE_THING, UNIT_BOOL},
    {"cell", "cse", CASE_THING, UNIT_BOOL},
    {"cause", "ce", CASE_ENUM, UNIT_CALL_CAUSE},
    {"duration", "ce", CASE_DURATION, UNIT_BOOL},
    {"answered", "ce", CASE_TRUTH, UNIT_BOOL},
    {"forwarded", "ce", CASE_TRUTH, UNIT_BOOL},
    {"region", "csetplhnad", CASE_REGION, UNIT_BOOL},
    {"payer.kind", "tp", CASE_ENUM, UNIT_ACCOUNT_KIND},
    {"payee.kind", "tp", CASE_ENUM, UNIT_ACCOUNT_KIND},
    {"amount", "tp", CASE_MONEY, UNIT_BOOL},
    {"channel", "tp", CASE_ENUM, UNIT_CHANNEL},
    {"purpose", "tp", CASE_ENUM, UNIT_PURPOSE},
    {"arrival", "tp", CASE_ENUM, UNIT_ARRIVAL},
    {"balance_before", "tp", CASE_MONEY, UNIT_BOOL},
    {"balance_after", "tp", CASE_MONEY, UNIT_BOOL},
    {"sender.kind", "m", CASE_ENUM, UNIT_NUMBER_KIND},
    {"receiver.kind", "m", CASE_ENUM, UNIT_NUMBER_KIND},
    {"has_link", "m", CASE_TRUTH, UNIT_BOOL},
    {"template", "m", CASE_TEMPLATE, UNIT_BOOL},
    {"domain", "mwoi", CASE_THING, UNIT_BOOL},
    {"tags", "m", CASE_TAGS, UNIT_BOOL},
    {"text", "m", CASE_TEXT, UNIT_BOOL},
    {"user", "l", CASE_ENTITY, UNIT_BOOL},
    {"owner", "hna", CASE_ENTITY, UNIT_BOOL},
    {"what", "l", CASE_ENUM, UNIT_LOGIN_WHAT},
    {"what", "h", CASE_ENUM, UNIT_CHANGE_WHAT},
    {"number", "wobiv", CASE_ENTITY, UNIT_BOOL},
    {"account", "wobiv", CASE_ENTITY, UNIT_BOOL},
    {"person", "wobdiv", CASE_ENTITY, UNIT_BOOL},
    {"other.number", "v", CASE_ENTITY, UNIT_BOOL},
    {"other.account", "v", CASE_ENTITY, UNIT_BOOL},
    {"other.person", "v", CASE_ENTITY, UNIT_BOOL},
    {"lasts", "v", CASE_LENGTH, UNIT_BOOL},
    {"kind", "n", CASE_ENUM, UNIT_NUMBER_KIND},
    {"kind", "a", CASE_ENUM, UNIT_ACCOUNT_KIND},
    {"class", "a", CASE_ENUM, UNIT_ACCOUNT_CLASS},
    {"opened", "na", CASE_OPENED, UNIT_BOOL},
    {"vulnerable", "d", CASE_TRUTH, UNIT_BOOL},
    {"about", "wo", CASE_ENUM, UNIT_TYPOLOGY},
    {"tier", "wo", CASE_ENUM, UNIT_TIER},
    {"origin", "w", CASE_ENUM, UNIT_ORIGIN},
    {"result", "o", CASE_ENUM, UNIT_RESULT},
    {"added_to", "i", CASE_LIST, UNIT_BOOL},
    {"removed_from", "i", CASE_LIST, UNIT_BOOL},
};
enum { CASE_FIELD_COUNT = sizeof check_case_fields / sizeof check_case_fields[0] };

static bool check_case_has_letter(const char *letters, char letter)
{
    while (*letters != '\0' && *letters != letter) {
        letters++;
    }
    return *letters == letter;
}

static char check_case_event_letter(struct check *c, const struct ast_event *event)
{
    struct diag_guess guess = diag_guess_start(event->kind.text);
    for (size_t i = 0; i < sizeof check_case_events / sizeof check_case_events[0]; i++) {
        if (str_eq_text(event->kind.text, check_case_events[i].kind)) {
            return check_case_events[i].letter;
        }
        diag_guess_try(&guess, str_of(check_case_events[i].kind));
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, event->kind.span, "there is no event `%.*s`",
                                 DIAG_STR(event->kind.text));
    diag_hint(c->diags, diag,
              "events of a case are `call`, `call_start`, `call_end`, `transaction`, "
              "`settlement`, `sms`, `login`, `change`, `warning`, `outcome`, `binding`, `number`, "
              "`account`, `person`, `listing` and `override`");
    (void)diag_hint_guess(c->diags, diag, &guess);
    return 0;
}

static void check_case_value(struct check *c, const struct check_case_field *field,
                             const struct ast_pair *pair)
{
    struct str name = str_of(field->path);
    const struct ast_value *value = &pair->value;
    switch (field->value) {
    case CASE_ENTITY:
        if (value->kind == AST_VALUE_PATH) {
            (void)check_case_entity(c, &value->path);
        } else {
            check_case_wrong_value(c, name, value, "an entity, such as `P`");
        }
        break;
    case CASE_THING: check_case_thing(c, name, value); break;
    case CASE_TRUTH: check_case_truth(c, name, value); break;
    case CASE_OPENED: check_case_opened(c, name, value); break;
    case CASE_TEMPLATE:
        check_case_whole(c, name, value, 0, CASE_TEMPLATE_MAX, "a number, one for each template");
        break;
    case CASE_LIST:
        if (check_case_word(c, value).len == 0) {
            check_case_wrong_value(c, name, value, "the name of a list");
        } else {
            (void)check_case_list(c, check_case_word(c, value), value->span);
        }
        break;
    case CASE_MONEY: check_case_money(c, name, value); break;
    case CASE_REGION: check_case_region(c, name, value); break;
    case CASE_ENUM: check_case_enum(c, name, value, field->unit); break;
    case CASE_TAGS: check_case_tags(c, name, value); break;
    case CASE_TEXT:
        if (value->kind != AST_VALUE_TEXT || value->text.len > CASE_TEXT_BYTES_MAX) {
            check_case_wrong_value(c, name, value, "a text in quotes, of at most 2,000 bytes");
        }
        break;
    case CASE_LENGTH:
        if (value->kind != AST_VALUE_DURATION || value->literal.value < 0 ||
            value->literal.value > CASE_SPAN_MAX_MS) {
            check_case_wrong_value(c, name, value, "a duration of at most ten years, such as `7d`");
        }
        break;
    case CASE_DURATION:
        if (value->kind != AST_VALUE_DURATION || value->literal.value < 0 ||
            value->literal.value > CASE_DAY_MS) {
            check_case_wrong_value(c, name, value, "a duration of at most a day, such as `45m`");
        }
        break;
    }
}

/* Index of the field of a pair, or -1. */
static int check_case_find_field(struct check *c, const struct ast_event *event, char letter,
                                 const struct ast_pair *pair)
{
    struct str path = check_path_text(c, &pair->path, 0);
    struct diag_guess guess = diag_guess_start(path);
    for (int i = 0; i < CASE_FIELD_COUNT; i++) {
        if (!check_case_has_letter(check_case_fields[i].events, letter)) {
            continue;
        }
        if (str_eq_text(path, check_case_fields[i].path)) {
            return i;
        }
        diag_guess_try(&guess, str_of(check_case_fields[i].path));
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, pair->path.span, "`%.*s` has no `%.*s`",
                                 DIAG_STR(event->kind.text), DIAG_STR(path));
    if (!diag_hint_guess(c->diags, diag, &guess) && letter == 's' &&
        check_case_has_letter("daf", path.at[0])) {
        diag_hint(c->diags, diag, "that is known at the end: write `call` or `call_end`");
    }
    return -1;
}

struct check_case_seen {
    const struct ast_pair *pair[CASE_FIELD_COUNT];
};

static const struct ast_pair *check_case_seen_pair(const struct check_case_seen *seen,
                                                   const char *path)
{
    for (int i = 0; i < CASE_FIELD_COUNT; i++) {
        if (seen->pair[i] != NULL && str_eq_text(str_of(path), check_case_fields[i].path)) {
            return seen->pair[i];
        }
    }
    return NULL;
}

static void check_case_pairs(struct check *c, const struct ast_event *event, char letter,
                             struct check_case_seen *seen)
{
    for (const struct ast_pair *pair = event->pairs; pair != NULL; pair = pair->next) {
        int field = check_case_find_field(c, event, letter, pair);
        if (field < 0) {
            continue;
        }
        if (seen->pair[field] != NULL) {
            struct diag *diag = diag_add(c->diags, DIAG_ERROR, pair->path.span,
                                         "`%s` is said twice", check_case_fields[field].path);
            diag_note(c->diags, diag, seen->pair[field]->path.span, "the first time");
            continue;
        }
        seen->pair[field] = pair;
        check_case_value(c, &check_case_fields[field], pair);
    }
}

/* What a message, a login, a change, a warning or an outcome must say: of each row of paths one. */
static const struct {
    char letter;
    const char *needs[3][6];
    const char *says, *hint;
} check_case_needs[] = {
    {'m', {{"from"}, {"to"}}, "a message has two ends", "write `from S to P`"},
    {'l',
     {{"user"}, {"what"}},
     "a login is somebody's, and says what he does",
     "write for example `user P what enter`"},
    {'h',
     {{"owner"}, {"what"}},
     "a change is somebody's, and says what changes",
     "write for example `owner P what power_off`"},
    {'w',
     {{"number", "account", "person", "device", "domain"}, {"origin"}},
     "a warning is about one entity, and says whose it is",
     "write for example `person P about TYPOLOGY tier high origin ministry`"},
    {'o',
     {{"number", "account", "person", "device", "domain"}, {"about"}, {"result"}},
     "an outcome is about one entity, and says how a warning ended",
     "write for example `person P about TYPOLOGY result false_alarm`"},
    {'b',
     {{"number", "account"}, {"person"}},
     "a binding gives one number or account to a person",
     "write for example `number P.b person Q`"},
    {'n',
     {{"owner"}},
     "a record of a number is somebody's",
     "write for example `owner P kind iot`"},
    {'a',
     {{"owner"}},
     "a record of an account is somebody's",
     "write for example `owner P class ii`"},
    {'d',
     {{"person"}},
     "a record of a person names it",
     "write for example `person P vulnerable yes`"},
    {'i',
     {{"number", "account", "person", "device", "domain"}, {"added_to", "removed_from"}},
     "a list entry is one entity's, and says of which list",
     "write for example `number F added_to LIST`"},
    {'v',
     {{"number", "account", "person"},
      {"other.number", "other.account", "other.person"},
      {"lasts"}},
     "an override is about two, and says how long it lasts",
     "write for example `person P other.account X lasts 7d`"},
};

/* A list is of one kind of entity. */
static void check_case_listing(struct check *c, const struct check_case_seen *seen)
{
    const struct ast_pair *added = check_case_seen_pair(seen, "added_to");
    const struct ast_pair *of = added != NULL ? added : check_case_seen_pair(seen, "removed_from");
    const struct check_name *known =
        of == NULL ? NULL : check_find(c, CHECK_SPACE_VALUE, check_case_word(c, &of->value));
    if (known == NULL || known->kind != CHECK_NAME_LIST) {
        return;
    }
    const char *wanted = vocab_entity_text(c->out->lists[known->index].entity).at;
    if (check_case_seen_pair(seen, wanted) == NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, of->value.span, "`%.*s` is a list of %ss",
                     DIAG_STR(check_case_word(c, &of->value)), wanted);
        diag_hint(c->diags, diag, "write `%s` before who is on it", wanted);
    }
}

static void check_case_needed_note(struct check *c, const struct ast_event *event, char letter,
                                   const struct check_case_seen *seen)
{
    size_t row = 0;
    while (check_case_needs[row].letter != letter) {
        row++;
    }
    bool good = true;
    for (int i = 0; i < 3 && check_case_needs[row].needs[i][0] != NULL; i++) {
        int said = 0;
        for (int k = 0; k < 6 && check_case_needs[row].needs[i][k] != NULL; k++) {
            said += check_case_seen_pair(seen, check_case_needs[row].needs[i][k]) != NULL;
        }
        good = good && said == 1;
    }
    if (!good) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, event->kind.span, "%s", check_case_needs[row].says);
        diag_hint(c->diags, diag, "%s", check_case_needs[row].hint);
    }
}

static void check_case_needed(struct check *c, const struct ast_event *event, char letter,
                              const struct check_case_seen *seen)
{
    if (check_case_has_letter("mlhwobnadiv", letter)) {
        check_case_needed_note(c, event, letter, seen);
        return;
    }
    bool from = check_case_seen_pair(seen, "from") != NULL;
    bool to = check_case_seen_pair(seen, "to") != NULL;
    bool call = check_case_has_letter("cse", letter);
    struct diag *diag = NULL;
    if (call && (!from || !to)) {
        diag = diag_add(c->diags, DIAG_ERROR, event->kind.span, "a call has two ends");
        diag_hint(c->diags, diag, "write `from F to P`; a hidden caller is `caller.kind hidden`");
    } else if (!from && !to) {
        diag = diag_add(c->diags, DIAG_ERROR, event->kind.span, "a payment has a payer or a payee");
        diag_hint(c->diags, diag, "write `from P to X`; cash has no `to`");
    }
    if (!call && check_case_seen_pair(seen, "amount") == NULL) {
        diag = diag_add(c->diags, DIAG_ERROR, event->kind.span, "a payment has an amount");
        diag_hint(c->diags, diag, "write for example `amount 500.00 CNY`");
    }
}

static bool check_case_same(const struct ast_path *left, const struct ast_path *right)
{
    if (left->part_count != right->part_count || check_case_is_anyone(left)) {
        return false;
    }
    for (size_t i = 0; i < left->part_count; i++) {
        if (!str_eq(left->parts[i].text, right->parts[i].text)) {
            return false;
        }
    }
    return true;
}

/* Nobody calls or pays the number or account that he calls or pays from. */
static void check_case_ends(struct check *c, const struct check_case_seen *seen)
{
    const struct ast_pair *from = check_case_seen_pair(seen, "from");
    const struct ast_pair *to = check_case_seen_pair(seen, "to");
    if (from == NULL || to == NULL || from->value.kind != AST_VALUE_PATH ||
        to->value.kind != AST_VALUE_PATH || !check_case_same(&from->value.path, &to->value.path)) {
        return;
    }
    struct str name = check_path_text(c, &to->value.path, 0);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, to->value.span, "both ends are `%.*s`", DIAG_STR(name));
    diag_note(c->diags, diag, from->value.span, "%s", "");
    diag_hint(c->diags, diag, "another one of the same holder is `%.*s%s`",
              DIAG_STR(from->value.path.parts[0].text),
              from->value.path.part_count == 1 ? ".b" : "");
}

/* A message with a domain has a link, and a text is of its own template. */
static void check_case_message(struct check *c, const struct check_case_seen *seen)
{
    const struct ast_pair *link = check_case_seen_pair(seen, "has_link");
    const struct ast_pair *domain = check_case_seen_pair(seen, "domain");
    const struct ast_pair *text = check_case_seen_pair(seen, "text");
    const struct ast_pair *template = check_case_seen_pair(seen, "template");
    struct str word = link == NULL ? STR("") : check_case_word(c, &link->value);
    if (domain != NULL && (str_eq_text(word, "no") || str_eq_text(word, "false"))) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, link->value.span, "a message with a domain has a link");
        diag_note(c->diags, diag, domain->path.span, "%s", "");
    }
    if (text != NULL && template != NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, template->path.span, "the template is that of the text");
        diag_note(c->diags, diag, text->path.span, "%s", "");
    }
}

/* An outcome ends a warning, or corrects its tier and says to which. */
static void check_case_outcome(struct check *c, const struct check_case_seen *seen)
{
    const struct ast_pair *result = check_case_seen_pair(seen, "result");
    const struct ast_pair *tier = check_case_seen_pair(seen, "tier");
    if (result == NULL) { /* a warning, or an outcome that is wrong already */
        return;
    }
    bool corrects = str_eq_text(check_case_word(c, &result->value), "corrected");
    if (corrects && tier == NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, result->value.span, "a corrected tier is another one");
        diag_hint(c->diags, diag, "write for example `result corrected tier medium`");
    } else if (!corrects && tier != NULL) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, tier->path.span, "what has ended has no other tier");
        diag_note(c->diags, diag, result->value.span, "%s", "");
        diag_hint(c->diags, diag, "write `result corrected`, or no tier");
    }
}

static void check_case_times(struct check *c, const struct ast_event *event,
                             const struct check_case_seen *seen)
{
    int64_t offset = event->offset_ms;
    bool repeats = event->times != 0 || event->every_ms != 0;
    if (offset > CASE_SPAN_MAX_MS || offset < -CASE_SPAN_MAX_MS) {
        (void)diag_add(c->diags, DIAG_ERROR, event->offset_span,
                       "a case lies within ten years of its beginning");
        return;
    }
    if (repeats && (event->times < 1 || event->times > CASE_TIMES_MAX || event->every_ms < 1 ||
                    event->every_ms > CASE_SPAN_MAX_MS / event->times)) {
        (void)diag_add(c->diags, DIAG_ERROR, event->span,
                       "`every` repeats 1 to %d times, within ten years", CASE_TIMES_MAX);
        return;
    }
    if (!event->has_arrives) {
        return;
    }
    const struct ast_pair *duration = check_case_seen_pair(seen, "duration");
    bool lasts = duration != NULL && duration->value.kind == AST_VALUE_DURATION;
    int64_t end = offset + (lasts ? duration->value.literal.value : 0);
    if (repeats) {
        (void)diag_add(c->diags, DIAG_ERROR, event->span,
                       "`every` makes several events, and `arrives` is the time of one");
    } else if (event->arrives_ms < end || event->arrives_ms > CASE_SPAN_MAX_MS) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, event->span, "this arrives before it has happened");
        diag_hint(c->diags, diag, "`arrives` counts from the beginning of the case, as `+` does");
    }
}

static void check_case_event(struct check *c, const struct ast_event *event)
{
    struct check_case_seen seen = {{NULL}};
    char letter = check_case_event_letter(c, event);
    if (letter == 0) {
        return;
    }
    check_case_pairs(c, event, letter, &seen);
    check_case_needed(c, event, letter, &seen);
    check_case_listing(c, &seen);
    check_case_ends(c, &seen);
    check_case_message(c, &seen);
    check_case_outcome(c, &seen);
    check_case_times(c, event, &seen);
}

/* ---- kinds of numbers ---- */

/* What a case says of the kind of a number; one number has one kind. */
struct check_case_kind {
    struct check_case_kind *next;
    const struct ast_path *entity;
    const struct ast_value *value;
};

struct check_case_kinds {
    struct check *c;
    struct check_case_kind *first;
};

static void check_case_kind(struct check_case_kinds *kinds, const struct ast_path *entity,
                            const struct ast_value *value, bool caller)
{
    struct check *c = kinds->c;
    struct str word = check_case_word(c, value);
    uint8_t kind = event_value_find(VALUE_SET_NUMBER_KIND, word);
    if (kind == NUMBER_KIND_HIDDEN && !caller) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, value->span, "only a caller can be hidden");
        diag_hint(c->diags, diag, "write `caller.kind hidden` in the call");
    }
    if (kind == NUMBER_KIND_UNKNOWN || kind == NUMBER_KIND_HIDDEN || check_case_is_anyone(entity)) {
        return;
    }
    for (const struct check_case_kind *other = kinds->first; other != NULL; other = other->next) {
        if (check_case_same(other->entity, entity) &&
            !str_eq(check_case_word(c, other->value), word)) {
            struct diag *diag =
                diag_add(c->diags, DIAG_ERROR, value->span, "`%.*s` has another kind in this case",
                         DIAG_STR(check_path_text(c, entity, 0)));
            diag_note(c->diags, diag, other->value->span, "the first one");
            return;
        }
    }
    struct check_case_kind *said = arena_alloc(c->arena, 1, sizeof *said);
    *said = (struct check_case_kind){kinds->first, entity, value};
    kinds->first = said;
}

/* The value of a pair, or NULL. */
static const struct ast_value *check_case_find(struct check *c, const struct ast_event *event,
                                               const char *path)
{
    for (const struct ast_pair *pair = event->pairs; pair != NULL; pair = pair->next) {
        if (str_eq_text(check_path_text(c, &pair->path, 0), path)) {
            return &pair->value;
        }
    }
    return NULL;
}

static void check_case_all_kinds(struct check *c, const struct ast_case *test)
{
    static const char *const ends[4][2] = {{"from", "caller.kind"},
                                           {"to", "callee.kind"},
                                           {"from", "sender.kind"},
                                           {"to", "receiver.kind"}};
    struct check_case_kinds kinds = {c, NULL};
    for (const struct ast_given *given = test->givens; given != NULL; given = given->next) {
        for (const struct ast_fact *fact = given->facts; fact != NULL; fact = fact->next) {
            if (fact->kind == AST_FACT_ATTRIBUTE && str_eq_text(fact->path.parts[0].text, "kind")) {
                check_case_kind(&kinds, &given->entity, &fact->value, false);
            }
        }
    }
    for (const struct ast_event *event = test->events; event != NULL; event = event->next) {
        for (int end = 0; end < 4; end++) {
            const struct ast_value *who = check_case_find(c, event, ends[end][0]);
            const struct ast_value *kind = check_case_find(c, event, ends[end][1]);
            if (who != NULL && kind != NULL && who->kind == AST_VALUE_PATH) {
                check_case_kind(&kinds, &who->path, kind, end == 0);
            }
        }
    }
}

/* ---- the case ---- */

void check_case(struct check *c, const struct ast_case *test)
{
    if (test->head.broken || !check_case_size(c, test)) {
        return;
    }
    if (test->events == NULL && test->givens == NULL) {
        (void)diag_add(c->diags, DIAG_ERROR, test->head.word_span,
                       "a case without events shows nothing");
    }
    if (test->has_date && (test->day < CASE_FIRST_DAY || test->day > CASE_LAST_DAY)) {
        (void)diag_add(c->diags, DIAG_ERROR, test->head.word_span,
                       "a case lies in the years 2011 to 2099");
    }
    for (const struct ast_given *given = test->givens; given != NULL; given = given->next) {
        check_case_given(c, given);
    }
    for (const struct ast_event *event = test->events; event != NULL; event = event->next) {
        check_case_event(c, event);
    }
    check_case_all_kinds(c, test);
}
