/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live events: what phones and pages that are connected (socket_io.c) should learn at once. Whoever changes something
 * tells it here, after the commit; where nobody of the account is connected that costs next to nothing. An event is a
 * hint: who misses one learns of the change at the next sync, so none is kept.
 *
 * The names of the events and what they carry are the Immich API's:
 *   on_upload_success AssetResponseDto, AssetUploadReadyV2 {asset, exif}, on_asset_update AssetResponseDto,
 *   on_asset_delete id, on_asset_trash [id], on_asset_restore [id], on_asset_hidden id, on_album_update id,
 *   on_user_delete id, on_session_delete id.
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"

struct access;
struct db;
struct events;
struct event_member;
struct websocket;

enum { EVENTS_MAX_MEMBERS = 100 /* connections of one account */ };

/** What an API key needs to listen: it would see all that goes on in the account. */
#define EVENTS_PERMISSION "all"

/** @session_idle_us: after how much disuse a session ends. @db must outlive it. */
struct events *events_new(struct db *db, int64_t session_idle_us);
/** All members must have left. */
void events_free(struct events *events);

/* ---- who listens ---- */

/** From now on @socket, which must live until events_leave(), is sent what concerns the account of @who. ERR_LIMIT. */
struct event_member *events_join(struct events *events, const struct access *who, struct websocket *socket,
                                 GError **error);
/** NULL is fine. */
void events_leave(struct event_member *member);
/** Ends @member where its session or key is gone meanwhile: it is told so and its socket closed. */
void events_check_member(struct event_member *member);

/* ---- telling ---- */

/** Does anybody of account @user_id listen? If not, there is no need to look anything up. */
bool events_has(struct events *events, int64_t user_id);

#define EVENTS_TO_ALL INT64_C(0) /* as user_id */
struct event {
    int64_t user_id; /* or EVENTS_TO_ALL */
    const char *name;
    const char *json;       /* its argument; NULL: none */
    bool for_sessions_only; /* of what API keys and shared links are not to see */
};
void events_send(struct events *events, const struct event *event);
/** With an id as argument. */
void events_send_id(struct events *events, int64_t user_id, const char *name, const struct uuid *id);
/** With a list of ids. */
void events_send_ids(struct events *events, int64_t user_id, const char *name, const struct uuid *ids, size_t n);

/** After sessions or keys of account @user_id were deleted, or the account: as events_check_member() for all of it. */
void events_check(struct events *events, int64_t user_id);
/** After key @key of account @user_id was given another secret: who came with the old one is ended. */
void events_end_key(struct events *events, int64_t user_id, const struct uuid *key);
