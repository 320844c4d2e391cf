/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The steps of a sync stream: what is read in which order, and written as which lines. */
#include <string.h>

#include "api/dto.h"
#include "api/dto_sync.h"
#include "api/preferences.h"
#include "api/sync_stream.h"
#include "api/words.h"
#include "catalog/albums.h"

/* ---- lines ---- */

static void write_user_fields(struct json *json, const struct sync_user *user)
{
    dto_uuid(json, "id", &user->uuid);
    json_text(json, "name", user->name);
    json_text(json, "email", user->email);
    json_text(json, "avatarColor", user->avatar_color);
    json_bool(json, "hasProfileImage", user->has_profile_image);
    json_time(json, "profileChangedAt", user->profile_changed_us);
    dto_time_or_null(json, "deletedAt", user->is_removed, user->removed_us);
}

static void write_user(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    struct json json = line_begin(stream, step->entity, user.change_id);
    write_user_fields(&json, &user);
    line_end(&json);
}

static void write_own_user(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    struct json json = line_begin(stream, step->entity, user.change_id);
    write_user_fields(&json, &user);
    json_bool(&json, "isAdmin", user.is_admin);
    json_text(&json, "oauthId", "");
    json_nil(&json, "pinCode");
    json_text(&json, "storageLabel", user.storage_label);
    if (user.quota_bytes >= 0)
        json_int(&json, "quotaSizeInBytes", user.quota_bytes);
    else
        json_nil(&json, "quotaSizeInBytes");
    json_int(&json, "quotaUsageInBytes", user.usage_bytes);
    line_end(&json);
}

/* Two keys of one row, so two lines with one change id. */
static void write_user_metadata(struct stream *stream, const struct step *step)
{
    struct sync_user user;
    sync_read_user(stream->rows, &user);
    g_autoptr(GString) preferences = g_string_new(NULL);
    struct json inner = json_to(preferences);
    preferences_write(&inner, user.preferences);
    const char *onboarding = user.is_onboarded ? "{\"isOnboarded\":true}" : "{\"isOnboarded\":false}";
    const char *const values[][2] = {{"preferences", preferences->str}, {"onboarding", onboarding}};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        struct json json = line_begin(stream, step->entity, user.change_id);
        dto_uuid(&json, "userId", &user.uuid);
        json_text(&json, "key", values[i][0]);
        json_raw(&json, "value", values[i][1]);
        line_end(&json);
    }
}

static void write_gone(struct stream *stream, const struct step *step, const char *key)
{
    struct sync_gone gone;
    sync_read_gone(stream->rows, &gone);
    struct json json = line_begin(stream, step->entity, gone.change_id);
    dto_uuid(&json, key, &gone.uuid);
    line_end(&json);
}

static void write_gone_user(struct stream *stream, const struct step *step)
{
    write_gone(stream, step, "userId");
}

static void write_gone_asset(struct stream *stream, const struct step *step)
{
    write_gone(stream, step, "assetId");
}

static void write_gone_album(struct stream *stream, const struct step *step)
{
    write_gone(stream, step, "albumId");
}

static void write_link(struct stream *stream, const struct step *step, const char *one, const char *other)
{
    struct sync_link link;
    sync_read_link(stream->rows, &link);
    struct json json = line_begin(stream, step->entity, link.change_id);
    dto_uuid(&json, one, &link.one);
    dto_uuid(&json, other, &link.other);
    line_end(&json);
}

static void write_gone_partner(struct stream *stream, const struct step *step)
{
    write_link(stream, step, "sharedById", "sharedWithId");
}

static void write_partner(struct stream *stream, const struct step *step)
{
    struct sync_link link;
    sync_read_link(stream->rows, &link);
    struct json json = line_begin(stream, step->entity, link.change_id);
    dto_uuid(&json, "sharedById", &link.one);
    dto_uuid(&json, "sharedWithId", &link.other);
    json_bool(&json, "inTimeline", link.number);
    line_end(&json);
}

static void write_gone_album_user(struct stream *stream, const struct step *step)
{
    write_link(stream, step, "albumId", "userId");
}

static void write_album_user(struct stream *stream, const struct step *step)
{
    struct sync_link link;
    sync_read_link(stream->rows, &link);
    struct json json = line_begin(stream, step->entity, link.change_id);
    dto_uuid(&json, "albumId", &link.one);
    dto_uuid(&json, "userId", &link.other);
    json_text(&json, "role", album_role_name((enum album_role)link.number));
    line_end(&json);
}

static void write_album_asset(struct stream *stream, const struct step *step)
{
    write_link(stream, step, "albumId", "assetId");
}

static void write_asset(struct stream *stream, const struct step *step)
{
    struct sync_asset asset;
    sync_read_asset(stream->rows, &asset);
    struct json json = line_begin(stream, step->entity, asset.change_id);
    dto_sync_asset_fields(&json, &asset, asset.has_owner ? &asset.owner : &stream->user);
    line_end(&json);
}

static void write_exif(struct stream *stream, const struct step *step)
{
    struct sync_exif row;
    sync_read_exif(stream->rows, &row);
    struct json json = line_begin(stream, step->entity, row.change_id);
    dto_sync_exif_fields(&json, &row);
    line_end(&json);
}

static void write_album(struct stream *stream, const struct step *step)
{
    struct sync_album album;
    sync_read_album(stream->rows, &album);
    struct json json = line_begin(stream, step->entity, album.change_id);
    dto_uuid(&json, "id", &album.uuid);
    json_text(&json, "name", album.name);
    json_text(&json, "description", album.description);
    json_time(&json, "createdAt", album.created_us);
    json_time(&json, "updatedAt", album.updated_us);
    dto_uuid_or_null(&json, "thumbnailAssetId", album.has_thumbnail ? &album.thumbnail : NULL);
    json_bool(&json, "isActivityEnabled", album.is_activity_enabled);
    json_text(&json, "order", album.is_ascending ? "asc" : "desc");
    line_end(&json);
}

static void write_gone_stack(struct stream *stream, const struct step *step)
{
    write_gone(stream, step, "stackId");
}

static void write_stack(struct stream *stream, const struct step *step)
{
    struct sync_stack stack;
    sync_read_stack(stream->rows, &stack);
    struct json json = line_begin(stream, step->entity, stack.change_id);
    dto_uuid(&json, "id", &stack.uuid);
    dto_uuid(&json, "ownerId", &stack.owner);
    dto_uuid(&json, "primaryAssetId", &stack.primary);
    json_time(&json, "createdAt", stack.created_us);
    json_time(&json, "updatedAt", stack.updated_us);
    line_end(&json);
}

static void write_gone_memory(struct stream *stream, const struct step *step)
{
    write_gone(stream, step, "memoryId");
}

static void write_memory(struct stream *stream, const struct step *step)
{
    struct sync_memory memory;
    sync_read_memory(stream->rows, &memory);
    struct json json = line_begin(stream, step->entity, memory.change_id);
    dto_uuid(&json, "id", &memory.uuid);
    dto_uuid(&json, "ownerId", &stream->user);
    json_text(&json, "type", "on_this_day");
    json_begin_object(&json, "data");
    json_int(&json, "year", memory.year);
    json_end(&json);
    json_bool(&json, "isSaved", memory.is_saved);
    json_time(&json, "memoryAt", memory.memory_at_us);
    dto_time_or_null(&json, "seenAt", memory.seen_at_us, memory.seen_at_us);
    dto_time_or_null(&json, "showAt", memory.show_at_us, memory.show_at_us);
    dto_time_or_null(&json, "hideAt", memory.hide_at_us, memory.hide_at_us);
    json_time(&json, "createdAt", memory.created_us);
    json_time(&json, "updatedAt", memory.updated_us);
    dto_time_or_null(&json, "deletedAt", memory.deleted_us, memory.deleted_us);
    line_end(&json);
}

static void write_memory_asset(struct stream *stream, const struct step *step)
{
    write_link(stream, step, "memoryId", "assetId");
}

static void write_app_data(struct stream *stream, const struct step *step)
{
    struct sync_app_data data;
    sync_read_app_data(stream->rows, &data);
    struct json json = line_begin(stream, step->entity, data.change_id);
    dto_uuid(&json, "assetId", &data.asset);
    json_text(&json, "key", data.key);
    if (data.value)
        json_raw(&json, "value", data.value);
    line_end(&json);
}

/* ---- the steps ---- */

/* In the order that the keys of the app's database ask for; of each kind the deletes first, so that bytes which were
 * deleted and uploaded again do not stand twice for a moment. */
#define ROWS(request, entity, part, write)                                                                             \
    {                                                                                                                  \
        SYNC_ASKS_##request, STEP_ROWS, entity, part, write, NULL, SYNC_BY_NOTHING, NULL                               \
    }
#define UNORDERED(request, entity, part, write)                                                                        \
    {                                                                                                                  \
        SYNC_ASKS_##request, STEP_UNORDERED, entity, part, write, NULL, SYNC_BY_NOTHING, NULL                          \
    }
#define BACKFILL(request, entity, part, write, main, by)                                                               \
    {                                                                                                                  \
        SYNC_ASKS_##request, STEP_BACKFILL, entity, part, write, main, by, NULL                                        \
    }
#define CHANGED(request, entity, part, write, main)                                                                    \
    {                                                                                                                  \
        SYNC_ASKS_##request, STEP_CHANGED, entity, part, write, main, SYNC_BY_NOTHING, NULL                            \
    }
#define GRANTED(request, entity, part, write, by, stands_for)                                                          \
    {                                                                                                                  \
        SYNC_ASKS_##request, STEP_ROWS, entity, part, write, NULL, by, stands_for                                      \
    }
const struct step sync_steps[] = {
    ROWS(AUTH_USERS, "AuthUserV1", SYNC_OWN_USER, write_own_user),
    ROWS(USERS, "UserDeleteV1", SYNC_GONE_USERS, write_gone_user),
    ROWS(USERS, "UserV1", SYNC_USERS, write_user),
    ROWS(PARTNERS, "PartnerDeleteV1", SYNC_GONE_PARTNERS, write_gone_partner),
    ROWS(PARTNERS, "PartnerV1", SYNC_PARTNERS, write_partner),
    ROWS(ASSETS, "AssetDeleteV1", SYNC_GONE_ASSETS, write_gone_asset),
    ROWS(ASSETS, "AssetV2", SYNC_ASSETS, write_asset),
    ROWS(STACKS, "StackDeleteV1", SYNC_GONE_STACKS, write_gone_stack),
    ROWS(STACKS, "StackV1", SYNC_STACKS, write_stack),
    UNORDERED(PARTNER_ASSETS, "PartnerAssetDeleteV1", SYNC_LOST_DELETED, write_gone_asset),
    UNORDERED(PARTNER_ASSETS, "PartnerAssetDeleteV1", SYNC_LOST_HIDDEN, write_gone_asset),
    UNORDERED(PARTNER_ASSETS, "PartnerAssetDeleteV1", SYNC_LOST_PARTNERS, write_gone_asset),
    UNORDERED(PARTNER_ASSETS, "PartnerAssetDeleteV1", SYNC_LOST_ALBUMS, write_gone_asset),
    UNORDERED(PARTNER_ASSETS, "PartnerAssetDeleteV1", SYNC_LOST_LINKS, write_gone_asset),
    BACKFILL(PARTNER_ASSETS, "PartnerAssetBackfillV2", SYNC_PARTNER_ASSETS_BEFORE, write_asset, "PartnerAssetV2",
             SYNC_BY_PARTNERS),
    GRANTED(PARTNER_ASSETS, "PartnerAssetV2", SYNC_PARTNER_ASSETS, write_asset, SYNC_BY_PARTNERS, NULL),
    UNORDERED(PARTNER_STACKS, "PartnerStackDeleteV1", SYNC_LOST_STACKS, write_gone_stack),
    BACKFILL(PARTNER_STACKS, "PartnerStackBackfillV1", SYNC_PARTNER_STACKS_BEFORE, write_stack, "PartnerStackV1",
             SYNC_BY_PARTNERS),
    GRANTED(PARTNER_STACKS, "PartnerStackV1", SYNC_PARTNER_STACKS, write_stack, SYNC_BY_PARTNERS, NULL),
    BACKFILL(ALBUM_ASSETS, "AlbumAssetBackfillV2", SYNC_ALBUM_ASSETS_BEFORE, write_asset, "AlbumAssetCreateV2",
             SYNC_BY_ALBUMS),
    UNORDERED(ALBUM_ASSETS, "AlbumAssetUpdateV2", SYNC_ALBUM_ASSETS_TURNED, write_asset),
    CHANGED(ALBUM_ASSETS, "AlbumAssetUpdateV2", SYNC_ALBUM_ASSETS_CHANGED, write_asset, "AlbumAssetCreateV2"),
    GRANTED(ALBUM_ASSETS, "AlbumAssetCreateV2", SYNC_ALBUM_ASSETS_NEW, write_asset, SYNC_BY_ALBUMS,
            "AlbumAssetUpdateV2"),
    ROWS(ALBUMS, "AlbumDeleteV1", SYNC_GONE_ALBUMS, write_gone_album),
    ROWS(ALBUMS, "AlbumV2", SYNC_ALBUMS, write_album),
    ROWS(ALBUM_USERS, "AlbumUserDeleteV1", SYNC_GONE_ALBUM_USERS, write_gone_album_user),
    BACKFILL(ALBUM_USERS, "AlbumUserBackfillV1", SYNC_ALBUM_USERS_BEFORE, write_album_user, "AlbumUserV1",
             SYNC_BY_ALBUMS),
    GRANTED(ALBUM_USERS, "AlbumUserV1", SYNC_ALBUM_USERS, write_album_user, SYNC_BY_ALBUMS, NULL),
    ROWS(ALBUM_TO_ASSETS, "AlbumToAssetDeleteV1", SYNC_GONE_LINKS, write_album_asset),
    BACKFILL(ALBUM_TO_ASSETS, "AlbumToAssetBackfillV1", SYNC_LINKS_BEFORE, write_album_asset, "AlbumToAssetV1",
             SYNC_BY_ALBUMS),
    GRANTED(ALBUM_TO_ASSETS, "AlbumToAssetV1", SYNC_LINKS, write_album_asset, SYNC_BY_ALBUMS, NULL),
    ROWS(EXIF, "AssetExifV1", SYNC_EXIF, write_exif),
    BACKFILL(ALBUM_EXIF, "AlbumAssetExifBackfillV1", SYNC_ALBUM_EXIF_BEFORE, write_exif, "AlbumAssetExifCreateV1",
             SYNC_BY_ALBUMS),
    CHANGED(ALBUM_EXIF, "AlbumAssetExifUpdateV1", SYNC_ALBUM_EXIF_CHANGED, write_exif, "AlbumAssetExifCreateV1"),
    GRANTED(ALBUM_EXIF, "AlbumAssetExifCreateV1", SYNC_ALBUM_EXIF_NEW, write_exif, SYNC_BY_ALBUMS,
            "AlbumAssetExifUpdateV1"),
    BACKFILL(PARTNER_EXIF, "PartnerAssetExifBackfillV1", SYNC_PARTNER_EXIF_BEFORE, write_exif, "PartnerAssetExifV1",
             SYNC_BY_PARTNERS),
    GRANTED(PARTNER_EXIF, "PartnerAssetExifV1", SYNC_PARTNER_EXIF, write_exif, SYNC_BY_PARTNERS, NULL),
    ROWS(MEMORIES, "MemoryDeleteV1", SYNC_GONE_MEMORIES, write_gone_memory),
    ROWS(MEMORIES, "MemoryV1", SYNC_MEMORIES, write_memory),
    ROWS(MEMORY_TO_ASSETS, "MemoryToAssetDeleteV1", SYNC_GONE_MEMORY_ASSETS, write_memory_asset),
    ROWS(MEMORY_TO_ASSETS, "MemoryToAssetV1", SYNC_MEMORY_ASSETS, write_memory_asset),
    ROWS(USER_METADATA, "UserMetadataV1", SYNC_OWN_USER, write_user_metadata),
    ROWS(ASSET_METADATA, "AssetMetadataDeleteV1", SYNC_GONE_APP_DATA, write_app_data),
    ROWS(ASSET_METADATA, "AssetMetadataV1", SYNC_APP_DATA, write_app_data),
};
const size_t sync_n_steps = G_N_ELEMENTS(sync_steps);
G_STATIC_ASSERT(G_N_ELEMENTS(sync_steps) <= SYNC_MAX_STEPS);

static const struct {
    const char *name;
    enum sync_request request;
} requests[] = {
    {"AuthUsersV1", SYNC_ASKS_AUTH_USERS},
    {"UsersV1", SYNC_ASKS_USERS},
    {"PartnersV1", SYNC_ASKS_PARTNERS},
    {"AssetsV2", SYNC_ASKS_ASSETS},
    {"StacksV1", SYNC_ASKS_STACKS},
    {"PartnerAssetsV2", SYNC_ASKS_PARTNER_ASSETS},
    {"PartnerStacksV1", SYNC_ASKS_PARTNER_STACKS},
    {"AlbumAssetsV2", SYNC_ASKS_ALBUM_ASSETS},
    {"AlbumsV2", SYNC_ASKS_ALBUMS},
    {"AlbumUsersV1", SYNC_ASKS_ALBUM_USERS},
    {"AlbumToAssetsV1", SYNC_ASKS_ALBUM_TO_ASSETS},
    {"AssetExifsV1", SYNC_ASKS_EXIF},
    {"AlbumAssetExifsV1", SYNC_ASKS_ALBUM_EXIF},
    {"PartnerAssetExifsV1", SYNC_ASKS_PARTNER_EXIF},
    {"MemoriesV1", SYNC_ASKS_MEMORIES},
    {"MemoryToAssetsV1", SYNC_ASKS_MEMORY_TO_ASSETS},
    {"UserMetadataV1", SYNC_ASKS_USER_METADATA},
    {"AssetMetadataV1", SYNC_ASKS_ASSET_METADATA},
};

int64_t sync_requests(const char *const *types)
{
    int64_t bits = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        if (word_is_one_of(requests[i].name, types))
            bits |= INT64_C(1) << requests[i].request;
    return bits;
}

bool sync_is_entity(const char *name)
{
    for (size_t i = 0; i < sync_n_steps; i++)
        if (strcmp(sync_steps[i].entity, name) == 0)
            return true;
    return strcmp(name, SYNC_COMPLETE) == 0;
}
