/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Stands in for the embedded page in a build without one: the server answers the API only. */
#include "api/web.h"

const struct web_file web_files[] = {{.path = ""}};
const size_t web_n_files = 0;
