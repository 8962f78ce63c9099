/* test_emit.c - the code of a pack gives the right values on a page made by hand. */
#include "rules/emit.h"

#include "engine/eval/vm.h"
#include "engine/state/page.h"
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define MINUTE_MS ((int64_t)60000)
#define DAY_MS ((int64_t)86400000)
#define NOW_MS ((int64_t)1772416800000) /* 2026-03-02T10:00:00+08:00, a Monday */
#define UNKNOWN VALUE_UNKNOWN
#define YUAN(amount) ((int64_t)(amount)*100)
#define MINUTES(count) ((int64_t)(count)*MINUTE_MS)

/* ---- a page, an event, a pack ---- */

static struct token token_of(uint8_t byte)
{
    struct token token;
    memset(token.bytes, byte, sizeof token.bytes);
    return token;
}

struct past {
    int stream;
    int64_t minutes; /* from now */
    char other;
    int64_t value;
    uint16_t flags;
    uint8_t channel;
    uint8_t kind;
};

/* The account M: four people paid it, one of them took it back; it paid X before and pays X now. */
static const struct past account_past[] = {
    {STREAM_PAYMENT_IN, -2 * 1440, 'A', YUAN(2000), 0, 1, 1},
    {STREAM_PAYMENT_IN, -180, 'A', YUAN(3000), RECORD_POSTED, 1, 1},
    {STREAM_PAYMENT_OUT, -90, 'X', YUAN(1000), RECORD_OWN, 2, 3},
    {STREAM_PAYMENT_IN, -60, 'B', YUAN(4000), 0, 6, 1},
    {STREAM_PAYMENT_IN, -20, 'C', YUAN(5000), 0, 6, 2},
    {STREAM_PAYMENT_IN, -10, 'D', YUAN(6000), RECORD_REVERSED, 0, 0},
    {STREAM_PAYMENT_OUT, 0, 'X', YUAN(9600), 0, 2, 3},
};

/* The person behind F's talk: one long call, one unanswered, one going on. */
static const struct past person_past[] = {
    {STREAM_CALL_IN, -300, 'F', MINUTES(45), RECORD_ENDED | RECORD_ANSWERED | RECORD_ANSWERED_KNOWN,
     0, NUMBER_KIND_INTL},
    {STREAM_CALL_OUT, -200, 'G', 0, RECORD_ENDED | RECORD_ANSWERED_KNOWN, 0, NUMBER_KIND_MOBILE},
    {STREAM_CALL_IN, -30, 'F', UNKNOWN, RECORD_STARTED, 0, NUMBER_KIND_INTL},
    {STREAM_PAYMENT_OUT, 0, 'X', YUAN(9600), 0, 2, 3},
};

struct bench {
    struct compiled pack;
    struct page *page;
    struct event event;
    struct vm vm;
    int64_t carried[PROGRAM_CARRIED_MAX];
};

static void add_past(struct page *page, const struct past *past, int count)
{
    struct retention retention;
    retention_defaults(&retention);
    for (int i = 0; i < count; i++) {
        struct token other = token_of((uint8_t)past[i].other);
        struct peer_draft peer = {.token = &other, .entity = ENTITY_ACCOUNT};
        struct record draft = {.time_ms = NOW_MS + past[i].minutes * MINUTE_MS,
                               .id = (uint64_t)i + 1,
                               .value = past[i].value,
                               .flags = past[i].flags,
                               .place = record_place(0, past[i].channel, 0),
                               .peer_kind = past[i].kind,
                               .member = RECORD_MEMBER_NONE};
        ck_assert_ptr_nonnull(page_add_record(page, past[i].stream, &draft, &peer, &retention));
    }
}

static void event_pay(struct event *event)
{
    event_clear(event);
    event->kind = EVENT_TRANSACTION;
    event->phase = PHASE_INITIATED;
    event->party[PARTY_FROM] = (struct party){.token = token_of('M'),
                                              .holder = token_of('P'),
                                              .entity = ENTITY_ACCOUNT,
                                              .kind = 1};
    event->party[PARTY_TO] = (struct party){.token = token_of('X'),
                                            .holder = token_of('Y'),
                                            .entity = ENTITY_ACCOUNT,
                                            .kind = 3,
                                            .region = 330502};
    event->arrival = ARRIVAL_TWO_HOURS;
    event->time_ms = NOW_MS;
    event->judged_ms = NOW_MS;
    event->balance_before_minor = YUAN(10000);
}

static const char *const bench_head =
    "list bad of account list worse of person\n"
    "const odd = {mobile, web}\n"
    "const limits = {9_000.00 CNY..9_999.99 CNY, 1_000.00 CNY}\n"
    "feature ins for account = count(payment_in in 4h)\n"
    "feature big for account = max(payment_in.amount in 4h) > 4_500.00 CNY\n"
    "typology m for account tiers low 20 high 60 closes after 7d\n";

static void bench_init(struct bench *bench, const char *rule)
{
    struct buf text = {0};
    struct buf shown = {0};
    memset(bench, 0, sizeof *bench);
    buf_add_text(&text, bench_head);
    buf_add_text(&text, rule);
    ck_assert_int_eq(compile_text(&bench->pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&shown, &bench->pack.diags, &bench->pack.source);
    ck_assert_msg(bench->pack.program != NULL, "%s", buf_text(&shown));
    buf_fini(&shown);
    buf_fini(&text);
    event_pay(&bench->event);
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        bench->carried[i] = VALUE_UNKNOWN;
    }
    vm_init(&bench->vm, bench->pack.program);
}

/* The page of the payer's account or person, with the payment in it. */
static void bench_page(struct bench *bench, int leg)
{
    bool person = leg == LEG_PAYER_PERSON;
    struct token token = token_of(person ? 'P' : 'M');
    bench->page = page_new(&token, person ? ENTITY_PERSON : ENTITY_ACCOUNT);
    if (person) {
        add_past(bench->page, person_past, COUNT_OF(person_past));
        (void)page_set_attribute(bench->page, PAGE_BIRTH_YEAR, 1958, 0);
    } else {
        struct membership entry = {.list_key = name_key(STR("bad")), .to_ms = INT64_MAX};
        add_past(bench->page, account_past, COUNT_OF(account_past));
        (void)page_set_attribute(bench->page, PAGE_OPENED, NOW_MS - 10 * DAY_MS, 0);
        page_set_membership(bench->page, &entry);
    }
    struct stream *out = &bench->page->streams[STREAM_PAYMENT_OUT];
    vm_begin(&bench->vm, bench->page, &bench->event, &out->records[out->end - 1], leg, NOW_MS,
             bench->carried);
}

static void bench_fini(struct bench *bench)
{
    vm_fini(&bench->vm);
    page_free(bench->page);
    compile_fini(&bench->pack);
}

/* ---- values ---- */

struct value {
    const char *name;
    const char *when;
    int64_t truth; /* of the whole */
    int64_t value; /* of the left side of its first comparison */
};

static const struct value account_values[] = {
    {"the window is half-open, reversed ones are out", "count(payment_in in 1h) >= 1", 1, 1},
    {"reversed ones are in when asked about",
     "count(payment_in in 1h where reversed or amount > 1.00 CNY) == 2", 1, 2},
    {"today begins at midnight", "count(payment_in in today) == 3", 1, 3},
    {"since a time, itself included", "count(payment_in since time - 60m) == 2", 1, 2},
    {"sum", "sum(payment_in.amount in 4h) > 12_000.00 CNY", 0, YUAN(12000)},
    {"sum of none", "sum(payment_in.amount in 1m) == 0.00 CNY", 1, 0},
    {"distinct", "distinct(payment_in.payer in 90d) == 3", 1, 3},
    {"min", "min(payment_in.amount in 4h) < 3_000.00 CNY", 0, YUAN(3000)},
    {"max", "max(payment_in.amount in 4h) >= 5_000.00 CNY", 1, YUAN(5000)},
    {"max of none", "max(payment_in.amount in 1m) >= 5_000.00 CNY", UNKNOWN, UNKNOWN},
    {"share", "share(payment_in in 4h where amount >= 4_000.00 CNY) >= 66.67%", 0, 6666},
    {"any", "any(payment_in in 1h where channel == qr)", 1, 1},
    {"any of none", "any(payment_in in 1h where channel == web)", 0, 0},
    {"last record", "last(payment_in in 4h) == time", 0, NOW_MS - MINUTES(20)},
    {"last field", "last(payment_in.amount in 4h) == 5_000.00 CNY", 1, YUAN(5000)},
    {"first of those that count",
     "first(payment_in.amount in 90d where amount > 2_000.00 CNY) == 3_000.00 CNY", 1, YUAN(3000)},
    {"ago", "ago(last(payment_in in 4h)) <= 20m", 1, MINUTES(20)},
    {"the event in hand", "amount == 9_600.00 CNY", 1, YUAN(9600)},
    {"inside a filter", "count(payment_out in 24h where payee == this.payee) == 2", 1, 2},
    {"both are there", "sum(payment_out.amount in 24h where not own) == this.amount", 1,
     YUAN(9600)},
    {"a part of", "80% of amount == 7_680.00 CNY", 1, YUAN(7680)},
    {"times", "1.4 x amount <= 13_439.99 CNY", 0, YUAN(13440)},
    {"plus and minus", "amount + 400.00 CNY - balance_before >= 0.00 CNY", 1, 0},
    {"right of a minus", "amount - (100.00 CNY - 200.00 CNY + amount) == 100.00 CNY", 1, YUAN(100)},
    {"a constant, half to even", "50% of 0.05 CNY < amount", 1, 2},
    {"upwards, when that is even", "50% of 0.03 CNY < amount", 1, 2},
    {"below nought", "50% of (0.01 CNY - 0.04 CNY) < amount", 1, -2},
    {"numbers keep their decimals while they have some",
     "2 x 1.5 + 0.5 x 2 <= count(payment_in in 4h) + 1", 1, 4},
    {"a time less a time", "time - subject.opened >= 10d", 1, 10 * DAY_MS},
    {"a time less a duration", "time - 10d == subject.opened", 1, NOW_MS - 10 * DAY_MS},
    {"known for", "known_for >= 90m", 1, MINUTES(90)},
    {"first time", "first_time", 0, 0},
    {"a word of a set", "payee.kind == merchant", 1, 3},
    {"another order", "merchant != payee.kind", 0, 3},
    {"a word that looks like a duration", "arrival == 2h", 1, ARRIVAL_TWO_HOURS},
    {"in a set of words", "channel in {qr, web}", 1, 2},
    {"in a constant set", "channel in odd", 1, 2},
    {"not in", "channel not in {qr, mobile}", 1, 2},
    {"in ranges", "amount in limits", 1, YUAN(9600)},
    {"a region", "payee.region in {330500..330599}", 1, 330502},
    {"an hour", "hour in {22..23, 0..5, 10}", 1, 10},
    {"a weekday", "weekday == 1", 1, 1},
    {"between has both ends", "amount between 9_600.00 CNY and 9_600.00 CNY", 1, YUAN(9600)},
    {"below it", "amount between 9_600.01 CNY and 9_700.00 CNY", 0, YUAN(9600)},
    {"on a list", "subject in bad", 1, 1},
    {"an attribute", "ago(subject.opened) < 10d", 0, 10 * DAY_MS},
    {"an attribute that nobody set", "subject.class == ii", UNKNOWN, UNKNOWN},
    {"known", "known(subject.class)", 0, 0},
    {"a feature", "ins + 1 >= 4", 1, 4},
    {"a feature that is a condition", "big", 1, 1},
    {"a feature inside a filter",
     "count(payment_in in 4h where amount >= 4_000.00 CNY and big) == 2", 1, 2},
    {"carried, not there", "payee.opened <= time", UNKNOWN, UNKNOWN},
    {"an aggregate inside a filter",
     "count(payment_in in 4h where amount > 50% of max(payment_out.amount in 1h)) == 1", 1, 1},
    {"two of them",
     "count(payment_in in 4h where amount > min(payment_in.amount in 4h)\n"
     "   and amount < max(payment_in.amount in 4h)) == 1",
     1, 1},
    {"one inside the other",
     "count(payment_in in 4h where amount > min(payment_in.amount in 4h\n"
     "   where amount > min(payment_in.amount in 4h))) == 1",
     1, 1},
    {"one after the other, on both sides",
     "count(payment_in in 4h where amount > min(payment_in.amount in 4h))\n"
     " == count(payment_in in 4h where amount < max(payment_in.amount in 4h))",
     1, 2},
    {"one since another",
     "count(payment_in since last(payment_out in 24h where amount < max(payment_out.amount in 1d)))"
     " == 2",
     1, 2},
    {"one that is unknown",
     "count(payment_in in 4h where amount > max(payment_in.amount in 1m)) == 0", 1, 0},
};

static int64_t first_value(struct bench *bench)
{
    const struct program *p = bench->pack.program;
    const struct condition *c = &p->conditions[p->rules[0].condition_first];
    return c->value == CODE_NONE ? VALUE_UNKNOWN : vm_run(&bench->vm, c->value);
}

static void value_holds(const struct value *row, int leg)
{
    struct bench bench;
    struct buf rule = {0};
    buf_add_format(&rule, "rule r for %s on transaction when %s watch payer for 1h\n",
                   leg_infos[leg].text, row->when);
    bench_init(&bench, buf_text(&rule));
    bench_page(&bench, leg);
    int64_t truth = vm_run(&bench.vm, bench.pack.program->rules[0].when);
    int64_t value = first_value(&bench);
    ck_assert_msg(truth == row->truth, "%s: %s is %lld", row->name, row->when, (long long)truth);
    ck_assert_msg(value == row->value, "%s: left of %s is %lld", row->name, row->when,
                  (long long)value);
    bench_fini(&bench);
    buf_fini(&rule);
}

START_TEST(value_of_an_account)
{
    value_holds(&account_values[_i], LEG_PAYER);
}
END_TEST

static const struct value person_values[] = {
    {"an open call", "any(call_in in 6h where caller.kind == intl and open)", 1, 1},
    {"its duration so far", "last(call_in.duration in 6h) == 30m", 1, MINUTES(30)},
    {"the longest", "max(call_in.duration in 6h) >= 45m", 1, MINUTES(45)},
    {"answered is known of one", "count(call_in in 6h where answered) == 1", 1, 1},
    {"not answered", "count(call_out in 6h where not answered) == 1", 1, 1},
    {"when it ended", "any(call_in in 6h where ago(ended) <= 255m)", 1, 1},
    {"a moment earlier", "any(call_in in 6h where ago(ended) < 255m)", 0, 0},
    {"age", "subject.age >= 68", 1, 68},
    {"silence", "gap == 30m", 1, MINUTES(30)},
};

START_TEST(value_of_a_person)
{
    value_holds(&person_values[_i], LEG_PAYER_PERSON);
}
END_TEST

/* ---- what other pages handed on ---- */

static void carry(struct bench *bench, uint8_t source, const char *leg, int64_t value)
{
    const struct program *p = bench->pack.program;
    for (size_t i = 0; i < p->carries_count; i++) {
        const struct carry *row = &p->carries[i];
        if (row->source != source || strcmp(leg_infos[row->leg].text, leg) != 0) {
            continue;
        }
        if (source != CARRY_MEMBER) {
            bench->carried[row->slot] = value;
            return;
        }
        int64_t *slot = &bench->carried[row->slot];
        *slot = *slot == VALUE_UNKNOWN ? 0 : *slot;
        *slot |= (1 | value << 1) << (2 * row->pair);
        return;
    }
    ck_abort_msg("%s carries nothing of that", leg);
}

START_TEST(carried_values_arrive)
{
    struct bench bench;
    bench_init(&bench, "rule r for payer.person on transaction\n"
                       "  when payee.opened == time and payee.ins == 7 and payer in bad\n"
                       "   and payee in bad and payee.person in worse and payer.class == ii\n"
                       "  watch payer for 1h\n");
    bench_page(&bench, LEG_PAYER_PERSON);
    carry(&bench, CARRY_ATTRIBUTE, "payee", NOW_MS);
    carry(&bench, CARRY_FEATURE, "payee", 7);
    carry(&bench, CARRY_MEMBER, "payer", 1);
    carry(&bench, CARRY_MEMBER, "payee", 0);
    static const int64_t wanted[] = {1, 1, 1, 0, VALUE_UNKNOWN, VALUE_UNKNOWN};
    const struct program *p = bench.pack.program;
    ck_assert_uint_eq(p->conditions_count, COUNT_OF(wanted));
    for (size_t i = 0; i < p->conditions_count; i++) {
        ck_assert_int_eq(vm_run(&bench.vm, p->conditions[i].whole), wanted[i]);
    }
    ck_assert_int_eq(vm_run(&bench.vm, p->rules[0].when), 0);
    bench_fini(&bench);
}
END_TEST

/* A role that is the subject's own is read from its page. */
START_TEST(own_leg_is_not_carried)
{
    struct bench bench;
    bench_init(&bench, "rule r for payer on transaction\n"
                       "  when payer in bad and ago(payer.opened) == 10d and payer.ins == 3\n"
                       "  watch payer for 1h\n");
    bench_page(&bench, LEG_PAYER);
    ck_assert_uint_eq(bench.pack.program->carries_count, 0);
    ck_assert_int_eq(vm_run(&bench.vm, bench.pack.program->rules[0].when), 1);
    bench_fini(&bench);
}
END_TEST

/* ---- logic ---- */

struct logic {
    const char *when; /* T, F and U stand for what is true, false and unknown */
    int64_t truth;
};

static const struct logic logics[] = {
    {"T and T", 1},
    {"T and F", 0},
    {"F and T", 0},
    {"U and F", 0},
    {"F and U", 0},
    {"U and T", VALUE_UNKNOWN},
    {"T and U", VALUE_UNKNOWN},
    {"F or F", 0},
    {"T or U", 1},
    {"U or T", 1},
    {"U or F", VALUE_UNKNOWN},
    {"F or U", VALUE_UNKNOWN},
    {"not U", VALUE_UNKNOWN},
    {"not F", 1},
    {"not not T", 1},
    {"F and U or T", 1},
    {"T or U and F", 1},
    {"(T or U) and F", 0},
    {"not (T and U) or F", VALUE_UNKNOWN},
    {"F or F or T and T and not F", 1},
};

START_TEST(logic_has_three_values)
{
    const struct logic *row = &logics[_i];
    struct bench bench;
    struct buf rule = {0};
    buf_add_text(&rule, "rule r for payer on transaction when ");
    for (const char *at = row->when; *at != '\0'; at++) {
        switch (*at) {
        case 'T': buf_add_text(&rule, "big"); break;
        case 'F': buf_add_text(&rule, "first_time"); break;
        case 'U': buf_add_text(&rule, "subject.class == ii"); break;
        default: buf_add_char(&rule, *at); break;
        }
    }
    buf_add_text(&rule, " watch payer for 1h\n");
    bench_init(&bench, buf_text(&rule));
    bench_page(&bench, LEG_PAYER);
    ck_assert_msg(vm_run(&bench.vm, bench.pack.program->rules[0].when) == row->truth, "%s",
                  row->when);
    bench_fini(&bench);
    buf_fini(&rule);
}
END_TEST

START_TEST(what_is_decided_is_left)
{
    struct bench bench;
    struct buf code = {0};
    bench_init(&bench, "rule r for payer on transaction\n"
                       "  when own and first_time or any(payment_in in 1h where own and late)\n"
                       "  watch payer for 1h\n");
    const struct program *p = bench.pack.program;
    uint32_t when = p->rules[0].when;
    program_disassemble(p, when, &code);
    struct buf wanted = {0};
    static const char *const rows[] = {"WORD            own",        "JUMP_FALSE      +4",
                                       "WORD            first_time", "AND             ",
                                       "JUMP_TRUE       +7",         "AGGREGATE       2",
                                       "OR              ",           "END             "};
    for (int i = 0; i < COUNT_OF(rows); i++) {
        const char *jump = strchr(rows[i], '+');
        int length = jump == NULL ? (int)strlen(rows[i]) : (int)(jump - rows[i]);
        buf_add_format(&wanted, "%6u  %.*s", when + (uint32_t)i, length, rows[i]);
        if (jump != NULL) {
            buf_add_format(&wanted, "%u", when + (uint32_t)(jump[1] - '0'));
        }
        buf_add_char(&wanted, '\n');
    }
    ck_assert_str_eq(buf_text(&code), buf_text(&wanted));
    buf_fini(&wanted);
    buf_fini(&code);
    vm_fini(&bench.vm);
    compile_fini(&bench.pack);
}
END_TEST

/* ---- the tables of a rule ---- */

static const char *const whole_rule = "rule r of m for payer on transaction \"title\"\n"
                                      "  when amount >= 5.00 CNY and payee in bad\n"
                                      "  unless \"old friends\" known_for  >=\n 30d\n"
                                      "  unless own\n"
                                      "  score 25 for 24h if big\n"
                                      "  raise high\n"
                                      "  protect payer.person for 12h\n"
                                      "  protect payee\n"
                                      "  stop payee for 48h\n"
                                      "  delay transaction\n"
                                      "  watch subject for 72h\n"
                                      "  advise reverify payer.person\n"
                                      "  reach station\n"
                                      "  say \"paid {amount}!\"\n";

START_TEST(rule_has_its_conditions)
{
    struct bench bench;
    bench_init(&bench, whole_rule);
    bench_page(&bench, LEG_PAYER);
    const struct program *p = bench.pack.program;
    const struct rule *rule = &p->rules[0];
    ck_assert(str_eq_text(rule->name, "r") && str_eq_text(rule->title, "title"));
    ck_assert_uint_eq(rule->key, name_key(STR("r")));
    ck_assert_int_eq(rule->typology, 0);
    ck_assert_int_eq(rule->leg, LEG_PAYER);
    ck_assert_int_eq(rule->page, ENTITY_ACCOUNT);
    ck_assert_int_eq(rule->trigger, TRIGGER_TRANSACTION);

    ck_assert_uint_eq(rule->guard_count, 2);
    const struct guard *guards = &p->guards[rule->guard_first];
    ck_assert(str_eq_text(guards[0].text, "old friends"));
    ck_assert(str_eq_text(guards[0].source, "known_for >= 30d"));
    ck_assert_uint_eq(guards[1].text.len, 0);
    ck_assert_int_eq(vm_run(&bench.vm, guards[0].code), 0);

    ck_assert_uint_eq(rule->condition_count, 2);
    const struct condition *conditions = &p->conditions[rule->condition_first];
    ck_assert(str_eq_text(conditions[0].text, "amount >= 5.00 CNY"));
    ck_assert_int_eq(conditions[0].unit, UNIT_MONEY);
    ck_assert_int_eq(vm_run(&bench.vm, conditions[0].threshold), 500);
    ck_assert_uint_eq(conditions[1].threshold, CODE_NONE);
    ck_assert(str_eq_text(conditions[1].threshold_text, "bad"));
    ck_assert_int_eq(conditions[1].unit, UNIT_ACCOUNT_REF);
    bench_fini(&bench);
}
END_TEST

START_TEST(rule_has_its_actions)
{
    static const struct {
        uint8_t kind, target, what;
        int64_t span_ms;
    } wanted[] = {
        {ACTION_SCORE, 0, 0, DAY_MS},
        {ACTION_RAISE, 0, TIER_HIGH, 0},
        {ACTION_PROTECT, LEG_PAYER_PERSON, 0, DAY_MS / 2},
        {ACTION_PROTECT, LEG_PAYEE, 0, DAY_MS},
        {ACTION_STOP, LEG_PAYEE, 0, 2 * DAY_MS},
        {ACTION_DELAY, LEG_PAYER, 0, 0},
        {ACTION_WATCH, LEG_PAYER, 0, 3 * DAY_MS},
        {ACTION_ADVISE, LEG_PAYER_PERSON, ADVICE_REVERIFY, 0},
        {ACTION_REACH, 0, CHANNEL_WORD_STATION, 0},
        {ACTION_SAY, 0, 0, 0},
    };
    struct bench bench;
    bench_init(&bench, whole_rule);
    bench_page(&bench, LEG_PAYER);
    const struct program *p = bench.pack.program;
    const struct action *actions = &p->actions[p->rules[0].action_first];
    ck_assert_uint_eq(p->rules[0].action_count, COUNT_OF(wanted));
    for (int i = 0; i < COUNT_OF(wanted); i++) {
        ck_assert_int_eq(actions[i].kind, wanted[i].kind);
        ck_assert_int_eq(actions[i].target, wanted[i].target);
        ck_assert_int_eq(actions[i].what, wanted[i].what);
        ck_assert_int_eq(actions[i].span_ms, wanted[i].span_ms);
        ck_assert_int_eq(actions[i].only_if != CODE_NONE, i == 0);
    }
    ck_assert_int_eq(vm_run(&bench.vm, actions[0].code), 25);
    ck_assert_int_eq(vm_run(&bench.vm, actions[0].only_if), 1);
    const struct say_piece *say = &p->say_pieces[actions[9].say_first];
    ck_assert_uint_eq(actions[9].say_count, 3);
    ck_assert(str_eq_text(say[0].text, "paid ") && str_eq_text(say[2].text, "!"));
    ck_assert_int_eq(say[1].unit, UNIT_MONEY);
    ck_assert_int_eq(vm_run(&bench.vm, say[1].code), YUAN(9600));
    bench_fini(&bench);
}
END_TEST

START_TEST(absolute_rules_are_known)
{
    struct compiled pack;
    ck_assert_int_eq(
        compile_text(&pack, STR("t.rule"),
                     STR("absolute rule a for payer on transaction when own watch payer for 1h\n"
                         "rule b for payer on transaction when own watch payer for 1h\n"),
                     NULL),
        0);
    ck_assert_ptr_nonnull(pack.program);
    ck_assert(pack.program->rules[0].absolute);
    ck_assert(!pack.program->rules[1].absolute);
    compile_fini(&pack);
}
END_TEST

START_TEST(other_blocks_have_their_rows)
{
    struct bench bench;
    bench_init(&bench,
               "list late_one \"title\" of number\n"
               "rule r for caller on call_end when subject in late_one watch caller for 1h\n"
               "rule s for account on listing when subject in bad watch subject for 1h\n");
    const struct program *p = bench.pack.program;
    ck_assert_uint_eq(p->lists_count, 3);
    ck_assert_uint_eq(p->lists[2].key, name_key(STR("late_one")));
    ck_assert_int_eq(p->lists[2].entity, ENTITY_NUMBER);
    ck_assert(str_eq_text(p->lists[2].title, "title"));
    ck_assert_uint_eq(p->features_count, 2);
    ck_assert_int_eq(p->features[0].page, ENTITY_ACCOUNT);
    ck_assert_int_eq(p->features[0].unit, UNIT_COUNT);
    ck_assert_int_eq(p->typologies[0].tier_points[TIER_LOW], 20);
    ck_assert_int_eq(p->typologies[0].tier_points[TIER_MEDIUM], -1);
    ck_assert_int_eq(p->typologies[0].tier_points[TIER_HIGH], 60);
    ck_assert_int_eq(p->typologies[0].closes_ms, 7 * DAY_MS);
    ck_assert_int_eq(p->rules[0].typology, TYPOLOGY_NONE);
    ck_assert_int_eq(p->rules[1].leg, LEG_ENTITY);
    ck_assert_int_eq(p->rules[1].page, ENTITY_ACCOUNT);
    ck_assert_uint_eq(p->by_trigger_count[TRIGGER_LISTING][LEG_ENTITY], 1);
    vm_fini(&bench.vm);
    compile_fini(&bench.pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emit");
    TCase *t = tcase_create("emit");
    tcase_add_loop_test(t, value_of_an_account, 0, COUNT_OF(account_values));
    tcase_add_loop_test(t, value_of_a_person, 0, COUNT_OF(person_values));
    tcase_add_test(t, carried_values_arrive);
    tcase_add_test(t, own_leg_is_not_carried);
    tcase_add_loop_test(t, logic_has_three_values, 0, COUNT_OF(logics));
    tcase_add_test(t, what_is_decided_is_left);
    tcase_add_test(t, rule_has_its_conditions);
    tcase_add_test(t, rule_has_its_actions);
    tcase_add_test(t, other_blocks_have_their_rows);
    tcase_add_test(t, absolute_rules_are_known);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
