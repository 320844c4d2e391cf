/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names of entries, no two alike. */
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "zip/zip.h"

enum { NAME_MAX_BYTES = 200 }; /* a number still fits below the 255 of file systems */

struct zip_names {
    GHashTable *next; /* folded name → the number to try when it is wanted again */
};

struct zip_names *zip_names_new(void)
{
    struct zip_names *names = g_new(struct zip_names, 1);
    names->next = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return names;
}

void zip_names_free(struct zip_names *names)
{
    if (!names)
        return;
    g_hash_table_unref(names->next);
    g_free(names);
}

/* What Windows and macOS compare. */
static char *fold(const char *name)
{
    g_autofree char *plain = g_utf8_casefold(name, -1);
    return g_utf8_normalize(plain, -1, G_NORMALIZE_ALL_COMPOSE);
}

static char *numbered(const char *name, unsigned number)
{
    const char *dot = strrchr(name, '.');
    int stem = (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name));
    return g_strdup_printf("%.*s (%u)%s", stem, name, number, name + stem);
}

/* False where it was given away. */
static bool claim(struct zip_names *names, const char *name)
{
    g_autofree char *key = fold(name);
    if (g_hash_table_contains(names->next, key))
        return false;
    return g_hash_table_insert(names->next, g_steal_pointer(&key), GUINT_TO_POINTER(1));
}

char *zip_names_take(struct zip_names *names, const char *wanted)
{
    g_autofree char *name = text_file_name(wanted, NAME_MAX_BYTES);
    if (claim(names, name))
        return g_steal_pointer(&name);
    char *key = fold(name), *candidate = NULL;
    /* From where the last one ended: many of one name are not looked through each time. */
    unsigned number = GPOINTER_TO_UINT(g_hash_table_lookup(names->next, key));
    do {
        g_free(candidate);
        candidate = numbered(name, number++);
    } while (!claim(names, candidate));
    g_hash_table_insert(names->next, key, GUINT_TO_POINTER(number));
    return candidate;
}
