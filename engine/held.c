#include "engine/held.h"

#include "engine/base/mem.h"
#include "engine/fault.h"

static int emit(void *self, const struct output *output, struct err *err)
{
    struct held *held = self;
    (void)err;
    void *outputs = held->outputs;
    mem_reserve(&outputs, &held->output_cap, held->output_count + 1, sizeof *held->outputs);
    held->outputs = outputs;
    held->outputs[held->output_count++] = *output;
    buf_add_str(&held->json, output->json);
    return 0;
}

static int append(void *self, uint32_t partition, const struct visit *visit, struct err *err)
{
    struct held *held = self;
    (void)err;
    void *visits = held->visits;
    mem_reserve(&visits, &held->visit_cap, held->visit_count + 1, sizeof *held->visits);
    held->visits = visits;
    struct held_visit *one = &held->visits[held->visit_count++];
    one->partition = partition;
    one->visit = *visit; /* once: it is large */
    return 0;
}

void held_init(struct held *held, struct sink *sink, struct visit_log *log)
{
    *held =
        (struct held){.sink = {held, emit}, .log = {held, append}, .to_sink = sink, .to_log = log};
}

void held_fini(struct held *held)
{
    mem_free(held->outputs);
    mem_free(held->visits);
    buf_fini(&held->json);
}

static int hand_over(struct held *held, struct err *err)
{
    const char *json = held->json.at;
    for (size_t i = 0; i < held->output_count; i++) {
        struct output *output = &held->outputs[i];
        output->json.at = json;
        json += output->json.len;
        if (held->to_sink->emit(held->to_sink->self, output, err) != 0) {
            return -1;
        }
        fault_reach(FAULT_OUTPUT_SENT);
    }
    for (size_t i = 0; i < held->visit_count; i++) {
        const struct held_visit *one = &held->visits[i];
        if (held->to_log->append(held->to_log->self, one->partition, &one->visit, err) != 0) {
            return -1;
        }
        fault_reach(FAULT_VISIT_SENT);
    }
    return 0;
}

int held_release(struct held *held, struct err *err)
{
    if (held->output_count == 0 && held->visit_count == 0) {
        return 0;
    }
    fault_reach(FAULT_STEP_DONE);
    int result = hand_over(held, err);
    held->output_count = held->visit_count = 0;
    buf_clear(&held->json);
    return result;
}
