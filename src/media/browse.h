/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The place of an asset below browse/: <account>/2024/2024-08/<file name>, by its local capture time. Threads: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct db;
struct store;

/** Links the asset where it belongs and notes the path; a link at another place (the date became known, or was changed)
 *  goes. Doing it again changes nothing. An asset that is gone, and a store without folders, need nothing: true. */
bool browse_place(struct db *db, struct store *store, int64_t asset_id, GError **error);

/** Links the asset anew where its link is: the stored file became another one. As browse_place() otherwise; an asset
 *  that has no place yet gets none. */
bool browse_renew(struct db *db, struct store *store, int64_t asset_id, GError **error);

/** The asset has another blob now: its link stands for that one, under the name that it has. */
bool browse_swap(struct db *db, struct store *store, int64_t asset_id, GError **error);
