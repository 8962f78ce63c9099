#include "engine/eval/vm.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/pattern.h"
#include "engine/eval/score.h"
#include "engine/eval/vm_inside.h"

#include <string.h>

static int64_t run(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps);

void vm_init(struct vm *vm, const struct program *program)
{
    must(program->verified);
    memset(vm, 0, sizeof *vm);
    vm->program = program;
    vm->features = mem_alloc(program->features_count, sizeof *vm->features);
    vm->typology_points = mem_alloc(program->typologies_count, sizeof *vm->typology_points);
    vm->matches = mem_alloc(program->patterns_count, sizeof *vm->matches);
}

void vm_fini(struct vm *vm)
{
    mem_free(vm->features);
    mem_free(vm->typology_points);
    mem_free(vm->matches);
    memset(vm, 0, sizeof *vm);
}

/* No feature's value is fresh any more. */
static void forget_features(struct vm *vm)
{
    if (++vm->epoch == 0) { /* after 2^32 times every stamp would look fresh */
        memset(vm->features, 0, vm->program->features_count * sizeof *vm->features);
        vm->epoch = 1;
    }
}

/* The visit's own points are seen by the next one. */
static void note_points(struct vm *vm)
{
    const struct program *p = vm->program;
    if (vm->page->points_count == 0) { /* most pages */
        memset(vm->typology_points, 0, p->typologies_count * sizeof *vm->typology_points);
        return;
    }
    for (size_t i = 0; i < p->typologies_count; i++) {
        uint8_t raised = TIER_NONE;
        vm->typology_points[i] = score_typology(vm->page, p->typologies[i].key, vm->t, &raised);
    }
}

void vm_begin(struct vm *vm, struct page *page, const struct event *event,
              const struct record *hand, int leg, int64_t t, const int64_t *carried)
{
    vm->page = page;
    vm->event = event;
    vm->hand = hand;
    vm->ended =
        hand != NULL && event->kind == EVENT_CALL && event->phase != PHASE_START ? hand : NULL;
    vm->leg = leg;
    vm->t = t;
    vm->carried = carried;
    vm->carried_loose = 0;
    vm->again = NULL;
    vm->evidence = NULL;
    vm->ends = NULL;
    vm->flags = (struct vm_flags){false, false};
    vm->loose = false;
    vm->visit++;
    forget_features(vm);
    if (vm->program->reads_points) {
        note_points(vm);
    }
}

struct vm_flags vm_take_flags(struct vm *vm)
{
    struct vm_flags flags = vm->flags;
    vm->flags = (struct vm_flags){false, false};
    return flags;
}

void vm_add_flags(struct vm *vm, struct vm_flags flags)
{
    vm->flags.approximate |= flags.approximate;
    vm->flags.bounded |= flags.bounded;
}

void vm_see_again(struct vm *vm, const struct kept_visit *again)
{
    vm->again = again;
    for (uint32_t i = 0; i < vm->program->typologies_count; i++) {
        vm->typology_points[i] = kept_value_of(again->points, again->points_count, i);
    }
}

/* A mark of the program on this page. */
static int64_t mark_level(const struct vm *vm, uint32_t mark)
{
    const struct kept_visit *again = vm->again;
    return again != NULL ? kept_value_of(again->marks, again->marks_count, mark)
                         : page_mark_level(vm->page, vm->program->marks[mark].key, vm->t);
}

void vm_drop_hand(struct vm *vm)
{
    vm->hand = NULL;
    vm->visit++;
    forget_features(vm);
}

static int64_t feature_value(struct vm *vm, uint32_t index)
{
    struct vm_feature *feature = &vm->features[index];
    if (feature->epoch != vm->epoch) {
        struct vm_flags before = vm_take_flags(vm);
        int64_t temps[PROGRAM_TEMPS_MAX];
        memset(temps, 0, sizeof temps);
        feature->value = run(vm, vm->program->features[index].code, NULL, temps);
        feature->epoch = vm->epoch;
        feature->loose = vm->loose;
        feature->least = vm->least;
        feature->flags = vm_take_flags(vm);
        vm->flags = before;
    }
    vm_add_flags(vm, feature->flags);
    vm->loose = feature->loose;
    vm->least = feature->least;
    return feature->value;
}

/* What becomes of the value is not seen here: behind the exact history it is approximate. */
static int64_t settle(struct vm *vm, int64_t value)
{
    vm->flags.approximate |= vm->loose;
    vm->loose = false;
    return value;
}

int64_t vm_feature(struct vm *vm, uint32_t feature)
{
    return settle(vm, feature_value(vm, feature));
}

/* Nobody knows what the exact part of a value was on the page that it comes from. */
static int64_t carried_value(struct vm *vm, int32_t slot)
{
    vm->loose = (vm->carried_loose >> slot & 1) != 0;
    vm->least = VALUE_UNKNOWN;
    return vm->carried[slot];
}

/* ---- arithmetic and logic
 * --------------------------------------------------------------------------------------- */

static int64_t add_known(struct vm *vm, int64_t a, int64_t b, bool minus)
{
    int64_t result;
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    bool overflow =
        minus ? __builtin_sub_overflow(a, b, &result) : __builtin_add_overflow(a, b, &result);
    if (overflow || result == VALUE_UNKNOWN) {
        vm->overflows++;
        return VALUE_UNKNOWN;
    }
    return result;
}

/* a x num / den, to the nearest, halves to even. */
static int64_t scale(struct vm *vm, int64_t a, const struct ratio *ratio)
{
    if (a == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    __int128 product = (__int128)a * ratio->num;
    __int128 quotient = product / ratio->den;
    __int128 rest = product % ratio->den;
    __int128 twice = (rest < 0 ? -rest : rest) * 2;
    if (twice > ratio->den || (twice == ratio->den && quotient % 2 != 0)) {
        quotient += product < 0 ? -1 : 1;
    }
    if (quotient > INT64_MAX || quotient <= INT64_MIN) {
        vm->overflows++;
        return VALUE_UNKNOWN;
    }
    return (int64_t)quotient;
}

static int64_t compare(int op, int64_t a, int64_t b)
{
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    switch (op) {
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_GT: return a > b;
    default: return a >= b;
    }
}

/* Unknown if one of the three is, even where the other two would settle it. */
static int64_t between(int64_t value, int64_t low, int64_t high)
{
    if (value == VALUE_UNKNOWN || low == VALUE_UNKNOWN || high == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    return value >= low && value <= high;
}

static int64_t logic_and(int64_t a, int64_t b)
{
    if (a == 0 || b == 0) {
        return 0;
    }
    return a == VALUE_UNKNOWN || b == VALUE_UNKNOWN ? VALUE_UNKNOWN : 1;
}

static int64_t logic_not(int64_t a)
{
    return a == VALUE_UNKNOWN ? VALUE_UNKNOWN : a == 0;
}

/* A message that was looked through for other tags may have had this one, too. */
static int64_t has_tag(const struct vm *vm, int32_t tag, const struct record *r)
{
    const struct program *p = vm->program;
    if (r == NULL) {
        return VALUE_UNKNOWN;
    }
    if (record_has_tag(r, p->tags[tag].hash)) {
        return 1;
    }
    return record_tag_set(r) != 0 && record_tag_set(r) == p->tag_set ? 0 : VALUE_UNKNOWN;
}

/* The record of a message at a domain keeps no tags; all others keep those of the event. */
static int64_t event_has_tag(const struct vm *vm, int32_t tag)
{
    struct record told = {.place = (uint32_t)vm->event->fifth_tag << 16 | vm->event->tag_set};
    memcpy(&told.value, &vm->event->tags, sizeof told.value);
    return has_tag(vm, tag, vm->hand == NULL ? NULL : &told);
}

static int64_t in_set(const struct program *p, const struct range_set *set, int64_t value)
{
    if (value == VALUE_UNKNOWN) {
        return VALUE_UNKNOWN;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        const struct range *range = &p->ranges[set->first + i];
        if (value >= range->low && value <= range->high) {
            return 1;
        }
    }
    return 0;
}

static int64_t carried_member(const struct vm *vm, int32_t operand)
{
    int64_t word = vm->carried[operand >> 8];
    if (word == VALUE_UNKNOWN || (word >> (2 * (operand & 255)) & 1) == 0) {
        return VALUE_UNKNOWN;
    }
    return word >> (2 * (operand & 255) + 1) & 1;
}

/* Otherwise, then, condition: what stands first stays unless the condition is true. */
static int64_t *choose(int64_t *top)
{
    top[-3] = top[-1] == 1 ? top[-2] : top[-3];
    return top - 2;
}

/* Values that an instruction pushes from outside the stack. */
static int64_t load(struct vm *vm, const struct insn *insn, const struct record *record,
                    const int64_t *temps)
{
    const struct program *p = vm->program;
    switch (insn->op) {
    case OP_CONST: return p->consts[insn->c];
    case OP_WORD: return vm_event_word(vm, insn->c);
    case OP_RECORD: return vm_record_word(vm, insn->c, record);
    case OP_ATTRIBUTE: return vm_attribute(vm->page, insn->c, vm->t);
    case OP_TAG: return event_has_tag(vm, insn->c);
    case OP_RECORD_TAG: return has_tag(vm, insn->c, record);
    case OP_MEMBER: return page_is_member(vm->page, p->lists[insn->c].key, vm->t);
    case OP_CARRIED: return carried_value(vm, insn->c);
    case OP_CARRIED_MEMBER: return carried_member(vm, insn->c);
    case OP_FEATURE: return feature_value(vm, (uint32_t)insn->c);
    case OP_TEMP: return temps[insn->c];
    case OP_MARK_LEVEL: return mark_level(vm, (uint32_t)insn->c);
    case OP_POINTS: return vm->typology_points[insn->c];
    case OP_MATCHES: return pattern_matches(vm, (uint32_t)insn->c);
    case OP_STEP:
        return pattern_word(vm, (uint32_t)insn->c >> 11, (uint32_t)insn->c >> 8 & 7, insn->c & 255);
    default: return vm->t;
    }
}

/* Which values of a stack reach behind the exact history, a bit each, and what they are at least
 * (VALUE_UNKNOWN: nothing is known of that). */
struct loose {
    uint64_t slots;
    int64_t least[PROGRAM_STACK_MAX];
};
_Static_assert(PROGRAM_STACK_MAX <= 64, "a bit each");

/* Does a comparison have its answer from what the loose side is at least? */
static bool least_decides(int op, int64_t least, int64_t other)
{
    if (op == OP_AND || op == OP_OR) {
        return false;
    }
    if (least == VALUE_UNKNOWN || other == VALUE_UNKNOWN) {
        return other == VALUE_UNKNOWN;
    }
    switch (op) {
    case OP_GE:
    case OP_LT: return least >= other;
    case OP_GT:
    case OP_LE:
    case OP_EQ:
    case OP_NE: return least > other;
    default: return false;
    }
}

/* The comparison with its sides changed. */
static int mirrored(int op)
{
    switch (op) {
    case OP_GE: return OP_LE;
    case OP_LE: return OP_GE;
    case OP_GT: return OP_LT;
    case OP_LT: return OP_GT;
    default: return op;
    }
}

/* Before an instruction takes loose values from the stack: it makes the decision approximate,
 * unless it is a comparison that the exact part decides. The last value is left to who asked. */
static void take_loose(struct vm *vm, struct loose *loose, const struct insn *insn,
                       const int64_t *stack, unsigned depth)
{
    bool jump = insn->op == OP_JUMP_FALSE || insn->op == OP_JUMP_TRUE;
    bool since = insn->op == OP_AGGREGATE && vm->program->aggregates[insn->c].span == SPAN_SINCE;
    unsigned pops = jump || since ? 1 : vocab_opcodes[insn->op].needs;
    uint64_t taken = 0;
    for (unsigned slot = depth - pops; slot < depth; slot++) {
        taken |= loose->slots & UINT64_C(1) << slot;
    }
    loose->slots &= ~taken;
    if (taken == 0) {
        return;
    }
    if (insn->op == OP_END) {
        vm->loose = true;
        vm->least = loose->least[depth - 1];
    } else if (taken == UINT64_C(1) << (depth - pops) && pops == 2) {
        vm->flags.approximate |=
            !least_decides(insn->op, loose->least[depth - 2], stack[depth - 1]);
    } else if (taken == UINT64_C(1) << (depth - 1) && pops == 2) {
        vm->flags.approximate |=
            !least_decides(mirrored(insn->op), loose->least[depth - 1], stack[depth - 2]);
    } else {
        vm->flags.approximate = true;
    }
}

/* The value just pushed may be loose. */
static void note_loose(struct vm *vm, struct loose *loose, unsigned slot)
{
    if (vm->loose) {
        vm->loose = false;
        loose->slots |= UINT64_C(1) << slot;
        loose->least[slot] = vm->least;
    }
}

/* The beginning of a `since` lies on the stack. Returns the new top. */
static int64_t *push_aggregate(struct vm *vm, const struct aggregate *a, int64_t *top,
                               int64_t *temps)
{
    int64_t since_ms = a->span == SPAN_SINCE ? *--top : 0;
    *top++ = vm_aggregate(vm, a, since_ms, temps);
    return top;
}

static int64_t run(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps)
{
    const struct program *p = vm->program;
    int64_t stack[PROGRAM_STACK_MAX + 1];
    int64_t *top = stack; /* one past the top value */
    struct loose loose;
    loose.slots = 0;
    for (const struct insn *insn = &p->code[code];; insn++) {
        if (loose.slots != 0) {
            take_loose(vm, &loose, insn, stack, (unsigned)(top - stack));
        }
        switch (insn->op) {
        case OP_END: return top[-1];
        case OP_AGGREGATE:
            top = push_aggregate(vm, &p->aggregates[insn->c], top, temps);
            note_loose(vm, &loose, (unsigned)(top - stack - 1));
            break;
        case OP_SET_TEMP: temps[insn->c] = *--top; break;
        case OP_ADD:
        case OP_SUB:
            top--;
            top[-1] = add_known(vm, top[-1], top[0], insn->op == OP_SUB);
            break;
        case OP_SCALE: top[-1] = scale(vm, top[-1], &p->ratios[insn->c]); break;
        case OP_EQ:
        case OP_NE:
        case OP_LT:
        case OP_LE:
        case OP_GT:
        case OP_GE:
            top--;
            top[-1] = compare(insn->op, top[-1], top[0]);
            break;
        case OP_BETWEEN:
            top -= 2;
            top[-1] = between(top[-1], top[0], top[1]);
            break;
        case OP_IN_SET: top[-1] = in_set(p, &p->sets[insn->c], top[-1]); break;
        case OP_NOT: top[-1] = logic_not(top[-1]); break;
        case OP_AND:
            top--;
            top[-1] = logic_and(top[-1], top[0]);
            break;
        case OP_OR:
            top--;
            top[-1] = logic_not(logic_and(logic_not(top[-1]), logic_not(top[0])));
            break;
        case OP_JUMP_FALSE: insn = top[-1] == 0 ? &p->code[insn->c] - 1 : insn; break;
        case OP_JUMP_TRUE: insn = top[-1] == 1 ? &p->code[insn->c] - 1 : insn; break;
        case OP_CHOOSE: top = choose(top); break;
        case OP_KNOWN: top[-1] = top[-1] != VALUE_UNKNOWN; break;
        case OP_AGO: top[-1] = add_known(vm, vm->t, top[-1], true); break;
        default:
            *top++ = load(vm, insn, record, temps);
            note_loose(vm, &loose, (unsigned)(top - stack - 1));
            break;
        }
    }
}

int64_t vm_run_with(struct vm *vm, uint32_t code, const struct record *record, int64_t *temps)
{
    return settle(vm, run(vm, code, record, temps));
}

int64_t vm_run_on(struct vm *vm, uint32_t code, const struct record *record)
{
    int64_t temps[PROGRAM_TEMPS_MAX];
    memset(temps, 0, sizeof temps);
    return vm_run_with(vm, code, record, temps);
}

int64_t vm_run(struct vm *vm, uint32_t code)
{
    return vm_run_on(vm, code, NULL);
}

void vm_collect(struct vm *vm, uint32_t code, struct evidence *evidence)
{
    forget_features(vm); /* each feature is looked through once, however often it is read */
    vm->evidence = evidence;
    (void)vm_run(vm, code);
    vm->evidence = NULL;
}

void vm_find_ends(struct vm *vm, uint32_t code, struct vm_ends *ends)
{
    ends->count = 0;
    vm->ends = ends;
    (void)vm_run(vm, code);
    vm->ends = NULL;
}
