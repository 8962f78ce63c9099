/* Pages that frames need and the store has: those of a frame are there before it is applied, and
 * with them, in the same call, those of the frames behind it. */
#include "engine/base/must.h"
#include "engine/partition_inside.h"

#define AHEAD_SHARE 32 /* of the memory for pages: so much may be asked for ahead */

/* -1: it is not in there. */
static int list_find(const struct token_list *list, const struct token *token)
{
    for (size_t i = 0; i < list->count; i++) {
        if (token_eq(&list->tokens[i], token)) {
            return (int)i;
        }
    }
    return -1;
}

/* What the frame needs of the store; what it needs of memory is wanted there. False: there is not
 * room for all of it. */
static bool add_missing(struct partition *p, struct frame_reader frame, size_t room,
                        struct token_list *missing)
{
    for (uint32_t i = 0; i < frame.head.visit_count && frame_next(&frame, &p->visit); i++) {
        const struct token *token = event_leg_token(&p->visit.event, p->visit.leg);
        if (cache_use(p->cache, token) == NULL && list_find(&p->absent, token) < 0 &&
            list_find(missing, token) < 0) {
            if (missing->count == room) {
                return false;
            }
            missing->tokens[missing->count++] = *token;
        }
    }
    return true; /* a visit that cannot be read is said when the frame is applied */
}

/* How many pages like those in memory may be asked for. */
static size_t room_ahead(const struct partition *p)
{
    size_t bytes_each = cache_bytes(p->cache) / (cache_count(p->cache) + 1) + 1;
    size_t room = p->page_bytes_max / AHEAD_SHARE / bytes_each;
    return p->page_bytes_max > 0 && room < FRAME_VISITS_MAX ? room : FRAME_VISITS_MAX;
}

/* Returns how many frames were looked at; of the last one a part may be missing. */
static uint32_t add_ahead(struct partition *p, struct token_list *missing)
{
    const struct frames_ahead *ahead = &p->setup.ahead;
    size_t room = room_ahead(p);
    struct frame_reader frame;
    struct str bytes;
    size_t at = 0;
    uint32_t frames = 0;
    while (ahead->next != NULL && missing->count < room &&
           (at = ahead->next(ahead->self, p->setup.number, at, &bytes)) != 0 &&
           frame_open(&frame, bytes)) {
        frames++;
        (void)add_missing(p, frame, room, missing);
    }
    return frames;
}

/* Those that wait for their frame stay in memory; the others may go. */
static void set_awaited(struct partition *p, bool awaited)
{
    for (size_t i = 0; i < p->awaited.count; i++) {
        struct page *page = cache_use(p->cache, &p->awaited.tokens[i]);
        if (page != NULL) {
            page->awaited = awaited;
        }
    }
    p->futile = p->futile && awaited;
}

static void note_absent(struct partition *p)
{
    p->absent.count = 0;
    for (size_t i = 0; i < p->awaited.count; i++) {
        if (cache_find(p->cache, &p->awaited.tokens[i]) == NULL) {
            p->absent.tokens[p->absent.count++] = p->awaited.tokens[i];
        }
    }
}

int ahead_load(struct partition *p, struct frame_reader frame, struct err *err)
{
    struct token_list missing = {.count = 0};
    bool fits = add_missing(p, frame, FRAME_VISITS_MAX, &missing);
    must(fits);
    if (missing.count == 0) {
        return 0;
    }
    set_awaited(p, false);
    p->absent.count = 0; /* those of this frame are made in it, the others are asked for again */
    p->frames_ahead = add_ahead(p, &missing);
    p->awaited = missing;
    if (store_load_pages(p, missing.tokens, missing.count, false, err) != 0) {
        return -1;
    }
    set_awaited(p, true);
    note_absent(p);
    return 0;
}

void ahead_note_new(struct partition *p, const struct token *token)
{
    int at = list_find(&p->absent, token);
    if (at >= 0) {
        p->absent.tokens[at] = p->absent.tokens[--p->absent.count];
    }
}

void ahead_note_applied(struct partition *p)
{
    if (p->frames_ahead > 0) {
        p->frames_ahead--;
    } else if (p->awaited.count > 0) {
        set_awaited(p, false);
        p->awaited.count = 0;
    }
}
