#include "engine/eval/values.h"

#include "engine/base/must.h"
#include "engine/ingest/event.h"

/* Lets the value at `at` sink to its place in a heap of `count` with the largest on top. */
static void values_sink(int64_t *heap, uint32_t count, uint32_t at)
{
    int64_t value = heap[at];
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1] > heap[child]) {
            child++;
        }
        if (heap[child] <= value) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = value;
}

void values_sort(int64_t *values, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;) {
        values_sink(values, count, i);
    }
    for (uint32_t i = count; i-- > 1;) {
        int64_t largest = values[0];
        values[0] = values[i];
        values[i] = largest;
        values_sink(values, i, 0);
    }
}

int64_t values_percentile(const int64_t *sorted, uint32_t count, uint32_t percent)
{
    must(percent >= 1 && percent <= 100);
    uint64_t rank = ((uint64_t)count * percent + 99) / 100;
    return count == 0 ? VALUE_UNKNOWN : sorted[rank - 1];
}

int64_t values_average(const int64_t *values, uint32_t count)
{
    if (count == 0) {
        return VALUE_UNKNOWN;
    }
    __int128 sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += values[i];
    }
    __int128 quotient = sum / count;
    __int128 rest = sum % count;
    __int128 twice = (rest < 0 ? -rest : rest) * 2;
    if (twice > count || (twice == count && quotient % 2 != 0)) {
        quotient += sum < 0 ? -1 : 1;
    }
    return (int64_t)quotient; /* between the smallest and the largest of them */
}

int64_t values_top_share(int64_t *values, uint32_t count, uint32_t top)
{
    if (count == 0) {
        return VALUE_UNKNOWN;
    }
    values_sort(values, count);
    uint32_t different = 0; /* values[0 .. different) become how often each is there */
    for (uint32_t i = 0; i < count;) {
        uint32_t next = i + 1;
        while (next < count && values[next] == values[i]) {
            next++;
        }
        values[different++] = next - i;
        i = next;
    }
    values_sort(values, different);
    int64_t of_top = 0;
    for (uint32_t i = different; i > 0 && different - i < top; i--) {
        of_top += values[i - 1];
    }
    return of_top * 10000 / count;
}
