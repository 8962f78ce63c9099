/* kafka_in_inside.h - what the parts of a consumer share: kafka_in.c takes messages,
 * kafka_in_group.c tells the client and the group what is ours, and from where, kafka_in_place.c
 * keeps our place in the group.
 *
 *     struct kafka_in_claim *mine = kafka_in_claim_of(in, TOPIC_VISITS, 3);
 *
 * Memory:  all belongs to the consumer.
 * Threads: its owner's; callbacks come from inside kafka_in_take and kafka_in_keep.
 * Errors:  -1 with err: the owner cannot go on.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_IN_INSIDE_H
#define SLUICE_CONNECTORS_KAFKA_IN_INSIDE_H

#include "connectors/kafka/kafka_in.h"

#define KAFKA_IN_BATCH_MAX 1024
#define KAFKA_IN_COMMIT_MS \
    2000                   /* a commit of offsets has its answer by then, or brokers are silent */
#define KAFKA_HEARTBEATS 4 /* in the time after which silence means death */
#define KAFKA_MEMBER_BYTES 192 /* a member's name and what the broker appends to it */

/* A partition that is ours. */
struct kafka_in_claim {
    int32_t partition;
    uint8_t topic;
    int64_t expected;      /* offset of the next message; KAFKA_LATER: nothing is fetched */
    bool is_there;         /* it has been seen: whatever comes before it is stale */
    int64_t done;          /* below it all is done; -1: nothing to commit */
    int64_t committed;     /* of it, as the brokers have said */
    int64_t high;          /* end of its log, when it was asked for last; -1: never */
    int64_t lost_ms;       /* since when the broker that leads has no such offset; 0: it has */
    int64_t lost_again_ms; /* when it was the last to say so */
};

/* Where the claims on a topic's partitions stand; of one that is not ours, anywhere. */
struct kafka_in_places {
    size_t *at;
    size_t count, cap;
};

/* The member that has taken our place, while we look whether it lives. */
struct kafka_in_holder {
    bool watched;
    char id[KAFKA_MEMBER_BYTES]; /* as the broker calls it; "": none seen yet */
    int64_t since_ms, next_ms;   /* it has been seen since then, and is looked for again then */
};

struct kafka_in {
    const struct settings *settings;
    struct kafka_in_setup setup;
    enum topic topics[TOPIC_COUNT]; /* that setup.topics points to */
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *batch[KAFKA_IN_BATCH_MAX];
    size_t batch_count;
    struct kafka_in_claim *claims;
    size_t claim_count, claim_cap;
    struct kafka_in_places places[TOPIC_COUNT];
    bool reassigned;  /* in a callback, while a batch was fetched */
    bool must_assign; /* the client is to be told anew what is ours, and from where */
    bool held;        /* nothing is fetched, whatever is ours: the owner takes nothing */
    size_t look_at;   /* whose end is asked for next, meanwhile */
    bool joined;
    int64_t parted_ms; /* since when it is not */
    bool said_anew;    /* and that it joins again was said */
    bool committing;   /* a commit has no answer yet, since then */
    bool unheard;      /* the last word before partitions went had none in time */
    int64_t begun_ms;  /* when the group gave partitions; they are begun, while it waits */
    bool unbegun;      /* nobody could say where partitions begin, and `failed` says why */
    int64_t committed_ms;
    uint64_t taken_count, taken_bytes;
    struct err failed; /* of a callback */
    struct err late;   /* behind the batch in hand */
    char names[TOPIC_COUNT][KAFKA_TOPIC_BYTES];
    char client_id[KAFKA_CLIENT_BYTES];
    char member[KAFKA_CLIENT_BYTES]; /* that setup.member points to, if there is one */
    int64_t unknown_ms[TOPIC_COUNT]; /* since when it is not there; 0: it is */
    char group[KAFKA_TOPIC_BYTES];   /* with its prefix */
    int64_t fenced_ms;               /* when its place in the group was taken; 0: never */
    struct kafka_in_holder holder;
};

/* NULL: not ours. */
struct kafka_in_claim *kafka_in_claim_of(const struct kafka_in *in, enum topic topic,
                                         int32_t partition);
/* Of a topic that this consumer has to do with. */
bool kafka_in_topic_of(const struct kafka_in *in, const char *name, enum topic *topic);
/* The same by the topic's name at the brokers; *topic is set if the topic is ours. */
struct kafka_in_claim *kafka_in_claim_named(const struct kafka_in *in, const char *name,
                                            int32_t partition, enum topic *topic);
/* Takes a partition: its owner says where it begins. */
int kafka_in_claim(struct kafka_in *in, enum topic topic, int32_t partition, struct err *err);
/* Tells the client to fetch what is ours from where it stands. */
int kafka_in_assign_claims(struct kafka_in *in, struct err *err);
/* Gives all back to the owner, and tells the brokers how far it is done. */
void kafka_in_release_all(struct kafka_in *in);
/* The client, without a word to the group; and that it wants a share of its topics. */
int kafka_in_make_client(struct kafka_in *in, struct err *err);
int kafka_in_subscribe(struct kafka_in *in, struct err *err);
/* Gives all back, and ends it, waiting so long for that. Nothing, if there is none. */
void kafka_in_close_client(struct kafka_in *in, int wait_s);
/* A new client is in the group sooner than this one; *why: what this one waits for. */
bool kafka_in_is_stuck(const struct kafka_in *in, const char **why);
/* Joins with a new client, which waits for nothing; what the old one had asked for is lost. */
int kafka_in_join_anew(struct kafka_in *in, const char *why, struct err *err);
/* Our place in the group was taken: takes it back, or begins to look at who has it. */
int kafka_in_fenced(struct kafka_in *in, struct err *err);
/* To be called again and again while in->holder.watched: joins when nobody has our place any more,
 * ERR_USAGE when another process does. The brokers are asked, once a second. */
int kafka_in_watch_holder(struct kafka_in *in, struct err *err);
/* The client's callbacks. */
void kafka_in_rebalanced(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                         rd_kafka_topic_partition_list_t *list, void *context);
void kafka_in_committed(rd_kafka_t *rk, rd_kafka_resp_err_t code,
                        rd_kafka_topic_partition_list_t *list, void *context);

#endif
