/* test_plan.c - which pages are visited, and what travels in which slot. */
#include "rules/plan.h"

#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static void bench_init(struct compiled *pack, struct str text)
{
    ck_assert_int_eq(compile_text(pack, STR("t.rule"), text, NULL), 0);
    if (pack->program == NULL) {
        struct buf shown = {0};
        diag_render(&shown, &pack->diags, &pack->source);
        ck_abort_msg("%s", buf_text(&shown));
    }
}

/* ---- visits ---- */

struct visit {
    const char *name;
    const char *text;
    const char *calls, *transactions, *bindings;
};

#define ALWAYS_CALL "caller"
#define ALWAYS_PAYMENT "payee"
#define ALWAYS_RECORD "entity"

static const struct visit visits[] = {
    {"nothing but the first leg", "const none = 5\n", ALWAYS_CALL, ALWAYS_PAYMENT, ALWAYS_RECORD},
    {"where a rule runs", "rule r for payer on transaction when own watch payer for 1h\n",
     ALWAYS_CALL, "payee payer", ALWAYS_RECORD},
    {"a rule at the first leg", "rule r for payee on transaction when own watch payee for 1h\n",
     ALWAYS_CALL, "payee", ALWAYS_RECORD},
    {"a rule at a person shows the holder",
     "rule r for payer.person on transaction when own watch payer for 1h\n", ALWAYS_CALL,
     "payee payer.person", "entity holder"},
    {"a rule at a person on a list entry",
     "list bad of person rule r for person on listing when subject in bad watch subject for 1h\n",
     ALWAYS_CALL, ALWAYS_PAYMENT, "entity holder"},
    {"where a value is carried from",
     "rule r for payer on transaction when payee.person.age >= 60 watch payer for 1h\n",
     ALWAYS_CALL, "payee payee.person payer", ALWAYS_RECORD},
    {"where a list is carried from",
     "list bad of number rule r for callee on call_end when caller in bad watch callee for 1h\n",
     "caller callee", ALWAYS_PAYMENT, ALWAYS_RECORD},
    {"what feeds a stream that is read, and nothing else",
     "rule r for callee on call_end when count(call_out in 1h) > 5 watch callee for 1h\n",
     "caller callee", ALWAYS_PAYMENT, ALWAYS_RECORD},
    {"streams are those of the kind of page",
     "rule r for callee.person on call_end when count(payment_out in 1h) > 5 watch callee for 1h\n",
     "caller callee.person", "payee payer.person", "entity holder"},
    {"a feature's streams",
     "feature busy for account = count(payment_in in 1h) > count(payment_out in 1h)\n"
     "rule r for payee on transaction when busy watch payee for 1h\n",
     ALWAYS_CALL, "payee payer", ALWAYS_RECORD},
    {"a carried feature's streams",
     "feature calls for person = count(call_in in 1h)\n"
     "rule r for payer on transaction when payee.person.calls > 1 watch payee for 1h\n",
     "caller callee.person", "payee payee.person payer", ALWAYS_RECORD},
    {"a feature that nothing uses reads nothing",
     "feature busy for account = count(payment_out in 1h) > 1\n"
     "rule r for payee on transaction when own watch payee for 1h\n",
     ALWAYS_CALL, "payee", ALWAYS_RECORD},
    {"meetings are in both directions",
     "rule r for payer.person on transaction when known_for > 1d watch payer for 1h\n", ALWAYS_CALL,
     "payee payee.person payer.person", "entity holder"},
    {"of past records too",
     "rule r for callee on call_end when any(call_in in 1h where two_way) watch callee for 1h\n",
     "caller callee", ALWAYS_PAYMENT, ALWAYS_RECORD},
    {"of records of that kind alone",
     "rule r for payee.person on transaction when any(payment_in in 1h where first_time)\n"
     "  watch payee for 1h\n",
     ALWAYS_CALL, "payee payee.person payer.person", "entity holder"},
    {"inside a filter inside a filter",
     "rule r for payee.person on transaction when any(payment_in in 1h where\n"
     "  any(call_in in 1h where two_way) and own) watch payee for 1h\n",
     "caller caller.person callee.person", "payee payee.person", "entity holder"},
    {"silence is that of the whole page",
     "rule r for callee.person on call_end when gap > 1d watch callee for 1h\n",
     "caller caller.person callee.person", "payee payee.person payer.person", "entity holder"},
    {"a field of an aggregate",
     "rule r for payee on transaction when max(payment_in.known_for in 1h) > 1d watch payee for 1h\n",
     ALWAYS_CALL, "payee payer", ALWAYS_RECORD},
    {"inside a filter, since a time, in a guard, in an action, in a text",
     "typology m for person tiers low 1 closes after 1d\n"
     "rule r of m for callee.person on call_end when any(call_in since last(call_out in 1h))\n"
     "  unless any(call_in in 1h where count(payment_in in 1h) > 1)\n"
     "  score 20 for 1h if count(payment_out in 1h) > 1\n",
     "caller caller.person callee.person", "payee payee.person payer.person", "entity holder"},
    {"a text",
     "typology m for person tiers low 1 closes after 1d\n"
     "rule r of m for callee.person on call_end when answered\n"
     "  say \"{count(payment_out in 1h)}\"\n",
     "caller callee.person", "payee payer.person", "entity holder"},
};

/* The other kinds of event. */
static const struct {
    const char *name, *text;
    uint8_t event;
    const char *legs;
} other_visits[] = {
    {"a message at its sender", "const none = 5\n", EVENT_SMS, "sender"},
    {"messages that came",
     "rule r for callee on call_end when count(sms_in in 1h) > 5 watch callee for 1h\n", EVENT_SMS,
     "sender receiver"},
    {"messages that went, at persons",
     "rule r for payer.person on transaction when count(sms_out in 1h) > 5 watch payer for 1h\n",
     EVENT_SMS, "sender sender.person"},
    {"whom one writes to one has met",
     "rule r for callee on call_end when first_time watch callee for 1h\n", EVENT_SMS,
     "sender receiver"},
    {"nobody is met by a message to an account",
     "rule r for payer on transaction when first_time watch payer for 1h\n", EVENT_SMS, "sender"},
    {"silence ends by a message",
     "rule r for payer.person on transaction when gap > 1d watch payer for 1h\n", EVENT_SMS,
     "sender sender.person receiver.person"},
    {"and by a login", "rule r for payer.person on transaction when gap > 1d watch payer for 1h\n",
     EVENT_LOGIN, "user user.person"},
    {"and by a change", "rule r for payer.person on transaction when gap > 1d watch payer for 1h\n",
     EVENT_CHANGE, "owner owner.person"},
    {"but not by a warning",
     "rule r for payer.person on transaction when gap > 1d watch payer for 1h\n", EVENT_WARNING,
     "entity"},
    {"warnings of persons",
     "rule r for payer.person on transaction when any(warning in 1d) watch payer for 1h\n",
     EVENT_WARNING, "entity holder"},
    {"warnings of accounts",
     "rule r for payer on transaction when any(warning in 1d) watch payer for 1h\n", EVENT_WARNING,
     "entity"},
    {"logins at the account",
     "rule r for payer on transaction when any(login in 1d) watch payer for 1h\n", EVENT_LOGIN,
     "user"},
    {"a device where its rule runs",
     "rule r for device on login when hour > 1 watch device for 1h\n", EVENT_LOGIN, "user device"},
    {"and where else it is used",
     "rule r for device on call_end when first_time watch device for 1h\n", EVENT_TRANSACTION,
     "payee device"},
    {"a device that a payment has is not visited for it",
     "rule r for payer on transaction when known(device) watch payer for 1h\n", EVENT_TRANSACTION,
     "payee payer"},
    {"what a device hands on",
     "feature users for device = distinct(use.user in 7d)\n"
     "rule r for payer on transaction when device.users > 1 watch payer for 1h\n",
     EVENT_CALL, "caller device"},
    {"when a device was first seen its uses tell",
     "rule r for payer on transaction when ago(device.first_seen) < 1d watch payer for 1h\n",
     EVENT_LOGIN, "user device"},
    {"when a domain was first seen its messages tell",
     "list bad of domain\n"
     "rule r for domain on listing when ago(subject.first_seen) < 1d and subject in bad watch subject for 1h\n",
     EVENT_SMS, "sender domain"},
    {"a domain on the way to the receiver",
     "list bad of domain\n"
     "rule r for receiver on sms when domain in bad watch receiver for 1h\n",
     EVENT_SMS, "sender domain receiver"},
    {"silence of a device ends by a call",
     "rule r for device on login when gap > 1d watch device for 1h\n", EVENT_CALL, "caller device"},
    {"a binding at a number's holder",
     "rule r for person on binding when hour > 1 watch subject for 1h\n", EVENT_BINDING,
     "entity holder"},
    {"changes of persons",
     "rule r for payer.person on transaction when any(change in 1d) watch payer for 1h\n",
     EVENT_CHANGE, "owner owner.person"},
};

static void visits_text(struct buf *out, const struct program *program, uint8_t event)
{
    buf_clear(out);
    for (int leg = 0; leg < LEG_COUNT; leg++) {
        if (program->visits[event][leg]) {
            buf_add_format(out, "%s%s", out->len == 0 ? "" : " ", leg_infos[leg].text);
        }
    }
}

START_TEST(visits_of_other_events)
{
    struct compiled pack;
    struct buf legs = {0};
    bench_init(&pack, str_of(other_visits[_i].text));
    visits_text(&legs, pack.program, other_visits[_i].event);
    ck_assert_msg(strcmp(buf_text(&legs), other_visits[_i].legs) == 0, "%s: %s",
                  other_visits[_i].name, buf_text(&legs));
    buf_fini(&legs);
    compile_fini(&pack);
}
END_TEST

START_TEST(event_visits)
{
    const struct visit *row = &visits[_i];
    const struct {
        uint8_t event;
        const char *legs;
    } wanted[] = {{EVENT_CALL, row->calls},       {EVENT_TRANSACTION, row->transactions},
                  {EVENT_BINDING, row->bindings}, {EVENT_ACCOUNT, row->bindings},
                  {EVENT_NUMBER, row->bindings},  {EVENT_PERSON, "entity"},
                  {EVENT_LISTING, "entity"}};
    struct compiled pack;
    struct buf legs = {0};
    bench_init(&pack, str_of(row->text));
    for (int i = 0; i < COUNT_OF(wanted); i++) {
        visits_text(&legs, pack.program, wanted[i].event);
        ck_assert_msg(strcmp(buf_text(&legs), wanted[i].legs) == 0, "%s: %.*s visits %s, not %s",
                      row->name, (int)event_kind_text(wanted[i].event).len,
                      event_kind_text(wanted[i].event).at, buf_text(&legs), wanted[i].legs);
    }
    buf_fini(&legs);
    compile_fini(&pack);
}
END_TEST

/* ---- carried values ---- */

struct carried {
    const char *name;
    const char *text;
    const char *carries; /* event leg what slot, or slot.pair of a list */
};

static const struct carried carried[] = {
    {"nothing", "rule r for payee on transaction when payee.opened > time watch payee for 1h\n",
     ""},
    {"in the order of use",
     "feature busy for account = count(payment_in in 1h)\n"
     "rule r for payer on transaction when payee.busy > 1 and payee.opened > time watch payee for "
     "1h\n",
     "transaction payee busy 0; transaction payee opened 1; "},
    {"the same value once",
     "rule r for payer on transaction when payee.opened > time watch payee for 1h\n"
     "rule s for payer.person on transaction when known(payee.opened) watch payee for 1h\n",
     "transaction payee opened 0; "},
    {"the same attribute of two legs",
     "rule r for payer.person on transaction when payee.opened > payer.opened watch payee for "
     "1h\n",
     "transaction payee opened 0; transaction payer opened 1; "},
    {"lists share a slot",
     "list bad of account list worse of account list vip of person\n"
     "rule r for payer.person on transaction when payee in bad or payee.opened > time\n"
     "  or payer in worse or payee.person in vip watch payee for 1h\n",
     "transaction payee bad 0.0; transaction payee opened 1; transaction payer worse 0.1; "
     "transaction payee.person vip 0.2; "},
    {"each kind of event has its own",
     "list bad of number\n"
     "rule r for callee on call_end when caller in bad and known(caller.opened) watch caller for "
     "1h\n"
     "rule s for callee on call_start when known(caller.opened) watch caller for 1h\n"
     "rule t for payer on settlement when known(payee.class) watch payee for 1h\n",
     "call caller bad 0.0; call caller opened 1; transaction payee class 0; "},
    {"in guards, actions and texts",
     "typology m for account tiers low 1 closes after 1d\n"
     "rule r of m for payer on transaction when own unless known(payee.opened)\n"
     "  score 20 for 1h if known(payee.class) say \"{payee.person.age}\"\n",
     "transaction payee opened 0; transaction payee class 1; transaction payee.person age 2; "},
};

static void carry_text(struct buf *out, const struct program *p, const struct carry *carry)
{
    struct str name = carry->source == CARRY_FEATURE ? p->features[carry->index].name
                      : carry->source == CARRY_ATTRIBUTE
                          ? str_of(vocab_attributes[carry->index].text)
                          : p->lists[carry->index].name;
    buf_add_str(out, event_kind_text(carry->event));
    buf_add_format(out, " %s %.*s %d", leg_infos[carry->leg].text, (int)name.len, name.at,
                   carry->slot);
    if (carry->source == CARRY_MEMBER) {
        buf_add_format(out, ".%d", carry->pair);
    }
    buf_add_text(out, "; ");
}

START_TEST(values_travel)
{
    const struct carried *row = &carried[_i];
    struct compiled pack;
    struct buf text = {0};
    bench_init(&pack, str_of(row->text));
    for (size_t i = 0; i < pack.program->carries_count; i++) {
        carry_text(&text, pack.program, &pack.program->carries[i]);
    }
    ck_assert_msg(strcmp(buf_text(&text), row->carries) == 0, "%s: %s\nis not %s", row->name,
                  buf_text(&text), row->carries);
    buf_fini(&text);
    compile_fini(&pack);
}
END_TEST

/* ---- bounds ---- */

/* A pack that carries so many values, or lists. */
static void carry_pack(struct buf *text, int count, bool lists)
{
    for (int i = 0; i < count; i++) {
        if (lists) {
            buf_add_format(text, "list n%d of account\n", i);
        } else {
            buf_add_format(text, "feature n%d for account = count(payment_in in %dm)\n", i, i + 1);
        }
    }
    for (int i = 0; i < count; i++) {
        buf_add_format(text, "rule r%d for payer on transaction when ", i);
        buf_add_format(text, lists ? "payee in n%d" : "payee.n%d > 5", i);
        buf_add_text(text, " watch payee for 1h\n");
    }
}

START_TEST(one_too_many_is_said)
{
    static const struct {
        bool lists;
        int most;
        const char *error;
    } rows[] = {
        {false, PROGRAM_CARRIED_MAX, "error: one value too many is carried by a transaction\n"},
        {true, PROGRAM_MEMBER_PAIRS_MAX,
         "error: one list membership too many is carried by a transaction\n"},
    };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        for (int more = 0; more < 2; more++) {
            struct buf text = {0};
            struct buf shown = {0};
            struct compiled pack;
            carry_pack(&text, rows[i].most + more, rows[i].lists);
            ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
            diag_render(&shown, &pack.diags, &pack.source);
            ck_assert_msg((pack.program != NULL) == (more == 0), "%s", buf_text(&shown));
            ck_assert_msg(more == 0 || strstr(buf_text(&shown), rows[i].error) != NULL, "%s",
                          buf_text(&shown));
            compile_fini(&pack);
            buf_fini(&shown);
            buf_fini(&text);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *t = tcase_create("plan");
    tcase_add_loop_test(t, event_visits, 0, COUNT_OF(visits));
    tcase_add_loop_test(t, visits_of_other_events, 0, COUNT_OF(other_visits));
    tcase_add_loop_test(t, values_travel, 0, COUNT_OF(carried));
    tcase_add_test(t, one_too_many_is_said);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
