/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to a tree, by recursive descent over the grammar of RFC 7644 section 3.4.2.2 with its
 * precedence: grouping, "not", "and", "or". Names are resolved on the way; what goes with which
 * type is filter_check.c's.
 */
#include <string.h>

#include <apr_cstr.h>

#include "filter_int.h"

braze_err_t *braze_filter_fail(const filter_parse_t *parse, const char *tag, int at,
                               const char *what)
{
    /* What stands in the brackets of a path is a filter (RFC 7644 table 9). */
    const char *code = parse->element ? "invalidFilter" : parse->code;
    braze_err_t *err =
        braze_err_newf(parse->pool, 400, code, tag, "The %s is not acceptable at position %d: %s.",
                       parse->what, at, what);

    err->where = apr_psprintf(parse->pool, "%s:%d", parse->what, at);
    return err;
}

#define SYNTAX(parse, what) braze_filter_fail(parse, (parse)->syntax_tag, (parse)->token.at, what)

static void next(filter_parse_t *parse)
{
    parse->token = braze_filter_token(&parse->lexer);
}

static braze_err_t *expect(filter_parse_t *parse, token_type_t type, const char *what)
{
    if (parse->token.type != type) {
        return SYNTAX(parse, what);
    }
    next(parse);
    return NULL;
}

static braze_err_t *new_node(braze_filter_t **node, filter_parse_t *parse, braze_filter_op_t op,
                             int at)
{
    if (++parse->nodes > BRAZE_FILTER_MAX_NODES) {
        return braze_filter_fail(parse, TAG_CAP, at, "too many conditions");
    }
    *node = apr_pcalloc(parse->pool, sizeof(**node));
    (*node)->op = op;
    (*node)->at = at;
    return NULL;
}

static braze_err_t *join(braze_filter_t **node, filter_parse_t *parse, braze_filter_op_t op, int at,
                         braze_filter_t *left, braze_filter_t *right)
{
    braze_err_t *err = new_node(node, parse, op, at);

    if (!err) {
        (*node)->left = left;
        (*node)->right = right;
    }
    return err;
}

/* An attribute that only another resource type has, under that type's URN: no resource of this one
 * has a member of that name. */
static int resolve_elsewhere(braze_attr_path_t *path, const token_t *token)
{
    const braze_resource_type_t *const *type;

    for (type = braze_resource_types; *type; type++) {
        if (braze_path_resolve(path, token->text, token->len, *type)) {
            path->schema = path->schema ? path->schema : (*type)->core->urn;
            return 1;
        }
    }
    return 0;
}

/* The attribute at the current word: of the resource, or of an element inside brackets. */
static braze_err_t *parse_name(braze_attr_path_t *path, filter_parse_t *parse)
{
    const token_t *token = &parse->token;
    int known;

    if (token->type != TOKEN_WORD) {
        return SYNTAX(parse, "an attribute name is expected");
    }
    if (parse->element) {
        memset(path, 0, sizeof(*path));
        path->def = braze_attr_find(parse->element->subs, token->text, token->len);
        path->attr = path->def ? path->def->name : NULL;
        known = path->def != NULL;
    } else {
        known = braze_path_resolve(path, token->text, token->len, parse->type) ||
                (parse->any_type && resolve_elsewhere(path, token));
    }
    if (!known) {
        return braze_filter_fail(
            parse, parse->name_tag, token->at,
            apr_psprintf(parse->pool, "\"%.*s\" is no attribute of %s",
                         (int)(token->len < 100 ? token->len : 100), token->text,
                         parse->element ? parse->element->name : parse->type->name));
    }
    next(parse);
    return NULL;
}

static braze_err_t *parse_op(braze_filter_op_t *op, filter_parse_t *parse)
{
    static const struct {
        const char *word;
        braze_filter_op_t op;
    } ops[] = {{"pr", BRAZE_FILTER_PR}, {"eq", BRAZE_FILTER_EQ}, {"ne", BRAZE_FILTER_NE},
               {"co", BRAZE_FILTER_CO}, {"sw", BRAZE_FILTER_SW}, {"ew", BRAZE_FILTER_EW},
               {"gt", BRAZE_FILTER_GT}, {"ge", BRAZE_FILTER_GE}, {"lt", BRAZE_FILTER_LT},
               {"le", BRAZE_FILTER_LE}};
    apr_size_t i;

    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (braze_token_is(&parse->token, ops[i].word)) {
            *op = ops[i].op;
            next(parse);
            return NULL;
        }
    }
    return SYNTAX(parse, "an operator is expected (eq ne co sw ew gt ge lt le pr)");
}

static const braze_attr_t *compared(const braze_attr_path_t *path)
{
    return path->def && path->def->subs ? braze_attr_find(path->def->subs, "value", 5) : path->def;
}

/* Entra ID leaves the quotes off, and writes booleans as text. NULL: nothing of these. */
static braze_json_t *bent_value(filter_parse_t *parse, const braze_attr_path_t *path)
{
    const braze_attr_t *attr = compared(path);
    const token_t *token = &parse->token;

    if (!parse->call || !attr) {
        return NULL;
    }
    if (attr->type == ATTR_BOOLEAN && token->type == TOKEN_STRING) {
        int is_true = token->len == 6 && apr_cstr_casecmpn(token->text, "\"true\"", 6) == 0;

        if ((is_true || (token->len == 7 && apr_cstr_casecmpn(token->text, "\"false\"", 7) == 0)) &&
            braze_profile_bends(parse->call, "a boolean as text in a filter")) {
            return braze_json_bool(is_true, parse->pool);
        }
        return NULL;
    }
    if (token->type != TOKEN_WORD || braze_token_is(token, "null") ||
        (attr->type != ATTR_STRING && attr->type != ATTR_REFERENCE) ||
        parse->call->request->token->profile != BRAZE_PROFILE_ENTRA ||
        !braze_profile_bends(parse->call, "a filter's text without quotes")) {
        return NULL;
    }
    return braze_json_string(apr_pstrmemdup(parse->pool, token->text, token->len), parse->pool);
}

/* A string of printable ASCII without escapes says itself what it is, which is what nearly every
 * filter compares with. NULL: it is anything else. */
static braze_json_t *plain_string(const filter_parse_t *parse)
{
    const token_t *token = &parse->token;
    int i;

    if (token->type != TOKEN_STRING) {
        return NULL;
    }
    for (i = 1; i < (int)token->len - 1; i++) {
        char c = token->text[i];

        if (c < ' ' || c > '~' || c == '\\' || c == '"') {
            return NULL;
        }
    }
    return braze_json_string(apr_pstrmemdup(parse->pool, token->text + 1, token->len - 2),
                             parse->pool);
}

/* A JSON string, number, true, false or null. */
static braze_err_t *parse_value(const braze_json_t **value, filter_parse_t *parse,
                                const braze_attr_path_t *path)
{
    const token_t *token = &parse->token;
    braze_json_t *json = bent_value(parse, path);

    json = json ? json : plain_string(parse);
    if (json) {
        *value = json;
        next(parse);
        return NULL;
    }

    if (token->type != TOKEN_STRING && token->type != TOKEN_WORD) {
        return SYNTAX(parse, token->type == TOKEN_BAD && token->len && *token->text == '"'
                                 ? "a string without an end"
                                 : "a value is expected");
    }
    if (braze_json_parse(&json, token->text, token->len, parse->pool) ||
        json->type == BRAZE_JSON_OBJECT) {
        return SYNTAX(parse, token->type == TOKEN_STRING
                                 ? "the string is not a JSON string"
                                 : "a value is a string in double quotes, a number, true, "
                                   "false or null");
    }
    *value = json;
    next(parse);
    return NULL;
}

/* What stands behind an attribute: "pr", or an operator and a value. */
static braze_err_t *parse_test(braze_filter_t **node, filter_parse_t *parse,
                               const braze_attr_path_t *path, int at)
{
    int op_at = parse->token.at, value_at;
    braze_filter_op_t op = BRAZE_FILTER_PR;
    braze_err_t *err = parse_op(&op, parse);

    if (!err) {
        err = new_node(node, parse, op, at);
    }
    if (err) {
        return err;
    }
    (*node)->path = *path;
    value_at = parse->token.at;
    if (op != BRAZE_FILTER_PR) {
        err = parse_value(&(*node)->value, parse, path);
    }
    return err ? err : braze_filter_check(*node, parse, op_at, value_at);
}

static braze_err_t *parse_or(braze_filter_t **node, filter_parse_t *parse);

/* One level further in; parse_or is entered through here only, and from the top. */
static braze_err_t *parse_inner(braze_filter_t **node, filter_parse_t *parse, token_type_t close,
                                const char *what)
{
    braze_err_t *err;

    next(parse);
    if (++parse->depth > BRAZE_FILTER_MAX_DEPTH) {
        return braze_filter_fail(parse, TAG_CAP, parse->token.at, "nested too deeply");
    }
    err = parse_or(node, parse);
    parse->depth--;
    return err ? err : expect(parse, close, what);
}

/* "[" valFilter "]" behind the multi-valued or complex attribute in path. */
braze_err_t *braze_filter_parse_item(braze_filter_t **inner, filter_parse_t *parse,
                                     const braze_attr_path_t *path)
{
    braze_err_t *err;

    if (parse->element || !path->def || !path->def->subs || path->sub) {
        return SYNTAX(parse, "this attribute takes no brackets");
    }
    parse->element = path->def;
    err = parse_inner(inner, parse, TOKEN_CLOSE_ITEM, "\"]\" is expected");
    parse->element = NULL;
    return err;
}

/* ".sub" behind a bracket; NULL in *path's attr when there is none. */
braze_err_t *braze_filter_parse_sub(braze_attr_path_t *path, filter_parse_t *parse,
                                    const braze_attr_t *element)
{
    const token_t *token = &parse->token;

    memset(path, 0, sizeof(*path));
    if (token->type != TOKEN_WORD || token->len < 2 || *token->text != '.') {
        return NULL;
    }
    path->def = braze_attr_find(element->subs, token->text + 1, token->len - 1);
    if (!path->def) {
        return braze_filter_fail(parse, parse->name_tag, token->at, "no such sub-attribute");
    }
    path->attr = path->def->name;
    next(parse);
    return NULL;
}

static braze_err_t *parse_value_path(braze_filter_t **node, filter_parse_t *parse,
                                     const braze_attr_path_t *path, int at)
{
    braze_filter_t *inner, *test;
    braze_attr_path_t sub;
    braze_err_t *err = braze_filter_parse_item(&inner, parse, path);

    if (!err) {
        err = braze_filter_parse_sub(&sub, parse, path->def);
    }
    if (!err && sub.attr) { /* the sub-attribute of the very element that fits */
        err = parse_test(&test, parse, &sub, at);
        if (!err) {
            err = join(&inner, parse, BRAZE_FILTER_AND, at, inner, test);
        }
    }
    if (!err) {
        err = join(node, parse, BRAZE_FILTER_ITEM, at, inner, NULL);
    }
    if (!err) {
        (*node)->path = *path;
    }
    return err;
}

static braze_err_t *parse_not(braze_filter_t **node, filter_parse_t *parse)
{
    int at = parse->token.at;
    braze_filter_t *inner;
    braze_err_t *err;

    next(parse);
    if (parse->token.type != TOKEN_OPEN) {
        return SYNTAX(parse, "\"not\" takes parentheses");
    }
    err = parse_inner(&inner, parse, TOKEN_CLOSE, "\")\" is expected");
    return err ? err : join(node, parse, BRAZE_FILTER_NOT, at, inner, NULL);
}

static braze_err_t *parse_term(braze_filter_t **node, filter_parse_t *parse)
{
    int at = parse->token.at;
    braze_attr_path_t path;
    braze_err_t *err;

    if (parse->token.type == TOKEN_OPEN) {
        return parse_inner(node, parse, TOKEN_CLOSE, "\")\" is expected");
    }
    if (braze_token_is(&parse->token, "not")) {
        return parse_not(node, parse);
    }
    err = parse_name(&path, parse);
    if (err) {
        return err;
    }
    if (parse->token.type == TOKEN_OPEN_ITEM) {
        return parse_value_path(node, parse, &path, at);
    }
    return parse_test(node, parse, &path, at);
}

static braze_err_t *parse_and(braze_filter_t **node, filter_parse_t *parse)
{
    braze_err_t *err = parse_term(node, parse);

    while (!err && braze_token_is(&parse->token, "and")) {
        int at = parse->token.at;
        braze_filter_t *right;

        next(parse);
        err = parse_term(&right, parse);
        if (!err) {
            err = join(node, parse, BRAZE_FILTER_AND, at, *node, right);
        }
    }
    return err;
}

static braze_err_t *parse_or(braze_filter_t **node, filter_parse_t *parse)
{
    braze_err_t *err = parse_and(node, parse);

    while (!err && braze_token_is(&parse->token, "or")) {
        int at = parse->token.at;
        braze_filter_t *right;

        next(parse);
        err = parse_and(&right, parse);
        if (!err) {
            err = join(node, parse, BRAZE_FILTER_OR, at, *node, right);
        }
    }
    return err;
}

static braze_err_t *begin(filter_parse_t *parse, const char *text, apr_size_t len)
{
    parse->lexer.text = text;
    parse->lexer.len = len;
    if (len > BRAZE_SCIM_MAX_FILTER) {
        return braze_filter_fail(parse, TAG_CAP, BRAZE_SCIM_MAX_FILTER + 1, "too long");
    }
    next(parse);
    return NULL;
}

static braze_err_t *parse_filter(const braze_filter_t **filter, filter_parse_t *parse,
                                 const char *text, apr_size_t len)
{
    braze_filter_t *root = NULL;
    braze_err_t *err;

    parse->code = "invalidFilter";
    parse->what = "filter";
    parse->syntax_tag = TAG_FILTER;
    parse->name_tag = TAG_NAME;
    *filter = NULL;
    err = begin(parse, text, len);
    if (!err) {
        err = parse_or(&root, parse);
    }
    if (!err) {
        err = expect(parse, TOKEN_END, "\"and\", \"or\" or the end is expected");
    }
    *filter = err ? NULL : root;
    return err;
}

braze_err_t *braze_filter_parse(const braze_filter_t **filter, const char *text, apr_size_t len,
                                const braze_resource_type_t *type, apr_pool_t *pool)
{
    filter_parse_t parse = {.type = type, .pool = pool};

    return parse_filter(filter, &parse, text, len);
}

braze_err_t *braze_filter_parse_for(const braze_filter_t **filter, const char *text, apr_size_t len,
                                    const braze_resource_type_t *type, scim_call_t *call)
{
    filter_parse_t parse = {.type = type, .call = call, .pool = call->pool};

    return parse_filter(filter, &parse, text, len);
}

braze_err_t *braze_filter_parse_root(const braze_filter_t **filter, const char *text,
                                     apr_size_t len, const braze_resource_type_t *type,
                                     scim_call_t *call)
{
    filter_parse_t parse = {.type = type, .any_type = 1, .call = call, .pool = call->pool};

    return parse_filter(filter, &parse, text, len);
}

static braze_err_t *parse_path(braze_path_t *path, filter_parse_t *parse, const char *text,
                               apr_size_t len)
{
    braze_filter_t *inner = NULL;
    braze_attr_path_t sub;
    braze_err_t *err;

    parse->code = "invalidPath";
    parse->what = "path";
    parse->syntax_tag = parse->name_tag = TAG_PATH;
    memset(path, 0, sizeof(*path));
    err = begin(parse, text, len);
    if (!err) {
        err = parse_name(&path->attr, parse);
    }
    if (!err && parse->token.type == TOKEN_OPEN_ITEM) {
        err = braze_filter_parse_item(&inner, parse, &path->attr);
        if (!err) {
            err = braze_filter_parse_sub(&sub, parse, path->attr.def);
            path->sub = sub.attr;
        }
    }
    path->filter = inner;
    return err ? err : expect(parse, TOKEN_END, "the end is expected");
}

braze_err_t *braze_path_parse(braze_path_t *path, const char *text, apr_size_t len,
                              const braze_resource_type_t *type, apr_pool_t *pool)
{
    filter_parse_t parse = {.type = type, .pool = pool};

    return parse_path(path, &parse, text, len);
}

braze_err_t *braze_path_parse_for(braze_path_t *path, const char *text, apr_size_t len,
                                  const braze_resource_type_t *type, scim_call_t *call)
{
    filter_parse_t parse = {.type = type, .call = call, .pool = call->pool};

    return parse_path(path, &parse, text, len);
}
