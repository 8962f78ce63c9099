#include "bench/rule_text.h"

#include "bench/harness.h"
#include "rules/diag.h"

#include <stdio.h>
#include <stdlib.h>

#define TEMPLATES 8
#define FEATURES 4

static void add_names(struct buf *out)
{
    buf_add_text(out, "typology of_person for person tiers low 20 medium 40 high 60 urgent 85 "
                      "closes after 24h\n"
                      "typology of_account for account tiers low 20 medium 40 high 60 urgent 85 "
                      "closes after 24h\n"
                      "typology of_number for number tiers low 20 medium 40 high 60 urgent 85 "
                      "closes after 24h\n"
                      "const risky = {intl, regional, mvno, service95, irregular, hidden}\n");
    for (uint32_t i = 0; i < FEATURES; i++) {
        buf_add_format(out, "feature payers_%uh for account = distinct(payment_in.payer in %uh)\n",
                       1 + i, 1 + i);
    }
}

static void add_head(struct buf *out, uint32_t i, const char *typology, const char *leg,
                     const char *trigger)
{
    buf_add_format(out, "rule r%u of %s for %s on %s\n    when   ", i, typology, leg, trigger);
}

/* j counts the rules of one template, g is spread over 0..999. */
static void add_person_rule(struct buf *out, uint32_t kind, uint32_t j, uint32_t g)
{
    static const struct {
        const char *channel;
        uint32_t from, step;
    } payments[] = {{"mobile", 9000, 40}, {"qr", 1500, 7}, {"redpacket", 150, 1}, {"pos", 1500, 7}};
    switch (kind) {
    case 0:
        buf_add_format(out, "channel == %s and amount >= %u.00 CNY\n", payments[j % 4].channel,
                       payments[j % 4].from + payments[j % 4].step * g);
        break;
    case 1:
        buf_add_format(out,
                       "amount >= %u.00 CNY and purpose == transfer and\n"
                       "           count(payment_out in 6h where amount >= %u.00 CNY) >= %u\n",
                       200 + g, 200 + g, 2 + j % 2);
        break;
    case 2:
        buf_add_format(out,
                       "amount >= %u.00 CNY and\n           any(call_in in %um where caller.kind "
                       "in risky and duration >= %us)\n",
                       20 + g, 30 + 10 * (j % 9), 10 + 7 * j % 60);
        break;
    case 3:
        buf_add_format(out,
                       "amount >= %u.00 CNY and purpose == transfer and payee.payers_%uh >= %u\n",
                       200 + g, 1 + j % FEATURES, 3 + j % 3);
        break;
    default:
        buf_add_format(out,
                       "count(payment_out in 24h) >= %u and\n"
                       "           share(payment_out in 24h where first_time) >= %u%%\n",
                       9 + j % 4, 70 + g % 30);
        break;
    }
}

static void add_rule(struct buf *out, uint32_t i)
{
    static const uint8_t person_kinds[TEMPLATES] = {0, 1, 0, 0, 2, 3, 4, 0};
    uint32_t j = i / TEMPLATES;
    uint32_t g = j * 617 % 1000;
    switch (i % TEMPLATES) {
    case 2:
        add_head(out, i, "of_account", "payee", "transaction");
        buf_add_format(out, "sum(payment_in.amount in 24h) >= %u.00 CNY\n", 60000 + 90 * g);
        break;
    case 3:
        add_head(out, i, "of_account", "payee", "transaction");
        buf_add_format(out, "distinct(payment_in.payer in 1h) >= %u\n", 12 + g % 8);
        break;
    case 7:
        add_head(out, i, "of_number", "caller", "call_end");
        buf_add_format(out, "count(call_out in 1h where duration <= %us) >= %u\n", 10 + j % 50,
                       4 + g % 4);
        break;
    default:
        add_head(out, i, "of_person", "payer.person", "transaction");
        add_person_rule(out, person_kinds[i % TEMPLATES], j, g);
        break;
    }
    buf_add_format(out, "    score  %u for 24h\n", 10 + i % 30);
}

void rule_text_pack(struct buf *out, uint32_t rules)
{
    add_names(out);
    for (uint32_t i = 0; i < rules; i++) {
        add_rule(out, i);
    }
}

void rule_text_compile(struct compiled *pack, struct str text)
{
    struct err err;
    if (compile_text(pack, STR("bench.rule"), text, &err) != 0) {
        bench_fail(&err);
    }
    if (pack->program == NULL) {
        struct buf mistakes = {0};
        diag_render(&mistakes, &pack->diags, &pack->source);
        (void)fputs(buf_text(&mistakes), stderr);
        exit(3);
    }
}
