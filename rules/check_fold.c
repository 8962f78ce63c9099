#include "rules/check_inside.h"

#define CHECK_DECIMALS_MAX 12

/* Decimals of a plain number that say nothing go away: 1.50 is 1.5. */
static void check_trim(struct checked_expr *number)
{
    while (number->decimals > 0 && number->value % 10 == 0) {
        number->value /= 10;
        number->decimals--;
    }
}

static bool check_more_decimals(struct checked_expr *number, uint8_t decimals)
{
    while (number->decimals < decimals) {
        if (__builtin_mul_overflow(number->value, (int64_t)10, &number->value)) {
            return false;
        }
        number->decimals++;
    }
    return true;
}

bool check_fold_sum(struct checked_expr *left, const struct checked_expr *right, bool minus)
{
    struct checked_expr other = *right;
    uint8_t decimals = left->decimals > other.decimals ? left->decimals : other.decimals;
    if (!check_more_decimals(left, decimals) || !check_more_decimals(&other, decimals) ||
        (minus ? __builtin_sub_overflow(left->value, other.value, &left->value)
               : __builtin_add_overflow(left->value, other.value, &left->value))) {
        return false;
    }
    check_trim(left);
    return left->value != VALUE_UNKNOWN;
}

/* Nothing is rounded: its decimals grow. */
static bool check_fold_number(struct checked_expr *number, struct ratio ratio)
{
    unsigned decimals = number->decimals;
    for (int64_t den = ratio.den; den > 1; den /= 10) {
        decimals++;
    }
    if (__builtin_mul_overflow(number->value, ratio.num, &number->value)) {
        return false;
    }
    number->decimals = (uint8_t)decimals;
    check_trim(number);
    return number->decimals <= CHECK_DECIMALS_MAX && number->value != VALUE_UNKNOWN;
}

bool check_fold_scale(struct checked_expr *value, struct ratio ratio)
{
    if (value->unit == UNIT_NUMBER) {
        return check_fold_number(value, ratio);
    }
    __int128 product = (__int128)value->value * ratio.num;
    __int128 quotient = product / ratio.den;
    __int128 rest = product % ratio.den;
    __int128 twice = (rest < 0 ? -rest : rest) * 2;
    if (twice > ratio.den || (twice == ratio.den && quotient % 2 != 0)) {
        quotient += product < 0 ? -1 : 1; /* half to even, as the machine does it */
    }
    if (quotient > INT64_MAX || quotient <= INT64_MIN) {
        return false;
    }
    value->value = (int64_t)quotient;
    return true;
}
