/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/negotiate.h"

#include <glib.h>
#include <string.h>

#include "http/header_value.h"

/* The weight of one element such as "gzip;q=0.5" whose name is @name; -1 where it is another. */
static double weight_of(const char *element, size_t size, const char *name)
{
    g_autofree char *text = g_strndup(element, size);
    g_autofree char *coding = header_value_main(text);
    if (strcmp(coding, name) != 0)
        return -1;
    g_autofree char *weight = header_value_parameter(text, "q");
    return weight ? g_ascii_strtod(weight, NULL) : 1;
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
