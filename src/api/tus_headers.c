/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/tus_headers.h"

#include <string.h>

#include "api/words.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

bool tus_count(const char *header, const char *value, int64_t *ret_bytes, GError **error)
{
    if (!value)
        return err_set(error, ERR_INVALID, "The header %s is missing.", header);
    guint64 count;
    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &count, NULL))
        return err_set(error, ERR_INVALID, "The header %s must be a count of bytes.", header);
    *ret_bytes = (int64_t)count;
    return true;
}

bool tus_checksum_parse(const char *value, struct tus_checksum *ret_checksum, GError **error)
{
    static const char sha1[] = "sha1 ", sha256[] = "sha256 ";
    struct tus_checksum checksum = {0};
    bool is_valid;
    if (g_str_has_prefix(value, sha1)) {
        is_valid = base64_decode_exact(value + strlen(sha1), checksum.bytes, SHA1_SIZE);
    } else if (g_str_has_prefix(value, sha256)) {
        checksum.is_sha256 = true;
        is_valid = base64_decode_exact(value + strlen(sha256), checksum.bytes, SHA256_SIZE);
    } else {
        return err_set(error, ERR_UNSUPPORTED, "Upload-Checksum: this server takes sha1 and sha256.");
    }
    if (!is_valid)
        return err_set(error, ERR_INVALID, "Upload-Checksum: the value is not the base64 of such a checksum.");
    *ret_checksum = checksum;
    return true;
}

/* ---- Upload-Metadata ---- */

void tus_metadata_clear(struct tus_metadata *metadata)
{
    g_free(metadata->file_name);
    g_free(metadata->visibility);
    g_free(metadata->item_key);
    g_free(metadata->original_sha1);
    g_free(metadata->original_size);
    g_free(metadata->quality_note);
    *metadata = (struct tus_metadata){0};
}

static bool take_file_name(struct tus_metadata *metadata, const char *text)
{
    metadata->file_name = g_strdup(text);
    return *text != 0;
}

static bool take_created(struct tus_metadata *metadata, const char *text)
{
    return metadata->has_created = iso_parse(text, &metadata->created_us);
}

static bool take_modified(struct tus_metadata *metadata, const char *text)
{
    return metadata->has_modified = iso_parse(text, &metadata->modified_us);
}

static bool take_favorite(struct tus_metadata *metadata, const char *text)
{
    return word_bool(text, &metadata->is_favorite);
}

static bool take_visibility(struct tus_metadata *metadata, const char *text)
{
    metadata->visibility = g_strdup(text);
    return word_is_visibility(text);
}

static bool take_live_photo_video(struct tus_metadata *metadata, const char *text)
{
    return metadata->has_live_photo_video = uuid_parse_v4(text, &metadata->live_photo_video);
}

static bool take_checksum(struct tus_metadata *metadata, const char *text)
{
    return metadata->has_checksum = hash_decode(text, metadata->sha1, SHA1_SIZE);
}

static bool take_device(struct tus_metadata *metadata, const char *text)
{
    return metadata->has_device = uuid_parse_v4(text, &metadata->device);
}

static bool take_item_key(struct tus_metadata *metadata, const char *text)
{
    metadata->item_key = g_strdup(text);
    return *text != 0;
}

static bool take_original_sha1(struct tus_metadata *metadata, const char *text)
{
    metadata->original_sha1 = g_strdup(text);
    return *text != 0;
}

static bool take_original_size(struct tus_metadata *metadata, const char *text)
{
    metadata->original_size = g_strdup(text);
    return *text != 0;
}

static bool take_quality_note(struct tus_metadata *metadata, const char *text)
{
    metadata->quality_note = g_strdup(text);
    return *text != 0;
}

static const struct metadata_key {
    const char *name;
    bool (*take)(struct tus_metadata *metadata, const char *text);
} keys[] = {
    {"filename", take_file_name},         {"fileCreatedAt", take_created},
    {"fileModifiedAt", take_modified},    {"isFavorite", take_favorite},
    {"visibility", take_visibility},      {"livePhotoVideoId", take_live_photo_video},
    {"checksum", take_checksum},          {"deviceId", take_device},
    {"itemKey", take_item_key},           {"originalChecksum", take_original_sha1},
    {"originalSize", take_original_size}, {"qualityNote", take_quality_note},
};

/* g_base64_decode() skips what is not base64; the header must hold nothing else. */
static char *decode_text(const char *base64)
{
    if (strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != strlen(base64))
        return NULL;
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(base64, &size);
    if (size > TUS_TEXT_MAX_BYTES)
        return NULL;
    return text_utf8((const char *)bytes, size);
}

static bool take_pair(struct tus_metadata *metadata, char *pair, unsigned *seen, GError **error)
{
    char *space = strchr(pair, ' ');
    if (space)
        *space = 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].name, pair) != 0)
            continue;
        if (*seen & (1u << i))
            return err_set(error, ERR_INVALID, "Upload-Metadata: %s stands twice.", pair);
        *seen |= 1u << i;
        g_autofree char *text = decode_text(space ? space + 1 : "");
        if (!text || !keys[i].take(metadata, text))
            return err_set(error, ERR_INVALID, "Upload-Metadata: the value of %s makes no sense.", keys[i].name);
        return true;
    }
    return true;
}

bool tus_metadata_parse(const char *value, struct tus_metadata *ret_metadata, GError **error)
{
    if (value && strlen(value) > TUS_METADATA_MAX_BYTES)
        return err_set(error, ERR_LIMIT, "Upload-Metadata must have at most %d bytes.", TUS_METADATA_MAX_BYTES);
    struct tus_metadata metadata = {0};
    unsigned seen = 0;
    g_auto(GStrv) pairs = g_strsplit(value ? value : "", ",", -1);
    bool is_valid = true;
    for (char **pair = pairs; is_valid && *pair; pair++)
        is_valid = take_pair(&metadata, g_strstrip(*pair), &seen, error);
    if (is_valid && !metadata.file_name)
        is_valid = err_set(error, ERR_INVALID, "Upload-Metadata: filename is missing.");
    if (is_valid)
        *ret_metadata = metadata;
    else
        tus_metadata_clear(&metadata);
    return is_valid;
}

/* ---- Upload-Expires ---- */

char *tus_date(int64_t us, char ret_text[TUS_DATE_SIZE])
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(CLAMP(us / 1000000, 0, INT64_C(253402300799)));
    g_snprintf(ret_text, TUS_DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT",
               days[g_date_time_get_day_of_week(date) - 1], g_date_time_get_day_of_month(date),
               months[g_date_time_get_month(date) - 1], g_date_time_get_year(date), g_date_time_get_hour(date),
               g_date_time_get_minute(date), g_date_time_get_second(date));
    return ret_text;
}
