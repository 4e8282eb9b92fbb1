/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, secrets, hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "braze_id.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static apr_pool_t *pool;

static int set_up(void **state)
{
    (void)state;
    return apr_pool_create(&pool, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

/* 2026-11-22T07:45:29.123456Z, in hex 0660d8a941ba80 */
#define NOW APR_INT64_C(1795333529123456)

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void an_id_has_brazes_form(void **state)
{
    const char *id = braze_id_new(NOW, pool);

    (void)state;
    assert_int_equal(strlen(id), BRAZE_ID_LEN);
    assert_true(braze_id_is(id));
    assert_int_equal(id[8], '-');
    assert_int_equal(id[17], '-');
    assert_int_equal(id[26], '-');
}

static void an_id_begins_with_its_time(void **state)
{
    (void)state;
    assert_memory_equal(braze_id_new(NOW, pool), "0660d8a9-41ba80", 15);
    assert_memory_equal(braze_id_new(0, pool), "00000000-000000", 15);
    assert_memory_equal(braze_id_new(-5, pool), "00000000-000000", 15);
    assert_memory_equal(braze_id_new(1, pool), "00000000-000001", 15);
    /* 2^56 - 1 is the last moment that fits */
    assert_memory_equal(braze_id_new(APR_INT64_C(0xffffffffffffff), pool), "ffffffff-ffffff", 15);
}

static void ids_sort_by_time(void **state)
{
    static const apr_int64_t steps[] = {1,
                                        255,
                                        256,
                                        65536,
                                        1000000,
                                        APR_INT64_C(86400000000),
                                        APR_INT64_C(4294967296),
                                        APR_INT64_C(31536000000000)};
    apr_time_t now = NOW;
    const char *id, *last = braze_id_new(now, pool);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(steps); i++) {
        now += steps[i];
        id = braze_id_new(now, pool);
        assert_true(strcmp(last, id) < 0);
        last = id;
    }
}

static void ids_of_one_moment_differ(void **state)
{
    enum { HOW_MANY = 20000 };
    static const char digits[] = "0123456789abcdef";
    const char **ids = apr_palloc(pool, HOW_MANY * sizeof(*ids));
    int i, seen[36][16] = {{0}};

    (void)state;
    for (i = 0; i < HOW_MANY; i++) {
        const char *p;

        ids[i] = braze_id_new(NOW, pool);
        for (p = ids[i]; *p; p++) {
            if (*p != '-') {
                seen[p - ids[i]][strchr(digits, *p) - digits]++;
            }
        }
    }
    qsort(ids, HOW_MANY, sizeof(*ids), compare_text);
    for (i = 1; i < HOW_MANY; i++) {
        assert_string_not_equal(ids[i - 1], ids[i]);
    }
    /* Every random place takes every digit: 1250 times on average. */
    for (i = 15; i < BRAZE_ID_LEN; i++) {
        int digit;

        for (digit = 0; digit < 16 && i != 17 && i != 26; digit++) {
            assert_in_range(seen[i][digit], 900, 1600);
        }
    }
}

static void knows_an_id(void **state)
{
    static const char *const bad[] = {
        "",
        "dfa245b7",
        "dfa245b7-24195aec-887bb3ad-602b334",
        "dfa245b7-24195aec-887bb3ad-602b33400",
        "dfa245b7-24195aec-887bb3ad-602b3340-",
        "DFA245B7-24195aec-887bb3ad-602b3340",
        "gfa245b7-24195aec-887bb3ad-602b3340",
        "dfa245b7024195aec0887bb3ad0602b3340",
        "dfa245b-724195aec-887bb3ad-602b3340",
        "dfa245b724195aec887bb3ad602b3340",
        "dfa245b7-24195aec-887bb3ad-602b334\n",
        " dfa245b7-24195aec-887bb3ad-602b334",
        "dfa245b7-24195aec-887bb3ad-602b334/",
        "dfa245b7-24195aec-887bb3ad-602b334:",
        "dfa245b7-24195aec-887bb3ad-602b334`",
    };
    size_t i;

    (void)state;
    assert_true(braze_id_is("dfa245b7-24195aec-887bb3ad-602b3340"));
    assert_true(braze_id_is("00000000-99999999-aaaaaaaa-ffffffff"));
    assert_false(braze_id_is(NULL));
    for (i = 0; i < COUNT(bad); i++) {
        if (braze_id_is(bad[i])) {
            print_error("taken: %s\n", bad[i]);
        }
        assert_false(braze_id_is(bad[i]));
    }
}

static void a_secret_is_256_bits_of_base64url(void **state)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int i, j, seen[BRAZE_SECRET_LEN][64] = {{0}};

    (void)state;
    for (i = 0; i < 6400; i++) {
        const char *secret = braze_secret_new(pool);

        assert_int_equal(strlen(secret), BRAZE_SECRET_LEN);
        for (j = 0; j < BRAZE_SECRET_LEN; j++) {
            const char *digit = strchr(digits, secret[j]);

            assert_non_null(digit);
            seen[j][digit - digits]++;
        }
    }
    /* Every place takes every digit, 100 times on average; the last has four bits, its lower two
     * are 0. */
    for (i = 0; i < BRAZE_SECRET_LEN - 1; i++) {
        for (j = 0; j < 64; j++) {
            assert_in_range(seen[i][j], 40, 180);
        }
    }
    for (j = 0; j < 64; j++) {
        if (j % 4) {
            assert_int_equal(seen[BRAZE_SECRET_LEN - 1][j], 0);
        } else {
            assert_in_range(seen[BRAZE_SECRET_LEN - 1][j], 250, 550);
        }
    }
}

/* FIPS 180-2, appendix B, and the empty text. */
static void sha256_is_sha256(void **state)
{
    static const char long_text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

    (void)state;
    assert_string_equal(braze_sha256_hex("abc", 3, pool),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(braze_sha256_hex(long_text, sizeof(long_text) - 1, pool),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_string_equal(braze_sha256_hex("", 0, pool),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_not_equal(braze_sha256_hex("abc", 4, pool), braze_sha256_hex("abc", 3, pool));
    assert_int_equal(strlen(braze_sha256_hex("x", 1, pool)), BRAZE_SHA256_HEX);
}

static void timed_texts_sort_by_time(void **state)
{
    static const apr_time_t second = APR_USEC_PER_SEC;
    const char *old = braze_timed_secret_new(1795382990 * second + 598999, pool);
    const char *new = braze_timed_secret_new(1795382990 * second + 599000, pool);

    (void)state;
    /* 1 795 382 990 598 ms */
    assert_memory_equal(old, "1a2052a5706", BRAZE_TIME_HEX);
    assert_memory_equal(new, "1a2052a5707", BRAZE_TIME_HEX);
    assert_int_equal(strlen(old), BRAZE_SECRET_LEN);
    assert_string_not_equal(old + BRAZE_TIME_HEX, new + BRAZE_TIME_HEX);
    assert_true(strcmp(braze_timed_secret_hash(old, pool), braze_timed_secret_hash(new, pool)) < 0);
    assert_true(strcmp(braze_timed_hash(999 * second, "b", 1, pool),
                       braze_timed_hash(1000 * second, "a", 1, pool)) < 0);
    /* The first 212 bits of the digest of "abc" (sha256_is_sha256) */
    assert_string_equal(braze_timed_hash(0, "abc", 3, pool),
                        "00000000000ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410f");
    assert_string_equal(braze_timed_hash(-1, "abc", 3, pool), braze_timed_hash(0, "abc", 3, pool));
    assert_memory_equal(braze_timed_hash(APR_INT64_MAX, "abc", 3, pool), "fffffffffff", 11);
}

static void a_secrets_hash_has_its_time(void **state)
{
    const char *secret = "1a2052a5706bcdefghijklmnopqrstuvwxyz0123456";
    const char *hash = braze_timed_secret_hash(secret, pool);

    (void)state;
    assert_int_equal(strlen(hash), BRAZE_SHA256_HEX);
    assert_memory_equal(hash, secret, BRAZE_TIME_HEX);
    assert_memory_equal(hash + BRAZE_TIME_HEX, braze_sha256_hex(secret, 43, pool), 53);
    /* One that does not begin with a time is of before. */
    assert_string_equal(braze_timed_secret_hash("1a2052a570G", pool),
                        braze_sha256_hex("1a2052a570G", 11, pool));
    assert_string_equal(braze_timed_secret_hash("1a2052a570", pool),
                        braze_sha256_hex("1a2052a570", 10, pool));
    assert_string_equal(braze_timed_secret_hash("", pool), braze_sha256_hex("", 0, pool));
}

static void equality_is_of_the_whole(void **state)
{
    const char *secret = braze_secret_new(pool);
    char *other = apr_pstrdup(pool, secret);
    int i;

    (void)state;
    assert_true(braze_secret_equal(secret, other));
    assert_true(braze_secret_equal("", ""));
    for (i = 0; i < BRAZE_SECRET_LEN; i++) {
        other[i] ^= 1;
        assert_false(braze_secret_equal(secret, other));
        other[i] ^= 1;
    }
    other[BRAZE_SECRET_LEN - 1] = '\0';
    assert_false(braze_secret_equal(secret, other));
    assert_false(braze_secret_equal(other, secret));
    assert_false(braze_secret_equal("", secret));
    assert_false(braze_secret_equal("abc", "ABC"));
    assert_false(braze_secret_equal(NULL, secret));
    assert_false(braze_secret_equal(secret, NULL));
    assert_false(braze_secret_equal(NULL, NULL)); /* nothing is no secret */
    assert_true(braze_secret_is("secret", "secret; more", 6));
    assert_false(braze_secret_is("secret", "secret; more", 7));
    assert_false(braze_secret_is("secret", "secret; more", 5));
    assert_false(braze_secret_is("secret", "secreT; more", 6));
    assert_true(braze_secret_is("", "more", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_has_brazes_form),
        cmocka_unit_test(an_id_begins_with_its_time),
        cmocka_unit_test(ids_sort_by_time),
        cmocka_unit_test(ids_of_one_moment_differ),
        cmocka_unit_test(knows_an_id),
        cmocka_unit_test(a_secret_is_256_bits_of_base64url),
        cmocka_unit_test(sha256_is_sha256),
        cmocka_unit_test(timed_texts_sort_by_time),
        cmocka_unit_test(a_secrets_hash_has_its_time),
        cmocka_unit_test(equality_is_of_the_whole),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, set_up, tear_down);
    apr_terminate();
    return failed;
}
