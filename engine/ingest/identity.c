#include "engine/ingest/identity.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/number_kind.h"

#include <string.h>

_Static_assert(NUMBER_TEXT_MAX <= IDENTITY_TEXT_MAX && IDENTITY_ACCOUNT_MAX <= IDENTITY_TEXT_MAX,
               "every normal form fits a cache entry, but for domains of many bytes");

struct cache_entry {
    struct token token;
    uint8_t kind; /* ENTITY_NONE: free */
    uint8_t len;
    char text[IDENTITY_TEXT_MAX];
};

struct identity {
    struct digest_key *key;
    struct cache_entry *entries;
    size_t mask;
    uint64_t hits, misses;
};

struct identity *identity_new(struct str key, size_t cache_entries)
{
    size_t count = 1;
    while (count < cache_entries) {
        count *= 2;
    }
    struct identity *identity = mem_alloc(1, sizeof *identity);
    identity->key = digest_key_new(key);
    identity->entries = mem_alloc(count, sizeof *identity->entries);
    identity->mask = count - 1;
    return identity;
}

void identity_free(struct identity *identity)
{
    if (identity != NULL) {
        digest_key_free(identity->key);
        mem_free(identity->entries);
        mem_free(identity);
    }
}

static uint64_t text_hash(uint8_t kind, struct str text)
{
    uint64_t hash = kind + text.len * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = 0;
    while (at < text.len) {
        uint64_t word = 0;
        size_t count = text.len - at < sizeof word ? text.len - at : sizeof word;
        memcpy(&word, text.at + at, count);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        at += count;
    }
    return hash;
}

static struct token token_of(struct identity *identity, uint8_t kind_byte, struct str text)
{
    uint8_t message[1 + IDENTITY_NORMAL_MAX];
    uint8_t full[DIGEST_BYTES];
    struct token token;
    message[0] = kind_byte;
    memcpy(message + 1, text.at, text.len);
    digest_key_hmac(identity->key, full, message, 1 + text.len);
    memcpy(token.bytes, full, TOKEN_BYTES);
    return token;
}

struct token identity_token(struct identity *identity, enum entity_kind kind, struct str text)
{
    must(kind > ENTITY_NONE && kind < ENTITY_KIND_COUNT);
    must(text.len > 0 && text.len <= IDENTITY_NORMAL_MAX);
    uint8_t kind_byte = (uint8_t)kind;
    if (text.len > IDENTITY_TEXT_MAX) {
        return token_of(identity, kind_byte, text);
    }
    struct cache_entry *entry = &identity->entries[text_hash(kind_byte, text) & identity->mask];
    if (entry->kind == kind_byte && entry->len == text.len &&
        memcmp(entry->text, text.at, text.len) == 0) {
        identity->hits++;
        return entry->token;
    }
    identity->misses++;
    entry->token = token_of(identity, kind_byte, text);
    memcpy(entry->text, text.at, text.len);
    entry->kind = kind_byte;
    entry->len = (uint8_t)text.len;
    return entry->token;
}

uint32_t identity_mark(struct identity *identity, enum identity_mark what, char *room,
                       size_t text_len)
{
    uint8_t full[DIGEST_BYTES];
    uint32_t mark;
    room[0] = (char)(unsigned char)what;
    digest_key_hmac(identity->key, full, room, 1 + text_len);
    memcpy(&mark, full, sizeof mark);
    return mark == 0 ? 1 : mark;
}

void identity_cache_counts(const struct identity *identity, uint64_t *hits, uint64_t *misses)
{
    *hits = identity->hits;
    *misses = identity->misses;
}

static bool normalise_account(struct str raw, char *out, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == ' ') {
            continue;
        }
        bool is_lower = c >= 'a' && c <= 'z';
        if (*len == IDENTITY_ACCOUNT_MAX ||
            !(is_lower || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))) {
            return false;
        }
        out[(*len)++] = is_lower ? (char)(c - 'a' + 'A') : c;
    }
    return *len > 0;
}

static bool normalise_person(struct str raw, char *out, size_t *len)
{
    if (raw.len == 0 || raw.len > IDENTITY_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < raw.len; i++) {
        if ((unsigned char)raw.at[i] < ' ' || raw.at[i] == 0x7f) {
            return false;
        }
        out[i] = raw.at[i];
    }
    *len = raw.len;
    return true;
}

bool identity_is_thing(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < ' ' || text.at[i] > '~') {
            return false;
        }
    }
    return text.len > 0 && text.len <= IDENTITY_TEXT_MAX;
}

static bool normalise_device(struct str raw, char *out, size_t *len)
{
    if (!identity_is_thing(raw)) {
        return false;
    }
    memcpy(out, raw.at, raw.len);
    *len = raw.len;
    return true;
}

bool identity_normalise(enum entity_kind kind, struct str raw, char *out, size_t *len)
{
    switch (kind) {
    case ENTITY_NUMBER: return number_normalise(raw, out, len);
    case ENTITY_ACCOUNT: return normalise_account(raw, out, len);
    case ENTITY_PERSON: return normalise_person(raw, out, len);
    case ENTITY_DEVICE: return normalise_device(raw, out, len);
    case ENTITY_DOMAIN: *len = url_domain(raw, out); return *len > 0;
    case ENTITY_NONE:
    case ENTITY_KIND_COUNT: break;
    }
    must(!"an entity has a kind");
    return false;
}

bool identity_parse_token(struct str raw, bool *is_form, struct token *out)
{
    struct str prefix = STR("token:");
    *is_form = str_starts(raw, prefix);
    if (!*is_form) {
        return false;
    }
    struct str digits = {raw.at + prefix.len, raw.len - prefix.len};
    return hex_decode(out->bytes, TOKEN_BYTES, digits) && !token_is_zero(out);
}

/* The first `head` and last `tail` bytes, stars between: as many as are hidden, as far as there is
 * room. */
static uint8_t mask_write(struct str text, size_t head, size_t tail, char *out)
{
    size_t stars = text.len - head - tail;
    if (head + stars + tail > EVENT_MASK_MAX) {
        stars = EVENT_MASK_MAX - head - tail;
    }
    memcpy(out, text.at, head);
    memset(out + head, '*', stars);
    memcpy(out + head + stars, text.at + text.len - tail, tail);
    return (uint8_t)(head + stars + tail);
}

uint8_t identity_mask(enum entity_kind kind, struct str text, char *out)
{
    if (kind == ENTITY_NUMBER) {
        size_t head = text.len > 0 && text.at[0] == '+' ? 4 : 3;
        if (text.len >= head + 8) {
            return mask_write(text, head, 4, out);
        }
    } else if (kind == ENTITY_ACCOUNT) {
        if (text.len >= 12) {
            return mask_write(text, 4, 4, out);
        }
    } else if (kind == ENTITY_DEVICE) {
        if (text.len >= 8) {
            return mask_write(text, 2, 4, out);
        }
    } else if (kind == ENTITY_DOMAIN) {
        bool fits = text.len <= EVENT_MASK_MAX;
        return fits ? mask_write(text, text.len, 0, out) : mask_write(text, 8, 13, out);
    } else {
        return 0;
    }
    return mask_write(text, 0, text.len >= 5 ? 2 : 0, out);
}

struct token identity_stand_in(enum entity_kind kind, const struct token *entity)
{
    static const char what[8] = {'s', 't', 'a', 'n', 'd', '-', 'i', 'n'};
    uint8_t message[sizeof what + 1 + TOKEN_BYTES];
    uint8_t full[DIGEST_BYTES];
    memcpy(message, what, sizeof what);
    message[sizeof what] = (uint8_t)kind;
    memcpy(message + sizeof what + 1, entity->bytes, TOKEN_BYTES);
    digest_sha256(full, message, sizeof message);
    struct token out;
    memcpy(out.bytes, full, TOKEN_BYTES);
    return out;
}
