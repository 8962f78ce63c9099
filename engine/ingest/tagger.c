/* What the engine knows of Vectorscan and PCRE2 is all in here. */
#include "engine/ingest/tagger.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/event.h"
#include "engine/ingest/json.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <hs.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define REGEX_COMPILED_BYTES_MAX ((size_t)16 * 1024)
#define REGEX_MATCH_LIMIT 20000     /* steps in one message */
#define REGEX_DEPTH_LIMIT 1000      /* where it is not compiled to machine code */
#define REGEX_HEAP_KBYTES 1024      /* the same */
#define REGEX_STACK_BYTES_MIN 32768 /* where it is */
#define REGEX_STACK_BYTES_MAX 262144
#define REGEXES_GIVEN_UP_MAX 8 /* of one message: then the others are not tried */
#define HITS_MAX 4096          /* of one message, of literals that are near others */
/* Not PCRE2_MATCH_INVALID_UTF: up to 10.42 machine code finds no character beyond ASCII by \D, \W
 * or \S then (PCRE2 issue 224). What is no UTF-8 counts as given up. */
#define REGEX_OPTIONS (PCRE2_UTF | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C)

/* ---- folding -------------------------------------------------------------------------------- */

/* A character of three bytes at this place, 0 if there is none. */
static uint32_t three_bytes(struct str text, size_t at)
{
    const unsigned char *c = (const unsigned char *)text.at + at;
    bool there = text.len - at >= 3 && (c[0] & 0xf0) == 0xe0 && (c[1] & 0xc0) == 0x80 &&
                 (c[2] & 0xc0) == 0x80;
    return there ? (uint32_t)((c[0] & 15) << 12 | (c[1] & 63) << 6 | (c[2] & 63)) : 0;
}

/* Characters that nobody sees: joiners, marks of direction and order. */
static bool has_no_width(uint32_t code)
{
    return (code >= 0x200b && code <= 0x200f) || (code >= 0x2060 && code <= 0x2064) ||
           code == 0xfeff;
}

static char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t tag_fold(struct str text, char *out)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len; at++) {
        uint32_t code = three_bytes(text, at);
        if (code == 0) {
            out[len++] = small_letter(text.at[at]);
            continue;
        }
        if (code >= 0xff01 && code <= 0xff5e) {
            out[len++] = small_letter((char)(code - 0xff01 + '!'));
        } else if (code == 0x3000) {
            out[len++] = ' ';
        } else if (!has_no_width(code)) {
            memcpy(out + len, text.at + at, 3);
            len += 3;
        }
        at += 2;
    }
    return len;
}

/* ---- names ---------------------------------------------------------------------------------- */

uint16_t tag_hash(struct str name)
{
    return (uint16_t)(name_key(name) % UINT16_MAX + 1);
}

static void add_field(struct buf *all, struct str text)
{
    uint64_t len = text.len;
    buf_add(all, &len, sizeof len);
    buf_add(all, text.at, text.len);
}

uint16_t tag_set(const struct tag *tags, size_t tag_count, const struct tag_sign *signs)
{
    struct buf all = {0};
    for (size_t i = 0; i < tag_count; i++) {
        add_field(&all, tags[i].name);
        for (uint32_t k = 0; k < tags[i].sign_count; k++) {
            const struct tag_sign *sign = &signs[tags[i].sign_first + k];
            uint32_t numbers[2] = {sign->kind, sign->within_chars};
            buf_add(&all, numbers, sizeof numbers);
            add_field(&all, sign->text);
            add_field(&all, sign->near);
        }
    }
    uint16_t set = tag_count == 0 ? 0 : tag_hash(buf_str(&all));
    buf_fini(&all);
    return set;
}

/* ---- regular expressions -------------------------------------------------------------------- */

struct regex {
    pcre2_code *code;
    uint32_t tag;
};

/* Why PCRE2 does not take it, as a sentence of ours; -1. */
static int regex_wrong(int code, struct err *why)
{
    PCRE2_UCHAR text[200];
    (void)pcre2_get_error_message(code, text, sizeof text);
    return err_set(why, ERR_FINDING, "%s", (const char *)text);
}

static int regex_compile(struct str pattern, pcre2_code **out, struct err *why, size_t *at)
{
    int code = 0;
    PCRE2_SIZE place = 0;
    size_t bytes = 0;
    *at = 0;
    *out = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.len, REGEX_OPTIONS, &code, &place, NULL);
    if (*out == NULL) {
        *at = place < pattern.len ? place : pattern.len;
        return regex_wrong(code, why);
    }
    (void)pcre2_pattern_info(*out, PCRE2_INFO_SIZE, &bytes);
    if (bytes > REGEX_COMPILED_BYTES_MAX) {
        pcre2_code_free(*out);
        *out = NULL;
        return err_set(why, ERR_FINDING, "it takes %zu bytes when compiled, at most %zu", bytes,
                       REGEX_COMPILED_BYTES_MAX);
    }
    return 0;
}

/* One that finds the empty text would find every message. */
static int regex_check_empty(pcre2_code *code, struct err *why)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    must(data != NULL && limits != NULL);
    (void)pcre2_set_match_limit(limits, REGEX_MATCH_LIMIT);
    int found = pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, limits);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return found == PCRE2_ERROR_NOMATCH
               ? 0
               : err_set(why, ERR_FINDING,
                         found < 0 ? "it takes too many steps to find nothing in the empty text"
                                   : "it finds the empty text, so every message");
}

static int check_literal(struct str text, size_t bytes_min, struct err *why)
{
    char folded[TAG_TEXT_BYTES_MAX];
    if (text.len < 1 || text.len > TAG_TEXT_BYTES_MAX) {
        return err_set(why, ERR_FINDING, "a text has 1 to %d bytes", TAG_TEXT_BYTES_MAX);
    }
    return tag_fold(text, folded) >= bytes_min
               ? 0
               : err_set(why, ERR_FINDING, "nothing of this text can be seen");
}

int tag_sign_check(const struct tag_sign *sign, struct err *why, size_t *at)
{
    pcre2_code *code;
    *at = 0;
    if (sign->kind != TAG_SIGN_REGEX) {
        bool seen = sign->kind == TAG_SIGN_TEXT;
        return check_literal(sign->text, seen ? 1 : 0, why) != 0 ||
                       (sign->near.len > 0 && check_literal(sign->near, 1, why) != 0)
                   ? -1
                   : 0;
    }
    if (sign->text.len < 1 || sign->text.len > TAG_REGEX_BYTES_MAX) {
        return err_set(why, ERR_FINDING, "it has 1 to %d bytes", TAG_REGEX_BYTES_MAX);
    }
    if (regex_compile(sign->text, &code, why, at) != 0) {
        return -1;
    }
    int result = regex_check_empty(code, why);
    pcre2_code_free(code);
    return result;
}

/* ---- the tagger ----------------------------------------------------------------------------- */

/* A text that is looked for; several signs may share it. */
struct literal {
    char *text; /* folded */
    size_t len;
    uint32_t id;
    bool placed; /* it is near another: all its places matter */
};

/* A sign of literals. */
struct text_sign {
    uint32_t tag, literal, near; /* near UINT32_MAX: none */
    uint32_t within_chars;
};
#define LITERAL_NONE UINT32_MAX

struct feed_name {
    char *text;
    size_t len;
    uint32_t tag;
};

struct tagger {
    uint64_t serial;  /* no other has it, not even one that was freed */
    uint16_t *hashes; /* of the tags */
    uint32_t tag_count;
    uint16_t set;
    struct literal *literals; /* sorted by text while they are collected, then by id */
    uint32_t literal_count;
    struct text_sign *texts;
    uint32_t text_count;
    struct regex *regexes;
    uint32_t regex_count;
    struct feed_name *feeds; /* sorted */
    uint32_t feed_count;
    hs_database_t *database; /* NULL: no literals */
    bool is_near;            /* some literal is near another */
};

static char *copy_bytes(const char *at, size_t len)
{
    char *copy = mem_alloc(len + 1, 1);
    memcpy(copy, at, len);
    return copy;
}

/* ---- collecting ---- */

static uint32_t add_literal(struct tagger *t, struct str text, bool placed)
{
    char *folded = mem_alloc(text.len + 1, 1);
    size_t len = tag_fold(text, folded);
    struct literal *literal = &t->literals[t->literal_count];
    *literal = (struct literal){folded, len, t->literal_count, placed};
    return t->literal_count++;
}

static void add_feed(struct tagger *t, const char *at, size_t len, uint32_t tag)
{
    t->feeds[t->feed_count++] = (struct feed_name){copy_bytes(at, len), len, tag};
}

static int add_regex(struct tagger *t, struct str pattern, uint32_t tag, struct err *err)
{
    size_t at;
    struct regex *regex = &t->regexes[t->regex_count];
    if (regex_compile(pattern, &regex->code, err, &at) != 0) {
        return -1;
    }
    regex->tag = tag;
    t->regex_count++;
    (void)pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); /* without it: slower, the same */
    return 0;
}

static int add_sign(struct tagger *t, const struct tag_sign *sign, uint32_t tag, struct err *err)
{
    if (sign->kind == TAG_SIGN_FEED) {
        add_feed(t, sign->text.at, sign->text.len, tag);
    } else if (sign->kind == TAG_SIGN_REGEX) {
        return add_regex(t, sign->text, tag, err);
    } else {
        bool near = sign->near.len > 0;
        uint32_t first = add_literal(t, sign->text, near);
        uint32_t other = near ? add_literal(t, sign->near, true) : LITERAL_NONE;
        t->texts[t->text_count++] = (struct text_sign){tag, first, other, sign->within_chars};
        t->is_near = t->is_near || near;
    }
    return 0;
}

static int literal_order(const void *left, const void *right)
{
    const struct literal *a = left;
    const struct literal *b = right;
    int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* Equal texts become one literal. */
static void join_literals(struct tagger *t)
{
    uint32_t *ids = mem_alloc(t->literal_count, sizeof *ids);
    uint32_t kept = 0;
    if (t->literal_count > 0) {
        qsort(t->literals, t->literal_count, sizeof *t->literals, literal_order);
    }
    for (uint32_t i = 0; i < t->literal_count; i++) {
        struct literal next = t->literals[i];
        if (kept > 0 && literal_order(&t->literals[kept - 1], &next) == 0) {
            t->literals[kept - 1].placed = t->literals[kept - 1].placed || next.placed;
            mem_free(next.text);
        } else {
            t->literals[kept++] = next;
        }
        ids[next.id] = kept - 1;
    }
    t->literal_count = kept;
    for (uint32_t i = 0; i < t->text_count; i++) {
        struct text_sign *sign = &t->texts[i];
        sign->literal = ids[sign->literal];
        sign->near = sign->near == LITERAL_NONE ? LITERAL_NONE : ids[sign->near];
    }
    mem_free(ids);
}

static int feed_order(const void *left, const void *right)
{
    const struct feed_name *a = left;
    const struct feed_name *b = right;
    return str_compare((struct str){a->text, a->len}, (struct str){b->text, b->len});
}

static int compile_literals(struct tagger *t, struct err *err)
{
    uint32_t count = t->literal_count;
    if (count == 0) {
        return 0;
    }
    const char **texts = mem_alloc(count, sizeof *texts);
    size_t *lens = mem_alloc(count, sizeof *lens);
    unsigned *flags = mem_alloc(count, sizeof *flags);
    unsigned *ids = mem_alloc(count, sizeof *ids);
    for (uint32_t i = 0; i < count; i++) {
        texts[i] = t->literals[i].text;
        lens[i] = t->literals[i].len;
        flags[i] = t->literals[i].placed ? 0 : HS_FLAG_SINGLEMATCH;
        ids[i] = i;
    }
    hs_compile_error_t *wrong = NULL;
    hs_error_t result = hs_compile_lit_multi(texts, flags, ids, lens, count, HS_MODE_BLOCK, NULL,
                                             &t->database, &wrong);
    if (result != HS_SUCCESS) {
        (void)err_set(err, ERR_OUTSIDE, "the literals cannot be compiled: %s",
                      wrong == NULL ? "Vectorscan says no more" : wrong->message);
        hs_free_compile_error(wrong);
    }
    mem_free(texts);
    mem_free(lens);
    mem_free(flags);
    mem_free(ids);
    return result == HS_SUCCESS ? 0 : -1;
}

static int collect(struct tagger *t, const struct tagger_setup *setup, struct err *err)
{
    struct err why;
    for (uint32_t i = 0; i < setup->tag_count; i++) {
        const struct tag *tag = &setup->tags[i];
        t->hashes[i] = tag->hash;
        for (uint32_t k = 0; k < tag->sign_count; k++) {
            if (add_sign(t, &setup->signs[tag->sign_first + k], i, &why) != 0) {
                return err_set(err, ERR_FINDING, "tag %.*s: %.*s", (int)tag->name.len, tag->name.at,
                               400, why.text);
            }
        }
        if (setup->by_name) {
            struct buf name = {0};
            buf_add_format(&name, "tag:%.*s", (int)tag->name.len, tag->name.at);
            add_feed(t, name.at, name.len, i);
            buf_fini(&name);
        }
    }
    return 0;
}

struct tagger *tagger_new(const struct tagger_setup *setup, struct err *err)
{
    static _Atomic uint64_t serials;
    struct tagger *t = mem_alloc(1, sizeof *t);
    size_t signs = 0;
    for (size_t i = 0; i < setup->tag_count; i++) {
        signs += setup->tags[i].sign_count;
    }
    t->serial = atomic_fetch_add(&serials, 1) + 1;
    must(setup->tag_count <= TAGS_MAX && signs <= TAG_SIGNS_MAX);
    t->tag_count = (uint32_t)setup->tag_count;
    t->set = tag_set(setup->tags, setup->tag_count, setup->signs);
    t->hashes = mem_alloc(setup->tag_count, sizeof *t->hashes);
    t->literals = mem_alloc(2 * signs, sizeof *t->literals);
    t->texts = mem_alloc(signs, sizeof *t->texts);
    t->regexes = mem_alloc(signs, sizeof *t->regexes);
    t->feeds = mem_alloc(signs + setup->tag_count, sizeof *t->feeds);
    int result = collect(t, setup, err);
    if (t->feed_count > 0) {
        qsort(t->feeds, t->feed_count, sizeof *t->feeds, feed_order);
    }
    join_literals(t);
    if (result != 0 || compile_literals(t, err) != 0) {
        tagger_free(t);
        return NULL;
    }
    return t;
}

void tagger_free(struct tagger *tagger)
{
    if (tagger == NULL) {
        return;
    }
    for (uint32_t i = 0; i < tagger->literal_count; i++) {
        mem_free(tagger->literals[i].text);
    }
    for (uint32_t i = 0; i < tagger->regex_count; i++) {
        pcre2_code_free(tagger->regexes[i].code);
    }
    for (uint32_t i = 0; i < tagger->feed_count; i++) {
        mem_free(tagger->feeds[i].text);
    }
    mem_free(tagger->hashes);
    mem_free(tagger->literals);
    mem_free(tagger->texts);
    mem_free(tagger->regexes);
    mem_free(tagger->feeds);
    hs_free_database(tagger->database);
    mem_free(tagger);
}

/* ---- one message ---------------------------------------------------------------------------- */

/* Where a literal ended in the folded text. */
struct hit {
    uint32_t literal, end;
};

struct tagging {
    const struct tagger *tagger;
    uint64_t ready_for; /* serial of the tagger */
    hs_scratch_t *scratch;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
    struct buf folded;
    bool *seen;   /* per literal */
    bool *tagged; /* per tag */
    size_t seen_cap, tagged_cap;
    struct hit hits[HITS_MAX]; /* of placed literals, by end */
    uint32_t hit_count;
    bool hits_full;
    uint32_t *chars; /* characters that begin before a byte of the folded text */
    size_t chars_cap;
    char names[JSON_RECORD_BYTES_MAX];
};

struct tagging *tagging_new(void)
{
    struct tagging *g = mem_alloc(1, sizeof *g);
    g->data = pcre2_match_data_create(1, NULL);
    g->limits = pcre2_match_context_create(NULL);
    g->stack = pcre2_jit_stack_create(REGEX_STACK_BYTES_MIN, REGEX_STACK_BYTES_MAX, NULL);
    must(g->data != NULL && g->limits != NULL);
    (void)pcre2_set_match_limit(g->limits, REGEX_MATCH_LIMIT);
    (void)pcre2_set_depth_limit(g->limits, REGEX_DEPTH_LIMIT);
    (void)pcre2_set_heap_limit(g->limits, REGEX_HEAP_KBYTES);
    if (g->stack != NULL) {
        pcre2_jit_stack_assign(g->limits, NULL, g->stack);
    }
    return g;
}

void tagging_free(struct tagging *tagging)
{
    if (tagging == NULL) {
        return;
    }
    hs_free_scratch(tagging->scratch);
    pcre2_match_data_free(tagging->data);
    pcre2_match_context_free(tagging->limits);
    pcre2_jit_stack_free(tagging->stack);
    buf_fini(&tagging->folded);
    mem_free(tagging->seen);
    mem_free(tagging->tagged);
    mem_free(tagging->chars);
    mem_free(tagging);
}

static void make_ready(struct tagging *g, const struct tagger *t)
{
    g->tagger = t;
    if (g->ready_for != t->serial) {
        if (t->database != NULL) {
            hs_error_t result = hs_alloc_scratch(t->database, &g->scratch);
            must(result == HS_SUCCESS);
        }
        void *seen = g->seen;
        void *tagged = g->tagged;
        mem_reserve(&seen, &g->seen_cap, t->literal_count + 1, sizeof *g->seen);
        mem_reserve(&tagged, &g->tagged_cap, t->tag_count + 1, sizeof *g->tagged);
        g->seen = seen;
        g->tagged = tagged;
        g->ready_for = t->serial;
    }
    memset(g->seen, 0, t->literal_count * sizeof *g->seen);
    memset(g->tagged, 0, t->tag_count * sizeof *g->tagged);
    g->hit_count = 0;
    g->hits_full = false;
}

static int note_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context)
{
    struct tagging *g = context;
    (void)from;
    (void)flags;
    g->seen[id] = true;
    if (g->tagger->literals[id].placed) {
        if (g->hit_count == HITS_MAX) {
            g->hits_full = true;
        } else {
            g->hits[g->hit_count++] = (struct hit){id, (uint32_t)to};
        }
    }
    return 0;
}

static void count_chars(struct tagging *g)
{
    void *chars = g->chars;
    mem_reserve(&chars, &g->chars_cap, g->folded.len + 1, sizeof *g->chars);
    g->chars = chars;
    uint32_t count = 0;
    for (size_t i = 0; i < g->folded.len; i++) {
        g->chars[i] = count;
        count += ((unsigned char)g->folded.at[i] & 0xc0) != 0x80;
    }
    g->chars[g->folded.len] = count;
}

/* Does `after` begin at most so many characters behind an end of `before`? The nearest end before
 * each beginning decides; ends come in order. */
static bool follows(const struct tagging *g, uint32_t before, uint32_t after, uint32_t within_chars)
{
    uint32_t len = (uint32_t)g->tagger->literals[after].len;
    uint32_t next = 0; /* hit that is looked at as the one before */
    uint32_t end = UINT32_MAX;
    for (uint32_t i = 0; i < g->hit_count; i++) {
        if (g->hits[i].literal != after) {
            continue;
        }
        uint32_t begin = g->hits[i].end - len;
        for (; next < g->hit_count && g->hits[next].end <= begin; next++) {
            end = g->hits[next].literal == before ? g->hits[next].end : end;
        }
        if (end != UINT32_MAX && g->chars[begin] - g->chars[end] <= within_chars) {
            return true;
        }
    }
    return false;
}

/* Vectorscan gives the hits of one end in any order, and ends in order. */
static void find_literals(const struct tagger *t, struct tagging *g, bool *doubt)
{
    if (t->database == NULL || g->folded.len == 0) {
        return;
    }
    hs_error_t result =
        hs_scan(t->database, g->folded.at, (unsigned)g->folded.len, 0, g->scratch, note_hit, g);
    must(result == HS_SUCCESS);
    if (g->hit_count > 0) {
        count_chars(g);
    }
    for (uint32_t i = 0; i < t->text_count; i++) {
        const struct text_sign *sign = &t->texts[i];
        if (g->tagged[sign->tag] || !g->seen[sign->literal]) {
            continue;
        }
        if (sign->near == LITERAL_NONE) {
            g->tagged[sign->tag] = true;
        } else if (g->seen[sign->near]) {
            g->tagged[sign->tag] = follows(g, sign->literal, sign->near, sign->within_chars) ||
                                   follows(g, sign->near, sign->literal, sign->within_chars);
            *doubt = *doubt || (g->hits_full && !g->tagged[sign->tag]);
        }
    }
}

static void find_regexes(const struct tagger *t, struct tagging *g, struct tags_found *found)
{
    for (uint32_t i = 0; i < t->regex_count; i++) {
        const struct regex *regex = &t->regexes[i];
        if (g->tagged[regex->tag]) {
            continue;
        }
        if (found->gave_up == REGEXES_GIVEN_UP_MAX) {
            return;
        }
        int result = pcre2_match(regex->code, (PCRE2_SPTR)g->folded.at, g->folded.len, 0, 0,
                                 g->data, g->limits);
        g->tagged[regex->tag] = result >= 0;
        found->gave_up += result < 0 && result != PCRE2_ERROR_NOMATCH;
    }
}

static void find_feed(const struct tagger *t, struct tagging *g, struct str feed)
{
    struct str text;
    struct str left = {feed.at + 1, feed.len - 1};
    while (json_next_text(&left, g->names, &text)) {
        struct feed_name wanted = {(char *)(uintptr_t)text.at, text.len, 0};
        struct feed_name *name = t->feed_count == 0 ? NULL
                                                    : bsearch(&wanted, t->feeds, t->feed_count,
                                                              sizeof wanted, feed_order);
        while (name != NULL && name > t->feeds && feed_order(name - 1, &wanted) == 0) {
            name--; /* several tags may know it */
        }
        for (; name != NULL && name < t->feeds + t->feed_count && feed_order(name, &wanted) == 0;
             name++) {
            g->tagged[name->tag] = true;
        }
    }
}

void tagger_find(const struct tagger *tagger, struct tagging *tagging, struct str text,
                 bool has_text, struct str feed, struct tags_found *found)
{
    bool doubt = !has_text;
    *found = (struct tags_found){.count = 0};
    if (tagger->tag_count == 0) {
        return;
    }
    make_ready(tagging, tagger);
    if (feed.len > 0) {
        find_feed(tagger, tagging, feed);
    }
    if (has_text) {
        must(text.len <= JSON_RECORD_BYTES_MAX);
        buf_clear(&tagging->folded);
        buf_reserve(&tagging->folded, text.len + 1);
        tagging->folded.len = tag_fold(text, tagging->folded.at);
        find_literals(tagger, tagging, &doubt);
        find_regexes(tagger, tagging, found);
    }
    for (uint32_t i = 0; i < tagger->tag_count; i++) {
        if (tagging->tagged[i] && found->count < TAGS_KEPT) {
            found->hash[found->count++] = tagger->hashes[i];
        } else if (tagging->tagged[i]) {
            found->dropped++;
        }
    }
    doubt = doubt || found->gave_up > 0 || found->dropped > 0;
    found->set = doubt ? 0 : tagger->set;
}
