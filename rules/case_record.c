#include "rules/case_record.h"

#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONDAY_DAY INT64_C(20150) /* 2025-03-03, an ordinary working Monday */
#define TEN_O_CLOCK_MS INT64_C(36000000)
#define KNOWN_SINCE_MS (3660 * CALTIME_DAY_MS) /* before anything that a case may say */
#define IDENTIFIER_BYTES 32

/* P and P.b are two entities of one holder: each has a number and an account. */
struct entity {
    struct str holder, part; /* part "" for P itself */
    char number[IDENTIFIER_BYTES], account[IDENTIFIER_BYTES];
    struct str number_kind; /* as the case says; "mobile" else */
    size_t serial;          /* from 1; names it as a device, a domain, a cell */
};

struct maker {
    const struct compiled *compiled;
    struct arena *arena;
    int64_t zero_ms; /* +0m */
    struct entity *entities;
    size_t entity_count, entity_cap;
    struct case_line *lines;
    size_t line_count, line_cap;
    size_t strangers, serial;
    struct buf json;
};

/* ---- entities
 * ------------------------------------------------------------------------------------ */

static struct entity *add_entity(struct maker *m, struct str holder, struct str part)
{
    void *entities = m->entities;
    mem_reserve(&entities, &m->entity_cap, m->entity_count + 1, sizeof *m->entities);
    m->entities = entities;
    struct entity *entity = &m->entities[m->entity_count++];
    *entity = (struct entity){.holder = holder, .part = part, .number_kind = STR("mobile")};
    entity->serial = m->entity_count;
    (void)snprintf(entity->number, sizeof entity->number, "120%08zu", m->entity_count);
    (void)snprintf(entity->account, sizeof entity->account, "6222%015zu", m->entity_count);
    return entity;
}

static struct entity *find_entity(struct maker *m, struct str holder, struct str part)
{
    for (size_t i = 0; i < m->entity_count; i++) {
        if (str_eq(m->entities[i].holder, holder) && str_eq(m->entities[i].part, part)) {
            return &m->entities[i];
        }
    }
    return add_entity(m, holder, part);
}

/* The entity of `P`, `P.b`, `anyone`; NULL for an end that is not said. The pointer is good until
 * the next one is asked for. */
static struct entity *entity_of(struct maker *m, const struct ast_path *path)
{
    if (path == NULL) {
        return NULL;
    }
    struct str holder = path->parts[0].text;
    if (str_eq_text(holder, "anyone")) {
        char name[IDENTIFIER_BYTES];
        (void)snprintf(name, sizeof name, "anyone %zu", ++m->strangers);
        return add_entity(m, arena_copy(m->arena, str_of(name)), STR(""));
    }
    return find_entity(m, holder, path->part_count > 1 ? path->parts[1].text : STR(""));
}

/* ---- records
 * ------------------------------------------------------------------------------------- */

static struct json_writer begin_record(struct maker *m, const char *type, int64_t time_ms)
{
    struct json_writer w = {.out = &m->json};
    char id[IDENTIFIER_BYTES];
    (void)snprintf(id, sizeof id, "case-%zu", ++m->serial);
    buf_clear(&m->json);
    json_open(&w, NULL, '{');
    json_text(&w, "type", str_of(type));
    json_text(&w, "id", str_of(id));
    json_int(&w, "time", time_ms);
    return w;
}

static void end_record(struct maker *m, struct json_writer *w, int64_t arrives_ms, bool given)
{
    json_close(w, '}');
    void *lines = m->lines;
    mem_reserve(&lines, &m->line_cap, m->line_count + 1, sizeof *m->lines);
    m->lines = lines;
    m->lines[m->line_count] = (struct case_line){.json = arena_copy(m->arena, buf_str(&m->json)),
                                                 .arrives_ms = arrives_ms,
                                                 .order = m->line_count,
                                                 .given = given};
    m->line_count++;
}

static int64_t known_since(const struct maker *m)
{
    return m->zero_ms - KNOWN_SINCE_MS;
}

/* ---- what is given
 * ------------------------------------------------------------------------------- */

static struct str value_word(const struct maker *m, const struct ast_value *value)
{
    return rule_source_text(&m->compiled->source, value->span);
}

static bool word_is_true(const struct maker *m, const struct ast_value *value)
{
    struct str word = value_word(m, value);
    return str_eq_text(word, "yes") || str_eq_text(word, "true");
}

/* A record about the entity itself: "number", "account" or "person". */
static struct json_writer begin_facts(struct maker *m, const struct entity *entity,
                                      const char *type)
{
    struct json_writer w = begin_record(m, type, known_since(m));
    if (strcmp(type, "person") == 0) {
        json_text(&w, "person", entity->holder);
    } else {
        bool number = strcmp(type, "number") == 0;
        json_text(&w, type, str_of(number ? entity->number : entity->account));
    }
    return w;
}

static void give_word(struct maker *m, const struct entity *entity, const char *type,
                      const char *name, struct str word)
{
    struct json_writer w = begin_facts(m, entity, type);
    json_text(&w, name, word);
    end_record(m, &w, known_since(m), true);
}

static void give_number(struct maker *m, const struct entity *entity, const char *type,
                        const char *name, int64_t number)
{
    struct json_writer w = begin_facts(m, entity, type);
    json_int(&w, name, number);
    end_record(m, &w, known_since(m), true);
}

static void give_region(struct maker *m, const struct entity *entity, int64_t county)
{
    static const char *const types[] = {"number", "account", "person"};
    char text[IDENTIFIER_BYTES];
    (void)snprintf(text, sizeof text, "%06" PRId64, county);
    for (int i = 0; i < (entity->part.len > 0 ? 2 : 3); i++) {
        give_word(m, entity, types[i], "region", str_of(text));
    }
}

static void give_attribute(struct maker *m, struct entity *entity, const struct ast_fact *fact)
{
    struct str name = fact->path.parts[0].text;
    const struct ast_value *value = &fact->value;
    if (str_eq_text(name, "age")) {
        int year = caltime_split(m->zero_ms, CALTIME_ZONE_MS).year;
        give_number(m, entity, "person", "birth_year", year - value->literal.value);
    } else if (str_eq_text(name, "vulnerable")) {
        struct json_writer w = begin_facts(m, entity, "person");
        json_bool(&w, "vulnerable", word_is_true(m, value));
        end_record(m, &w, known_since(m), true);
    } else if (str_eq_text(name, "region")) {
        give_region(m, entity, value->literal.value);
    } else if (str_eq_text(name, "class")) {
        give_word(m, entity, "account", "class", value_word(m, value));
    } else if (str_eq_text(name, "opened")) {
        give_number(m, entity, "number", "opened", m->zero_ms + value->literal.value);
        give_number(m, entity, "account", "opened", m->zero_ms + value->literal.value);
    } else {
        must(str_eq_text(name, "kind"));
        struct str word = value_word(m, value);
        if (event_value_find(VALUE_SET_NUMBER_KIND, word) != 0) {
            entity->number_kind = word;
        } else {
            give_word(m, entity, "account", "kind", word);
        }
    }
}

/* "account:6222..": as records name an entity of any kind. */
static void name_entity(const struct entity *entity, uint8_t kind, char *out, size_t size)
{
    struct str prefix = vocab_entity_text(kind);
    char thing[IDENTIFIER_BYTES];
    (void)snprintf(thing, sizeof thing, kind == ENTITY_DOMAIN ? "d%zu.example" : "device-%zu",
                   entity->serial);
    struct str id = kind == ENTITY_NUMBER    ? str_of(entity->number)
                    : kind == ENTITY_ACCOUNT ? str_of(entity->account)
                    : entity_is_thing(kind)  ? str_of(thing)
                                             : entity->holder;
    (void)snprintf(out, size, "%.*s:%.*s", (int)prefix.len, prefix.at, (int)id.len, id.at);
}

/* Of which kind a list is. */
static uint8_t list_kind(const struct maker *m, struct str list)
{
    const struct checked *checked = m->compiled->checked;
    uint8_t kind = ENTITY_NONE;
    for (size_t i = 0; i < checked->list_count; i++) {
        if (str_eq(checked->lists[i].name, list)) {
            kind = checked->lists[i].entity;
        }
    }
    must(kind != ENTITY_NONE);
    return kind;
}

static struct json_writer begin_listing(struct maker *m, const struct entity *entity,
                                        struct str list, const char *action, int64_t time_ms)
{
    char named[IDENTIFIER_BYTES * 8];
    name_entity(entity, list_kind(m, list), named, sizeof named);
    struct json_writer w = begin_record(m, "listing", time_ms);
    json_text(&w, "list", list);
    json_text(&w, "entity", str_of(named));
    json_text(&w, "action", str_of(action));
    return w;
}

static void give_listing(struct maker *m, const struct entity *entity, struct str list)
{
    struct json_writer w = begin_listing(m, entity, list, "add", known_since(m));
    end_record(m, &w, known_since(m), true);
}

/* The number and the account, and so, if the pack asks, their holder; it may be a thing, too. The
 * line is a list entry's, from which cases.c makes a mark. */
static void give_mark(struct maker *m, const struct entity *entity, const struct ast_fact *fact)
{
    static const uint8_t kinds[] = {ENTITY_NUMBER, ENTITY_ACCOUNT, ENTITY_DEVICE, ENTITY_DOMAIN};
    for (size_t i = 0; i < sizeof kinds; i++) {
        char named[IDENTIFIER_BYTES * 8];
        name_entity(entity, kinds[i], named, sizeof named);
        struct json_writer w = begin_record(m, "listing", known_since(m));
        json_text(&w, "list", fact->name.text);
        json_text(&w, "entity", str_of(named));
        json_text(&w, "action", STR("add"));
        end_record(m, &w, known_since(m), true);
        struct case_line *line = &m->lines[m->line_count - 1];
        line->mark = fact->name.text;
        line->level = fact->level == 0 ? 1 : (uint8_t)fact->level;
    }
}

static void make_given(struct maker *m, const struct ast_given *given)
{
    struct entity *entity = entity_of(m, &given->entity);
    for (const struct ast_fact *fact = given->facts; fact != NULL; fact = fact->next) {
        if (fact->kind == AST_FACT_IN) {
            give_listing(m, entity, fact->name.text);
        } else if (fact->kind == AST_FACT_MARKED) {
            give_mark(m, entity, fact);
        } else {
            give_attribute(m, entity, fact);
        }
    }
}

/* Who holds what, and the kinds that were said or go without saying. */
static void make_holders(struct maker *m)
{
    static const char *const types[] = {"number", "account"};
    for (size_t i = 0; i < m->entity_count; i++) {
        const struct entity *entity = &m->entities[i];
        for (int k = 0; k < 2; k++) {
            struct json_writer w = begin_record(m, "binding", known_since(m));
            json_text(&w, types[k], str_of(k == 0 ? entity->number : entity->account));
            json_text(&w, "person", entity->holder);
            end_record(m, &w, known_since(m) - 1, true);
        }
        struct json_writer w = begin_facts(m, entity, "number");
        json_text(&w, "kind", entity->number_kind);
        end_record(m, &w, known_since(m) - 1, true);
        w = begin_facts(m, entity, "account");
        json_text(&w, "kind", STR("personal"));
        end_record(m, &w, known_since(m) - 1, true);
    }
}

/* ---- what happens
 * -------------------------------------------------------------------------------- */

static const struct ast_value *said(const struct ast_event *event, const char *path)
{
    struct str wanted = str_of(path);
    for (const struct ast_pair *pair = event->pairs; pair != NULL; pair = pair->next) {
        struct str first = pair->path.parts[0].text;
        size_t dot = (size_t)(strcspn(path, "."));
        bool one = pair->path.part_count == 1 && str_eq(first, wanted);
        bool two = pair->path.part_count == 2 && dot < wanted.len &&
                   str_eq(first, (struct str){path, dot}) &&
                   str_eq_text(pair->path.parts[1].text, path + dot + 1);
        if (one || two) {
            return &pair->value;
        }
    }
    return NULL;
}

/* One occurrence of an event, its ends chosen. */
struct moment {
    const struct ast_event *event;
    int64_t time_ms, arrives_ms;
    struct entity from, to;      /* holder empty: nobody */
    size_t device, domain, cell; /* by their serials; 0: not said */
};

static void copy_word(struct maker *m, struct json_writer *w, const struct moment *moment,
                      const char *path, const char *name)
{
    const struct ast_value *value = said(moment->event, path);
    if (value != NULL) {
        json_text(w, name, value_word(m, value));
    }
}

static void copy_truth(struct maker *m, struct json_writer *w, const struct moment *moment,
                       const char *name)
{
    const struct ast_value *value = said(moment->event, name);
    if (value != NULL) {
        json_bool(w, name, word_is_true(m, value));
    }
}

static void copy_money(struct json_writer *w, const struct moment *moment, const char *name)
{
    const struct ast_value *value = said(moment->event, name);
    if (value != NULL) {
        json_money(w, name, value->literal.value);
    }
}

static void copy_region(struct json_writer *w, const struct moment *moment)
{
    const struct ast_value *value = said(moment->event, "region");
    if (value != NULL) {
        char text[IDENTIFIER_BYTES];
        (void)snprintf(text, sizeof text, "%06" PRId64, value->literal.value);
        json_text(w, "region", str_of(text));
    }
}

static void copy_thing(struct json_writer *w, const char *name, const char *prefix, size_t serial)
{
    if (serial > 0) {
        char text[IDENTIFIER_BYTES];
        (void)snprintf(text, sizeof text, "%s-%zu", prefix, serial);
        json_text(w, name, str_of(text));
    }
}

static void make_call_message(struct maker *m, const struct moment *moment, const char *phase)
{
    const struct ast_value *duration = said(moment->event, "duration");
    const struct ast_value *kind = said(moment->event, "caller.kind");
    bool start = strcmp(phase, "start") == 0;
    bool end = strcmp(phase, "end") == 0;
    bool hidden = kind != NULL && str_eq_text(value_word(m, kind), "hidden");
    int64_t length_ms = duration == NULL ? 0 : duration->literal.value;
    int64_t time_ms = moment->time_ms + (end ? length_ms : 0);
    struct json_writer w = begin_record(m, "call", time_ms);
    json_text(&w, "phase", str_of(phase));
    if (hidden) {
        json_null(&w, "caller");
    } else {
        json_text(&w, "caller", str_of(moment->from.number));
    }
    json_text(&w, "callee", str_of(moment->to.number));
    copy_region(&w, moment);
    copy_thing(&w, "imei", "device", moment->device);
    copy_thing(&w, "cell", "cell", moment->cell);
    if (!start && duration != NULL) {
        json_int(&w, "duration_ms", length_ms);
    }
    if (!start && said(moment->event, "answered") == NULL && duration != NULL) {
        json_bool(&w, "answered", length_ms > 0);
    }
    if (!start) {
        copy_truth(m, &w, moment, "answered");
        copy_truth(m, &w, moment, "forwarded");
        copy_word(m, &w, moment, "cause", "cause");
    }
    int64_t judged_ms = time_ms + (strcmp(phase, "record") == 0 ? length_ms : 0);
    end_record(m, &w, moment->event->has_arrives ? moment->arrives_ms : judged_ms, false);
}

static void make_payment_message(struct maker *m, const struct moment *moment, const char *phase)
{
    static const char *const ends[] = {"payer", "payee"};
    static const char *const kinds[] = {"payer.kind", "payee.kind"};
    const struct entity *entities[] = {&moment->from, &moment->to};
    struct json_writer w = begin_record(m, "transaction", moment->time_ms);
    json_text(&w, "phase", str_of(phase));
    for (int i = 0; i < 2; i++) {
        if (entities[i]->holder.len == 0) {
            continue;
        }
        json_open(&w, ends[i], '{');
        json_text(&w, "account", str_of(entities[i]->account));
        copy_word(m, &w, moment, kinds[i], "kind");
        json_close(&w, '}');
    }
    copy_money(&w, moment, "amount");
    json_text(&w, "currency", STR("CNY"));
    copy_word(m, &w, moment, "channel", "channel");
    copy_word(m, &w, moment, "purpose", "purpose");
    copy_word(m, &w, moment, "arrival", "arrival");
    copy_money(&w, moment, "balance_before");
    copy_money(&w, moment, "balance_after");
    copy_region(&w, moment);
    copy_thing(&w, "device", "device", moment->device);
    end_record(m, &w, moment->event->has_arrives ? moment->arrives_ms : moment->time_ms, false);
}

static void end_event(struct maker *m, struct json_writer *w, const struct moment *moment)
{
    end_record(m, w, moment->event->has_arrives ? moment->arrives_ms : moment->time_ms, false);
}

/* A text for each number: of digits in circles, which are no digits and no words of anybody. */
static void write_template(struct json_writer *w, int64_t number)
{
    struct buf text = {0};
    char digits[IDENTIFIER_BYTES];
    (void)snprintf(digits, sizeof digits, "%" PRId64, number);
    for (const char *digit = digits; *digit != '\0'; digit++) {
        buf_add_text(&text, "\xe2\x91"); /* U+2460 is a one in a circle */
        buf_add_char(&text, (char)(0xa0 + (*digit - '0')));
    }
    json_text(w, "text", buf_str(&text));
    buf_fini(&text);
}

/* `tags {otp}` says that it has these and no other: as if the feed had said so. */
static void write_tags(struct maker *m, struct json_writer *w, const struct moment *moment)
{
    const struct ast_value *tags = said(moment->event, "tags");
    const struct ast_value *text = said(moment->event, "text");
    const struct ast_value *template = said(moment->event, "template");
    if (template != NULL) {
        write_template(w, template->literal.value);
    } else if (text != NULL || tags != NULL) {
        json_text(w, "text", text == NULL ? STR("") : text->text);
    }
    if (tags == NULL) {
        return;
    }
    json_open(w, "tags", '[');
    for (const struct ast_range *r = tags->set->ranges; r != NULL; r = r->next) {
        struct buf name = {0};
        buf_add_text(&name, "tag:");
        buf_add_str(&name, rule_source_text(&m->compiled->source, r->low->span));
        json_text(w, NULL, buf_str(&name));
        buf_fini(&name);
    }
    json_close(w, ']');
}

static void make_sms(struct maker *m, const struct moment *moment)
{
    const struct ast_value *link = said(moment->event, "has_link");
    struct json_writer w = begin_record(m, "sms", moment->time_ms);
    json_text(&w, "sender", str_of(moment->from.number));
    json_text(&w, "receiver", str_of(moment->to.number));
    if (moment->domain > 0) {
        char url[IDENTIFIER_BYTES * 2];
        (void)snprintf(url, sizeof url, "http://d%zu.example/", moment->domain);
        json_open(&w, "urls", '[');
        json_text(&w, NULL, str_of(url));
        json_close(&w, ']');
    } else if (link != NULL) {
        json_open(&w, "urls", '[');
        if (word_is_true(m, link)) {
            json_text(&w, NULL, STR("http://a.example"));
        }
        json_close(&w, ']');
    }
    write_tags(m, &w, moment);
    end_event(m, &w, moment);
}

/* Who has a number and an account changes the one of which such a change can be. */
static bool changes_account(struct str what)
{
    return str_eq_text(what, "account_opened") || str_eq_text(what, "ebanking_opened") ||
           str_eq_text(what, "limit_raised");
}

static void make_login_or_change(struct maker *m, const struct moment *moment, const char *type)
{
    bool login = strcmp(type, "login") == 0;
    const struct ast_value *who = said(moment->event, login ? "user" : "owner");
    struct str what = value_word(m, said(moment->event, "what"));
    bool account = login || changes_account(what);
    const struct entity *entity = entity_of(m, &who->path);
    struct json_writer w = begin_record(m, type, moment->time_ms);
    json_text(&w, account ? "account" : "number",
              str_of(account ? entity->account : entity->number));
    json_text(&w, "what", what);
    copy_region(&w, moment);
    copy_thing(&w, "device", "device", moment->device);
    end_event(m, &w, moment);
}

static void write_subject(struct maker *m, struct json_writer *w, const struct moment *moment)
{
    for (uint8_t kind = ENTITY_NUMBER; kind < ENTITY_KIND_COUNT; kind++) {
        const struct ast_value *who = said(moment->event, vocab_entity_text(kind).at);
        if (who != NULL) {
            char named[IDENTIFIER_BYTES * 8];
            name_entity(entity_of(m, &who->path), kind, named, sizeof named);
            json_text(w, "subject", str_of(named));
        }
    }
}

static void make_warning_or_outcome(struct maker *m, const struct moment *moment, const char *type)
{
    struct json_writer w = begin_record(m, type, moment->time_ms);
    write_subject(m, &w, moment);
    copy_word(m, &w, moment, "about", "typology");
    copy_word(m, &w, moment, "tier", "tier");
    copy_word(m, &w, moment, "origin", "origin");
    copy_word(m, &w, moment, "result", "result");
    end_event(m, &w, moment);
}

static const struct entity *said_entity(struct maker *m, const struct moment *moment,
                                        const char *path)
{
    const struct ast_value *value = said(moment->event, path);
    return value == NULL ? NULL : entity_of(m, &value->path);
}

/* The directory learns something while the case goes on. */
static void make_binding(struct maker *m, const struct moment *moment)
{
    struct json_writer w = begin_record(m, "binding", moment->time_ms);
    struct str holder = said_entity(m, moment, "person")->holder;
    const struct entity *number = said_entity(m, moment, "number");
    if (number != NULL) {
        json_text(&w, "number", str_of(number->number));
    } else {
        json_text(&w, "account", str_of(said_entity(m, moment, "account")->account));
    }
    json_text(&w, "person", holder);
    end_event(m, &w, moment);
}

/* An entry of a list comes or goes while the case goes on. */
static void make_listing(struct maker *m, const struct moment *moment)
{
    const struct ast_value *added = said(moment->event, "added_to");
    struct str list = value_word(m, added != NULL ? added : said(moment->event, "removed_from"));
    const struct entity *entity = said_entity(m, moment, vocab_entity_text(list_kind(m, list)).at);
    struct json_writer w =
        begin_listing(m, entity, list, added != NULL ? "add" : "remove", moment->time_ms);
    end_event(m, &w, moment);
}

/* The one of the pair that the case names, as its number, account or person. */
static void write_named(struct maker *m, struct json_writer *w, const struct moment *moment,
                        const char *prefix, const char *name)
{
    for (uint8_t kind = ENTITY_NUMBER; kind <= ENTITY_PERSON; kind++) {
        char path[32];
        (void)snprintf(path, sizeof path, "%s%s", prefix, vocab_entity_text(kind).at);
        const struct entity *entity = said_entity(m, moment, path);
        if (entity != NULL) {
            char named[IDENTIFIER_BYTES * 8];
            name_entity(entity, kind, named, sizeof named);
            json_text(w, name, str_of(named));
        }
    }
}

/* Somebody says that nothing is to be done about two for a while. */
static void make_override(struct maker *m, const struct moment *moment)
{
    struct json_writer w = begin_record(m, "override", moment->time_ms);
    write_named(m, &w, moment, "", "subject");
    write_named(m, &w, moment, "other.", "other");
    json_int(&w, "to", moment->time_ms + said(moment->event, "lasts")->literal.value);
    end_event(m, &w, moment);
}

static void make_fact(struct maker *m, const struct moment *moment, const char *type)
{
    const struct ast_value *opened = said(moment->event, "opened");
    struct json_writer w = begin_record(m, type, moment->time_ms);
    if (strcmp(type, "person") == 0) {
        json_text(&w, type, said_entity(m, moment, "person")->holder);
    } else {
        const struct entity *entity = said_entity(m, moment, "owner");
        bool number = strcmp(type, "number") == 0;
        json_text(&w, type, str_of(number ? entity->number : entity->account));
    }
    copy_word(m, &w, moment, "kind", "kind");
    copy_word(m, &w, moment, "class", "class");
    copy_truth(m, &w, moment, "vulnerable");
    copy_region(&w, moment);
    if (opened != NULL) {
        json_int(&w, "opened", m->zero_ms + opened->literal.value);
    }
    end_event(m, &w, moment);
}

/* true if the moment is one of the directory's. */
static bool make_directory_record(struct maker *m, const struct moment *moment)
{
    static const char *const types[] = {"number", "account", "person"};
    struct str kind = moment->event->kind.text;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (str_eq_text(kind, types[i])) {
            make_fact(m, moment, types[i]);
            return true;
        }
    }
    if (str_eq_text(kind, "binding")) {
        make_binding(m, moment);
        return true;
    }
    return false;
}

static void make_message(struct maker *m, const struct moment *moment)
{
    struct str kind = moment->event->kind.text;
    if (make_directory_record(m, moment)) {
        return;
    }
    if (str_eq_text(kind, "transaction")) {
        make_payment_message(m, moment, "initiated");
    } else if (str_eq_text(kind, "settlement")) {
        make_payment_message(m, moment, "posted");
    } else if (str_eq_text(kind, "sms")) {
        make_sms(m, moment);
    } else if (str_eq_text(kind, "login")) {
        make_login_or_change(m, moment, "login");
    } else if (str_eq_text(kind, "change")) {
        make_login_or_change(m, moment, "change");
    } else if (str_eq_text(kind, "warning")) {
        make_warning_or_outcome(m, moment, "warning");
    } else if (str_eq_text(kind, "outcome")) {
        make_warning_or_outcome(m, moment, "outcome");
    } else if (str_eq_text(kind, "listing")) {
        make_listing(m, moment);
    } else if (str_eq_text(kind, "override")) {
        make_override(m, moment);
    } else if (str_eq_text(kind, "call_start")) {
        make_call_message(m, moment, "start");
    } else if (str_eq_text(kind, "call_end")) {
        make_call_message(m, moment, "end");
    } else if (moment->event->has_arrives) { /* the carrier sent one late record */
        make_call_message(m, moment, "record");
    } else {
        make_call_message(m, moment, "start");
        m->serial--; /* the same id */
        make_call_message(m, moment, "end");
    }
}

/* An end of the event; what the case says of its number's kind holds for the whole case. */
static struct entity choose_end(struct maker *m, const struct ast_event *event, const char *end,
                                const char *kind_path)
{
    const struct ast_value *value = said(event, end);
    const struct ast_value *kind = said(event, kind_path);
    struct entity *entity = entity_of(m, value == NULL ? NULL : &value->path);
    if (entity == NULL) {
        return (struct entity){.holder = STR("")};
    }
    if (kind != NULL && !str_eq_text(value_word(m, kind), "hidden")) {
        entity->number_kind = value_word(m, kind);
    }
    return *entity;
}

/* Serial of what stands behind `device`, `domain`, `cell`. */
static size_t choose_thing(struct maker *m, const struct ast_event *event, const char *what)
{
    const struct ast_value *value = said(event, what);
    return value == NULL ? 0 : entity_of(m, &value->path)->serial;
}

static void make_event(struct maker *m, const struct ast_event *event)
{
    int64_t times = event->times > 0 ? event->times : 1;
    for (int64_t i = 0; i < times; i++) {
        struct moment moment = {.event = event,
                                .time_ms = m->zero_ms + event->offset_ms + i * event->every_ms,
                                .arrives_ms = m->zero_ms + event->arrives_ms};
        bool sms = str_eq_text(event->kind.text, "sms");
        moment.from = choose_end(m, event, "from", sms ? "sender.kind" : "caller.kind");
        moment.to = choose_end(m, event, "to", sms ? "receiver.kind" : "callee.kind");
        moment.device = choose_thing(m, event, "device");
        moment.domain = choose_thing(m, event, "domain");
        moment.cell = choose_thing(m, event, "cell");
        make_message(m, &moment);
    }
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

static int line_compare(const void *a, const void *b)
{
    const struct case_line *left = a;
    const struct case_line *right = b;
    if (left->given != right->given) {
        return left->given ? -1 : 1;
    }
    if (left->arrives_ms != right->arrives_ms) {
        return left->arrives_ms < right->arrives_ms ? -1 : 1;
    }
    return left->order < right->order ? -1 : 1;
}

struct case_script case_script_make(const struct compiled *compiled, const struct ast_case *test,
                                    struct arena *arena)
{
    struct maker m = {.compiled = compiled, .arena = arena};
    int64_t day = test->has_date ? test->day : MONDAY_DAY;
    int64_t clock_ms = test->has_clock ? test->clock_ms : TEN_O_CLOCK_MS;
    m.zero_ms = day * CALTIME_DAY_MS - CALTIME_ZONE_MS + clock_ms;
    for (const struct ast_given *given = test->givens; given != NULL; given = given->next) {
        make_given(&m, given);
    }
    for (const struct ast_event *event = test->events; event != NULL; event = event->next) {
        make_event(&m, event);
    }
    make_holders(&m);
    qsort(m.lines, m.line_count, sizeof *m.lines, line_compare);
    struct case_script script = {arena_alloc(arena, m.line_count, sizeof *script.records),
                                 m.line_count};
    if (m.line_count > 0) {
        memcpy(script.records, m.lines, m.line_count * sizeof *m.lines);
    }
    mem_free(m.lines);
    mem_free(m.entities);
    buf_fini(&m.json);
    return script;
}
