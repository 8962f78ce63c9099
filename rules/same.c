#include "rules/same.h"

static bool same_set(const struct checked_set *a, const struct checked_set *b)
{
    bool same = a == b || (a != NULL && b != NULL && a->range_count == b->range_count);
    for (size_t i = 0; same && a != b && i < a->range_count; i++) {
        same = a->ranges[i].low == b->ranges[i].low && a->ranges[i].high == b->ranges[i].high;
    }
    return same;
}

static bool same_aggregate(const struct checked_aggregate *a, const struct checked_aggregate *b)
{
    return a == b ||
           (a != NULL && b != NULL && a->kind == b->kind && a->stream == b->stream &&
            a->word == b->word && a->span == b->span && a->reversed_too == b->reversed_too &&
            a->span_ms == b->span_ms && a->workdays == b->workdays && a->top == b->top &&
            a->factor.num == b->factor.num && a->factor.den == b->factor.den &&
            a->pattern == b->pattern && a->step == b->step && same_expr(a->since, b->since) &&
            same_expr(a->where, b->where));
}

bool same_expr(const struct checked_expr *a, const struct checked_expr *b)
{
    if (a == b || a == NULL || b == NULL) {
        return a == b;
    }
    return a->op == b->op && a->unit == b->unit && a->value == b->value &&
           a->decimals == b->decimals && a->word == b->word && a->leg == b->leg &&
           a->source == b->source && a->attribute == b->attribute && a->ratio.num == b->ratio.num &&
           a->ratio.den == b->ratio.den && a->feature == b->feature && a->list == b->list &&
           a->pattern == b->pattern && a->step == b->step && same_set(a->set, b->set) &&
           same_aggregate(a->aggregate, b->aggregate) && same_expr(a->a, b->a) &&
           same_expr(a->b, b->b) && same_expr(a->c, b->c);
}

uint64_t same_hash(const struct checked_expr *expr)
{
    if (expr == NULL) {
        return 0;
    }
    uint64_t parts[] = {expr->op,
                        (uint64_t)expr->value,
                        expr->word,
                        expr->attribute,
                        expr->step,
                        expr->aggregate == NULL ? 0 : (uint64_t)expr->aggregate->span_ms,
                        expr->aggregate == NULL ? 0 : same_hash(expr->aggregate->where),
                        same_hash(expr->a),
                        same_hash(expr->b),
                        same_hash(expr->c)};
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hash = (hash ^ parts[i]) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}
