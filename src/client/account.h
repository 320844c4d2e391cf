/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the client keeps its things, and whom it is signed in as. The secret stands alone in `client.conf` (mode 0600)
 * of a folder with mode 0700; all else is in the state database (client/state.h).
 *
 * Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/** Owned strings: client_place_clear(). */
struct client_place {
    char *config_dir; /* client.conf */
    char *state_dir;  /* backup.db, lock */
};
/** Both are @dir where given, else AMBROTYPE_CLIENT_DIR, else $XDG_CONFIG_HOME/ambrotype and $XDG_STATE_HOME/ambrotype
 *  with their usual defaults. Makes the folders. */
bool client_place_open(const char *dir, struct client_place *ret_place, GError **error);
void client_place_clear(struct client_place *place);

/** Keeps other runs out until the descriptor is closed; ERR_BUSY while one goes on. The descriptor, or -1. */
int client_place_lock(const struct client_place *place, GError **error);

/** Owned strings: client_account_clear(). */
struct client_account {
    char *server;   /* "https://photos.example.org", as typed but for a slash at the end */
    char *api;      /* "https://photos.example.org/api", no slash at the end */
    char *secret;   /* API key or access token */
    bool is_token;  /* an access token, not an API key */
    char *identity; /* what state_bind() takes: differs for another server or user */
    char *who;      /* e-mail, or NULL */
};
void client_account_clear(struct client_account *account);

/** ERR_NOT_FOUND where nobody is signed in. */
bool client_account_load(const struct client_place *place, struct client_account *ret_account, GError **error);
bool client_account_save(const struct client_place *place, const struct client_account *account, GError **error);
/** Deletes the file; it is no error when there was none. */
bool client_account_delete(const struct client_place *place, GError **error);
