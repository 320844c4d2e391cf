/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lists of types that schemas.c joins, one a subject; each ends with a row without a name. Not for other files.
 *
 * Threads: any. */
#pragma once

#include "api/schema.h"

extern const struct schema schemas_accounts[], schemas_admin[], schemas_albums[], schemas_assets[], schemas_backup[],
    schemas_links[], schemas_organise[], schemas_server[], schemas_sync[];
