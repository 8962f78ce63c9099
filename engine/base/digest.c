#include "engine/base/digest.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* Kept for the thread's life: making one costs more than hashing. */
static _Thread_local EVP_MD_CTX *context;
static _Thread_local EVP_MD *sha256;

void digest_thread_end(void)
{
    EVP_MD_CTX_free(context);
    EVP_MD_free(sha256);
    context = NULL;
    sha256 = NULL;
}

void digest_sha256(uint8_t *out, const void *bytes, size_t count)
{
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
        must(context != NULL && sha256 != NULL);
    }
    unsigned int len = 0;
    int ok = EVP_DigestInit_ex2(context, sha256, NULL) == 1 &&
             EVP_DigestUpdate(context, bytes, count) == 1 &&
             EVP_DigestFinal_ex(context, out, &len) == 1;
    must(ok && len == DIGEST_BYTES);
}

void digest_hmac_sha256(uint8_t *out, struct str key, const void *bytes, size_t count)
{
    unsigned int len = 0;
    must(key.len > 0 && key.len <= INT32_MAX);
    const uint8_t *done = HMAC(EVP_sha256(), key.at, (int)key.len, bytes, count, out, &len);
    must(done != NULL && len == DIGEST_BYTES);
}

struct digest_key {
    EVP_MAC_CTX *context; /* after the key: each piece begins from here */
};

struct digest_key *digest_key_new(struct str key)
{
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    must(key.len > 0);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    must(hmac != NULL);
    struct digest_key *made = mem_alloc(1, sizeof *made);
    made->context = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac); /* the context holds it */
    must(made->context != NULL);
    must(EVP_MAC_init(made->context, (const uint8_t *)key.at, key.len, params) == 1);
    return made;
}

void digest_key_free(struct digest_key *key)
{
    if (key != NULL) {
        EVP_MAC_CTX_free(key->context);
        mem_free(key);
    }
}

void digest_key_hmac(struct digest_key *key, uint8_t *out, const void *bytes, size_t count)
{
    size_t len = 0;
    int ok = EVP_MAC_init(key->context, NULL, 0, NULL) == 1 &&
             EVP_MAC_update(key->context, bytes, count) == 1 &&
             EVP_MAC_final(key->context, out, &len, DIGEST_BYTES) == 1;
    must(ok && len == DIGEST_BYTES);
}

static void digest_id_field(struct digest_id *id, const void *bytes, size_t count)
{
    must(count <= sizeof id->bytes);
    must(id->len + 4 + count <= sizeof id->bytes);
    for (unsigned i = 0; i < 4; i++) {
        id->bytes[id->len++] = (uint8_t)(count >> (8 * i));
    }
    if (count > 0) {
        memcpy(id->bytes + id->len, bytes, count);
        id->len += count;
    }
}

void digest_id_begin(struct digest_id *id, const char *what)
{
    id->len = 0;
    digest_id_field(id, what, strlen(what));
}

void digest_id_text(struct digest_id *id, struct str text)
{
    digest_id_field(id, text.at, text.len);
}

void digest_id_token(struct digest_id *id, const struct token *token)
{
    digest_id_field(id, token->bytes, TOKEN_BYTES);
}

void digest_id_number(struct digest_id *id, uint64_t number)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    digest_id_field(id, bytes, sizeof bytes);
}

struct token digest_id_end(const struct digest_id *id)
{
    uint8_t full[DIGEST_BYTES];
    digest_sha256(full, id->bytes, id->len);
    struct token out;
    memcpy(out.bytes, full, TOKEN_BYTES);
    return out;
}
