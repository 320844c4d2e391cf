/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Uploads of a visitor who has a shared link: the file becomes one of the link's owner (whose quota it takes), and is
 * shown where the link leads. A visitor gives a file and nothing else: what is there already they cannot change.
 *
 * Threads: as handlers. */
#pragma once

#include "api/call.h"

struct ingest_offer;

/** Whose a file will be that @who uploads. ERR_FORBIDDEN where a link allows none. */
bool link_upload_owner(const struct access *who, int64_t *ret_owner_id, GError **error);

/** Is the link as good as it was when the upload began, which may be long ago? ERR_UNAUTHENTICATED or ERR_FORBIDDEN
 * where it was deleted meanwhile, ran out, got another password or allows no uploads any more. */
bool link_upload_check(struct call *call, GError **error);

/** Takes out of @offer what a visitor has no say in: flags, the other half, side files. ERR_UNSUPPORTED where the file
 *  is a side file itself. */
bool link_upload_narrow(struct ingest_offer *offer, GError **error);

/** Puts the asset into the link's album or list. */
bool link_upload_show(struct call *call, const struct uuid *asset_id, GError **error);
