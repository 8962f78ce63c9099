#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <string.h>

#define PEERS_UNINDEXED 8 /* so few are compared one after the other */
#define PEERS_LIMIT (UINT16_MAX - 1)

static unsigned index_bits(const struct page *page)
{
    return (unsigned)__builtin_ctz(page->peer_index_cap);
}

static void index_put(struct page *page, uint32_t peer)
{
    uint32_t mask = page->peer_index_cap - 1;
    size_t slot = token_slot(token_low64(&page->peers[peer].token), index_bits(page));
    while (page->peer_index[slot] != 0) {
        slot = (slot + 1) & mask;
    }
    page->peer_index[slot] = (uint16_t)(peer + 1);
}

/* Fills the index anew, at most half full. */
static void index_build(struct page *page)
{
    uint32_t cap = 32;
    while (cap < 2 * page->peer_count) {
        cap *= 2;
    }
    if (cap != page->peer_index_cap) {
        mem_free(page->peer_index);
        page->peer_index = mem_alloc(cap, sizeof *page->peer_index);
        page->peer_index_cap = cap;
    } else {
        memset(page->peer_index, 0, cap * sizeof *page->peer_index);
    }
    for (uint32_t i = 0; i < page->peer_count; i++) {
        index_put(page, i);
    }
}

/* Takes the entry of a slot out and moves back those that it had pushed on. */
static void index_remove(struct page *page, uint32_t peer)
{
    uint32_t mask = page->peer_index_cap - 1;
    unsigned bits = index_bits(page);
    size_t hole = token_slot(token_low64(&page->peers[peer].token), bits);
    while (page->peer_index[hole] != peer + 1) {
        must(page->peer_index[hole] != 0);
        hole = (hole + 1) & mask;
    }
    for (size_t slot = (hole + 1) & mask; page->peer_index[slot] != 0; slot = (slot + 1) & mask) {
        const struct peer *moved = &page->peers[page->peer_index[slot] - 1];
        size_t home = token_slot(token_low64(&moved->token), bits);
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            page->peer_index[hole] = page->peer_index[slot];
            hole = slot;
        }
    }
    page->peer_index[hole] = 0;
}

const struct peer *page_find_peer(const struct page *page, uint64_t low64)
{
    if (page->peer_index == NULL) {
        for (uint32_t i = 0; i < page->peer_count; i++) {
            if (token_low64(&page->peers[i].token) == low64) {
                return &page->peers[i];
            }
        }
        return NULL;
    }
    uint32_t mask = page->peer_index_cap - 1;
    size_t slot = token_slot(low64, index_bits(page));
    while (page->peer_index[slot] != 0) {
        const struct peer *peer = &page->peers[page->peer_index[slot] - 1];
        if (token_low64(&peer->token) == low64) {
            return peer;
        }
        slot = (slot + 1) & mask;
    }
    return NULL;
}

struct peer *peer_find(struct page *page, uint64_t low64)
{
    const struct peer *peer = page_find_peer(page, low64);
    return peer == NULL ? NULL : &page->peers[peer - page->peers];
}

static int64_t peer_last_ms(const struct peer *peer)
{
    return peer->last_in_ms > peer->last_out_ms ? peer->last_in_ms : peer->last_out_ms;
}

/* Which peer gives way; see page_add_record. */
static uint32_t peer_victim(const struct page *page)
{
    uint32_t victim = 0;
    for (uint32_t i = 1; i < page->peer_count; i++) {
        const struct peer *a = &page->peers[i];
        const struct peer *b = &page->peers[victim];
        bool a_named = a->retained > 0;
        bool b_named = b->retained > 0;
        if (a_named != b_named ? b_named : peer_last_ms(a) < peer_last_ms(b)) {
            victim = i;
        }
    }
    return victim;
}

/* Records that name a peer. Only a peer that once gave way may be named already. */
static uint32_t peer_count_records(const struct page *page, uint64_t low64)
{
    uint32_t count = 0;
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            count += stream->records[i].peer == low64;
        }
    }
    return count;
}

struct peer *peer_add(struct page *page, const struct peer_draft *draft, uint32_t peers_max)
{
    must(peers_max > 0 && peers_max <= PEERS_LIMIT);
    must(draft->mask_len <= EVENT_MASK_MAX);
    uint64_t low64 = token_low64(draft->token);
    bool full = page->peer_count >= peers_max;
    uint32_t at = page->peer_count;
    if (full) {
        at = peer_victim(page);
        page->peers_lost = true;
        if (page->peer_index != NULL) {
            index_remove(page, at);
        }
    } else {
        page->peers = page_reserve(page->peers, &page->peer_cap, at + 1, sizeof *page->peers);
        page->peer_count++;
    }
    struct peer *peer = &page->peers[at];
    *peer = (struct peer){.token = *draft->token,
                          .first_met_ms = INT64_MAX,
                          .last_in_ms = TIME_NONE,
                          .last_out_ms = TIME_NONE,
                          .entity = draft->entity,
                          .mask_len = draft->mask_len};
    if (draft->mask_len > 0) {
        memcpy(peer->mask, draft->mask, draft->mask_len);
    }
    peer->retained = page->peers_lost ? peer_count_records(page, low64) : 0;
    if (page->peer_count > PEERS_UNINDEXED) {
        if (2 * page->peer_count > page->peer_index_cap) {
            index_build(page);
        } else {
            index_put(page, at);
        }
    }
    return peer;
}

void peer_contact(struct peer *peer, bool is_in, int64_t time_ms)
{
    if (time_ms < peer->first_met_ms) {
        peer->first_met_ms = time_ms;
    }
    int64_t *last_ms = is_in ? &peer->last_in_ms : &peer->last_out_ms;
    if (time_ms > *last_ms) {
        *last_ms = time_ms;
    }
}

void peer_rebuild(struct page *page)
{
    if (page->peer_count > PEERS_UNINDEXED) {
        index_build(page);
    }
    for (uint32_t i = 0; i < page->peer_count; i++) {
        page->peers[i].retained = 0;
    }
    page->peers_lost = false;
    for (int s = 0; s < STREAM_COUNT; s++) {
        const struct stream *stream = &page->streams[s];
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            uint64_t low64 = stream->records[i].peer;
            struct peer *peer = low64 == 0 ? NULL : peer_find(page, low64);
            if (peer != NULL) {
                peer->retained++;
            }
            page->peers_lost |= low64 != 0 && peer == NULL;
        }
    }
}

size_t peer_memory_bytes(const struct page *page)
{
    return page->peer_cap * sizeof *page->peers + page->peer_index_cap * sizeof *page->peer_index;
}
