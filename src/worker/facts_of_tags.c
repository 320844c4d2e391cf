/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/facts_of_tags.h"

char *tags_first_text(const struct tags *tags, const char *const *names)
{
    char *text = NULL;
    for (; !text && *names; names++)
        text = tags_text(tags, *names);
    return text;
}

double tags_first_number(const struct tags *tags, const char *const *names)
{
    double number;
    for (; *names; names++)
        if (tags_numbers(tags, *names, &number, 1))
            return number;
    return MEDIA_NO_DOUBLE;
}
