/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/negotiate.h"

#include <glib.h>
#include <string.h>

/* The weight of one element "gzip;q=0.5" whose name is @name; -1 where it is another. */
static double weight_of(const char *element, size_t size, const char *name)
{
    g_autofree char *text = g_strndup(element, size);
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    if (g_ascii_strcasecmp(g_strstrip(parts[0]), name) != 0)
        return -1;
    for (char **part = parts + 1; *part; part++) {
        const char *parameter = g_strstrip(*part);
        if (g_ascii_strncasecmp(parameter, "q=", 2) == 0)
            return g_ascii_strtod(parameter + 2, NULL);
    }
    return 1;
}

bool negotiate_gzip(const char *accept_encoding)
{
    double any = -1;
    while (accept_encoding && *accept_encoding) {
        size_t size = strcspn(accept_encoding, ",");
        double gzip = weight_of(accept_encoding, size, "gzip");
        if (gzip >= 0)
            return gzip > 0;
        any = MAX(any, weight_of(accept_encoding, size, "*"));
        accept_encoding += size + (accept_encoding[size] == ',');
    }
    return any > 0;
}
