/* kafka_in.h - one consumer: takes batches, checks that no offset is missing or comes twice.
 *
 *     in = kafka_in_open(&settings, &setup, &err);
 *     while ((n = kafka_in_take(in, messages, 256, 100, &err)) >= 0) { ... messages[i].bytes ... }
 *
 * In a group (range assignor, static membership: a member that comes back under its name within
 * kafka.session_ms goes on without a rebalance) the owner is asked for the offset at which each
 * partition begins, and told when partitions go away. With fixed partitions there is no group.
 * `offset == expected` is checked on every message of a topic without holes; a gap is an error, not
 * a surprise. Feeds have holes: senders may use transactions, which are read when they are
 * committed, and whose ends take offsets. The client is never paused and never told to seek: after
 * a reset the whole assignment is made anew, each partition at its next expected offset.
 *
 * Memory:  messages live until the next kafka_in_take. What lies ready is bounded by
 *          kafka.fetch_messages and kafka.fetch_kbytes.
 * Threads: one owner; callbacks come from inside kafka_in_take.
 * Errors:  brokers away: no messages (0), the client keeps trying; one that waits in vain for its
 *          group is replaced by a new one. Its place in the group taken: it
 *          takes it back, once at once, then when whoever has it turns out to be dead
 *          (kafka_in_place.c). -1 with err: another process has that place, not authorised, a topic
 *          that the client says is missing for kafka.wait_s, a gap, or log start beyond the offset
 *          asked for; whoever goes on after it misses nothing. Of a topic that is
 * deleted later it says nothing: see kafka_watch.h.
 */
#ifndef SLUICE_CONNECTORS_KAFKA_IN_H
#define SLUICE_CONNECTORS_KAFKA_IN_H

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond kafka.fetch_kbytes: one answer of a broker, 4 MiB as it is packed, four times that
 * unpacked. */
#define KAFKA_IN_OVER_BYTES ((int64_t)16 * 1024 * 1024)
#define KAFKA_COMMITTED (-1000) /* begin at the group's committed offset, or at the start */
#define KAFKA_NOTE_BYTES 64     /* of what goes with an offset, with its end */
#define KAFKA_LATER (-2000)     /* take nothing of it until kafka_in_rewind tells where it begins */

struct kafka_in_message {
    enum topic topic;
    int32_t partition;
    int64_t offset;
    int64_t stamp_ms; /* of the message: the sender's or the broker's, as the topic is set */
    struct str key, bytes;
};

struct kafka_in_setup {
    const char *client_id;
    const char *group;  /* behind kafka.prefix; NULL: fixed partitions, kafka_in_assign_all */
    const char *member; /* static membership (group.instance.id); NULL: none */
    const enum topic *topics;
    size_t topic_count;
    /* Goes with each offset that the group is told; a partition that was left with another one is
     * refused, with `note_of`: what it says, for people. One that ends earlier is of an older
     * program, and says less. NULL: none, and any is taken. */
    const char *note, *note_of;
    /* Offset at which a partition begins, KAFKA_COMMITTED or KAFKA_LATER; -1 with err: the owner
     * cannot begin. It runs while the group waits: it must not wait long itself. */
    int64_t (*begin)(void *context, enum topic topic, int32_t partition, struct err *err);
    /* All partitions are about to go, or the reader to be closed: once, before the `end` of each.
     * The group waits for it, so it must not take long. May be NULL. */
    void (*leave)(void *context);
    /* A partition goes to somebody else. May be NULL. */
    void (*end)(void *context, enum topic topic, int32_t partition);
    void *context;
};

struct kafka_in;
struct kafka_in *kafka_in_open(const struct settings *settings, const struct kafka_in_setup *setup,
                               struct err *err);
void kafka_in_close(struct kafka_in *in);
/* Without a group: these partitions of the first topic, from 0 to count - 1, at their begin. */
int kafka_in_assign_all(struct kafka_in *in, int32_t count, struct err *err);
/* Without a group: this partition of the first topic alone, at its begin, in place of those so far.
 */
int kafka_in_assign_one(struct kafka_in *in, int32_t partition, struct err *err);
/* Up to max messages, waiting for the first at most timeout_ms. Returns their number, or -1. */
int kafka_in_take(struct kafka_in *in, struct kafka_in_message *messages, size_t max,
                  int timeout_ms, struct err *err);
/* Gives back the messages of the batch in hand that were not worked off, its last `count`: they
 * come again. */
void kafka_in_return(struct kafka_in *in, const struct kafka_in_message *messages, size_t count);
/* For an owner that takes nothing for long, often, with no batch in hand: answers the group, which
 * waits for all its members whenever one comes or goes. From the first call on nothing is fetched,
 * what lay ready is dropped; the next kafka_in_take goes on where it was. One partition's end is
 * asked for in each call. */
int kafka_in_keep(struct kafka_in *in, struct err *err);
/* The next message of this partition shall be the one at offset; KAFKA_LATER: none for now. Only
 * when the batch in hand has been worked off for all other partitions: what was fetched of every
 * partition is fetched again from its next offset. */
void kafka_in_rewind(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset);
/* The offset expected next: of a partition that is ours, where it was begun until a message came,
 * or behind the holes at the end of a feed when that was reached; else -1. */
int64_t kafka_in_next(const struct kafka_in *in, enum topic topic, int32_t partition);
/* Notes for the group that all below offset is done; told to the brokers by kafka_in_commit, which
 * does not wait for them, and when partitions go, which does for 2 s. Until a word arrives,
 * messages come twice after a restart. */
void kafka_in_done(struct kafka_in *in, enum topic topic, int32_t partition, int64_t offset);
void kafka_in_commit(struct kafka_in *in);
/* The group has said which partitions are ours, if any. */
bool kafka_in_has_joined(const struct kafka_in *in);
/* Messages that lie ready, and about their memory. */
size_t kafka_in_ready(const struct kafka_in *in, size_t *bytes);
/* Next offset of a partition's log as this client last heard, without asking; -1: not heard yet. */
int64_t kafka_in_high(struct kafka_in *in, enum topic topic, int32_t partition);
/* First and next offset of a partition in the log, asked for so long (kafka_client_bounds), or for
 * kafka.wait_s. A broker that stood still leads for itself alone, when it goes on, and tells an end
 * that has passed. */
int kafka_in_bounds_within(struct kafka_in *in, enum topic topic, int32_t partition,
                           int64_t wait_ms, int64_t *first, int64_t *next, struct err *err);
int kafka_in_bounds(struct kafka_in *in, enum topic topic, int32_t partition, int64_t *first,
                    int64_t *next, struct err *err);

#endif
