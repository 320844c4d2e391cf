/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Acknowledgements as text: "Type|change id", where there is more to say "Type|change id|more". The app gives them back
 * as they are. Numbers are written as UUIDs, "complete" is the largest. */
#include <string.h>

#include "api/sync_stream.h"

static const char complete[] = "complete";

static void append_id(GString *text, int64_t change_id)
{
    char id_text[UUID_TEXT_SIZE];
    struct uuid id = change_id_uuid(change_id);
    g_string_append_c(text, '|');
    g_string_append(text, uuid_format(&id, id_text));
}

void sync_ack_format(const struct sync_checkpoint *checkpoint, GString *text)
{
    g_string_append(text, checkpoint->entity);
    append_id(text, checkpoint->change_id);
    if (checkpoint->extra == INT64_MAX)
        g_string_append_printf(text, "|%s", complete);
    else if (checkpoint->extra != 0)
        append_id(text, checkpoint->extra);
}

static bool parse_id(const char *text, int64_t *ret_id)
{
    struct uuid id;
    int64_t change_id = uuid_parse(text, &id) ? change_id_from_uuid(&id) : -1;
    if (change_id >= 0)
        *ret_id = change_id;
    return change_id >= 0;
}

bool sync_ack_parse(const char *text, struct sync_checkpoint *ret_checkpoint, char ***ret_parts)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", 4);
    guint n = g_strv_length(parts);
    struct sync_checkpoint checkpoint = {.entity = parts[0]};
    if (n < 2 || n > 3 || !sync_is_entity(parts[0]) || !parse_id(parts[1], &checkpoint.change_id))
        return false;
    if (n == 3 && strcmp(parts[2], complete) == 0)
        checkpoint.extra = INT64_MAX;
    else if (n == 3 && !parse_id(parts[2], &checkpoint.extra))
        return false;
    *ret_checkpoint = checkpoint;
    *ret_parts = g_steal_pointer(&parts);
    return true;
}
