/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files of migrations/ as embed_sql.py compiles them in. */
#pragma once

#include "db/db.h"

extern const struct db_migration catalog_migrations[];
extern const size_t catalog_n_migrations;
