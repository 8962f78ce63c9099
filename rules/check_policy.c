/* The policy of a pack: what each tier does. */
#include "rules/check_inside.h"

#define POLICY_SECOND_MS 1000
#define POLICY_APPROVAL_MAX_MS \
    ((int64_t)15 * 60 * 1000) /* of what was sent before it was approved */

/* What the rows before have said. */
struct check_policy {
    struct check *c;
    struct policy *made;
    const struct ast_policy_row *tiers[TIER_LIMIT];
    const struct ast_policy_row *caps[ACTION_COUNT];
    const struct ast_policy_row *bases[ACTION_COUNT];
};

static uint8_t check_power_action(enum ast_power power)
{
    static const uint8_t actions[AST_POWER_COUNT] = {
        [AST_POWER_PROTECT] = ACTION_PROTECT, [AST_POWER_STOP] = ACTION_STOP,
        [AST_POWER_DELAY] = ACTION_DELAY,     [AST_POWER_ADVISE] = ACTION_ADVISE,
        [AST_POWER_WATCH] = ACTION_WATCH,
    };
    return actions[power];
}

/* The first such row stands; false after a diagnostic. */
static bool check_first_row(struct check *c, const struct ast_policy_row *row,
                            const struct ast_policy_row **known, const char *what, const char *of)
{
    if (*known == NULL) {
        *known = row;
        return true;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_ERROR, row->span, "%s of `%s` is said twice", what, of);
    diag_note(c->diags, diag, (*known)->span, "the first one");
    return false;
}

/* ---- tiers ---- */

static void check_policy_channels(struct check *c, const struct ast_policy_row *row,
                                  struct policy_tier *tier)
{
    bool named[CHANNEL_WORD_COUNT] = {false};
    for (const struct ast_channel *ast = row->channels; ast != NULL; ast = ast->next) {
        int channel = check_channel(c, &ast->name);
        int64_t within_ms =
            check_length(c, &ast->deadline, CHECK_LENGTH_MAX_MS, "the deadline of a channel");
        if (channel >= 0 && named[channel]) {
            (void)diag_add(c->diags, DIAG_ERROR, ast->name.span, "`%.*s` is named twice",
                           DIAG_STR(ast->name.text));
        } else if (channel >= 0) {
            named[channel] = true;
            tier->reach[tier->reach_count++] = (struct policy_reach){(uint8_t)channel, within_ms};
        }
    }
}

static void check_policy_receivers(struct check *c, const struct ast_policy_row *row,
                                   struct policy_tier *tier)
{
    bool named[RECEIVER_COUNT] = {false};
    for (const struct ast_receiver *ast = row->receivers; ast != NULL; ast = ast->next) {
        int receiver = vocab_find(vocab_receivers, RECEIVER_COUNT, ast->name.text);
        if (receiver < 0) {
            struct diag *diag = diag_add(c->diags, DIAG_ERROR, ast->name.span,
                                         "nobody receives as `%.*s`", DIAG_STR(ast->name.text));
            diag_hint(c->diags, diag, "receivers are `city`, `county`, `station` and `adviser`");
            struct diag_guess guess = diag_guess_start(ast->name.text);
            check_guess_rows(&guess, vocab_receivers, 0, RECEIVER_COUNT);
            (void)diag_hint_guess(c->diags, diag, &guess);
        } else if (named[receiver]) {
            (void)diag_add(c->diags, DIAG_ERROR, ast->name.span, "`%.*s` is named twice",
                           DIAG_STR(ast->name.text));
        } else {
            named[receiver] = true;
            tier->receivers[tier->receiver_count++] = (uint8_t)receiver;
        }
    }
}

static void check_policy_approval(struct check *c, const struct ast_policy_row *row, int at,
                                  struct policy_tier *tier)
{
    if (row->approval != AST_APPROVAL_WITHIN) {
        return;
    }
    int64_t within_ms = check_length(c, &row->length, CHECK_LENGTH_MAX_MS, "the time to approve");
    if (at != TIER_URGENT) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, row->length.span,
                                     "only what is urgent may be sent before it is approved");
        diag_hint(c->diags, diag, "write `approval before`");
    } else if (within_ms > 0 &&
               (within_ms < POLICY_SECOND_MS || within_ms > POLICY_APPROVAL_MAX_MS)) {
        (void)diag_add(c->diags, DIAG_ERROR, row->length.span,
                       "what was sent is approved within 1s to 15m");
    }
    tier->approved_within_ms = within_ms;
}

static void check_policy_tier(struct check_policy *p, const struct ast_policy_row *row)
{
    struct check *c = p->c;
    int at = check_tier_name(c, &row->tier);
    if (at == TIER_NONE ||
        !check_first_row(c, row, &p->tiers[at], "the row", vocab_tiers[at].text)) {
        return;
    }
    struct policy_tier tier = {.reach_count = 0};
    check_policy_channels(c, row, &tier);
    check_policy_receivers(c, row, &tier);
    for (int power = 0; power < AST_POWER_COUNT; power++) {
        tier.allows[check_power_action((enum ast_power)power)] = row->allows[power];
    }
    check_policy_approval(c, row, at, &tier);
    p->made->tiers[at] = tier;
}

/* ---- the other rows ---- */

static void check_policy_cap(struct check_policy *p, const struct ast_policy_row *row)
{
    struct check *c = p->c;
    uint8_t action = check_power_action(row->power);
    const char *word = vocab_actions[action].text;
    if (action == ACTION_DELAY || action == ACTION_ADVISE) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, row->span, "`%s` has no time to cap", word);
        diag_hint(c->diags, diag, "`protect`, `stop` and `watch` have one");
        return;
    }
    int64_t cap_ms = check_length(c, &row->length, CHECK_LENGTH_MAX_MS, "a cap");
    if (!check_first_row(c, row, &p->caps[action], "the cap", word) || cap_ms == 0) {
        return;
    }
    if (action != ACTION_WATCH && cap_ms > CHECK_HOLD_MAX_MS) {
        (void)diag_add(c->diags, DIAG_ERROR, row->length.span,
                       "`%s` lasts at most 48h, and then ends by itself", word);
    } else if (cap_ms < POLICY_SECOND_MS) {
        (void)diag_add(c->diags, DIAG_ERROR, row->length.span, "a cap is at least 1s");
    }
    p->made->cap_ms[action] = cap_ms;
}

/* Index of a budget's word, or -1 after a diagnostic. */
static int check_budget_word(struct check *c, const struct ast_name *name,
                             const struct vocab_row *rows, int count, const char *hint)
{
    int word = vocab_find(rows, count, name->text);
    if (word < 0) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span,
                                     "no budget is kept by `%.*s`", DIAG_STR(name->text));
        diag_hint(c->diags, diag, "%s", hint);
    }
    return word;
}

static void check_policy_budget(struct check_policy *p, const struct ast_policy_row *row)
{
    struct check *c = p->c;
    struct policy_budget budget = {check_power_action(row->power), 0, BUDGET_BY_COUNT, row->count};
    int per = check_budget_word(c, &row->per, vocab_budget_per, BUDGET_PER_COUNT,
                                "budgets are `per hour` and `per day`");
    int by = BUDGET_BY_COUNT;
    if (ast_has(&row->by)) {
        by = check_budget_word(
            c, &row->by, vocab_budget_by, BUDGET_BY_COUNT,
            "budgets are kept `by rule`, `by bank`, `by region`, or all together");
    }
    if (budget.action == ACTION_ADVISE) {
        (void)diag_add(c->diags, DIAG_ERROR, row->span, "advice costs nothing: it has no budget");
    } else if (row->count < 1) {
        (void)diag_add(c->diags, DIAG_ERROR, row->span,
                       "a budget of nothing: leave the power out of `allow`");
    } else if (p->made->budget_count == POLICY_BUDGETS_MAX) {
        (void)diag_add(c->diags, DIAG_ERROR, row->span, "a policy has at most %d budgets",
                       POLICY_BUDGETS_MAX);
    } else if (per >= 0 && by >= 0) {
        budget.per = (uint8_t)per;
        budget.by = (uint8_t)by;
        p->made->budgets[p->made->budget_count++] = budget;
    }
}

static void check_policy_basis(struct check_policy *p, const struct ast_policy_row *row)
{
    uint8_t action = check_power_action(row->power);
    if (action == ACTION_ADVISE) {
        (void)diag_add(p->c->diags, DIAG_ERROR, row->span, "advice rests on no law");
    } else if (check_first_row(p->c, row, &p->bases[action], "the basis",
                               vocab_actions[action].text)) {
        p->made->basis[action] = row->basis;
    }
}

/* ---- the whole ---- */

/* Nobody would be reached by a warning of a tier that the policy does not name. */
static void check_policy_missing(struct check_policy *p, const struct ast_policy *ast)
{
    for (int tier = TIER_LOW; tier < TIER_LIMIT; tier++) {
        const struct checked_typology *user = NULL;
        for (size_t i = 0; i < p->c->out->typology_count && user == NULL; i++) {
            const struct checked_typology *typology = &p->c->out->typologies[i];
            user = typology->tier_points[tier] >= 0 ? typology : NULL;
        }
        if (p->tiers[tier] == NULL && user != NULL) {
            struct diag *diag =
                diag_add(p->c->diags, DIAG_ERROR, ast->head.name.span,
                         "the policy says nothing about the tier `%s`", vocab_tiers[tier].text);
            diag_hint(p->c->diags, diag, "the typology `%.*s` has it: write `at %s channels ..`",
                      DIAG_STR(user->name), vocab_tiers[tier].text);
        }
    }
}

static void check_policy(struct check *c, const struct ast_policy *ast)
{
    struct check_policy p = {.c = c, .made = &c->out->policy};
    for (const struct ast_policy_row *row = ast->rows; row != NULL; row = row->next) {
        switch (row->kind) {
        case AST_POLICY_TIER: check_policy_tier(&p, row); break;
        case AST_POLICY_CAP: check_policy_cap(&p, row); break;
        case AST_POLICY_BUDGET: check_policy_budget(&p, row); break;
        case AST_POLICY_BASIS: check_policy_basis(&p, row); break;
        }
    }
    if (!ast->head.broken) {
        check_policy_missing(&p, ast);
    }
}

/* What it does not say is as it is without one. */
void check_policies(struct check *c)
{
    const struct ast_policy *first = c->pack->policies;
    policy_default(&c->out->policy);
    if (first == NULL) {
        return;
    }
    c->out->has_policy = true;
    check_policy(c, first);
    for (const struct ast_policy *ast = first->next; ast != NULL; ast = ast->next) {
        struct diag *diag =
            diag_add(c->diags, DIAG_ERROR, ast->head.word_span, "a pack has one policy");
        diag_note(c->diags, diag, first->head.name.span, "this is it");
    }
}
