/* What was judged of late is kept, and judged again when something older comes. */
#include "engine/fault.h"
#include "engine/partition_inside.h"
#include "engine/state/kept.h"

void late_keep_visit(struct partition *p, struct page *page, unsigned triggers)
{
    if (decision_keep(p->decision, triggers, &p->kept)) {
        p->kept.pack_key = p->pack_key;
        kept_add(page, &p->kept, &p->kept_bytes);
    }
}

/* Its record may have been dropped since; and what another pack judged is not this one's matter. */
static bool can_be_judged(const struct partition *p, const struct page *page,
                          const struct decision_visit *seen)
{
    const struct kept_visit *kept = seen->again->kept;
    return kept->pack_key == p->pack_key && kept->judged_ms > seen->again->late->judged_ms &&
           kept->has_hand == (seen->hand != NULL) &&
           page->entity == event_leg_kind(kept->event, kept->leg);
}

static int judge_one(struct partition *p, const struct decision_visit *seen, uint32_t at,
                     struct err *err)
{
    uint32_t fired = 0;
    decision_begin(p->decision, seen);
    if (decision_judge_again(p->decision, &fired, err) != 0 ||
        partition_send_marks(p, seen->page, seen->lsn, err) != 0) {
        return -1;
    }
    decision_end(p->decision);
    kept_note_fired(seen->page, at, &p->kept, &p->kept_bytes);
    fault_reach(FAULT_JUDGED_AGAIN);
    p->header.counters.judged_again++;
    p->header.counters.fired += fired;
    return 0;
}

int late_judge_again(struct partition *p, struct page *page, int leg, uint64_t lsn, struct err *err)
{
    struct decision_again again = {&p->kept, &p->visit.event, leg};
    for (uint32_t at = 0; kept_read(page, at, &p->kept, &p->kept_event); at = kept_next(page, at)) {
        struct decision_visit seen = {.page = page,
                                      .event = &p->kept_event,
                                      .event_bytes = p->kept.event_bytes,
                                      .hand = kept_hand(page, &p->kept),
                                      .carried = p->kept.carried,
                                      .carried_loose = p->kept.carried_loose,
                                      .leg = p->kept.leg,
                                      .judged_ms = p->kept.judged_ms,
                                      .clock_ms = p->header.clock_ms,
                                      .lsn = lsn,
                                      .again = &again};
        if (can_be_judged(p, page, &seen) && judge_one(p, &seen, at, err) != 0) {
            return -1;
        }
    }
    return 0;
}
