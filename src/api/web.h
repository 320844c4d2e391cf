/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The web page inside the program. `web/embed.py` turns web/dist/ (made by `npm run build` in web/) into one C file
 * that defines the table declared here; web.c of this room serves it. Read-only data: any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct web_file {
    const char *path; /* as asked for, beginning with a slash: "/index.html", "/assets/index-4f1c.js" */
    const char *type; /* media type with charset where it is text */
    const char *etag; /* without quotes; of the bytes, so it stays the same over builds of the same page */
    bool immutable;   /* its name changes with its bytes: may be kept for ever by a browser */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* the same compressed (RFC 1952), or NULL where that saves nothing */
    size_t gzip_size;
};

/** All files of the page, in the order of strcmp() on their paths. "/index.html" is always among them: it also answers
 *  every path of the page's own routes ("/photos/…", "/backup"). */
extern const struct web_file web_files[];
extern const size_t web_n_files;
