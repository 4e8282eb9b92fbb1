/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of many: groups, ends, signatures, names and domains; and the sets that they are kept
 * in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <apr_strings.h>

#include "braze_key.h"
#include "braze_saml_metadata.h"
#include "unit_saml.h"

#define OTHER UNIT_SAML_IDP "/other"
#define DAY 86400

static apr_pool_t *pool;
static char notes[4000]; /* what was logged, a line each */

static int begin(void **state)
{
    (void)state;
    notes[0] = '\0';
    return apr_pool_create(&pool, unit_saml_pool());
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    return 0;
}

static void note(void *baton, braze_log_level_t level, const char *line)
{
    (void)baton;
    (void)level;
    apr_cpystrn(notes + strlen(notes), apr_pstrcat(pool, line, "\n", NULL),
                sizeof(notes) - strlen(notes));
}

static const braze_log_t noting = {note, NULL};

/* key: a PEM file, or NULL. */
static braze_err_t *load(braze_saml_idps_t **idps, const char *file, const char *key)
{
    braze_saml_load_t how = {NULL, apr_time_from_sec(UNIT_SAML_NOW), &noting};
    braze_saml_anchor_t *anchor;
    apr_size_t len;
    const char *xml = unit_saml_read(&len, file, pool);

    *idps = NULL;
    if (key) {
        apr_size_t key_len;
        const char *pem = unit_saml_read(&key_len, key, pool);

        assert_null(braze_saml_anchor_make(&anchor, pem, key_len, pool));
        how.anchor = anchor;
    }
    return braze_saml_metadata_load(idps, xml, len, &how, pool);
}

static braze_saml_idps_t *must_load(const char *file, const char *key)
{
    braze_saml_idps_t *idps;
    braze_err_t *err = load(&idps, file, key);

    if (err) {
        fail_msg("%s: %s", file, braze_err_line(err, pool));
    }
    return idps;
}

static int count_notes(const char *text)
{
    const char *at = notes;
    int count = 0;

    while ((at = strstr(at, text))) {
        count++;
        at += strlen(text);
    }
    return count;
}

/* ---- ends ---- */

static void the_nearest_end_of_all_around(void **state)
{
    braze_saml_idps_t *idps = must_load("nested.xml", NULL);

    (void)state;
    assert_int_equal(braze_saml_idps_count(idps), 1);
    assert_int_equal(braze_saml_idp_valid_until(braze_saml_idps_nth(idps, 0)),
                     apr_time_from_sec((apr_int64_t)UNIT_SAML_NOW + 3 * DAY));
}

static void what_has_ended_at_any_level_is_left_out(void **state)
{
    braze_saml_idps_t *idps = must_load("partly-expired.xml", NULL);

    (void)state;
    assert_int_equal(braze_saml_idps_count(idps), 1);
    assert_non_null(braze_saml_idps_find(idps, UNIT_SAML_IDP));
    assert_null(braze_saml_idps_find(idps, "https://of-the-group"));
    assert_null(braze_saml_idps_find(idps, "https://unreadable"));
    assert_int_equal(count_notes("BRAZE-J0213"), 3);
    assert_int_equal(count_notes("BRAZE-J0212"), 1);
}

static void the_broken_one_is_the_error_not_the_services_beside_it(void **state)
{
    braze_saml_idps_t *idps;
    braze_err_t *err = load(&idps, "all-expired.xml", NULL);

    (void)state;
    assert_non_null(err);
    assert_string_equal(err->tag, "BRAZE-J0213");
    assert_non_null(strstr(err->detail, UNIT_SAML_IDP));
    assert_null(idps);
}

static void the_first_of_two_counts_and_it_is_said(void **state)
{
    braze_saml_idps_t *idps = must_load("twice.xml", NULL);

    (void)state;
    assert_int_equal(braze_saml_idps_count(idps), 2);
    assert_int_equal(count_notes("BRAZE-J0218"), 1);
    assert_non_null(strstr(notes, UNIT_SAML_IDP " stands twice"));
}

/* ---- bytes ---- */

static void an_error_at_the_end_leaves_nothing(void **state)
{
    static const char *const files[] = {"late-error.xml", "late-prefix.xml", "deep.xml",
                                        "attributes.xml", "laughs.xml"};
    braze_saml_idps_t *idps;
    braze_err_t *err;
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
        err = load(&idps, files[i], NULL);
        if (!err || strcmp(err->tag, "BRAZE-J0210") != 0 || idps) {
            fail_msg("%s: %s", files[i], err ? braze_err_line(err, pool) : "taken");
        }
        err = load(&idps, files[i], "registrar.crt");
        if (!err || strcmp(err->tag, "BRAZE-J0210") != 0 || idps) {
            fail_msg("%s, to be signed: %s", files[i], err ? braze_err_line(err, pool) : "taken");
        }
    }
}

/* ---- signatures ---- */

static void signed_by_the_right_key(void **state)
{
    static const char *const files[] = {"signed.xml", "signed-one.xml", "signed-comment.xml",
                                        "signed-inner-too.xml"};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
        braze_saml_idps_t *idps = must_load(files[i], "registrar.crt");

        assert_int_equal(braze_saml_idps_count(idps), 1);
        assert_non_null(braze_saml_idps_find(idps, UNIT_SAML_IDP));
    }
}

static void not_signed_as_it_must_be(void **state)
{
    static const struct {
        const char *name, *says;
    } bad[] = {{"none", "no Signature"},
               {"other-key", "signature_invalid"},
               {"idps-key", "signature_invalid"},
               {"exchanged", "digest_mismatch"},
               {"appended", "digest_mismatch"},
               {"wrapped", "digest_mismatch"},
               {"moved", "no Signature"},
               {"twice", "several Signatures"},
               {"sha1", "sha1"},
               {"digest-sha1", "sha1"},
               {"c14n", "transforms"},
               {"transforms", "transforms"},
               {"uri", "reference"},
               {"template", "signature_invalid"},
               {"hmac", "algorithm"},
               {"growth", "namespaces"}};
    apr_size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const char *file = apr_pstrcat(pool, "signed-bad-", bad[i].name, ".xml", NULL);
        braze_saml_idps_t *idps;
        braze_err_t *err = load(&idps, file, "registrar.crt");

        if (!err || strcmp(err->tag, "BRAZE-J0217") != 0 || !strstr(err->log, bad[i].says) ||
            idps) {
            fail_msg("%s: %s", file, err ? braze_err_line(err, pool) : "taken");
        }
        (void)must_load(file, NULL); /* nothing else is wrong with it */
    }
}

static void a_key_of_its_own_is_never_asked(void **state)
{
    braze_saml_idps_t *idps;

    (void)state;
    /* Its KeyInfo has the certificate that it is signed by; the one that is asked is another. */
    assert_non_null(load(&idps, "signed.xml", "rsa.pem"));
    assert_null(idps);
}

static void keys_that_cannot_be_used(void **state)
{
    static const char *const files[] = {"weak.pem", "rsa-and-weak.pem", "idp.xml", "bad-empty.xml"};
    braze_saml_anchor_t *anchor = NULL;
    apr_size_t i, len;

    (void)state;
    for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
        const char *pem = unit_saml_read(&len, files[i], pool);
        braze_err_t *err = braze_saml_anchor_make(&anchor, pem, len, pool);

        assert_non_null(err);
        assert_string_equal(err->tag, "BRAZE-J0219");
        assert_null(anchor);
    }
}

/* ---- people ---- */

static void names_by_language(void **state)
{
    braze_saml_idps_t *idps = must_load("people.xml", NULL);
    const braze_saml_idp_t *shib = braze_saml_idps_find(idps, UNIT_SAML_IDP);
    const braze_saml_idp_t *organization = braze_saml_idps_find(idps, OTHER);

    (void)state;
    assert_string_equal(braze_saml_idp_name(shib, "en"), "The English Name");
    assert_string_equal(braze_saml_idp_name(shib, "de"), "Der deutsche Name");
    assert_string_equal(braze_saml_idp_name(shib, "fr"), "Nom français");
    assert_string_equal(braze_saml_idp_name(shib, "es"), "The English Name");
    assert_string_equal(braze_saml_idp_name(organization, "en"), "La organización");
    assert_null(
        braze_saml_idp_name(braze_saml_idps_find(idps, "https://plain.example:8443/x"), "en"));
    assert_false(braze_saml_idp_is_hidden(shib));
    assert_true(braze_saml_idp_is_hidden(braze_saml_idps_find(idps, "https://hidden.example")));
}

static int scoped(const braze_saml_idps_t *idps, const char *domain)
{
    return braze_saml_idps_scoped(idps, domain, pool)->nelts;
}

static void domains(void **state)
{
    braze_saml_idps_t *idps = must_load("people.xml", NULL);

    (void)state;
    assert_int_equal(scoped(idps, "uni.example"), 1);
    assert_int_equal(scoped(idps, "xn--bcher-kva.example"), 1);
    assert_int_equal(scoped(idps, "sub.uni.example"), 0);
    assert_int_equal(scoped(idps, "example"), 0);
    assert_int_equal(scoped(idps, "^.*\\.example$"), 0);
}

static int matches(const braze_saml_idp_t *idp, const char *typed)
{
    return braze_saml_idp_matches(idp, braze_key_search_text(typed, strlen(typed), pool));
}

static void searching(void **state)
{
    const braze_saml_idp_t *idp =
        braze_saml_idps_find(must_load("people.xml", NULL), UNIT_SAML_IDP);

    (void)state;
    assert_true(matches(idp, "english"));
    assert_true(matches(idp, "NAME deutsch"));
    assert_true(matches(idp, "francais"));
    assert_true(matches(idp, "Fran\xc3\xa7"));
    assert_true(matches(idp, "uni.example"));
    assert_true(matches(idp, "idp.example.com"));
    assert_true(matches(idp, " "));
    assert_false(matches(idp, "english spanish"));
    assert_false(matches(idp, "englishname"));
}

/* ---- sets ---- */

static void sets_within_sets(void **state)
{
    braze_saml_idps_t *all = braze_saml_idps_make(pool), *both = must_load("twice.xml", NULL);
    braze_saml_idps_t *one = must_load("signed.xml", NULL);

    (void)state;
    assert_int_equal(braze_saml_idps_count(all), 0);
    assert_null(braze_saml_idps_nth(all, 0));
    braze_saml_idps_join(all, both, NULL);
    braze_saml_idps_join(all, one, NULL);
    braze_saml_idps_join(all, both, OTHER);
    braze_saml_idps_join(all, both, "https://nobody");
    assert_int_equal(braze_saml_idps_count(all), 4);
    assert_ptr_equal(braze_saml_idps_nth(all, 2), braze_saml_idps_nth(one, 0));
    assert_ptr_equal(braze_saml_idps_nth(all, 3), braze_saml_idps_find(both, OTHER));
    assert_null(braze_saml_idps_nth(all, 4));
    assert_ptr_equal(braze_saml_idps_find(all, UNIT_SAML_IDP), braze_saml_idps_nth(both, 0));
    assert_int_equal(braze_saml_idps_named(all, UNIT_SAML_IDP, pool)->nelts, 2);
    assert_int_equal(braze_saml_idps_named(all, "https://nobody", pool)->nelts, 0);
    assert_ptr_equal(braze_saml_idps_marked(all, braze_saml_idp_mark(OTHER, pool)),
                     braze_saml_idps_find(both, OTHER));
    assert_null(braze_saml_idps_marked(all, "0000000000000000"));
    assert_false(braze_saml_idps_add(both, braze_saml_idps_nth(one, 0)));
}

static void another_name_for_the_same_keys(void **state)
{
    const braze_saml_idp_t *idp = braze_saml_idps_nth(must_load("signed.xml", NULL), 0);
    braze_saml_idp_t *like = NULL;

    (void)state;
    assert_null(braze_saml_idp_like(&like, idp, "https://new", "https://new/sso", pool));
    assert_string_equal(braze_saml_idp_entity_id(like), "https://new");
    assert_string_equal(braze_saml_idp_sso_redirect(like), "https://new/sso");
    assert_non_null(braze_saml_idp_like(&like, idp, "", NULL, pool));
    assert_non_null(braze_saml_idp_like(&like, idp, "https://new", "javascript:x", pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_end_of_all_around, begin, end),
        cmocka_unit_test_setup_teardown(what_has_ended_at_any_level_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(the_broken_one_is_the_error_not_the_services_beside_it,
                                        begin, end),
        cmocka_unit_test_setup_teardown(the_first_of_two_counts_and_it_is_said, begin, end),
        cmocka_unit_test_setup_teardown(an_error_at_the_end_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(signed_by_the_right_key, begin, end),
        cmocka_unit_test_setup_teardown(not_signed_as_it_must_be, begin, end),
        cmocka_unit_test_setup_teardown(a_key_of_its_own_is_never_asked, begin, end),
        cmocka_unit_test_setup_teardown(keys_that_cannot_be_used, begin, end),
        cmocka_unit_test_setup_teardown(names_by_language, begin, end),
        cmocka_unit_test_setup_teardown(domains, begin, end),
        cmocka_unit_test_setup_teardown(searching, begin, end),
        cmocka_unit_test_setup_teardown(sets_within_sets, begin, end),
        cmocka_unit_test_setup_teardown(another_name_for_the_same_keys, begin, end),
    };

    return cmocka_run_group_tests_name("saml federation", tests, unit_saml_set_up,
                                       unit_saml_tear_down);
}
