/* SPDX-License-Identifier: Apache-2.0 */
/* The stylesheet and the one script, and the policies that let them and nothing else through. */
#include <string.h>

#include <apr_base64.h>
#include <apr_strings.h>

#include "braze_id.h"
#include "page_int.h"

/* clang-format off: a stylesheet is read by its rules */
const char braze_page_style[] =
    ":root{color-scheme:light dark;--page:#f3f4f6;--card:#fff;--ink:#1a1d21;--soft:#565d66;"
    "--line:#d9dde2;--button:#1f4fbf;--label:#fff;--ring:#1f4fbf}"
    "@media (prefers-color-scheme:dark){:root{--page:#14171a;--card:#1e2226;--ink:#e8eaed;"
    "--soft:#a6adb5;--line:#3a4047;--button:#a9c4ff;--label:#0d1b3d;--ring:#a9c4ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;"
    "background:var(--page);color:var(--ink);"
    "font:1rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica "
    "Neue\",Arial,sans-serif}"
    "main{width:100%;max-width:34rem;padding:2.25rem 2.5rem;background:var(--card);"
    "border:1px solid var(--line);border-radius:.75rem;overflow-wrap:anywhere}"
    "h1{margin:0 0 1rem;font-size:1.6rem;line-height:1.25;font-weight:650;text-wrap:balance}"
    "h2{margin:0 0 .35rem;font-size:.875rem;line-height:1.4;font-weight:600}"
    "p{margin:0 0 1rem}"
    ".company{margin:0 0 .35rem;font-size:.9375rem;color:var(--soft)}"
    ".next{font-weight:600}"
    ".button{display:inline-block;min-height:2.75rem;padding:.6rem 1.4rem;border-radius:.5rem;"
    "background:var(--button);color:var(--label);font-weight:600;text-decoration:none}"
    "button.button{border:0;font:inherit;font-weight:600;cursor:pointer}"
    ".button:hover{text-decoration:underline}"
    ":focus-visible{outline:3px solid var(--ring);outline-offset:3px}"
    "section{margin-top:1.75rem;padding-top:1.25rem;border-top:1px solid var(--line);"
    "font-size:.875rem;color:var(--soft)}"
    "ul{margin:0;padding:0;list-style:none}"
    "form.search{margin:0 0 1.25rem}"
    "label{display:block;margin:0 0 .35rem;font-weight:600}"
    "input[type=search]{width:100%;min-height:2.75rem;margin:0 0 .75rem;padding:.5rem .75rem;"
    "border:1px solid var(--soft);border-radius:.5rem;background:var(--card);color:var(--ink);"
    "font:inherit}"
    "a.choice{display:block;min-height:2.75rem;margin:0 0 .5rem;padding:.6rem 1rem;"
    "border:1px solid var(--line);border-radius:.5rem;color:var(--ink);font-size:1rem;"
    "text-decoration:none}"
    "a.choice:hover{text-decoration:underline}"
    "main>:last-child{margin-bottom:0}"
    "@media (max-width:30rem){body{place-items:start center;padding:0;background:var(--card)}"
    "main{padding:2rem 1.25rem;border:0;border-radius:0}}"
    "@media (forced-colors:active){.button{border:1px solid}}";
/* clang-format on */

const char braze_page_script[] = "document.forms[0].submit()";

/* braze_sha256_hex gives digits; the policy wants base64 of the bytes. */
const char *braze_page_digest(const char *of, apr_pool_t *pool)
{
    const char *hex = braze_sha256_hex(of, strlen(of), pool);
    char bytes[BRAZE_SHA256_HEX / 2], *text;
    int i;

    for (i = 0; i < (int)sizeof(bytes); i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        bytes[i] = (char)apr_strtoi64(pair, NULL, 16);
    }
    text = apr_palloc(pool, (apr_size_t)apr_base64_encode_len((int)sizeof(bytes)));
    apr_base64_encode(text, bytes, (int)sizeof(bytes));
    return apr_pstrcat(pool, "sha256-", text, NULL);
}

const char *braze_page_csp(apr_pool_t *pool)
{
    return apr_pstrcat(pool, "default-src 'none'; style-src '",
                       braze_page_digest(braze_page_style, pool),
                       "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", NULL);
}

const char *braze_page_choice_csp(apr_pool_t *pool)
{
    return apr_pstrcat(pool, "default-src 'none'; style-src '",
                       braze_page_digest(braze_page_style, pool),
                       "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'", NULL);
}

const char *braze_page_send_csp(int framed, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "default-src 'none'; style-src '",
                       braze_page_digest(braze_page_style, pool), "'; script-src '",
                       braze_page_digest(braze_page_script, pool), "'; base-uri 'none'",
                       framed ? "" : "; frame-ancestors 'none'", NULL);
}
