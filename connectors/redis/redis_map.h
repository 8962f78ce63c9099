/* redis_map.h - which server holds which partition, by redis.mode:
 *
 *     single     redis.address, for all of them
 *     sentinel   the master that redis.address, some sentinels, name for redis.master
 *     cluster    the master of the partition's slot, as a server of redis.address tells it
 *
 *     redis_map_doubt(map);                        a connection was lost: who is the master now?
 *     redis_map_move(map, 0, &err);                asks one after the other, without waiting
 *     redis_map_at(map, 17)                        "10.0.0.8:6379", or NULL: not known
 *
 * What is known is used until something else is: who asks a sentinel too early hears of the old
 * master, cannot reach it, and asks again. Sentinels are asked once a second in any case.
 *
 * Memory:  addresses live until the next redis_map_move or redis_map_set.
 * Threads: one owner.
 * Errors:  ERR_USAGE: no address, a name that no sentinel knows, a server that is no Cluster.
 *          ERR_OUTSIDE, retriable: one of those who know does not answer, or wrongly; the next one
 *          is asked.
 */
#ifndef SLUICE_CONNECTORS_REDIS_MAP_H
#define SLUICE_CONNECTORS_REDIS_MAP_H

#include "connectors/redis/redis_link.h"

#include <stdbool.h>
#include <stdint.h>

enum redis_mode { REDIS_SINGLE, REDIS_SENTINEL, REDIS_CLUSTER };

struct redis_map;
struct redis_map *redis_map_new(const struct settings *settings, struct err *err);
void redis_map_free(struct redis_map *map);
enum redis_mode redis_map_mode(const struct redis_map *map);
const char *redis_map_at(const struct redis_map *map, uint32_t partition);
/* Every partition has a place. */
bool redis_map_is_whole(const struct redis_map *map);
/* What is known may be wrong: it is asked again. */
void redis_map_doubt(struct redis_map *map);
/* A server said that a partition is there (MOVED). */
void redis_map_set(struct redis_map *map, uint32_t partition, const char *address);
/* Waits at most timeout_ms. 1: there is an answer; 0: none; -1: somebody who should know does not.
 */
int redis_map_move(struct redis_map *map, int timeout_ms, struct err *err);

#endif
