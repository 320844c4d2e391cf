/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the backup client remembers between runs: folders, the device's id, and for each file its mark, its hash and
 * how far it came. All of it can be found again (files hashed once more, the server asked): losing it costs time only.
 *
 * Threads: any; writes are durable when a call returns true. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/id.h"
#include "client/scan.h"

struct state;

enum saved_state {
    SAVED_HASHED = 0, /* hash known, not on the server as far as is known */
    SAVED_WAITING = 1,
    SAVED_SKIPPED = 2,
    SAVED_STORED = 3, /* the server's ledger said so */
};

/** One file as remembered. Owned strings: saved_item_free(). */
struct saved_item {
    char *path; /* bytes of the file system */
    char *key;
    struct file_mark mark;
    bool has_sha1;
    uint8_t sha1[SHA1_SIZE];
    enum saved_state state;
    char *reason;     /* of waiting and skipped, a word of the ledger; or NULL */
    char *note;       /* or NULL */
    char *upload_url; /* of a resumable upload that was begun, or NULL */
};
void saved_item_free(struct saved_item *item);

/** Opens (makes) DIR/backup.db. NULL with @error. */
struct state *state_open(const char *dir, GError **error);
void state_close(struct state *state);

/** A value by name; NULL (without error) where there is none. Free with g_free(). */
char *state_get(struct state *state, const char *name, GError **error);
/** NULL @value forgets it. */
bool state_set(struct state *state, const char *name, const char *value, GError **error);

/** The device's id, made at the first call. */
bool state_device(struct state *state, struct uuid *ret_device, GError **error);

/** Setting: the quality that a person chose here and that the server was not told yet. */
#define STATE_QUALITY "quality"

/** The state belongs to @account (any text that names server and user). When it is another one than before, what was
 *  said of the server is forgotten (hashes stay) and the next state_device() makes a new id. */
bool state_bind(struct state *state, const char *account, GError **error);

/** Folders, absolute, in the order they were added. */
GPtrArray *state_folders(struct state *state, GError **error);
bool state_add_folder(struct state *state, const char *path, GError **error);
/** ERR_NOT_FOUND. */
bool state_remove_folder(struct state *state, const char *path, GError **error);

/** All files: path → struct saved_item, owned by the table. */
GHashTable *state_items(struct state *state, GError **error);
/** Writes all of @items in one transaction. */
bool state_save(struct state *state, const struct saved_item *const *items, size_t n_items, GError **error);
/** Remembers where the resumable upload of @path goes on (NULL: nowhere). */
bool state_set_upload(struct state *state, const char *path, const char *upload_url, GError **error);
bool state_forget(struct state *state, const char *const *paths, size_t n_paths, GError **error);

/** Side files as they were when they were last sent: path of the photo → struct file_mark, owned by the table. */
GHashTable *state_side_files(struct state *state, GError **error);
/** Remembers that of photo @path. */
bool state_set_side_file(struct state *state, const char *path, const struct file_mark *mark, GError **error);

/** How many files are in which state, and how many bytes are stored. */
struct state_counts {
    int64_t total, stored, waiting, skipped, pending;
    int64_t bytes, stored_bytes;
};
bool state_counts(struct state *state, struct state_counts *ret_counts, GError **error);
