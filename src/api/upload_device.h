/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose ledger an upload goes into: a device that its owner registered, or the one that the server keeps for the
 * session or the API key.
 *
 * Threads: the handler pool (it may write). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/call.h"

/** @wanted: the device that the client names, or NULL. @ret_is_registered: it is one of this user's; otherwise the
 *  implicit one is taken (phone apps send names of their own making, which are no devices here). */
bool upload_device(struct call *call, const struct uuid *wanted, int64_t *ret_device_id, bool *ret_is_registered,
                   GError **error);
