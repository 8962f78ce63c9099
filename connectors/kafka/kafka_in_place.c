#include "connectors/kafka/kafka_in_inside.h"

#include "engine/base/clock.h"

#include <stdio.h>
#include <string.h>

#define FENCED_MS 60000
#define WATCH_MS 1000
#define DESCRIBE_MS 2000

/* ---- who has our place -------------------------------------------------------------------------
 */

static rd_kafka_event_t *describe(const struct kafka_in *in)
{
    const char *group = in->group;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(in->rk);
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(in->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, DESCRIBE_MS, NULL, 0);
    rd_kafka_DescribeConsumerGroups(in->rk, &group, 1, options, queue);
    rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, DESCRIBE_MS);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return answer;
}

/* NULL: no answer, or the group waits for its members, those that are gone, too. */
static const rd_kafka_ConsumerGroupDescription_t *settled_group(rd_kafka_event_t *answer)
{
    size_t count = 0;
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        answer == NULL ? NULL : rd_kafka_event_DescribeConsumerGroups_result(answer);
    const rd_kafka_ConsumerGroupDescription_t **groups =
        result == NULL ? NULL : rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    if (count == 0 || rd_kafka_ConsumerGroupDescription_error(groups[0]) != NULL) {
        return NULL;
    }
    rd_kafka_consumer_group_state_t state = rd_kafka_ConsumerGroupDescription_state(groups[0]);
    return state == RD_KAFKA_CONSUMER_GROUP_STATE_STABLE ||
                   state == RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY ||
                   state == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD
               ? groups[0]
               : NULL;
}

/* "": nobody. */
static const char *holder_of(const rd_kafka_ConsumerGroupDescription_t *group, const char *name)
{
    for (size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(group); i++) {
        const rd_kafka_MemberDescription_t *member =
            rd_kafka_ConsumerGroupDescription_member(group, i);
        const char *its = rd_kafka_MemberDescription_group_instance_id(member);
        if (its != NULL && strcmp(its, name) == 0) {
            return rd_kafka_MemberDescription_consumer_id(member);
        }
    }
    return "";
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
    bool again = in->fenced_ms != 0 && now_ms - in->fenced_ms < FENCED_MS;
    in->fenced_ms = now_ms;
    kafka_in_close_client(in); /* all partitions go through end() */
    in->reassigned = in->joined = false;
    if (again) {
        (void)
            fprintf(stderr,
                    "kafka: %s: another member has its place in the group; it joins again if that "
                    "one is silent\n",
                    in->client_id);
    }
    in->holder = (struct kafka_in_holder){.watched = again, .next_ms = now_ms};
    if (kafka_in_make_client(in, err) != 0) {
        return -1;
    }
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
    rd_kafka_event_t *answer = describe(in);
    const rd_kafka_ConsumerGroupDescription_t *group = settled_group(answer);
    int result = 0;
    if (group != NULL) {
        result = judge_holder(in, holder_of(group, in->setup.member), now_ms, err);
    } else {
        in->holder.id[0] = '\0';
    }
    if (answer != NULL) {
        rd_kafka_event_destroy(answer);
    }
    return result;
}
