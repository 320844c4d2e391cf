/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a client wants to have kept with the file that it uploads: the form field `metadata`, which the iPhone app
 * sends. Threads: any. */
#pragma once

#include <glib.h>
#include <stddef.h>

#include "api/body.h"
#include "catalog/asset_app_data.h"

/** The items of @text, a JSON list of {key, value}, also without its brackets; @ret_n how many, valid as long as
 * @ret_body, which the caller frees with body_free(). Free the list with g_free(). NULL with ERR_INVALID. */
struct app_data *app_data_parse(const char *text, size_t *ret_n, struct body **ret_body, GError **error);
