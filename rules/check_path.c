#include "rules/check_inside.h"

/* ---- nodes ---- */

struct checked_expr *check_new(struct check *c, enum checked_op op, enum unit unit,
                               struct span span)
{
    struct checked_expr *expr = arena_alloc(c->arena, 1, sizeof *expr);
    expr->op = op;
    expr->unit = unit;
    expr->span = span;
    return expr;
}

/* NULL after a diagnostic: it is of a calendar, and there is none. */
static struct checked_expr *check_new_word(struct check *c, enum checked_op op, int word,
                                           struct span span)
{
    if ((word == WORD_WORKDAY || word == WORD_HOLIDAY) &&
        !check_has_calendar(c, span, vocab_words[word].text)) {
        return NULL;
    }
    struct checked_expr *expr = check_new(c, op, (enum unit)vocab_words[word].unit, span);
    expr->word = (uint8_t)word;
    return expr;
}

/* Word of the record looked at, or -1. */
static int check_record_word(const struct check_scope *s, struct str text)
{
    return vocab_find_word(text, vocab_stream_scope(s->stream));
}

/* Word of the event in hand, or -1. */
static int check_event_word(const struct check_scope *s, struct str text)
{
    return s->place == CHECK_IN_RULE ? vocab_find_word(text, vocab_event_scope(s->event)) : -1;
}

const char *check_event_name(uint8_t event)
{
    static const char *const names[EVENT_KIND_COUNT] = {[EVENT_CALL] = "a call",
                                                        [EVENT_TRANSACTION] = "a transaction",
                                                        [EVENT_LISTING] = "a list entry",
                                                        [EVENT_SMS] = "a message",
                                                        [EVENT_LOGIN] = "a login",
                                                        [EVENT_CHANGE] = "a change",
                                                        [EVENT_WARNING] = "a warning",
                                                        [EVENT_OUTCOME] = "an outcome",
                                                        [EVENT_MARK] = "a mark",
                                                        [EVENT_BINDING] = "a binding",
                                                        [EVENT_NUMBER] = "a record of a number",
                                                        [EVENT_ACCOUNT] = "a record of an account",
                                                        [EVENT_PERSON] = "a record of a person",
                                                        [EVENT_TIMEOUT] = "a timeout"};
    return names[event];
}

/* ---- what is unknown ---- */

int check_word_unit(struct str text)
{
    for (int unit = 0; unit < UNIT_TYPES; unit++) {
        int set = vocab_value_set((uint8_t)unit);
        if (set >= 0 && event_value_find((enum value_set)set, text) != 0) {
            return unit;
        }
    }
    return -1;
}

static void check_guess_scope(const struct check *c, const struct check_scope *s,
                              struct diag_guess *guess)
{
    char letter = s->in_where                 ? vocab_stream_scope(s->stream)
                  : s->place == CHECK_IN_RULE ? vocab_event_scope(s->event)
                                              : 0;
    for (int word = 0; word < WORD_COUNT; word++) {
        if (vocab_in_scope(&vocab_words[word], letter)) {
            diag_guess_try(guess, str_of(vocab_words[word].text));
        }
    }
    if (s->place != CHECK_IN_CONST) {
        check_guess_names(c, guess, CHECK_SPACE_VALUE, CHECK_NAME_FEATURE);
    }
    check_guess_names(c, guess, CHECK_SPACE_VALUE, CHECK_NAME_CONST);
}

/* A field, but not of what is looked at here. */
static void check_wrong_field(struct check *c, const struct check_scope *s, struct str text,
                              struct span span)
{
    if (s->in_where) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "a record of `%s` has no `%.*s`",
                                     vocab_streams[s->stream].text, DIAG_STR(text));
        if (check_event_word(s, text) >= 0) {
            diag_hint(c->diags, diag, "`this.%.*s` is that of the event in hand", DIAG_STR(text));
        } else if (s->place == CHECK_IN_PATTERN &&
                   vocab_find_word(text, vocab_event_scope(vocab_streams[s->stream].event)) >= 0) {
            diag_hint(c->diags, diag,
                      s->pattern->absence_ms != 0
                          ? "the event has it, and is gone when the wait of a pattern is over"
                          : "the event has it, which only the last step of a pattern can ask");
        }
        return;
    }
    if (s->place == CHECK_IN_RULE) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is no field of %s",
                                     DIAG_STR(text), check_event_name(s->event));
        if (s->timeout == NULL || !check_hint_step(c, diag, s->timeout, text)) {
            diag_hint(c->diags, diag, "this rule runs on `%s`", vocab_triggers[s->trigger].text);
        }
        return;
    }
    bool feature = s->place == CHECK_IN_FEATURE;
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a field of an event, and %s has none",
                 DIAG_STR(text), feature ? "a feature" : "a constant");
    if (feature) {
        diag_hint(c->diags, diag,
                  "a feature uses its page and the time; move the comparison into the rule");
    }
}

static void check_unknown(struct check *c, const struct check_scope *s, struct str text,
                          struct span span)
{
    if (vocab_find(vocab_words, WORD_COUNT, text) >= 0) {
        check_wrong_field(c, s, text, span);
        return;
    }
    int unit = check_word_unit(text);
    if (unit >= 0) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, span, "`%.*s` stands alone", DIAG_STR(text));
        diag_hint(c->diags, diag, "it is %s: compare it with one, as in `... == %.*s`",
                  type_text((enum unit)unit), DIAG_STR(text));
        return;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "unknown name `%.*s`", DIAG_STR(text));
    static const char *const answers[] = {"true", "false", "yes", "no"};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (str_eq_text(text, answers[i])) {
            diag_hint(c->diags, diag, "a condition stands for itself, or behind `not`");
            return;
        }
    }
    struct diag_guess guess = diag_guess_start(text);
    check_guess_scope(c, s, &guess);
    (void)diag_hint_guess(c->diags, diag, &guess);
}

/* ---- one name ---- */

static struct checked_expr *check_feature_name(struct check *c, const struct check_scope *s,
                                               struct check_name *name, struct span span)
{
    name->used = true;
    const struct checked_feature *feature = check_feature(c, name->index, span);
    if (feature == NULL) {
        return NULL;
    }
    if (feature->entity == s->entity) {
        struct checked_expr *expr = check_new(c, CHECKED_FEATURE, feature->unit, span);
        expr->feature = feature;
        return expr;
    }
    struct str of = vocab_entity_text(feature->entity);
    struct str here = vocab_entity_text(s->entity);
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a feature of %.*ss",
                                 DIAG_STR(name->text), DIAG_STR(of));
    diag_label(c->diags, diag, "here is the page of a%s %.*s",
               s->entity == ENTITY_ACCOUNT ? "n" : "", DIAG_STR(here));
    for (int leg = check_first_leg(s->event);
         s->place == CHECK_IN_RULE && !s->in_where && leg < s->leg; leg++) {
        if (leg_infos[leg].entity == feature->entity) {
            diag_hint(c->diags, diag, "did you mean `%s.%.*s`?", leg_infos[leg].text,
                      DIAG_STR(name->text));
            break;
        }
    }
    return NULL;
}

static struct checked_expr *check_known_name(struct check *c, const struct check_scope *s,
                                             struct check_name *name, struct span span)
{
    switch (name->kind) {
    case CHECK_NAME_CONST: return check_const_value(c, name, span);
    case CHECK_NAME_LIST: {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a list, not a value",
                                     DIAG_STR(name->text));
        diag_hint(c->diags, diag, "ask who is on it, as in `subject in %.*s`",
                  DIAG_STR(name->text));
        return NULL;
    }
    case CHECK_NAME_TAG: {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a tag, not a value",
                                     DIAG_STR(name->text));
        diag_hint(c->diags, diag, "ask for it: `tags has %.*s`", DIAG_STR(name->text));
        return NULL;
    }
    case CHECK_NAME_FEATURE:
        if (s->place == CHECK_IN_CONST) {
            (void)diag_add(c->diags, DIAG_ERROR, span,
                           "`%.*s` is a feature, and a constant is the same everywhere",
                           DIAG_STR(name->text));
            return NULL;
        }
        return check_feature_name(c, s, name, span);
    case CHECK_NAME_CALENDAR: {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span,
                                     "`%.*s` is a calendar, not a value", DIAG_STR(name->text));
        diag_hint(c->diags, diag, "ask `workday`, `holiday`, or look back `in 5 workdays`");
        return NULL;
    }
    case CHECK_NAME_CARD: return check_card_name(c, s, name, span);
    case CHECK_NAME_PATTERN: {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, span, "`%.*s` is a pattern, not a value",
                                     DIAG_STR(name->text));
        diag_hint(c->diags, diag, "write `matches %.*s`, or a field of a step of it",
                  DIAG_STR(name->text));
        return NULL;
    }
    default: return NULL; /* refused where it stands */
    }
}

bool check_name_means(struct check *c, const struct check_scope *s, struct str name)
{
    int word = s->in_where ? check_record_word(s, name) : check_event_word(s, name);
    return word >= 0 || (s->in_hand && check_event_word(s, name) >= 0) ||
           check_find(c, CHECK_SPACE_VALUE, name) != NULL;
}

static struct checked_expr *check_bare(struct check *c, const struct check_scope *s,
                                       const struct ast_name *name)
{
    int word = s->in_where ? check_record_word(s, name->text) : check_event_word(s, name->text);
    if (word >= 0 && s->once) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span,
                                     "an aggregate inside `where` is computed once, without the "
                                     "record looked at");
        if (check_event_word(s, name->text) >= 0) {
            diag_hint(c->diags, diag, "`this.%.*s` is that of the event in hand",
                      DIAG_STR(name->text));
        }
        return NULL;
    }
    if (word >= 0) {
        return check_new_word(c, s->in_where ? CHECKED_RECORD : CHECKED_WORD, word, name->span);
    }
    if (s->in_hand && check_event_word(s, name->text) >= 0) {
        return check_new_word(c, CHECKED_WORD, check_event_word(s, name->text), name->span);
    }
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known != NULL) {
        return check_known_name(c, s, known, name->span);
    }
    if (str_eq_text(name->text, "subject") || str_eq_text(name->text, "this")) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` alone is no value",
                                     DIAG_STR(name->text));
        diag_hint(c->diags, diag, "%s",
                  str_eq_text(name->text, "this") ? "write for example `this.amount`"
                                                  : "write for example `subject.opened`, or "
                                                    "`subject in LIST`");
        return NULL;
    }
    check_unknown(c, s, name->text, name->span);
    return NULL;
}

/* ---- longer paths ---- */

/* Attribute of that kind of page, or -1. */
static int check_find_attribute(uint8_t entity, struct str text)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (str_eq_text(text, vocab_attributes[i].text) &&
            vocab_on_page(&vocab_attributes[i], entity)) {
            return i;
        }
    }
    return -1;
}

static void check_guess_attributes(struct diag_guess *guess, uint8_t entity)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (vocab_on_page(&vocab_attributes[i], entity)) {
            diag_guess_try(guess, str_of(vocab_attributes[i].text));
        }
    }
}

static struct diag *check_no_attribute(struct check *c, uint8_t entity, const struct ast_name *name)
{
    struct str kind = vocab_entity_text(entity);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span, "%s %.*s has no attribute `%.*s`",
                 entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(kind), DIAG_STR(name->text));
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_attributes(&guess, entity);
    (void)diag_hint_guess(c->diags, diag, &guess);
    return diag;
}

/* subject.opened */
static struct checked_expr *check_subject(struct check *c, const struct check_scope *s,
                                          const struct ast_path *path)
{
    const struct ast_name *name = &path->parts[1];
    if (s->place == CHECK_IN_CONST) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span,
                       "a constant has no subject: it is the same everywhere");
        return NULL;
    }
    int attribute = check_find_attribute(s->entity, name->text);
    if (attribute >= 0 && path->part_count == 2) {
        struct checked_expr *expr =
            check_new(c, CHECKED_ATTRIBUTE, (enum unit)vocab_attributes[attribute].unit,
                      path->span);
        expr->attribute = (uint8_t)attribute;
        return expr;
    }
    struct diag *diag = check_no_attribute(c, s->entity, name);
    const struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    if (known != NULL && known->kind == CHECK_NAME_FEATURE) {
        diag_hint(c->diags, diag, "a feature of the subject is written by its name alone: `%.*s`",
                  DIAG_STR(name->text));
    }
    return NULL;
}

/* The event in hand of a pattern has the name of its last step. */
static void check_no_hand(struct check *c, const struct check_scope *s, const struct ast_path *path)
{
    if (s->pattern->absence_ms != 0) {
        (void)diag_add(c->diags, DIAG_ERROR, path->span,
                       "no event is in hand when the wait of a pattern is over");
        return;
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span,
                                 "the event in hand fills the last step of a pattern");
    diag_hint(c->diags, diag, "write `%.*s.%.*s`",
              DIAG_STR(s->pattern->steps[s->pattern->step_count - 1].name),
              DIAG_STR(check_path_text(c, path, 1)));
}

/* this.amount */
static struct checked_expr *check_this(struct check *c, const struct check_scope *s,
                                       const struct ast_path *path)
{
    struct str text = check_path_text(c, path, 1);
    if (s->place != CHECK_IN_RULE) {
        if (s->place == CHECK_IN_PATTERN) {
            check_no_hand(c, s, path);
            return NULL;
        }
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, path->span, "there is no event in hand in a %s",
                     s->place == CHECK_IN_FEATURE ? "feature" : "constant");
        diag_hint(c->diags, diag, "move the comparison into the rule");
        return NULL;
    }
    int word = check_event_word(s, text);
    if (word >= 0) {
        return check_new_word(c, CHECKED_WORD, word, path->span);
    }
    size_t taken;
    struct ast_path rest = {path->parts + 1, path->part_count - 1, path->span};
    if (check_leg(&rest, s->event, &taken) != LEG_COUNT && taken < rest.part_count) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, path->span,
                     "`this` knows the fields of the event in hand, not the pages it has visited");
        diag_hint(c->diags, diag, "outside `where` write `%.*s`", DIAG_STR(text));
        return NULL;
    }
    struct check_scope outside = *s;
    outside.in_where = false;
    check_unknown(c, &outside, text, path->span);
    return NULL;
}

/* The other end of a past record: only what the record keeps of it is known. */
static struct checked_expr *check_record_role(struct check *c, const struct check_scope *s,
                                              const struct ast_path *path)
{
    struct str text = check_path_text(c, path, 0);
    int word = s->once ? -1 : check_record_word(s, text);
    if (word >= 0) {
        return check_new_word(c, CHECKED_RECORD, word, path->span);
    }
    struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span,
                                 "inside `where`, `%.*s` is not known", DIAG_STR(text));
    diag_hint(c->diags, diag,
              "a record keeps its other end and the kind of that, nothing from its page; what the "
              "event in hand carries stands outside `where`");
    return NULL;
}

/* payer.opened at the payee: its page comes later. */
void check_too_early(struct check *c, const struct check_scope *s, int leg, struct span span)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, span,
                 "the page of `%s` is visited before that of `%s` and cannot know it",
                 leg_infos[s->leg].text, leg_infos[leg].text);
    diag_hint(c->diags, diag, "write the rule for `%s`: there both are known", leg_infos[leg].text);
}

static struct checked_expr *check_leg_attribute(struct check *c, const struct check_scope *s,
                                                int leg, int attribute, struct span span)
{
    struct checked_expr *expr = check_new(c, leg == s->leg ? CHECKED_ATTRIBUTE : CHECKED_CARRIED,
                                          (enum unit)vocab_attributes[attribute].unit, span);
    expr->leg = (uint8_t)leg;
    expr->source = CARRY_ATTRIBUTE;
    expr->attribute = (uint8_t)attribute;
    return expr;
}

static struct checked_expr *check_leg_feature(struct check *c, const struct check_scope *s, int leg,
                                              struct check_name *name, struct span span)
{
    name->used = true;
    const struct checked_feature *feature = check_feature(c, name->index, span);
    if (feature == NULL) {
        return NULL;
    }
    struct checked_expr *expr =
        check_new(c, leg == s->leg ? CHECKED_FEATURE : CHECKED_CARRIED, feature->unit, span);
    expr->leg = (uint8_t)leg;
    expr->source = CARRY_FEATURE;
    expr->feature = feature;
    return expr;
}

/* Neither an attribute nor a feature of that page. */
static void check_no_leg_value(struct check *c, const struct check_scope *s, int leg,
                               uint8_t entity, const struct ast_name *name)
{
    int twin = check_leg_twin(leg);
    const struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    bool feature = known != NULL && known->kind == CHECK_NAME_FEATURE;
    uint8_t of = feature ? c->out->features[known->index].entity : ENTITY_NONE;
    struct str kind = vocab_entity_text(entity);
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, name->span, "%s %.*s has no attribute or feature `%.*s`",
                 entity == ENTITY_ACCOUNT ? "an" : "a", DIAG_STR(kind), DIAG_STR(name->text));
    struct diag_guess guess = diag_guess_start(name->text);
    check_guess_attributes(&guess, entity);
    for (size_t i = 0; i < c->out->feature_count && diag_shows_last(c->diags); i++) {
        if (c->out->features[i].entity == entity && !c->out->features[i].is_card) {
            diag_guess_try(&guess, c->out->features[i].name);
        }
    }
    (void)diag_hint_guess(c->diags, diag, &guess);
    if (twin <= check_last_leg(s->event) && twin >= check_first_leg(s->event) &&
        (of == check_leg_entity(twin) ||
         check_find_attribute(check_leg_entity(twin), name->text) >= 0)) {
        diag_hint(c->diags, diag, "did you mean `%s.%.*s`?", leg_infos[twin].text,
                  DIAG_STR(name->text));
    }
}

/* payee.opened, payee.payers_1h, payee.person.age of the event in hand */
static struct checked_expr *check_role(struct check *c, const struct check_scope *s,
                                       const struct ast_path *path, int leg, size_t taken)
{
    if (path->part_count == taken) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span, "`%s` is a person, no value",
                                     leg_infos[leg].text);
        diag_hint(c->diags, diag, "write for example `%s.age`, or `%s in LIST`",
                  leg_infos[leg].text, leg_infos[leg].text);
        return NULL;
    }
    const struct ast_name *name = &path->parts[taken];
    uint8_t entity = check_leg_known(c, s, leg, path->span);
    if (entity == ENTITY_NONE) {
        return NULL;
    }
    int attribute = check_find_attribute(entity, name->text);
    struct check_name *known = check_find(c, CHECK_SPACE_VALUE, name->text);
    bool feature = known != NULL && known->kind == CHECK_NAME_FEATURE &&
                   c->out->features[known->index].entity == entity;
    if ((attribute < 0 && !feature) || path->part_count != taken + 1) {
        check_no_leg_value(c, s, leg, entity, name);
        return NULL;
    }
    if (leg > s->leg) {
        check_too_early(c, s, leg, path->span);
        return NULL;
    }
    return attribute >= 0 ? check_leg_attribute(c, s, leg, attribute, path->span)
                          : check_leg_feature(c, s, leg, known, path->span);
}

/* Begins with a role of some event. */
static bool check_is_role(struct str text)
{
    for (int leg = 0; leg < LEG_COUNT; leg++) {
        if (check_leg_is_role(leg) && str_eq_text(text, leg_infos[leg].text)) {
            return true;
        }
    }
    return false;
}

static struct checked_expr *check_long_path(struct check *c, const struct check_scope *s,
                                            const struct ast_path *path)
{
    const struct ast_name *first = &path->parts[0];
    if (!check_is_role(first->text)) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, path->span, "unknown name `%.*s`",
                                     DIAG_STR(check_path_text(c, path, 0)));
        diag_hint(c->diags, diag, "before `.` stands `subject`, `this` or a role such as `payer`");
        return NULL;
    }
    bool of_record = check_record_word(s, check_path_text(c, path, 0)) >= 0;
    if (s->in_where && (!s->in_hand || of_record)) {
        return check_record_role(c, s, path);
    }
    if (s->place != CHECK_IN_RULE) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, path->span, "a %s has no event, and so no `%.*s`",
                     s->place == CHECK_IN_FEATURE ? "feature" : "constant", DIAG_STR(first->text));
        diag_hint(c->diags, diag, "a feature reads its own page: write for example `subject.%.*s`",
                  DIAG_STR(path->parts[path->part_count - 1].text));
        return NULL;
    }
    size_t taken;
    int word = check_event_word(s, check_path_text(c, path, 0));
    int leg = check_leg(path, s->event, &taken);
    if (word >= 0) {
        return check_new_word(c, CHECKED_WORD, word, path->span);
    }
    if (leg == LEG_COUNT) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, first->span, "`%.*s` takes no part in %s",
                     DIAG_STR(first->text), check_event_name(s->event));
        diag_hint(c->diags, diag, "this rule runs on `%s`", vocab_triggers[s->trigger].text);
        return NULL;
    }
    return check_role(c, s, path, leg, taken);
}

struct checked_expr *check_path(struct check *c, const struct check_scope *s,
                                const struct ast_path *path)
{
    struct str first = path->parts[0].text;
    if (check_step_parts(c, s, path) > 0) {
        return check_step_field(c, s, path);
    }
    if (path->part_count == 1) {
        return check_bare(c, s, &path->parts[0]);
    }
    if (str_eq_text(first, "subject")) {
        return check_subject(c, s, path);
    }
    return str_eq_text(first, "this") ? check_this(c, s, path) : check_long_path(c, s, path);
}
