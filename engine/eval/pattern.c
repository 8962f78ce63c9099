#include "engine/eval/pattern.h"

#include "engine/base/must.h"
#include "engine/eval/calendar.h"
#include "engine/eval/vm_inside.h"

#include <string.h>

/* A search under way, or what it has found. */
struct search {
    struct vm *vm;
    const struct pattern *pattern;
    const struct pattern_step *steps;
    struct pattern_match *match;
};

static struct search search_of(struct vm *vm, uint32_t index)
{
    const struct program *p = vm->program;
    const struct pattern *pattern = &p->patterns[index];
    return (struct search){vm, pattern, &p->pattern_steps[pattern->step_first],
                           &vm->matches[index]};
}

static uint32_t last_step(const struct search *s)
{
    return s->pattern->step_count - 1;
}

/* False when the search has looked at too many. */
static bool may_compare(struct search *s)
{
    if (s->match->state == PATTERN_SEARCHING && ++s->match->comparisons > PATTERN_COMPARISONS_MAX) {
        s->match->state = PATTERN_GIVEN_UP;
    }
    return s->match->state != PATTERN_GIVEN_UP;
}

/* ---- places --------------------------------------------------------------------------------- */

/* Two records of one event: a transfer between own accounts is both in and out. */
static bool same_event(const struct record *a, const struct record *b)
{
    return a->id == b->id && a->time_ms == b->time_ms;
}

static bool is_before(const struct record *a, const struct record *b)
{
    return record_compare_place(a, b) < 0 && !same_event(a, b);
}

/* When the step was over, VALUE_UNKNOWN if nobody knows; an open call is over with the event in
 * hand at the earliest. */
static int64_t end_of(const struct search *s, uint32_t step, const struct record *record)
{
    uint8_t stream = s->steps[step].stream;
    if (stream != STREAM_CALL_IN && stream != STREAM_CALL_OUT) {
        return record->time_ms;
    }
    if (vm_record_word(s->vm, WORD_OPEN, record) == 1) {
        return s->vm->t;
    }
    return vm_record_word(s->vm, WORD_ENDED, record);
}

/* Does the record stand `within` after the record at the step before? */
static bool is_within(const struct search *s, uint32_t step, const struct record *record,
                      const struct record *before)
{
    int64_t within_ms = s->steps[step].within_ms;
    if (within_ms == 0) {
        return true;
    }
    int64_t end_ms = end_of(s, step - 1, before);
    return end_ms != VALUE_UNKNOWN && record->time_ms - end_ms < within_ms;
}

static bool is_left_out(const struct record *record, bool reversed_too)
{
    return (record->flags & RECORD_REVERSED) != 0 && !reversed_too;
}

/* ---- repeated steps ------------------------------------------------------------------------- */

static bool step_range(const struct search *s, uint32_t step, uint32_t *first, uint32_t *last)
{
    const struct record *const *bound = s->match->bound;
    const struct record *hand = bound[last_step(s)];
    const struct record *after = step == last_step(s) ? hand : bound[step + 1];
    if (after == NULL || (step > 0 && bound[step - 1] == NULL)) {
        return false;
    }
    int64_t from_ms = step > 0 ? bound[step - 1]->time_ms : s->match->after_ms;
    stream_range(&s->vm->page->streams[s->steps[step].stream], from_ms, step > 0, after->time_ms,
                 first, last);
    return true;
}

/* Is the code true of the record? What it reads is no evidence by itself. */
static bool holds(const struct search *s, uint32_t code, const struct record *record)
{
    struct evidence *evidence = s->vm->evidence;
    s->vm->evidence = NULL;
    bool is_true = code == CODE_NONE || vm_run_on(s->vm, code, record) == 1;
    s->vm->evidence = evidence;
    return is_true;
}

static bool takes(struct search *s, uint32_t step, const struct record *record)
{
    const struct pattern_step *of = &s->steps[step];
    const struct record *const *bound = s->match->bound;
    bool in_hand = step == last_step(s) && record == bound[step];
    if (!may_compare(s) || is_left_out(record, of->reversed_too) ||
        (!in_hand && !is_before(record, bound[step == last_step(s) ? step : step + 1]))) {
        return false;
    }
    if (step > 0 &&
        (!is_before(bound[step - 1], record) || !is_within(s, step, record, bound[step - 1]))) {
        return false;
    }
    return holds(s, of->where, record);
}

/* Counts what a repeated step takes, and notes the first; false if that does not fit. */
static bool take_all(struct search *s, uint32_t step)
{
    const struct pattern_step *of = &s->steps[step];
    const struct record *records = s->vm->page->streams[of->stream].records;
    const struct record *newest = NULL;
    const struct record *oldest = NULL;
    uint32_t first, last;
    uint32_t count = 0;
    if (!step_range(s, step, &first, &last)) {
        return false;
    }
    for (uint32_t i = first; i < last; i++) {
        if (takes(s, step, &records[i])) {
            oldest = oldest == NULL ? &records[i] : oldest;
            newest = &records[i];
            count++;
        }
    }
    if (count < of->least_count || count > of->most_count || s->match->state == PATTERN_GIVEN_UP) {
        return false;
    }
    if (step == last_step(s)) {
        return newest == s->match->bound[step];
    }
    s->match->bound[step] = oldest;
    return is_within(s, step + 1, s->match->bound[step + 1], newest);
}

/* ---- the search ----------------------------------------------------------------------------- */

static bool fills_a_step(struct search *s, uint8_t stream, const struct record *record)
{
    for (uint32_t i = 0; i < s->pattern->step_count; i++) {
        if (record == s->match->bound[i] ||
            (s->steps[i].repeated && s->steps[i].stream == stream && takes(s, i, record))) {
            return true;
        }
    }
    return false;
}

/* The first record of the match: of a repeated step that is the only one, what it has taken. */
static const struct record *first_record(struct search *s)
{
    const struct record *records = s->vm->page->streams[s->steps[0].stream].records;
    uint32_t first, last;
    if (last_step(s) > 0 || !s->steps[0].repeated || !step_range(s, 0, &first, &last)) {
        return s->match->bound[0];
    }
    while (first < last && !takes(s, 0, &records[first])) {
        first++;
    }
    return first < last ? &records[first] : s->match->bound[0];
}

/* Is there a record between the first step and the last that may not be there? */
static bool is_broken(struct search *s, const struct pattern_without *without)
{
    const struct record *oldest = first_record(s);
    const struct record *hand = s->match->bound[last_step(s)];
    const struct stream *stream = &s->vm->page->streams[without->stream];
    uint32_t first, last;
    stream_range(stream, oldest->time_ms, true, hand->time_ms, &first, &last);
    for (uint32_t i = first; i < last && may_compare(s); i++) {
        const struct record *record = &stream->records[i];
        if (!is_left_out(record, without->reversed_too) && is_before(oldest, record) &&
            is_before(record, hand) && !fills_a_step(s, without->stream, record) &&
            holds(s, without->where, record)) {
            return true;
        }
    }
    return s->match->state == PATTERN_GIVEN_UP;
}

/* All that can be asked once this single step is bound, from the last one back. */
static bool holds_from(struct search *s, uint32_t step)
{
    const struct program *p = s->vm->program;
    const struct record *const *bound = s->match->bound;
    if (step < last_step(s) && !s->steps[step + 1].repeated &&
        !is_within(s, step + 1, bound[step + 1], bound[step])) {
        return false;
    }
    for (uint32_t i = 0; i < s->pattern->step_count; i++) {
        if (s->steps[i].repeated && s->steps[i].ready == step && !take_all(s, i)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < s->pattern->test_count; i++) {
        const struct pattern_test *test = &p->pattern_tests[s->pattern->test_first + i];
        if (test->ready == step &&
            (bound[test->step] == NULL || !holds(s, test->code, bound[test->step]))) {
            return false;
        }
    }
    return s->match->state != PATTERN_GIVEN_UP;
}

/* The next single step back; -1 if there is none. */
static int step_before(const struct search *s, uint32_t step)
{
    int before = (int)step - 1;
    return before >= 0 && s->steps[before].repeated ? before - 1 : before;
}

static bool is_whole(struct search *s)
{
    for (uint32_t i = 0; i < s->pattern->without_count; i++) {
        if (is_broken(s, &s->vm->program->pattern_withouts[s->pattern->without_first + i])) {
            return false;
        }
    }
    return true;
}

/* Can all steps before this one be bound? It is; the latest records are tried first. */
static bool bind_before(struct search *s, uint32_t step)
{
    int next = step_before(s, step);
    if (next < 0) {
        return is_whole(s);
    }
    const struct pattern_step *of = &s->steps[next];
    const struct stream *stream = &s->vm->page->streams[of->stream];
    const struct record **bound = s->match->bound;
    uint32_t first, last;
    stream_range(stream, s->match->after_ms, false, bound[step]->time_ms, &first, &last);
    for (uint32_t i = last; i > first && may_compare(s); i--) {
        const struct record *record = &stream->records[i - 1];
        if (is_left_out(record, of->reversed_too) || !is_before(record, bound[step])) {
            continue;
        }
        bound[next] = record;
        if (holds_from(s, (uint32_t)next) && bind_before(s, (uint32_t)next)) {
            return true;
        }
    }
    bound[next] = NULL;
    return false;
}

/* Does what was searched, and not found, perhaps lie behind what the page keeps? */
static bool reaches_behind(const struct search *s)
{
    const struct record *const *bound = s->match->bound;
    const struct stream *streams = s->vm->page->streams;
    bool found = s->match->state == PATTERN_FOUND;
    for (uint32_t i = 0; i < s->pattern->step_count; i++) {
        const struct stream *stream = &streams[s->steps[i].stream];
        bool between = found && i > 0;
        if ((!found || s->steps[i].repeated) &&
            stream_reaches_behind(stream, between ? bound[i - 1]->time_ms : s->match->after_ms,
                                  between)) {
            return true;
        }
    }
    for (uint32_t i = 0; found && i < s->pattern->without_count; i++) {
        const struct pattern_without *without =
            &s->vm->program->pattern_withouts[s->pattern->without_first + i];
        if (stream_reaches_behind(&streams[without->stream], bound[0]->time_ms, true)) {
            return true;
        }
    }
    return false;
}

/* What is not younger is outside of the pattern's window. */
static int64_t start_of(const struct search *s, int64_t t)
{
    const struct program *p = s->vm->program;
    uint8_t workdays = s->pattern->workdays;
    return workdays > 0 ? calendar_start_ms(p->days, p->days_count, t, workdays) - 1
                        : t - s->pattern->within_ms;
}

static bool is_last(const struct search *s)
{
    const struct vm *vm = s->vm;
    return vm->hand != NULL && vm->page->entity == s->pattern->page &&
           stream_of_leg(vm->event->kind, vm->leg) == s->steps[last_step(s)].stream;
}

static void search_from(struct search *s, const struct record *last)
{
    struct pattern_match *match = s->match;
    match->bound[last_step(s)] = last;
    match->after_ms = start_of(s, last->time_ms);
    bool repeated = s->steps[last_step(s)].repeated;
    bool alone = last_step(s) == 0; /* and an absence behind it */
    bool found = (repeated ? !alone || take_all(s, 0) : holds_from(s, last_step(s))) &&
                 bind_before(s, last_step(s));
    if (match->state == PATTERN_GIVEN_UP) {
        match->flags.bounded = true;
        s->vm->given_up++;
        return;
    }
    match->state = found ? PATTERN_FOUND : PATTERN_MISSING;
    match->flags.approximate = reaches_behind(s);
}

/* A match that ends with this record; NULL: none can. */
static void search_to(struct search *s, const struct record *last)
{
    bool there = last != NULL && !is_left_out(last, s->steps[last_step(s)].reversed_too);
    *s->match = (struct pattern_match){.visit = s->vm->visit,
                                       .state = there ? PATTERN_SEARCHING : PATTERN_MISSING};
    if (there) {
        search_from(s, last);
    }
}

/* What the search reads is told to everyone who asks for its match. */
static void search_once(struct search *s, const struct record *last)
{
    struct vm_flags before = vm_take_flags(s->vm);
    search_to(s, last);
    vm_add_flags(s->vm, s->match->flags);
    s->match->flags = vm_take_flags(s->vm);
    s->vm->flags = before;
}

/* What the machine shows as evidence: all records of the match, once it is whole. */
static void note(struct search *s)
{
    for (uint32_t i = 0; i < s->pattern->step_count; i++) {
        const struct pattern_step *of = &s->steps[i];
        const struct record *records = s->vm->page->streams[of->stream].records;
        uint32_t first, last;
        if (!of->repeated) {
            vm_note(s->vm, of->stream, s->match->bound[i]);
            continue;
        }
        must(step_range(s, i, &first, &last));
        for (uint32_t k = last; k > first; k--) {
            if (takes(s, i, &records[k - 1])) {
                vm_note(s->vm, of->stream, &records[k - 1]);
            }
        }
    }
}

/* Are the steps bound, or as many as the search has bound so far? */
static bool is_bound(struct search *s)
{
    if (s->match->visit != s->vm->visit) {
        search_once(s, is_last(s) ? s->vm->hand : NULL);
    }
    vm_add_flags(s->vm, s->match->flags);
    if (s->match->state == PATTERN_FOUND && s->vm->evidence != NULL) {
        note(s);
    }
    return s->match->state == PATTERN_FOUND || s->match->state == PATTERN_SEARCHING;
}

int64_t pattern_matches(struct vm *vm, uint32_t pattern)
{
    struct search s = search_of(vm, pattern);
    bool bound = is_bound(&s);
    return s.match->state == PATTERN_GIVEN_UP ? VALUE_UNKNOWN : bound;
}

int64_t pattern_word(struct vm *vm, uint32_t pattern, uint32_t step, int word)
{
    struct search s = search_of(vm, pattern);
    const struct record *record = is_bound(&s) ? s.match->bound[step] : NULL;
    return record == NULL ? VALUE_UNKNOWN : vm_record_word(vm, word, record);
}

bool pattern_range(struct vm *vm, uint32_t pattern, uint32_t step, uint32_t *first, uint32_t *last)
{
    struct search s = search_of(vm, pattern);
    return is_bound(&s) && step_range(&s, step, first, last);
}

bool pattern_takes(struct vm *vm, uint32_t pattern, uint32_t step, const struct record *record)
{
    struct search s = search_of(vm, pattern);
    return takes(&s, step, record);
}

/* ---- absence -------------------------------------------------------------------------------- */

int64_t pattern_begins(struct vm *vm, uint32_t pattern, const struct record *last,
                       int64_t *until_ms)
{
    struct search s = search_of(vm, pattern);
    search_once(&s, last);
    int64_t end_ms = end_of(&s, last_step(&s), last);
    if (s.match->state != PATTERN_FOUND || end_ms == VALUE_UNKNOWN) {
        return s.match->state == PATTERN_GIVEN_UP ? VALUE_UNKNOWN : 0;
    }
    *until_ms = end_ms + s.pattern->absence_ms;
    return 1;
}

/* Has something come behind the last step, and before the wait was over, that must not? */
static bool has_come(struct search *s, int64_t until_ms)
{
    const struct pattern *pattern = s->pattern;
    if (pattern->absence_stream == STREAM_COUNT) {
        return false;
    }
    const struct record *after = s->match->bound[last_step(s)];
    const struct stream *stream = &s->vm->page->streams[pattern->absence_stream];
    uint32_t first, last;
    s->match->flags.approximate |= stream_reaches_behind(stream, after->time_ms, true);
    stream_range(stream, after->time_ms, true, until_ms - 1, &first, &last);
    for (uint32_t i = first; i < last; i++) {
        const struct record *record = &stream->records[i];
        if (!is_left_out(record, pattern->absence_reversed_too) && is_before(after, record) &&
            holds(s, pattern->absence_where, record)) {
            return true;
        }
    }
    return false;
}

bool pattern_ends(struct vm *vm, uint32_t pattern, const struct record *last, int64_t until_ms)
{
    struct search s = search_of(vm, pattern);
    search_once(&s, last);
    struct vm_flags before = vm_take_flags(vm);
    if (s.match->state == PATTERN_FOUND && has_come(&s, until_ms)) {
        s.match->state = PATTERN_MISSING;
    }
    vm_add_flags(vm, s.match->flags);
    s.match->flags = vm_take_flags(vm);
    vm->flags = before;
    return s.match->state == PATTERN_FOUND;
}
