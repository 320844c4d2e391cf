/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client/ignore.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* A pattern is compiled to tokens; a state is the token that is to match next. */
enum token_kind {
    TOKEN_BYTE, /* one byte of a set */
    TOKEN_STAR, /* any number of bytes of the set */
    TOKEN_DIRS, /* two stars and a slash: nothing, or whatever ends in a slash */
};

struct token {
    enum token_kind kind;
    uint32_t set[8]; /* bit b of byte b */
};

struct pattern {
    struct token *tokens;
    size_t n_tokens;
    bool is_negated;
    bool only_dirs;
    bool is_name; /* compared with the last component alone */
};

struct ignore {
    GArray *patterns; /* struct pattern */
};

static void set_add(uint32_t set[8], unsigned char byte)
{
    set[byte / 32] |= UINT32_C(1) << (byte % 32);
}

static bool set_has(const uint32_t set[8], unsigned char byte)
{
    return set[byte / 32] >> (byte % 32) & 1;
}

static void set_all_but_slash(uint32_t set[8])
{
    memset(set, 0xff, 8 * sizeof set[0]);
    set['/' / 32] &= ~(UINT32_C(1) << ('/' % 32));
}

/* ---- classes: [a-z], [!x], [[:digit:]] ---- */

#define NAMED(name, call)                                                                                              \
    static bool is_##name(unsigned char c)                                                                             \
    {                                                                                                                  \
        return call;                                                                                                   \
    }
NAMED(alnum, g_ascii_isalnum(c))
NAMED(alpha, g_ascii_isalpha(c))
NAMED(blank, c == ' ' || c == '\t')
NAMED(cntrl, g_ascii_iscntrl(c))
NAMED(digit, g_ascii_isdigit(c))
NAMED(graph, g_ascii_isgraph(c))
NAMED(lower, g_ascii_islower(c))
NAMED(print, g_ascii_isprint(c))
NAMED(punct, g_ascii_ispunct(c))
NAMED(space, g_ascii_isspace(c) || c == '\v')
NAMED(upper, g_ascii_isupper(c))
NAMED(xdigit, g_ascii_isxdigit(c))

static const struct {
    const char *name;
    bool (*has)(unsigned char c);
} named_classes[] = {
    {"alnum", is_alnum}, {"alpha", is_alpha}, {"blank", is_blank}, {"cntrl", is_cntrl},
    {"digit", is_digit}, {"graph", is_graph}, {"lower", is_lower}, {"print", is_print},
    {"punct", is_punct}, {"space", is_space}, {"upper", is_upper}, {"xdigit", is_xdigit},
};

/* "[:name:]" at *at (behind its first bracket): true and *at behind it. */
static bool add_named_class(const char **at, uint32_t set[8], bool *ret_bad)
{
    const char *name = *at + 1;
    const char *end = strchr(name, ']');
    if (!end || end == name || end[-1] != ':')
        return false; /* the bracket is an ordinary member */
    size_t length = (size_t)(end - 1 - name);
    for (size_t i = 0; i < G_N_ELEMENTS(named_classes); i++) {
        if (strlen(named_classes[i].name) != length || strncmp(named_classes[i].name, name, length) != 0)
            continue;
        for (int c = 0; c < 256; c++)
            if (named_classes[i].has((unsigned char)c))
                set_add(set, (unsigned char)c);
        *at = end + 1;
        return true;
    }
    *ret_bad = true;
    return false;
}

/* One member, perhaps escaped; '\0' where the pattern ends too early. */
static unsigned char take_member(const char **at)
{
    if (**at == '\\')
        (*at)++;
    unsigned char c = (unsigned char)**at;
    if (c)
        (*at)++;
    return c;
}

/* Parses behind the opening bracket. False where the class has no end or names a class that does not exist. */
static bool parse_class(const char **at, uint32_t set[8])
{
    const char *p = *at;
    bool is_negated = *p == '!' || *p == '^';
    p += is_negated;
    bool bad = false;
    for (bool first = true; first || *p != ']'; first = false) {
        if (p[0] == '[' && p[1] == ':') {
            const char *inner = p + 1;
            if (add_named_class(&inner, set, &bad)) {
                p = inner;
                continue;
            }
            if (bad)
                return false;
        }
        unsigned char low = take_member(&p);
        unsigned char high = low;
        if (low && p[0] == '-' && p[1] && p[1] != ']') {
            p++;
            high = take_member(&p);
        }
        if (!low || !high)
            return false;
        for (int c = low; c <= high; c++)
            set_add(set, (unsigned char)c);
    }
    *at = p + 1;
    if (is_negated)
        for (int i = 0; i < 8; i++)
            set[i] = ~set[i];
    set['/' / 32] &= ~(UINT32_C(1) << ('/' % 32)); /* only a slash matches a slash */
    return true;
}

/* ---- compiling ---- */

/* Stars at *at, and what they mean by what stands around them. */
static void parse_stars(const char *start, const char **at, struct token *token)
{
    const char *p = *at;
    bool at_component = p == start || p[-1] == '/';
    size_t n = strspn(p, "*");
    p += n;
    token->kind = TOKEN_STAR;
    set_all_but_slash(token->set);
    if (n > 1 && at_component && (*p == '\0' || *p == '/' || (p[0] == '\\' && p[1] == '/'))) {
        set_add(token->set, '/');
        if (*p == '/') {
            token->kind = TOKEN_DIRS;
            p++;
        }
    }
    *at = p;
}

static bool compile(const char *text, struct pattern *pattern)
{
    g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(struct token));
    for (const char *p = text; *p;) {
        struct token token = {.kind = TOKEN_BYTE};
        if (*p == '*') {
            parse_stars(text, &p, &token);
        } else if (*p == '?') {
            set_all_but_slash(token.set);
            p++;
        } else if (*p == '[') {
            p++;
            if (!parse_class(&p, token.set))
                return false;
        } else {
            unsigned char c = take_member(&p);
            if (!c)
                return false; /* a backslash at the end escapes nothing */
            set_add(token.set, c);
        }
        g_array_append_val(tokens, token);
    }
    pattern->n_tokens = tokens->len;
    pattern->tokens = (struct token *)(void *)g_array_free(g_steal_pointer(&tokens), FALSE);
    return true;
}

/* Spaces at the end do not count unless a backslash stands before them. */
static void trim_spaces(char *line)
{
    char *spaces = NULL;
    for (char *p = line; *p; p++) {
        if (*p == ' ') {
            if (!spaces)
                spaces = p;
            continue;
        }
        spaces = NULL;
        if (*p == '\\' && p[1])
            p++;
    }
    if (spaces)
        *spaces = '\0';
}

/* False where the line cannot match anything because it is malformed. */
static bool parse_line(struct ignore *ignore, char *line)
{
    if (*line == '#')
        return true;
    trim_spaces(line);
    struct pattern pattern = {0};
    if (*line == '!') {
        pattern.is_negated = true;
        line++;
    }
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '/') {
        pattern.only_dirs = true;
        line[--length] = '\0';
    }
    pattern.is_name = strchr(line, '/') == NULL;
    if (*line == '/')
        line++;
    if (!*line)
        return true;
    if (!compile(line, &pattern))
        return false;
    g_array_append_val(ignore->patterns, pattern);
    return true;
}

struct ignore *ignore_parse(const char *text, size_t size, size_t *ret_refused)
{
    static const char bom[] = "\xef\xbb\xbf";
    struct ignore *ignore = g_new0(struct ignore, 1);
    ignore->patterns = g_array_new(FALSE, FALSE, sizeof(struct pattern));
    size_t refused = 0;
    const char *end = text + size;
    if (size >= 3 && memcmp(text, bom, 3) == 0)
        text += 3;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop ? stop : end) - text);
        if (length > 0 && text[length - 1] == '\r')
            length--;
        if (length > IGNORE_LINE_MAX) {
            refused += *text != '#';
        } else {
            g_autofree char *line = g_strndup(text, length);
            refused += !parse_line(ignore, line);
        }
        text = stop ? stop + 1 : end;
    }
    if (ret_refused)
        *ret_refused = refused;
    return ignore;
}

void ignore_free(struct ignore *ignore)
{
    if (!ignore)
        return;
    for (guint i = 0; i < ignore->patterns->len; i++)
        g_free(g_array_index(ignore->patterns, struct pattern, i).tokens);
    g_array_free(ignore->patterns, TRUE);
    g_free(ignore);
}

/* ---- matching ---- */

/* States may stand before every token and behind the last. TOKEN_DIRS needs two: `inside` is set once it has eaten. */
struct states {
    uint8_t at[IGNORE_LINE_MAX + 1];
    uint8_t inside[IGNORE_LINE_MAX + 1];
};

/* Stars and folders may match nothing: who stands before one stands behind it as well. */
static void follow(const struct pattern *pattern, struct states *states)
{
    for (size_t i = 0; i < pattern->n_tokens; i++)
        if (states->at[i] && pattern->tokens[i].kind != TOKEN_BYTE)
            states->at[i + 1] = 1;
}

static void step(const struct pattern *pattern, const struct states *now, unsigned char byte, struct states *ret_next)
{
    size_t n = pattern->n_tokens;
    memset(ret_next->at, 0, n + 1);
    memset(ret_next->inside, 0, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct token *token = &pattern->tokens[i];
        if (token->kind == TOKEN_DIRS && (now->at[i] || now->inside[i])) {
            ret_next->inside[i] = 1;
            ret_next->at[i + 1] |= byte == '/';
        } else if (now->at[i] && set_has(token->set, byte)) {
            ret_next->at[token->kind == TOKEN_BYTE ? i + 1 : i] = 1;
        }
    }
}

static bool matches(const struct pattern *pattern, const char *text)
{
    struct states pair[2];
    struct states *now = &pair[0], *next = &pair[1];
    memset(now->at, 0, pattern->n_tokens + 1);
    memset(now->inside, 0, pattern->n_tokens + 1);
    now->at[0] = 1;
    follow(pattern, now);
    for (; *text; text++) {
        step(pattern, now, (unsigned char)*text, next);
        follow(pattern, next);
        struct states *old = now;
        now = next;
        next = old;
    }
    return now->at[pattern->n_tokens];
}

enum ignore_verdict ignore_match(const struct ignore *ignore, const char *path, bool is_dir)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (guint i = ignore->patterns->len; i-- > 0;) {
        const struct pattern *pattern = &g_array_index(ignore->patterns, struct pattern, i);
        if (pattern->only_dirs && !is_dir)
            continue;
        if (matches(pattern, pattern->is_name ? name : path))
            return pattern->is_negated ? IGNORE_INCLUDE : IGNORE_EXCLUDE;
    }
    return IGNORE_SILENT;
}
