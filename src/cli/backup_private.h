/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of `ambrotype backup` share. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/io.h"
#include "client/account.h"
#include "client/state.h"

struct backup_client {
    struct client_place place;
    struct state *state;
};

/** @dir: of --state, or NULL. */
bool backup_open(const char *dir, struct backup_client *ret_client, GError **error);
void backup_close(struct backup_client *client);

#define STATE_ENTRY(dir)                                                                                               \
    {                                                                                                                  \
        "state", 0, 0, G_OPTION_ARG_FILENAME, &(dir), "Keep sign-in and state in DIR", "DIR"                           \
    }

/** @data: gboolean *, as JSON. */
int backup_status(struct backup_client *client, void *data);
