#include "connectors/kafka/kafka_in_inside.h"

#include "engine/base/clock.h"

#include <stdio.h>
#include <string.h>

#define FENCED_MS 60000 /* and a session: who is idle hears of it with a heartbeat */
#define WATCH_MS 1000
#define PARTED_SESSIONS 3 /* a group gives its members their share by then */
#define ASK_MS 2000
#define UUID_LETTERS 36

/* ---- who has our place -------------------------------------------------------------------------
 */

/* A broker calls a member that keeps its name by that, a "-" and a UUID (RFC 9562). */
static bool is_named(const char *id, const char *name)
{
    size_t len = strlen(name);
    return strncmp(id, name, len) == 0 && id[len] == '-' && strlen(id) == len + 1 + UUID_LETTERS;
}

/* Copies what the broker calls the member that has our name; "": nobody has. False: the group waits
 * for its members, those that are gone, too. */
static bool copy_holder(const struct rd_kafka_group_info *group, const char *name, char *id)
{
    static const char *const settled[] = {"Stable", "Empty", "Dead"};
    bool is_settled = false;
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        is_settled = is_settled || strcmp(group->state, settled[i]) == 0;
    }
    if (group->err != 0 || !is_settled) {
        return false;
    }
    for (int i = 0; i < group->member_cnt; i++) {
        if (is_named(group->members[i].member_id, name)) {
            (void)snprintf(id, KAFKA_MEMBER_BYTES, "%s", group->members[i].member_id);
        }
    }
    return true;
}

/* False: no broker says so, for sure. The newer call (DescribeConsumerGroups) ends the process
 * where a connection is lost at that moment (issue 4605 of librdkafka, seen with 2.0.2). */
static bool ask_holder(const struct kafka_in *in, char *id)
{
    const struct rd_kafka_group_list *list = NULL;
    rd_kafka_resp_err_t code = rd_kafka_list_groups(in->rk, in->group, &list, ASK_MS);
    bool knows = code == 0; /* without the group in the list: nobody is in it */
    id[0] = '\0';
    if (code != 0 && code != RD_KAFKA_RESP_ERR__PARTIAL) {
        return false;
    }
    for (int i = 0; i < list->group_cnt; i++) {
        knows = copy_holder(&list->groups[i], in->setup.member, id);
    }
    rd_kafka_group_list_destroy(list);
    return knows;
}

/* ---- lost with the session ----
 */

static const char *without_prefix(const char *text)
{
    static const char prefix[] = "kafka: ";
    size_t len = sizeof prefix - 1;
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

/* A client joins again only when all its commits have an answer, each of which it awaits for 10 s
 * and asks for again; and what it has asked of a broker that stands, it awaits for as long as the
 * group may wait for its slowest member, five minutes. */
bool kafka_in_is_stuck(const struct kafka_in *in, const char **why)
{
    int64_t now_ms = clock_mono_ms();
    if (in->setup.group == NULL) {
        return false;
    }
    if (in->unbegun) {
        *why = without_prefix(in->failed.text);
        return true;
    }
    if (in->joined || in->claim_count > 0) {
        return false;
    }
    if (in->unheard || (in->committing && now_ms - in->committed_ms > KAFKA_IN_COMMIT_MS)) {
        *why = "the group took its partitions while brokers do not answer";
        return true;
    }
    *why = "the group has given it nothing for long";
    return now_ms - in->parted_ms > PARTED_SESSIONS * in->settings->kafka_session_ms;
}

static int renew(struct kafka_in *in, struct err *err)
{
    kafka_in_close_client(in, 0);
    if (kafka_in_make_client(in, err) == 0) {
        return 0;
    }
    err->code = ERR_OUTSIDE; /* by the same settings there was one before */
    return -1;
}

/* Said once until it is in the group again. */
int kafka_in_join_anew(struct kafka_in *in, const char *why, struct err *err)
{
    if (!in->said_anew) {
        in->said_anew = true;
        (void)fprintf(stderr, "kafka: %s: %s; it joins again as a new client\n", in->client_id,
                      why);
    }
    return renew(in, err) != 0 ? -1 : kafka_in_subscribe(in, err);
}

/* ---- taken back, or left -----------------------------------------------------------------------
 */

/* Another member took our place. That may be we ourselves: after brokers were away for longer than
 * the session, what the client had asked for is executed after what it asks for now. Once it is
 * taken back at once, which fences another process, too; that one comes back at once. After that it
 * is to be seen whether the other one lives. */
int kafka_in_fenced(struct kafka_in *in, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    bool again =
        in->fenced_ms != 0 && now_ms - in->fenced_ms < FENCED_MS + in->settings->kafka_session_ms;
    in->fenced_ms = now_ms;
    if (renew(in, err) != 0) { /* all partitions go through end() */
        return -1;
    }
    if (again) {
        (void)
            fprintf(stderr,
                    "kafka: %s: another member has its place in the group; it joins again if that "
                    "one is silent\n",
                    in->client_id);
    }
    in->holder = (struct kafka_in_holder){.watched = again, .next_ms = now_ms};
    return again ? 0 : kafka_in_subscribe(in, err);
}

/* Nobody has our place. */
static int join_again(struct kafka_in *in, struct err *err)
{
    (void)fprintf(stderr, "kafka: %s: nobody has its place in the group; it joins again\n",
                  in->client_id);
    in->holder.watched = false;
    return kafka_in_subscribe(in, err);
}

/* A member that is silent for a session loses its place; one more begins when the group moves to
 * another broker. Whoever keeps it for longer than two lives. The first time counts from the
 * brokers' answer, the last time from our question. */
static int judge_holder(struct kafka_in *in, const char *id, int64_t asked_ms, struct err *err)
{
    struct kafka_in_holder *holder = &in->holder;
    int64_t session_ms = in->settings->kafka_session_ms;
    if (id[0] == '\0') {
        return join_again(in, err);
    }
    if (strcmp(holder->id, id) != 0) {
        (void)snprintf(holder->id, sizeof holder->id, "%s", id);
        holder->since_ms = clock_mono_ms();
    }
    return asked_ms - holder->since_ms <= 2 * session_ms + session_ms / KAFKA_HEARTBEATS
               ? 0
               : err_set(err, ERR_USAGE,
                         "kafka: group %s has another member %s by now; give each process its own "
                         "process.name",
                         in->setup.group, in->setup.member);
}

int kafka_in_watch_holder(struct kafka_in *in, struct err *err)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms < in->holder.next_ms) {
        return 0;
    }
    in->holder.next_ms = now_ms + WATCH_MS;
    char id[KAFKA_MEMBER_BYTES];
    if (!ask_holder(in, id)) {
        in->holder.id[0] = '\0';
        return 0;
    }
    return judge_holder(in, id, now_ms, err);
}
