/* SPDX-License-Identifier: Apache-2.0 */
/* Filter text to tokens. */
#include <string.h>

#include <apr_cstr.h>

#include "scim_int.h"

/* What ends a word; every other printable ASCII byte may stand in a URN, a name or a number. */
static int is_word(char c)
{
    return c > ' ' && c < 127 && !strchr("()[]\"", c);
}

static token_type_t punctuation(char c)
{
    switch (c) {
    case '(':
        return TOKEN_OPEN;
    case ')':
        return TOKEN_CLOSE;
    case '[':
        return TOKEN_OPEN_ITEM;
    case ']':
        return TOKEN_CLOSE_ITEM;
    default:
        return TOKEN_BAD;
    }
}

/* From the opening quote; the length without an end is that of the rest. */
static token_type_t scan_string(apr_size_t *len, const char *text, apr_size_t rest)
{
    apr_size_t i;

    for (i = 1; i < rest; i++) {
        if (text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            *len = i + 1;
            return TOKEN_STRING;
        }
    }
    *len = rest;
    return TOKEN_BAD;
}

token_t braze_filter_token(lexer_t *lexer)
{
    token_t token = {TOKEN_END, NULL, 0, 0};
    apr_size_t rest;

    while (lexer->next < lexer->len && lexer->text[lexer->next] == ' ') {
        lexer->next++;
    }
    token.text = lexer->text + lexer->next;
    token.at = (int)lexer->next + 1;
    rest = lexer->len - lexer->next;
    if (rest == 0) {
        return token;
    }
    if (*token.text == '"') {
        token.type = scan_string(&token.len, token.text, rest);
    } else if (is_word(*token.text)) {
        token.type = TOKEN_WORD;
        while (token.len < rest && is_word(token.text[token.len])) {
            token.len++;
        }
    } else {
        token.type = punctuation(*token.text);
        token.len = 1;
    }
    lexer->next += token.len;
    return token;
}

int braze_token_is(const token_t *token, const char *word)
{
    return token->type == TOKEN_WORD && strlen(word) == token->len &&
           apr_cstr_casecmpn(token->text, word, token->len) == 0;
}
