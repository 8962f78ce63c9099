#include "connectors/kafka/kafka_in_inside.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 10000
#define MOVING_PAUSE_US 100000
#define BEGIN_MS 20000 /* the group waits for nobody who waits for brokers himself */

struct kafka_in_claim *kafka_in_claim_of(const struct kafka_in *in, enum topic topic,
                                         int32_t partition)
{
    const struct kafka_in_places *places = &in->places[topic];
    size_t place = partition >= 0 && (size_t)partition < places->count ? places->at[partition] : 0;
    struct kafka_in_claim *claim = place < in->claim_count ? &in->claims[place] : NULL;
    return claim != NULL && claim->topic == topic && claim->partition == partition ? claim : NULL;
}

bool kafka_in_topic_of(const struct kafka_in *in, const char *name, enum topic *topic)
{
    for (size_t i = 0; i < in->setup.topic_count; i++) {
        if (strcmp(in->names[in->setup.topics[i]], name) == 0) {
            *topic = in->setup.topics[i];
            return true;
        }
    }
    return false;
}

struct kafka_in_claim *kafka_in_claim_named(const struct kafka_in *in, const char *name,
                                            int32_t partition, enum topic *topic)
{
    return kafka_in_topic_of(in, name, topic) ? kafka_in_claim_of(in, *topic, partition) : NULL;
}

static rd_kafka_topic_partition_list_t *list_of_claims(const struct kafka_in *in)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->claim_count + 1);
    for (size_t i = 0; i < in->claim_count && !in->held; i++) {
        const struct kafka_in_claim *claim = &in->claims[i];
        if (claim->expected != KAFKA_LATER) {
            rd_kafka_topic_partition_list_add(list, in->names[claim->topic], claim->partition)
                ->offset = claim->expected;
        }
    }
    return list;
}

/* Waits until the partitions that an assignment replaced have stopped. The client's thread works
 * off its queue in order: before it answers the first question it has told them to stop, before the
 * second it has heard that they did. Without it, the next assignment may tell a partition to stop
 * for the second time, and the second answer aborts the process (rktp_started; librdkafka up to
 * 2.15). */
static void settle(struct kafka_in *in)
{
    for (int i = 0; i < 2; i++) {
        rd_kafka_topic_partition_list_t *list = NULL;
        if (rd_kafka_assignment(in->rk, &list) == 0) {
            rd_kafka_topic_partition_list_destroy(list);
        }
    }
}

/* Tells the client what to fetch; NULL: that we have given back what the group takes away. A list
 * without partitions is another thing: a member that answers its share with NULL counts as one that
 * has not answered, and the group's next round waits for it in vain. */
static int assign(struct kafka_in *in, const rd_kafka_topic_partition_list_t *list, struct err *err)
{
    rd_kafka_resp_err_t code = rd_kafka_assign(in->rk, list);
    settle(in);
    return code == 0 ? 0
                     : err_set(err, ERR_OUTSIDE, "kafka: partitions cannot be taken: %s",
                               rd_kafka_err2str(code));
}

/* What is ours now, and from where. */
int kafka_in_assign_claims(struct kafka_in *in, struct err *err)
{
    rd_kafka_topic_partition_list_t *list = list_of_claims(in);
    int result = assign(in, list, err);
    rd_kafka_topic_partition_list_destroy(list);
    in->must_assign = false;
    return result;
}

/* The group is just moving to another broker, or that one reads what it has of it: the client asks
 * for the new one, and does not ask the question again. */
static bool is_moving(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/* The broker of the group is away, or stands. */
static bool is_away(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
           code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__WAIT_COORD ||
           code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__RESOLVE ||
           code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

/* Of the time in which partitions are begun. */
static int64_t begin_left_ms(const struct kafka_in *in)
{
    int64_t wait_ms = in->settings->kafka_wait_s * 1000;
    int64_t left_ms = in->begun_ms + (wait_ms < BEGIN_MS ? wait_ms : BEGIN_MS) - clock_mono_ms();
    return left_ms > 0 ? left_ms : 0;
}

static rd_kafka_resp_err_t ask_committed(struct kafka_in *in, enum topic topic, int32_t partition,
                                         int64_t *offset, char *note)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *row =
        rd_kafka_topic_partition_list_add(list, in->names[topic], partition);
    rd_kafka_resp_err_t code = rd_kafka_committed(in->rk, list, ANSWER_MS);
    while (is_moving(code) && begin_left_ms(in) > 0) {
        clock_pause_us(MOVING_PAUSE_US);
        code = rd_kafka_committed(in->rk, list, ANSWER_MS);
    }
    *offset = row->offset;
    (void)snprintf(note, KAFKA_NOTE_BYTES, "%.*s", (int)row->metadata_size,
                   row->metadata_size > 0 ? (const char *)row->metadata : "");
    code = code != 0 ? code : row->err;
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* Where the group left this partition, or its beginning; brokers are asked. Whether records that it
 * has not taken are gone shows when they are fetched, too: for that alone nobody waits. */
static int64_t committed_offset(struct kafka_in *in, enum topic topic, int32_t partition,
                                struct err *err)
{
    int64_t offset = -1;
    char note[KAFKA_NOTE_BYTES];
    rd_kafka_resp_err_t code = ask_committed(in, topic, partition, &offset, note);
    if (code != 0) {
        (void)err_set(err, ERR_OUTSIDE, "kafka: %s of group %s: %s", in->names[topic],
                      in->setup.group, rd_kafka_err2str(code));
        err->retriable = is_moving(code) || is_away(code);
        return -1;
    }
    if (in->setup.note != NULL && note[0] != '\0' &&
        strncmp(note, in->setup.note, strlen(note)) != 0) {
        return err_set(err, ERR_USAGE,
                       "kafka: %s[%" PRId32 "] was last taken by a process with another %s",
                       in->names[topic], partition, in->setup.note_of);
    }
    int64_t first = 0;
    int64_t next = 0;
    if (kafka_in_bounds_within(in, topic, partition, begin_left_ms(in), &first, &next, err) != 0) {
        bool known = err->retriable && offset >= 0;
        err->code = known ? ERR_NONE : err->code;
        return known ? offset : -1;
    }
    if (offset >= 0 && offset < first) {
        return err_set(
            err, ERR_OUTSIDE,
            "kafka: %s[%" PRId32 "] begins at %" PRId64 ", records from %" PRId64
            " on were not taken and are gone; longer retention, or reset the group on purpose",
            in->names[topic], partition, first, offset);
    }
    if (offset < 0 && first > 0) {
        (void)fprintf(stderr,
                      "kafka: %s: group %s has no place in %s[%" PRId32
                      "] (no longer, or not yet), "
                      "and it begins at %" PRId64 ": what was before is not taken\n",
                      in->client_id, in->setup.group, in->names[topic], partition, first);
    }
    return offset >= 0 ? offset : first;
}

static void note_place(struct kafka_in_places *places, int32_t partition, size_t place)
{
    size_t count = (size_t)partition + 1;
    if (count > places->count) {
        void *at = places->at;
        mem_reserve(&at, &places->cap, count, sizeof *places->at);
        places->at = at;
        memset(places->at + places->count, 0, (count - places->count) * sizeof *places->at);
        places->count = count;
    }
    places->at[partition] = place;
}

int kafka_in_claim(struct kafka_in *in, enum topic topic, int32_t partition, struct err *err)
{
    int64_t offset = in->setup.begin(in->setup.context, topic, partition, err);
    if (offset == KAFKA_COMMITTED) {
        offset = committed_offset(in, topic, partition, err);
    }
    if (offset < 0 && offset != KAFKA_LATER) {
        return -1;
    }
    void *claims = in->claims;
    mem_reserve(&claims, &in->claim_cap, in->claim_count + 1, sizeof *in->claims);
    in->claims = claims;
    note_place(&in->places[topic], partition, in->claim_count);
    in->claims[in->claim_count++] = (struct kafka_in_claim){.partition = partition,
                                                            .topic = (uint8_t)topic,
                                                            .expected = offset,
                                                            .done = -1,
                                                            .committed = -1,
                                                            .high = -1};
    return 0;
}

/* What the brokers do not know yet. */
static rd_kafka_topic_partition_list_t *list_of_done(const struct kafka_in *in)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)in->claim_count + 1);
    for (size_t i = 0; i < in->claim_count; i++) {
        const struct kafka_in_claim *claim = &in->claims[i];
        if (claim->done > claim->committed) {
            rd_kafka_topic_partition_t *row =
                rd_kafka_topic_partition_list_add(list, in->names[claim->topic], claim->partition);
            row->offset = claim->done;
            if (in->setup.note != NULL) { /* the list frees it */
                row->metadata_size = strlen(in->setup.note);
                row->metadata = mem_alloc(row->metadata_size + 1, 1);
                memcpy(row->metadata, in->setup.note, row->metadata_size);
            }
        }
    }
    return list;
}

/* An answer to kafka_in_commit; after an error the next one says it again. */
void kafka_in_committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *list, void *context)
{
    struct kafka_in *in = context;
    (void)rk;
    in->committing = false;
    fault_reach(FAULT_OFFSETS_COMMITTED);
    for (int i = 0; code == 0 && list != NULL && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *row = &list->elems[i];
        enum topic topic = TOPIC_COUNT;
        struct kafka_in_claim *claim = kafka_in_claim_named(in, row->topic, row->partition, &topic);
        if (claim != NULL && row->err == 0) {
            claim->committed = row->offset;
        }
    }
}

/* One at a time: with the brokers away they would pile up, and the end of the client wait for them.
 */
void kafka_in_commit(struct kafka_in *in)
{
    if (in->committing) {
        return;
    }
    rd_kafka_topic_partition_list_t *list = list_of_done(in);
    if (list->cnt > 0) {
        fault_reach(FAULT_OFFSETS_KNOWN);
        in->committing = rd_kafka_commit(in->rk, list, 1) == 0;
    }
    in->committed_ms = clock_mono_ms();
    rd_kafka_topic_partition_list_destroy(list);
}

/* The last word before partitions go; whoever takes them over begins there. Brokers that have left
 * the word before without an answer will not answer this one, and none is believed once the session
 * has ended. */
static void commit_and_wait(struct kafka_in *in)
{
    in->unheard = false;
    if ((in->committing && clock_mono_ms() - in->committed_ms > KAFKA_IN_COMMIT_MS) ||
        rd_kafka_assignment_lost(in->rk)) {
        return;
    }
    rd_kafka_topic_partition_list_t *list = list_of_done(in);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(in->rk);
    if (list->cnt > 0 && rd_kafka_commit_queue(in->rk, list, queue, NULL, NULL) == 0) {
        rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, KAFKA_IN_COMMIT_MS);
        in->unheard = answer == NULL;
        if (answer != NULL) {
            rd_kafka_event_destroy(answer);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
}

void kafka_in_release_all(struct kafka_in *in)
{
    if (in->claim_count > 0 && in->setup.leave != NULL) {
        in->setup.leave(in->setup.context);
    }
    for (size_t i = 0; i < in->claim_count && in->setup.end != NULL; i++) {
        in->setup.end(in->setup.context, (enum topic)in->claims[i].topic, in->claims[i].partition);
    }
    commit_and_wait(in);
    in->late.code = ERR_NONE;
    in->claim_count = 0;
}

/* The group's word: with the range assignor everything goes, then everything comes. */
void kafka_in_rebalanced(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *context)
{
    struct kafka_in *in = context;
    (void)rk;
    in->reassigned = true;
    in->joined = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    kafka_in_release_all(in);
    in->parted_ms = clock_mono_ms();
    in->begun_ms = in->parted_ms;
    for (int i = 0; in->joined && i < list->cnt; i++) {
        enum topic topic = TOPIC_COUNT;
        if (kafka_in_topic_of(in, list->elems[i].topic, &topic) && in->failed.code == ERR_NONE) {
            (void)kafka_in_claim(in, topic, list->elems[i].partition, &in->failed);
        }
    }
    in->unbegun = in->failed.code != ERR_NONE && in->failed.retriable;
    in->said_anew = in->said_anew && (!in->joined || in->unbegun);
    (void)(in->joined ? kafka_in_assign_claims(in, &in->failed) : assign(in, NULL, &in->failed));
}

void kafka_in_done(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset)
{
    struct kafka_in_claim *mine = kafka_in_claim_of(in, topic, partition);
    if (mine != NULL && offset > mine->done) {
        mine->done = offset;
    }
}
