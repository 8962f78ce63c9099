/* At the clock step the waits of patterns end that are due by then. */
#include "engine/fault.h"
#include "engine/partition_inside.h"

static int end_wait(struct partition *p, struct page *page, const struct wait *wait, uint64_t lsn,
                    struct err *err)
{
    struct decision_timeout timeout = {page, wait, p->header.clock_ms, lsn};
    p->header.counters.waits_ended++;
    if (decision_begin_timeout(p->decision, &timeout, &p->visit.event)) {
        if (partition_judge(p, 1U << TRIGGER_TIMEOUT, err) != 0 ||
            partition_send_marks(p, page, lsn, err) != 0) {
            return -1;
        }
        decision_end(p->decision);
    }
    partition_count_decision(p);
    return 0;
}

static int end_waits(struct partition *p, struct page *page, uint64_t lsn, struct err *err)
{
    struct wait ended[PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX];
    p->marks_sent = 0; /* of the page in this step: each has a place of its own */
    store_note_change(p, page, lsn);
    uint32_t count = page_end_waits(page, p->header.clock_ms, ended);
    page->dirty = true;
    page->applied_lsn = lsn + 1;
    for (uint32_t i = 0; i < count; i++) {
        if (end_wait(p, page, &ended[i], lsn, err) != 0) {
            return -1;
        }
    }
    fault_reach(FAULT_WAITS_ENDED);
    expiry_watch_page(p, page);
    return 0;
}

int wait_fire(struct partition *p, struct page *page, uint64_t lsn, struct err *err)
{
    if (page_wait_due_ms(page) > p->header.clock_ms) {
        return 0;
    }
    if (partition_need_pack(p, lsn_offset(lsn), err) != 0) {
        return -1;
    }
    if (skip_has(p, lsn, &page->token)) {
        return skip_waits(p, page, lsn, err);
    }
    position_enter(p->setup.position, p->setup.number, lsn, &page->token);
    int result = end_waits(p, page, lsn, err);
    position_leave(p->setup.position);
    return result == 0 ? held_release(&p->held, err) : result;
}
