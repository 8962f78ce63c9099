#include "rules/parse_inside.h"

/* The word of the block and its name. */
static bool parse_head(struct parse *p, struct ast_head *head, const char *what)
{
    head->word_span = p->token.span;
    parse_step(p);
    return parse_name(p, &head->name, what);
}

/* The same, and its title if it has one. */
static bool parse_titled(struct parse *p, struct ast_head *head, const char *what)
{
    if (!parse_head(p, head, what)) {
        return false;
    }
    (void)parse_title(p, &head->title, &head->title_span);
    return true;
}

/* ---- typology, tag, list, const ---- */

static bool parse_tiers(struct parse *p, struct ast_typology *typology)
{
    struct ast_tier **tail = &typology->tiers;
    do {
        struct ast_tier *tier = parse_new(p, sizeof *tier);
        if (!parse_name(p, &tier->name, "a tier, such as `low 20`, after `tiers`")) {
            return false;
        }
        if (parse_at(p, LEX_AFTER)) {
            diag_hint(p->diags,
                      parse_error(p, tier->name.span,
                                  "this is neither a tier with points nor `closes`"),
                      "write `closes after`");
            return false;
        }
        if (!parse_whole(p, &tier->points, &tier->points_span, "the points of the tier")) {
            return false;
        }
        PARSE_HANG(tail, tier);
    } while (parse_at(p, LEX_NAME));
    return true;
}

static bool parse_typology_body(struct parse *p, struct ast_typology *typology)
{
    return parse_titled(p, &typology->head, "the name of the typology") &&
           parse_expect(p, LEX_FOR, "`for` and the kind of subject after the typology's name") &&
           parse_name(p, &typology->subject, "a kind of subject, such as `person`, after `for`") &&
           parse_expect(p, LEX_TIERS, "`tiers` and their points after the subject") &&
           parse_tiers(p, typology) &&
           parse_expect(p, LEX_CLOSES, "a further tier, or `closes after` and a duration") &&
           parse_expect(p, LEX_AFTER, "`after` and a duration after `closes`") &&
           parse_length(p, &typology->closes_after, "a duration after `closes after`");
}

struct ast_head *parse_typology(struct parse *p)
{
    struct ast_typology *typology = parse_new(p, sizeof *typology);
    PARSE_HANG(p->tails.typologies, typology);
    (void)parse_typology_body(p, typology);
    return &typology->head;
}

/* TEXT [ "near" TEXT "within" NUMBER ] */
static bool parse_sign_text(struct parse *p, struct ast_sign *sign)
{
    sign->kind = AST_SIGN_TEXT;
    (void)parse_title(p, &sign->text, NULL);
    if (!parse_accept(p, LEX_NEAR)) {
        return true;
    }
    if (!parse_title(p, &sign->near, NULL)) {
        (void)parse_expected(p, "a text after `near`");
        return false;
    }
    return parse_expect(p, LEX_WITHIN,
                        "`within` and a number of characters after the second text") &&
           parse_whole(p, &sign->within_chars, NULL, "a number of characters after `within`");
}

static bool parse_sign(struct parse *p, struct ast_sign *sign)
{
    struct span start = p->token.span;
    bool good = true;
    if (parse_at(p, LEX_TEXT)) {
        good = parse_sign_text(p, sign);
    } else if (parse_at(p, LEX_REGEX)) {
        sign->kind = AST_SIGN_REGEX;
        sign->text = p->token.text;
        parse_step(p);
    } else if (parse_accept(p, LEX_FEED)) {
        sign->kind = AST_SIGN_FEED;
        good = parse_title(p, &sign->text, NULL);
        if (!good) {
            (void)parse_expected(p, "a text after `feed`");
        }
    } else {
        struct diag *diag = parse_expected(p, "a text, a regular expression or `feed`");
        if (parse_at(p, LEX_NAME)) {
            diag_hint(p->diags, diag, "what is looked for stands in quotes");
        }
        good = false;
    }
    sign->span = parse_span_from(p, start);
    return good;
}

static bool parse_tag_body(struct parse *p, struct ast_tag *tag)
{
    if (!parse_titled(p, &tag->head, "the name of the tag") ||
        !parse_expect(p, LEX_ASSIGN, "`=` and a text after the tag's name")) {
        return false;
    }
    struct ast_sign **tail = &tag->signs;
    do {
        struct ast_sign *sign = parse_new(p, sizeof *sign);
        if (!parse_sign(p, sign)) {
            return false;
        }
        PARSE_HANG(tail, sign);
    } while (parse_accept(p, LEX_OR));
    return true;
}

struct ast_head *parse_tag(struct parse *p)
{
    struct ast_tag *tag = parse_new(p, sizeof *tag);
    PARSE_HANG(p->tails.tags, tag);
    (void)parse_tag_body(p, tag);
    return &tag->head;
}

struct ast_head *parse_list(struct parse *p)
{
    struct ast_list *list = parse_new(p, sizeof *list);
    PARSE_HANG(p->tails.lists, list);
    (void)(parse_titled(p, &list->head, "the name of the list") &&
           parse_expect(p, LEX_OF, "`of` and a kind of entity after the list's name") &&
           parse_name(p, &list->subject, "a kind of entity, such as `account`, after `of`"));
    return &list->head;
}

struct ast_head *parse_const(struct parse *p)
{
    struct ast_const *constant = parse_new(p, sizeof *constant);
    PARSE_HANG(p->tails.consts, constant);
    if (parse_titled(p, &constant->head, "the name of the constant") &&
        parse_expect(p, LEX_ASSIGN, "`=` and a value after the constant's name")) {
        if (parse_at(p, LEX_BRACE_OPEN)) {
            constant->set = parse_set_whole(p);
        } else {
            constant->value = parse_sum_whole(p, "a value or a set after `=`");
        }
    }
    return &constant->head;
}

/* ---- calendar ---- */

static bool parse_days(struct parse *p, struct ast_days *days)
{
    struct span start = p->token.span;
    if (!parse_at(p, LEX_DATE)) {
        diag_hint(p->diags, parse_expected(p, "a date"),
                  "for example `2025-01-28` or `2025-01-28..2025-02-04`");
        return false;
    }
    days->first_day = p->token.value;
    days->last_day = p->token.value;
    parse_step(p);
    if (parse_accept(p, LEX_RANGE)) {
        if (!parse_at(p, LEX_DATE)) {
            (void)parse_expected(p, "a date after `..`");
            return false;
        }
        days->last_day = p->token.value;
        parse_step(p);
    }
    days->span = parse_span_from(p, start);
    if (days->last_day < days->first_day) {
        diag_hint(p->diags, parse_error(p, days->span, "these days end before they begin"),
                  "the earlier date stands first");
    }
    return true;
}

static bool parse_calendar_body(struct parse *p, struct ast_calendar *calendar)
{
    if (!parse_titled(p, &calendar->head, "the name of the calendar")) {
        return false;
    }
    struct ast_days **tail = &calendar->days;
    while (parse_at(p, LEX_HOLIDAYS) || parse_at(p, LEX_WORKDAYS)) {
        bool workdays = parse_at(p, LEX_WORKDAYS);
        parse_step(p);
        do {
            struct ast_days *days = parse_new(p, sizeof *days);
            days->workdays = workdays;
            if (!parse_days(p, days)) {
                return false;
            }
            PARSE_HANG(tail, days);
        } while (parse_accept(p, LEX_COMMA));
    }
    return true;
}

struct ast_head *parse_calendar(struct parse *p)
{
    struct ast_calendar *calendar = parse_new(p, sizeof *calendar);
    PARSE_HANG(p->tails.calendars, calendar);
    (void)parse_calendar_body(p, calendar);
    return &calendar->head;
}

/* ---- feature, scorecard ---- */

struct ast_head *parse_feature(struct parse *p)
{
    struct ast_feature *feature = parse_new(p, sizeof *feature);
    PARSE_HANG(p->tails.features, feature);
    if (parse_titled(p, &feature->head, "the name of the feature") &&
        parse_expect(p, LEX_FOR, "`for` and a kind of entity after the feature's name") &&
        parse_name(p, &feature->subject, "a kind of entity, such as `account`, after `for`") &&
        parse_expect(p, LEX_ASSIGN, "`=` and a value after the kind of entity")) {
        feature->value = parse_expr_whole(p, "a value after `=`");
    }
    return &feature->head;
}

bool parse_trigger(struct parse *p, struct ast_trigger *trigger)
{
    struct span start = p->token.span;
    bool good = true;
    if (parse_accept(p, LEX_MARK)) {
        trigger->kind = AST_ON_MARK;
        good = parse_name(p, &trigger->name, "the name of a mark after `on mark`");
    } else if (parse_accept(p, LEX_TIMEOUT)) {
        trigger->kind = AST_ON_TIMEOUT;
        good = parse_expect(p, LEX_OF, "`of` and a pattern after `timeout`") &&
               parse_name(p, &trigger->name, "the name of a pattern after `timeout of`");
    } else {
        good = parse_name(p, &trigger->name, "a kind of event, such as `transaction`, after `on`");
    }
    trigger->span = parse_span_from(p, start);
    return good;
}

/* { compare sum ":" NUMBER } */
static bool parse_band_steps(struct parse *p, struct ast_band *band)
{
    struct ast_step_points **tail = &band->steps;
    struct span start = p->token.span;
    enum ast_compare compare;
    while (parse_compare(p, &compare)) {
        struct ast_step_points *step = parse_new(p, sizeof *step);
        step->compare = compare;
        step->limit = parse_sum_whole(p, "the limit of the band after the comparison");
        if (step->limit == NULL ||
            !parse_expect(p, LEX_COLON, "`:` and the points after the limit") ||
            !parse_whole(p, &step->points, NULL, "the points after `:`")) {
            return false;
        }
        step->span = parse_span_from(p, start);
        PARSE_HANG(tail, step);
        start = p->token.span;
    }
    return true;
}

static bool parse_band(struct parse *p, struct ast_band *band)
{
    struct span start = p->token.span;
    parse_step(p);
    band->value = parse_sum_whole(p, "a value after `band`");
    if (band->value == NULL || !parse_band_steps(p, band) ||
        !parse_expect(p, LEX_ELSE, "a comparison, or `else` and the points") ||
        !parse_whole(p, &band->else_points, NULL, "the points after `else`") ||
        !parse_expect(p, LEX_UNKNOWN, "`unknown` and the points after those of `else`") ||
        !parse_whole(p, &band->unknown_points, NULL, "the points after `unknown`")) {
        return false;
    }
    band->span = parse_span_from(p, start);
    return true;
}

static bool parse_scorecard_body(struct parse *p, struct ast_scorecard *scorecard)
{
    if (!parse_titled(p, &scorecard->head, "the name of the scorecard") ||
        !parse_expect(p, LEX_FOR, "`for` and the subject after the scorecard's name") ||
        !parse_path(p, &scorecard->subject, "a subject, such as `payer.person`, after `for`") ||
        !parse_expect(p, LEX_ON, "`on` and a kind of event after the subject") ||
        !parse_trigger(p, &scorecard->trigger)) {
        return false;
    }
    struct ast_band **tail = &scorecard->bands;
    if (!parse_at(p, LEX_BAND)) {
        (void)parse_expected(p, "`band` and a value");
        return false;
    }
    while (parse_at(p, LEX_BAND)) {
        struct ast_band *band = parse_new(p, sizeof *band);
        if (!parse_band(p, band)) {
            return false;
        }
        PARSE_HANG(tail, band);
    }
    return true;
}

struct ast_head *parse_scorecard(struct parse *p)
{
    struct ast_scorecard *scorecard = parse_new(p, sizeof *scorecard);
    PARSE_HANG(p->tails.scorecards, scorecard);
    (void)parse_scorecard_body(p, scorecard);
    return &scorecard->head;
}

/* ---- pattern ---- */

/* { "at" ( "least" | "most" ) NUMBER "times" } */
static bool parse_step_times(struct parse *p, struct ast_step *step)
{
    while (parse_accept(p, LEX_AT)) {
        bool least = parse_at(p, LEX_LEAST);
        if (!least && !parse_at(p, LEX_MOST)) {
            (void)parse_expected(p, "`least` or `most` after `at`");
            return false;
        }
        int64_t times = 0;
        struct span span;
        parse_step(p);
        if (!parse_whole(p, &times, &span, "a number of times") ||
            !parse_expect(p, LEX_TIMES, "`times` after the number")) {
            return false;
        }
        if (times == 0) {
            (void)diag_add(p->diags, DIAG_ERROR, span, "a step is there at least once");
            return false;
        }
        *(least ? &step->least_times : &step->most_times) = times;
    }
    return true;
}

static bool parse_step_within(struct parse *p, struct ast_step *step)
{
    step->has_within = true;
    return parse_length(p, &step->within, "a duration after `within`");
}

static bool parse_step_named(struct parse *p, struct ast_step *step)
{
    return parse_name(p, &step->name, "the name of a step, as in `talk: call_in`") &&
           parse_expect(p, LEX_COLON, "`:` and a stream after the name of the step") &&
           parse_name(p, &step->stream, "a stream, such as `call_in`, after `:`") &&
           parse_where(p, &step->where) && parse_step_times(p, step) &&
           (!parse_accept(p, LEX_WITHIN) || parse_step_within(p, step));
}

static bool parse_step_any(struct parse *p, struct ast_step *step)
{
    struct span start = p->token.span;
    p->node_count = 0;
    bool good = true;
    if (parse_accept(p, LEX_NO)) {
        step->kind = AST_STEP_NO;
        good = parse_name(p, &step->stream, "a stream, such as `call_in`, after `no`") &&
               parse_where(p, &step->where) &&
               parse_expect(p, LEX_WITHIN, "`within` and a duration: how long it is waited") &&
               parse_step_within(p, step);
    } else if (parse_accept(p, LEX_WAIT)) {
        step->kind = AST_STEP_WAIT;
        step->has_within = true;
        good = parse_length(p, &step->within, "a duration after `wait`");
    } else {
        good = parse_step_named(p, step);
    }
    step->span = parse_span_from(p, start);
    return good;
}

static bool parse_withouts(struct parse *p, struct ast_pattern *pattern)
{
    struct ast_without **tail = &pattern->withouts;
    while (parse_at(p, LEX_WITHOUT)) {
        struct ast_without *without = parse_new(p, sizeof *without);
        struct span start = p->token.span;
        p->node_count = 0;
        parse_step(p);
        if (!parse_name(p, &without->stream, "a stream, such as `call_out`, after `without`") ||
            !parse_where(p, &without->where)) {
            return false;
        }
        without->span = parse_span_from(p, start);
        PARSE_HANG(tail, without);
    }
    return true;
}

static bool parse_pattern_body(struct parse *p, struct ast_pattern *pattern)
{
    if (!parse_titled(p, &pattern->head, "the name of the pattern") ||
        !parse_expect(p, LEX_FOR, "`for` and a kind of entity after the pattern's name") ||
        !parse_name(p, &pattern->subject, "a kind of entity, such as `person`, after `for`") ||
        !parse_expect(p, LEX_WITHIN, "`within` and a duration after the kind of entity") ||
        !parse_window_length(p, &pattern->within, "a duration after `within`")) {
        return false;
    }
    struct ast_step **tail = &pattern->steps;
    do {
        struct ast_step *step = parse_new(p, sizeof *step);
        if (tail == &pattern->steps && (parse_at(p, LEX_NO) || parse_at(p, LEX_WAIT))) {
            diag_hint(p->diags, parse_expected(p, "the first step, as in `talk: call_in`"),
                      "`no` and `wait` stand behind `then`");
            return false;
        }
        if (!parse_step_any(p, step)) {
            return false;
        }
        PARSE_HANG(tail, step);
    } while (parse_accept(p, LEX_THEN));
    return parse_withouts(p, pattern);
}

struct ast_head *parse_pattern(struct parse *p)
{
    struct ast_pattern *pattern = parse_new(p, sizeof *pattern);
    PARSE_HANG(p->tails.patterns, pattern);
    (void)parse_pattern_body(p, pattern);
    return &pattern->head;
}

/* ---- policy ---- */

static bool parse_power(struct parse *p, enum ast_power *power)
{
    static const struct {
        enum lex_kind word;
        enum ast_power power;
    } rows[AST_POWER_COUNT] = {
        {LEX_PROTECT, AST_POWER_PROTECT}, {LEX_STOP, AST_POWER_STOP},
        {LEX_DELAY, AST_POWER_DELAY},     {LEX_ADVISE, AST_POWER_ADVISE},
        {LEX_WATCH, AST_POWER_WATCH},
    };
    for (size_t i = 0; i < AST_POWER_COUNT; i++) {
        if (parse_accept(p, rows[i].word)) {
            *power = rows[i].power;
            return true;
        }
    }
    (void)parse_expected(p, "`protect`, `stop`, `delay`, `advise` or `watch`");
    return false;
}

static bool parse_channels(struct parse *p, struct ast_policy_row *row)
{
    struct ast_channel **tail = &row->channels;
    do {
        struct ast_channel *channel = parse_new(p, sizeof *channel);
        if (!parse_name(p, &channel->name, "a channel, such as `phone 5m`") ||
            !parse_length(p, &channel->deadline, "the channel's deadline, a duration")) {
            return false;
        }
        PARSE_HANG(tail, channel);
    } while (parse_accept(p, LEX_COMMA));
    return true;
}

static bool parse_receivers(struct parse *p, struct ast_policy_row *row)
{
    struct ast_receiver **tail = &row->receivers;
    do {
        struct ast_receiver *receiver = parse_new(p, sizeof *receiver);
        if (!parse_name(p, &receiver->name, "a receiver, such as `station`")) {
            return false;
        }
        PARSE_HANG(tail, receiver);
    } while (parse_accept(p, LEX_COMMA));
    return true;
}

static bool parse_allows(struct parse *p, struct ast_policy_row *row)
{
    if (!parse_accept(p, LEX_ALLOW)) {
        return true;
    }
    do {
        enum ast_power power;
        if (!parse_power(p, &power)) {
            return false;
        }
        row->allows[power] = true;
    } while (parse_accept(p, LEX_COMMA));
    return true;
}

static bool parse_approval(struct parse *p, struct ast_policy_row *row)
{
    if (!parse_accept(p, LEX_APPROVAL)) {
        return true;
    }
    if (parse_accept(p, LEX_BEFORE)) {
        row->approval = AST_APPROVAL_BEFORE;
        return true;
    }
    row->approval = AST_APPROVAL_WITHIN;
    return parse_expect(p, LEX_WITHIN, "`before`, or `within` and a duration, after `approval`") &&
           parse_length(p, &row->length, "a duration after `within`");
}

static bool parse_policy_tier(struct parse *p, struct ast_policy_row *row)
{
    row->kind = AST_POLICY_TIER;
    return parse_name(p, &row->tier, "a tier, such as `urgent`, after `at`") &&
           parse_expect(p, LEX_CHANNELS, "`channels` and their deadlines after the tier") &&
           parse_channels(p, row) &&
           parse_expect(p, LEX_RECEIVERS, "`,` and a further channel, or `receivers`") &&
           parse_receivers(p, row) && parse_allows(p, row) && parse_approval(p, row);
}

static bool parse_policy_cap(struct parse *p, struct ast_policy_row *row)
{
    row->kind = AST_POLICY_CAP;
    return parse_power(p, &row->power) &&
           parse_length(p, &row->length, "a duration: the longest time");
}

/* `rule` is a word of the language, and here a division like any other. */
static bool parse_budget_by(struct parse *p, struct ast_policy_row *row)
{
    if (!parse_at(p, LEX_RULE)) {
        return parse_name(p, &row->by, "a division, such as `region`, after `by`");
    }
    row->by = (struct ast_name){rule_source_text(p->source, p->token.span), p->token.span};
    parse_step(p);
    return true;
}

static bool parse_policy_budget(struct parse *p, struct ast_policy_row *row)
{
    row->kind = AST_POLICY_BUDGET;
    return parse_power(p, &row->power) &&
           parse_whole(p, &row->count, NULL, "a number of requests") &&
           parse_expect(p, LEX_PER, "`per` and `hour` or `day` after the number") &&
           parse_name(p, &row->per, "`hour` or `day` after `per`") &&
           (!parse_accept(p, LEX_BY) || parse_budget_by(p, row));
}

static bool parse_policy_basis(struct parse *p, struct ast_policy_row *row)
{
    row->kind = AST_POLICY_BASIS;
    if (!parse_power(p, &row->power)) {
        return false;
    }
    if (!parse_title(p, &row->basis, NULL)) {
        (void)parse_expected(p, "the text of the legal basis");
        return false;
    }
    return true;
}

static bool parse_policy_row(struct parse *p, struct ast_policy_row *row, bool *there)
{
    struct span start = p->token.span;
    bool good = true;
    *there = true;
    if (parse_accept(p, LEX_AT)) {
        good = parse_policy_tier(p, row);
    } else if (parse_accept(p, LEX_CAP)) {
        good = parse_policy_cap(p, row);
    } else if (parse_accept(p, LEX_BUDGET)) {
        good = parse_policy_budget(p, row);
    } else if (parse_accept(p, LEX_BASIS)) {
        good = parse_policy_basis(p, row);
    } else {
        *there = false;
    }
    row->span = parse_span_from(p, start);
    return good;
}

/* A row that is wrong is left out, and reading goes on at the next one. */
static void parse_policy_rows(struct parse *p, struct ast_policy *policy)
{
    struct ast_policy_row **tail = &policy->rows;
    for (;;) {
        struct ast_policy_row *row = parse_new(p, sizeof *row);
        bool there = false;
        if (parse_policy_row(p, row, &there) && there) {
            PARSE_HANG(tail, row);
        } else if (!there && parse_at_block(p)) {
            return;
        } else {
            if (!there) {
                (void)parse_expected(p, "`at`, `cap`, `budget` or `basis`");
            }
            while (!parse_at_block(p) && !parse_at(p, LEX_AT) && !parse_at(p, LEX_CAP) &&
                   !parse_at(p, LEX_BUDGET) && !parse_at(p, LEX_BASIS)) {
                parse_step(p);
            }
        }
    }
}

struct ast_head *parse_policy(struct parse *p)
{
    struct ast_policy *policy = parse_new(p, sizeof *policy);
    PARSE_HANG(p->tails.policies, policy);
    if (parse_titled(p, &policy->head, "the name of the policy")) {
        parse_policy_rows(p, policy);
    }
    return &policy->head;
}
