#include "rules/type.h"

#include "engine/base/must.h"

#include <string.h>

const char *type_text(enum unit unit)
{
    must(unit < UNIT_TYPES);
    return vocab_units[unit].text;
}

const char *type_label(enum unit unit)
{
    const char *text = type_text(unit);
    if (strncmp(text, "a ", 2) == 0) {
        return text + 2;
    }
    return strncmp(text, "an ", 3) == 0 ? text + 3 : text;
}

bool type_is_enum(enum unit unit)
{
    return vocab_value_set((uint8_t)unit) >= 0 || unit == UNIT_TYPOLOGY;
}

bool type_is_ordered(enum unit unit)
{
    switch (unit) {
    case UNIT_NUMBER:
    case UNIT_COUNT:
    case UNIT_MONEY:
    case UNIT_DURATION:
    case UNIT_TIME:
    case UNIT_RATIO:
    case UNIT_POINTS:
    case UNIT_TIER: return true;
    default: return false;
    }
}

bool type_has_ranges(enum unit unit)
{
    return type_is_ordered(unit) || unit == UNIT_REGION;
}

bool type_is_scaled(enum unit unit)
{
    return type_is_ordered(unit) && unit != UNIT_TIME && unit != UNIT_TIER;
}

/* A plain number takes the unit of these. */
static bool type_takes_number(enum unit unit)
{
    return unit == UNIT_COUNT || unit == UNIT_POINTS || unit == UNIT_REGION;
}

/* Who uses a device is a number or an account. */
static bool type_is_user(enum unit unit)
{
    return unit == UNIT_USER_REF || unit == UNIT_NUMBER_REF || unit == UNIT_ACCOUNT_REF;
}

int type_compared(enum unit left, enum unit right)
{
    if (left == right) {
        return left == UNIT_BOOL ? TYPE_NONE : (int)left;
    }
    if (type_is_user(left) && type_is_user(right) &&
        (left == UNIT_USER_REF || right == UNIT_USER_REF)) {
        return UNIT_USER_REF;
    }
    if (left == UNIT_NUMBER && type_takes_number(right)) {
        return (int)right;
    }
    return right == UNIT_NUMBER && type_takes_number(left) ? (int)left : TYPE_NONE;
}

int type_added(enum unit left, enum unit right)
{
    if ((left == UNIT_TIME && right == UNIT_DURATION) ||
        (left == UNIT_DURATION && right == UNIT_TIME)) {
        return UNIT_TIME;
    }
    int unit = type_compared(left, right);
    return unit != TYPE_NONE && type_is_scaled((enum unit)unit) ? unit : TYPE_NONE;
}

int type_subtracted(enum unit left, enum unit right)
{
    if (left == UNIT_TIME) {
        return right == UNIT_TIME ? UNIT_DURATION : right == UNIT_DURATION ? UNIT_TIME : TYPE_NONE;
    }
    return right == UNIT_TIME ? TYPE_NONE : type_added(left, right);
}
