#include "rules/check_inside.h"

#include "engine/base/must.h"

int check_first_leg(uint8_t event)
{
    return kind_infos[event].first_leg;
}

int check_last_leg(uint8_t event)
{
    return kind_infos[event].last_leg;
}

uint8_t check_leg_entity(int leg)
{
    must(leg_infos[leg].entity != ENTITY_NONE); /* else whatever the record is about */
    return leg_infos[leg].entity;
}

bool check_leg_is_role(int leg)
{
    return leg != LEG_ENTITY && leg != LEG_HOLDER;
}

bool check_leg_may_be(int leg, uint8_t entity)
{
    uint8_t of = leg_infos[leg].entity;
    bool owns = entity == ENTITY_NUMBER || entity == ENTITY_ACCOUNT;
    return of == entity || leg == LEG_ENTITY || (of == ENTITY_NONE && owns);
}

int check_leg_twin(int leg)
{
    /* Between the two may stand what was used. */
    int step = leg_infos[leg].is_person ? -1 : 1;
    int twin = leg + step;
    if (!check_leg_is_role(leg) || leg_infos[leg].party == PARTY_THING) {
        return LEG_COUNT;
    }
    while (leg_infos[twin].party == PARTY_THING) {
        twin += step;
    }
    return leg_infos[twin].entity != ENTITY_NONE ? twin : LEG_COUNT;
}

uint8_t check_leg_known(struct check *c, const struct check_scope *s, int leg, struct span span)
{
    uint8_t entity = leg == s->leg ? s->entity : leg_infos[leg].entity;
    if (entity == ENTITY_NONE) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span,
                                     "`%s` is a number or an account, and here nobody knows which",
                                     leg_infos[leg].text);
        diag_hint(c->diags, diag, "write a rule for `number` and one for `account`");
    }
    return entity;
}

struct str check_path_text(struct check *c, const struct ast_path *path, size_t from)
{
    struct buf joined = {0};
    for (size_t i = from; i < path->part_count; i++) {
        if (i > from) {
            buf_add_char(&joined, '.');
        }
        buf_add_str(&joined, path->parts[i].text);
    }
    struct str text = arena_copy(c->arena, buf_str(&joined));
    buf_fini(&joined);
    return text;
}

int check_leg(const struct ast_path *path, uint8_t event, size_t *taken)
{
    int found = LEG_COUNT;
    *taken = 0;
    for (int leg = check_first_leg(event); leg <= check_last_leg(event); leg++) {
        struct str role = str_of(leg_infos[leg].text);
        bool person = leg_infos[leg].is_person != 0;
        role.len -= person ? sizeof ".person" - 1 : 0;
        size_t parts = person ? 2 : 1;
        if (check_leg_is_role(leg) && path->part_count >= parts &&
            str_eq(path->parts[0].text, role) &&
            (!person || str_eq_text(path->parts[1].text, "person"))) {
            found = leg;
            *taken = parts;
        }
    }
    return found;
}

struct str check_legs_text(struct check *c, uint8_t event)
{
    struct buf text = {0};
    int first = check_first_leg(event);
    int last = check_last_leg(event);
    for (int leg = first; leg <= last; leg++) {
        buf_add_format(&text, "%s`%s`",
                       leg == first  ? ""
                       : leg == last ? " and "
                                     : ", ",
                       leg_infos[leg].text);
    }
    struct str copy = arena_copy(c->arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

uint8_t check_entity(struct check *c, const struct ast_name *name)
{
    uint8_t entity = vocab_entity_find(name->text);
    if (entity != ENTITY_NONE) {
        return entity;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is no kind of entity",
                                 DIAG_STR(name->text));
    diag_hint(c->diags, diag, "entities are `number`, `account`, `person`, `device` and `domain`");
    struct diag_guess guess = diag_guess_start(name->text);
    for (uint8_t kind = ENTITY_NUMBER; kind < ENTITY_KIND_COUNT; kind++) {
        diag_guess_try(&guess, vocab_entity_text(kind));
    }
    (void)diag_hint_guess(c->diags, diag, &guess);
    return ENTITY_NONE;
}
