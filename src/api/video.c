/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Playing videos: GET /api/assets/{id}/video/playback answers with bytes that browsers play, by ranges; GET
 * /api/assets/{id}/video says how that stands. Both take the id of a video, of a motion photo's video or of a motion
 * photo. Looking at either asks for a conversion that is missing. */
#include <string.h>

#include "api/asset_files.h"
#include "api/resources.h"
#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "http/http.h"
#include "jobs/jobs.h"
#include "media/playing.h"

/* Of a photo that was found, the video inside of it. */
static bool find_inside(struct call *call, struct asset_file *asset, GError **error)
{
    struct uuid id;
    struct asset_file part;
    GError *problem = NULL;
    DB_READ struct db_conn *conn = db_read_begin(call->api->config.db, error);
    struct viewer viewer = call_viewer(call);
    int64_t owner_id;
    if (!conn || !call_uuid(call, "id", &id, error) ||
        !grants_asset(conn, &viewer, ASSET_MAY_VIEW, &id, &owner_id, error))
        return false;
    if (asset_find_motion_file(conn, owner_id, &id, &part, &problem)) {
        asset_file_clear(asset);
        *asset = part;
        return true;
    }
    if (!err_is(problem, ERR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_error_free(problem);
    return err_set(error, ERR_NOT_FOUND, "This is no video.");
}

static bool find_video(struct call *call, struct asset_file *ret_asset, struct playing *ret_playing, GError **error)
{
    const struct api_config *config = &call->api->config;
    ASSET_FILE_AUTO struct asset_file asset = {0};
    if (!asset_files_find(call, ASSET_MAY_VIEW, &asset, error) ||
        (asset.type != ASSET_VIDEO && !find_inside(call, &asset, error)) ||
        !playing_find(config->db, config->store, asset.id, &asset.blob, ret_playing, error))
        return false;
    g_autoptr(GError) problem = NULL;
    if (!playing_want(config->db, asset.id, ret_playing, &problem))
        log_error("video.want", problem);
    else if (ret_playing->state == PLAYING_WAITING)
        jobs_wake(config->jobs);
    *ret_asset = asset;
    asset = (struct asset_file){0};
    return true;
}

/* ---- how it stands ---- */

/* Without a word from the video job its reason is that of the asset: it could not even be looked at. */
static void write_state(struct json *json, const struct asset_file *asset, const struct playing *playing)
{
    bool is_lost = playing->state == PLAYING_UNKNOWN && asset->media_state == MEDIA_FAILED;
    enum playing_state state = is_lost ? PLAYING_FAILED : playing->state;
    const char *reason = is_lost ? "This video cannot be opened." : playing->reason;
    json_begin_object(json, NULL);
    json_text(json, "state", playing_state_name(state));
    json_int(json, "progress", playing->progress_permille / 10);
    json_text(json, "reason", state == PLAYING_FAILED ? reason : NULL);
    json_text(json, "videoCodec", playing->video_codec);
    json_text(json, "audioCodec", playing->audio_codec);
    json_end(json);
}

bool handle_video_state(struct call *call, GError **error)
{
    ASSET_FILE_AUTO struct asset_file asset = {0};
    PLAYING_AUTO struct playing playing = {0};
    if (!find_video(call, &asset, &playing, error))
        return false;
    GString *text = g_string_new(NULL);
    struct json json = json_to(text);
    write_state(&json, &asset, &playing);
    http_add_header(call->request, "Cache-Control", "no-store");
    http_answer_json(call->request, 200, text);
    return true;
}

/* ---- the bytes ---- */

/* Browsers look at the content, but some ask by the type first; QuickTime, M4V and 3GP are of one family with MP4. */
static const char *playback_type(const char *mime)
{
    static const char *const family[] = {"video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2"};
    for (size_t i = 0; mime && i < G_N_ELEMENTS(family); i++)
        if (strcmp(mime, family[i]) == 0)
            return "video/mp4";
    return NULL;
}

/* The players of phones take more codecs than browsers do: they get the original meanwhile. */
static bool is_browser(const struct call *call)
{
    const char *agent = http_header(call->request, "User-Agent");
    return agent && g_str_has_prefix(agent, "Mozilla/");
}

static bool explain(const struct playing *playing, GError **error)
{
    if (playing->state == PLAYING_FAILED)
        return err_set(error, ERR_UNSUPPORTED, "%s",
                       playing->reason ? playing->reason : "This video cannot be made playable for browsers.");
    if (playing->state == PLAYING_CONVERTING)
        return err_set(error, ERR_CONFLICT, "This video is being prepared for playing: %d %% are done.",
                       (int)(playing->progress_permille / 10));
    return err_set(error, ERR_CONFLICT, "This video is being prepared for playing.");
}

bool handle_video_playback(struct call *call, GError **error)
{
    ASSET_FILE_AUTO struct asset_file asset = {0};
    PLAYING_AUTO struct playing playing = {0};
    if (!find_video(call, &asset, &playing, error))
        return false;
    if (playing.state == PLAYING_CONVERSION)
        return asset_files_answer_made(call, &asset, MEDIA_PLAYBACK, error);
    /* An original tells where and when it was taken. */
    if (call_hides_metadata(call))
        return err_set(error, ERR_FORBIDDEN, "This link hides what a video's file tells, so it cannot be played here");
    bool is_original = playing.state == PLAYING_ORIGINAL || playing.state == PLAYING_UNKNOWN || !is_browser(call);
    return is_original ? asset_files_answer_original(call, &asset, playback_type(asset.mime_type), "inline", error)
                       : explain(&playing, error);
}

const struct operation video_operations[] = {
    {"getVideoState", ANSWERS(200, "VideoState")},
    {"playAssetVideo", ANSWERS_BYTES("video/*")},
    {.name = NULL},
};
