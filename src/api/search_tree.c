/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/search_rules.h"
#include "api/words.h"
#include "base/error.h"
#include "catalog/assets.h"

/* ---- conditions ---- */

/* What a branch becomes, in the tree that owns it. */
struct making {
    struct call *call;
    struct search_tree *tree;
    GArray *conditions;
    bool is_wrong; /* a validation error was noted in @error */
    GError **error;
};

static struct db_value *own_values(struct making *making, size_t n)
{
    struct db_value *values = g_new0(struct db_value, n + 1);
    g_ptr_array_add(making->tree->owned, values);
    return values;
}

static void add(struct making *making, enum search_field field, enum search_op op, const struct db_value *values,
                size_t n)
{
    const struct search_condition condition = {field, op, values, n};
    g_array_append_val(making->conditions, condition);
}

static void add_one(struct making *making, enum search_field field, enum search_op op, struct db_value value)
{
    struct db_value *values = own_values(making, 1);
    values[0] = value;
    add(making, field, op, values, 1);
}

static void add_one_text(struct making *making, enum search_field field, enum search_op op, const char *text)
{
    if (text == body_null)
        add(making, field, op == SEARCH_EQ ? SEARCH_IS_NULL : SEARCH_NOT_NULL, NULL, 0);
    else if (text)
        add_one(making, field, op, (struct db_value){.kind = DB_TEXT, .bytes = text});
}

static void add_texts(struct making *making, enum search_field field, enum search_op op, const struct body_list *list)
{
    const char *const *texts = list->items;
    struct db_value *values = own_values(making, list->n);
    for (size_t i = 0; i < list->n; i++)
        values[i] = (struct db_value){.kind = DB_TEXT, .bytes = texts[i]};
    if (list->is_set)
        add(making, field, op, values, list->n);
}

static void add_text(struct making *making, const struct text_rule *rule, enum search_field field)
{
    add_one_text(making, field, SEARCH_EQ, rule->eq);
    add_one_text(making, field, SEARCH_NE, rule->ne);
    add_one_text(making, field, SEARCH_HAS, rule->like);
    add_one_text(making, field, SEARCH_LACKS, rule->not_like);
    add_one_text(making, field, SEARCH_STARTS, rule->starts);
    add_one_text(making, field, SEARCH_ENDS, rule->ends);
    add_texts(making, field, SEARCH_AMONG, &rule->in);
    add_texts(making, field, SEARCH_NOT_AMONG, &rule->not_in);
}

static void add_one_number(struct making *making, enum search_field field, enum search_op op,
                           const struct body_int *number)
{
    if (number->is_null)
        add(making, field, op == SEARCH_EQ ? SEARCH_IS_NULL : SEARCH_NOT_NULL, NULL, 0);
    else if (number->is_set)
        add_one(making, field, op, (struct db_value){.kind = DB_INT, .number = number->value});
    making->tree->names_trash |= field == SEARCH_TRASHED && (number->is_set || number->is_null);
}

static void add_numbers(struct making *making, enum search_field field, enum search_op op, const struct body_list *list)
{
    const int64_t *numbers = list->items;
    struct db_value *values = own_values(making, list->n);
    for (size_t i = 0; i < list->n; i++)
        values[i] = (struct db_value){.kind = DB_INT, .number = numbers[i]};
    if (list->is_set)
        add(making, field, op, values, list->n);
}

static void add_number(struct making *making, const struct number_rule *rule, enum search_field field)
{
    add_one_number(making, field, SEARCH_EQ, &rule->eq);
    add_one_number(making, field, SEARCH_NE, &rule->ne);
    add_one_number(making, field, SEARCH_LT, &rule->lt);
    add_one_number(making, field, SEARCH_LE, &rule->lte);
    add_one_number(making, field, SEARCH_GT, &rule->gt);
    add_one_number(making, field, SEARCH_GE, &rule->gte);
    add_numbers(making, field, SEARCH_AMONG, &rule->in);
    add_numbers(making, field, SEARCH_NOT_AMONG, &rule->not_in);
}

static void add_flag(struct making *making, const struct flag_rule *rule, enum search_field field)
{
    if (rule->eq.is_set)
        add_one(making, field, SEARCH_EQ, (struct db_value){.kind = DB_INT, .number = rule->eq.value});
}

static void add_one_id(struct making *making, enum search_field field, enum search_op op, const struct body_uuid *id)
{
    if (id->is_null)
        add(making, field, op == SEARCH_EQ ? SEARCH_IS_NULL : SEARCH_NOT_NULL, NULL, 0);
    else if (id->is_set)
        add_one(making, field, op,
                (struct db_value){.kind = DB_BLOB, .bytes = id->value.bytes, .size = sizeof id->value.bytes});
}

static void add_id(struct making *making, const struct id_rule *rule, enum search_field field)
{
    add_one_id(making, field, SEARCH_EQ, &rule->eq);
    add_one_id(making, field, SEARCH_NE, &rule->ne);
}

static void add_set(struct making *making, enum search_field field, enum search_op op, const struct body_list *list)
{
    const struct uuid *ids = list->items;
    struct db_value *values = own_values(making, list->n);
    for (size_t i = 0; i < list->n; i++)
        values[i] = (struct db_value){.kind = DB_BLOB, .bytes = ids[i].bytes, .size = sizeof ids[i].bytes};
    if (list->is_set)
        add(making, field, op, values, list->n);
}

static void add_ids(struct making *making, const struct ids_rule *rule, enum search_field field)
{
    add_set(making, field, SEARCH_ANY, &rule->any);
    add_set(making, field, SEARCH_ALL, &rule->all);
    add_set(making, field, SEARCH_NONE, &rule->none);
}

/* ---- values that are words for something else ---- */

static void complain(struct making *making, const char *path, const char *what)
{
    if (!making->is_wrong)
        call_problem(making->call, making->error, path, "%s", what);
    making->is_wrong = true;
}

/* Reads @word into @ret_value; what makes no sense is noted. */
typedef void read_word(struct making *making, const char *word, struct db_value *ret_value);

static void read_type(struct making *making, const char *word, struct db_value *ret_value)
{
    *ret_value = (struct db_value){.kind = DB_INT};
    while (search_types[ret_value->number] && !g_str_equal(search_types[ret_value->number], word))
        ret_value->number++;
    if (!search_types[ret_value->number])
        complain(making, "filter.type", "must be types of assets");
}

static void read_visibility(struct making *making, const char *word, struct db_value *ret_value)
{
    enum asset_visibility visibility = ASSET_TIMELINE;
    if (!asset_visibility_parse(word, &visibility))
        complain(making, "filter.visibility", "must be visibilities");
    making->tree->names_locked |= visibility == ASSET_LOCKED;
    *ret_value = (struct db_value){.kind = DB_INT, .number = visibility};
}

static void read_checksum(struct making *making, const char *word, struct db_value *ret_value)
{
    uint8_t *sha1 = g_malloc0(SHA1_SIZE);
    g_ptr_array_add(making->tree->owned, sha1);
    if (!hash_decode(word, sha1, SHA1_SIZE))
        complain(making, "filter.checksum", "must be a SHA-1 in hex or base64");
    *ret_value = (struct db_value){.kind = DB_BLOB, .bytes = sha1, .size = SHA1_SIZE};
}

static void add_read(struct making *making, const struct text_rule *rule, enum search_field field, read_word *read)
{
    const char *const words[] = {rule->eq, rule->ne};
    const struct body_list *const lists[] = {&rule->in, &rule->not_in};
    for (size_t i = 0; i < 2; i++) {
        struct db_value value;
        if (words[i])
            read(making, words[i], &value);
        if (words[i])
            add_one(making, field, i == 0 ? SEARCH_EQ : SEARCH_NE, value);
        const char *const *items = lists[i]->items;
        struct db_value *values = own_values(making, lists[i]->n);
        for (size_t k = 0; k < lists[i]->n; k++)
            read(making, items[k], &values[k]);
        if (lists[i]->is_set)
            add(making, field, i == 0 ? SEARCH_AMONG : SEARCH_NOT_AMONG, values, lists[i]->n);
    }
}

static void add_type(struct making *making, const struct text_rule *rule, enum search_field field)
{
    add_read(making, rule, field, read_type);
}

static void add_visibility(struct making *making, const struct text_rule *rule, enum search_field field)
{
    making->tree->names_visibility |= rule->eq || rule->ne || rule->in.is_set || rule->not_in.is_set;
    add_read(making, rule, field, read_visibility);
}

static void add_checksum(struct making *making, const struct text_rule *rule, enum search_field field)
{
    add_read(making, rule, field, read_checksum);
}

/* ---- the whole ---- */

#define AS_CALL(name, member, rule, shape, add, field) add(making, &branch->member, field);
static void add_branch(struct making *making, const struct search_rules_branch *branch)
{
    SEARCH_FIELDS(AS_CALL)
}

static void free_conditions(void *array)
{
    g_array_unref(array);
}

bool search_rules_read(struct call *call, const struct search_rules *rules, struct search_tree *ret_tree,
                       GError **error)
{
    struct search_tree *tree = ret_tree;
    *tree = (struct search_tree){
        .owned = g_ptr_array_new_with_free_func(g_free),
        .lists = g_ptr_array_new_with_free_func(free_conditions),
        .all = g_array_new(FALSE, FALSE, sizeof(struct search_condition)),
        .branches = g_array_new(FALSE, FALSE, sizeof(struct search_branch)),
    };
    struct making making = {.call = call, .tree = tree, .conditions = tree->all, .error = error};
    add_branch(&making, &rules->all);
    const struct search_rules_branch *any = rules->any.items;
    for (size_t i = 0; i < rules->any.n; i++) {
        making.conditions = g_array_new(FALSE, FALSE, sizeof(struct search_condition));
        g_ptr_array_add(tree->lists, making.conditions);
        add_branch(&making, &any[i]);
        const struct search_branch branch = {(const void *)making.conditions->data, making.conditions->len};
        g_array_append_val(tree->branches, branch);
    }
    return !making.is_wrong;
}

void search_tree_add_unknown(struct search_tree *tree, enum search_field field)
{
    const struct search_condition condition = {field, SEARCH_IS_NULL, NULL, 0};
    g_array_append_val(tree->all, condition);
}

void search_tree_clear(struct search_tree *tree)
{
    g_clear_pointer(&tree->owned, g_ptr_array_unref);
    g_clear_pointer(&tree->lists, g_ptr_array_unref);
    g_clear_pointer(&tree->all, g_array_unref);
    g_clear_pointer(&tree->branches, g_array_unref);
}
