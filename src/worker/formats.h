/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which kinds of photos this build of the worker can show, for the hello: libraries may be built without a codec.
 * Threads: one. */
#pragma once

/** Media types, divided by commas. Static. */
const char *photo_formats(void);
