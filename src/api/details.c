/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/details.h"

#include <string.h>

#include "catalog/asset_metadata.h"
#include "catalog/assets.h"

static void write_keywords(struct json *json, const GPtrArray *keywords)
{
    json_begin_array(json, "keywords");
    for (guint i = 0; i < keywords->len; i++)
        json_text(json, NULL, g_ptr_array_index(keywords, i));
    json_end(json);
}

static void write_faces(struct json *json, const GPtrArray *faces)
{
    json_begin_array(json, "faces");
    for (guint i = 0; i < faces->len; i++) {
        const struct asset_face *face = g_ptr_array_index(faces, i);
        json_begin_object(json, NULL);
        json_text(json, "name", face->name);
        json_double(json, "x", face->x);
        json_double(json, "y", face->y);
        json_double(json, "width", face->width);
        json_double(json, "height", face->height);
        json_end(json);
    }
    json_end(json);
}

static void write_burst(struct json *json, const struct asset_metadata *metadata)
{
    if (!metadata->burst_id) {
        json_nil(json, "burst");
        return;
    }
    json_begin_object(json, "burst");
    json_text(json, "id", metadata->burst_id);
    json_int(json, "size", metadata->burst_size);
    json_end(json);
}

/* A side file that came after the last look is not read yet. */
static const char *sidecar_word(const struct asset *asset, const struct asset_metadata *metadata)
{
    static const char *const words[] = {[SIDECAR_READ] = "read", [SIDECAR_UNREADABLE] = "unreadable"};
    if (!asset->has_sidecar)
        return "none";
    return metadata->sidecar == SIDECAR_NONE ? "waiting" : words[metadata->sidecar];
}

bool details_write(struct json *json, struct db_conn *conn, const struct asset *asset, GError **error)
{
    ASSET_METADATA_AUTO struct asset_metadata metadata = {0};
    if (!asset_metadata_find(conn, asset->id, &metadata, error))
        return false;
    bool is_by_hand = strcmp(asset->date_source, DATE_SOURCE_PERSON) == 0 && asset->exif.time_zone;
    json_text(json, "zoneSource", is_by_hand ? ZONE_SOURCE_PERSON : metadata.zone_source);
    write_keywords(json, metadata.keywords);
    write_faces(json, metadata.faces);
    write_burst(json, &metadata);
    if (asset->exif.has_altitude)
        json_double(json, "altitude", asset->exif.altitude_m);
    else
        json_nil(json, "altitude");
    if (metadata.focal_35mm > 0)
        json_int(json, "focalLength35mm", metadata.focal_35mm);
    else
        json_nil(json, "focalLength35mm");
    json_text(json, "sidecar", sidecar_word(asset, &metadata));
    return true;
}
