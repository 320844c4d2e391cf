/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/search_rules.h"

#include "api/words.h"

enum { LIST_MAX = 1000, BRANCHES_MAX = 20, TEXT_MAX = 1000 };

const char *const search_types[] = {"IMAGE", "VIDEO", "AUDIO", "OTHER", NULL};

/* ---- shapes of rules ---- */

#define FIELD(rule, field_name, field_kind, member)                                                                    \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct rule, member)                                \
    }
#define TEXT(field_name, member)                                                                                       \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_TEXT, .offset = offsetof(struct text_rule, member), .max = TEXT_MAX           \
    }
#define OR_NULL(rule, field_name, field_kind, member, most)                                                            \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct rule, member), .max = most,                  \
        .knows_null = true                                                                                             \
    }
#define LIST(rule, field_name, field_kind, member)                                                                     \
    {                                                                                                                  \
        .name = field_name, .kind = field_kind, .offset = offsetof(struct rule, member), .max = LIST_MAX               \
    }
#define CHOICE(field_name, member, words)                                                                              \
    {                                                                                                                  \
        .name = field_name, .kind = BODY_CHOICE, .offset = offsetof(struct text_rule, member), .choices = words        \
    }
#define LISTS(rule, kind) LIST(rule, "in", kind, in), LIST(rule, "notIn", kind, not_in)

static const struct body_field text_fields[] = {TEXT("eq", eq), TEXT("ne", ne), LISTS(text_rule, BODY_TEXTS)};
static const struct body_field text_or_null_fields[] = {OR_NULL(text_rule, "eq", BODY_TEXT, eq, TEXT_MAX),
                                                        OR_NULL(text_rule, "ne", BODY_TEXT, ne, TEXT_MAX),
                                                        LISTS(text_rule, BODY_TEXTS)};
static const struct body_field pattern_fields[] = {OR_NULL(text_rule, "eq", BODY_TEXT, eq, TEXT_MAX),
                                                   OR_NULL(text_rule, "ne", BODY_TEXT, ne, TEXT_MAX),
                                                   LISTS(text_rule, BODY_TEXTS),
                                                   TEXT("like", like),
                                                   TEXT("notLike", not_like),
                                                   TEXT("startsWith", starts),
                                                   TEXT("endsWith", ends)};
static const struct body_field matches_fields[] = {{.name = "matches",
                                                    .kind = BODY_TEXT,
                                                    .offset = offsetof(struct text_rule, like),
                                                    .is_required = true,
                                                    .max = TEXT_MAX}};
static const struct body_field type_fields[] = {CHOICE("eq", eq, search_types), CHOICE("ne", ne, search_types),
                                                LISTS(text_rule, BODY_TEXTS)};
static const struct body_field visibility_fields[] = {CHOICE("eq", eq, words_visibility),
                                                      CHOICE("ne", ne, words_visibility), LISTS(text_rule, BODY_TEXTS)};
#define COMPARED(kind)                                                                                                 \
    FIELD(number_rule, "lt", kind, lt), FIELD(number_rule, "lte", kind, lte), FIELD(number_rule, "gt", kind, gt),      \
        FIELD(number_rule, "gte", kind, gte)
#define EQUAL(kind) FIELD(number_rule, "eq", kind, eq), FIELD(number_rule, "ne", kind, ne)
#define EQUAL_OR_NULL(kind) OR_NULL(number_rule, "eq", kind, eq, 0), OR_NULL(number_rule, "ne", kind, ne, 0)
static const struct body_field number_fields[] = {EQUAL(BODY_INT), COMPARED(BODY_INT), LISTS(number_rule, BODY_INTS)};
static const struct body_field number_or_null_fields[] = {EQUAL_OR_NULL(BODY_INT), COMPARED(BODY_INT),
                                                          LISTS(number_rule, BODY_INTS)};
static const struct body_field time_fields[] = {EQUAL(BODY_TIME), COMPARED(BODY_TIME)};
static const struct body_field time_or_null_fields[] = {EQUAL_OR_NULL(BODY_TIME), COMPARED(BODY_TIME)};
static const struct body_field flag_fields[] = {
    {.name = "eq", .kind = BODY_BOOL, .offset = offsetof(struct flag_rule, eq), .is_required = true}};
static const struct body_field id_fields[] = {FIELD(id_rule, "eq", BODY_UUID, eq), FIELD(id_rule, "ne", BODY_UUID, ne)};
static const struct body_field id_or_null_fields[] = {OR_NULL(id_rule, "eq", BODY_UUID, eq, 0),
                                                      OR_NULL(id_rule, "ne", BODY_UUID, ne, 0)};
static const struct body_field ids_fields[] = {LIST(ids_rule, "any", BODY_UUIDS, any),
                                               LIST(ids_rule, "all", BODY_UUIDS, all),
                                               LIST(ids_rule, "none", BODY_UUIDS, none)};

#define SHAPE(rule, name) static const struct body_shape name##_shape = BODY_SHAPE(struct rule, name##_fields)
SHAPE(text_rule, text);
SHAPE(text_rule, text_or_null);
SHAPE(text_rule, pattern);
SHAPE(text_rule, matches);
SHAPE(text_rule, type);
SHAPE(text_rule, visibility);
SHAPE(number_rule, number);
SHAPE(number_rule, number_or_null);
SHAPE(number_rule, time);
SHAPE(number_rule, time_or_null);
SHAPE(flag_rule, flag);
SHAPE(id_rule, id);
SHAPE(id_rule, id_or_null);
SHAPE(ids_rule, ids);

/* ---- the whole ---- */

#define AS_FIELD(field_name, member, rule, shape, add, field)                                                          \
    {.name = field_name,                                                                                               \
     .kind = BODY_OBJECT,                                                                                              \
     .offset = offsetof(struct search_rules_branch, member),                                                           \
     .inner = &shape##_shape},
/* The server's files are its own business: which videos it has converted is no property of a photo. */
#define REFUSED                                                                                                        \
    {                                                                                                                  \
        .name = "isEncoded", .kind = BODY_REFUSED                                                                      \
    }
static const struct body_field branch_fields[] = {SEARCH_FIELDS(AS_FIELD) REFUSED};
static const struct body_shape branch_shape = BODY_SHAPE(struct search_rules_branch, branch_fields);
static const struct body_field rules_fields[] = {SEARCH_FIELDS(AS_FIELD) REFUSED,
                                                 {.name = "or",
                                                  .kind = BODY_OBJECTS,
                                                  .offset = offsetof(struct search_rules, any),
                                                  .max = BRANCHES_MAX,
                                                  .inner = &branch_shape}};
G_STATIC_ASSERT(offsetof(struct search_rules, all) == 0); /* the fields of a branch stand in it as they are */
const struct body_shape search_rules_shape = BODY_SHAPE(struct search_rules, rules_fields);
