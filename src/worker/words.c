/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What people wrote about a picture: description and rating; and how a panorama is meant to be looked at. */
#include "worker/facts_of_tags.h"

#include <string.h>

enum { IPTC_TITLE = 5, IPTC_CAPTION = 120 };

/* ---- description ---- */

/* What cameras write where people would describe, whole or as a beginning. Compared without regard to case. */
static const struct {
    const char *text;
    bool is_prefix;
} junk[] = {
    {"OLYMPUS DIGITAL CAMERA", false},
    {"SONY DSC", false},
    {"MINOLTA DIGITAL CAMERA", false},
    {"KONICA MINOLTA DIGITAL CAMERA", false},
    {"KODAK Digital Still Camera", false},
    {"PENTAX DIGITAL CAMERA", false},
    {"CASIO DIGITAL CAMERA", false},
    {"SAMSUNG", false},
    {"SAMSUNG CAMERA PICTURES", false},
    {"SAMSUNG DIGITAL CAMERA", false},
    {"DIGITAL CAMERA", false},
    {"Digital Still Camera", false},
    {"Exif_JPEG_PICTURE", false},
    {"Exif JPEG", false},
    {"DCF_IMAGE", false},
    {"My beautiful picture", false},
    {"AppleMark", false},
    {"binary comment", false},
    {"default", false},
    {"Screenshot", false},
    {"User comments", false},
    {"ASCII", false},
    {"charset=Ascii", false},
    {"hdrpl", false},
    {"<KENOX", true},
    {"DCIM\\", true},
    {"oplus_", true},
    {"Hisilicon", true},
    {"filter:", true},
    {"fileterIntensity", true},
};

static bool is_junk(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(junk); i++)
        if (junk[i].is_prefix ? g_ascii_strncasecmp(text, junk[i].text, strlen(junk[i].text)) == 0
                              : g_ascii_strcasecmp(text, junk[i].text) == 0)
            return true;
    return false;
}

/* Comments are where cameras keep settings of their own: nothing without a letter, no JSON, no XML. */
static bool is_comment(const char *text)
{
    bool has_letter = false;
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        has_letter = has_letter || g_unichar_isalpha(g_utf8_get_char(at));
    return has_letter && *text != '{' && *text != '[' && *text != '<';
}

/* Eight bytes name the code (EXIF 3.0, 4.6.5): "ASCII", "UNICODE" (in the order of the block, says nobody but
 * everybody), "JIS" or none. JIS is taken where it is plain ASCII in fact. */
static char *read_user_comment(const struct tags *tags)
{
    enum { CODE_SIZE = 8 };
    g_autoptr(GBytes) raw = tags_raw(tags, "Exif.Photo.UserComment");
    size_t size = 0;
    const char *bytes = raw ? g_bytes_get_data(raw, &size) : NULL;
    if (size <= CODE_SIZE)
        return NULL;
    bool is_utf16 = memcmp(bytes, "UNICODE", CODE_SIZE) == 0;
    bool is_jis = memcmp(bytes, "JIS", 3) == 0 && memchr(bytes + CODE_SIZE, 0x1b, size - CODE_SIZE);
    g_autofree char *text = is_utf16 ? charset_utf16(bytes + CODE_SIZE, size - CODE_SIZE, tags_is_big_endian(tags))
                                     : charset_decode(bytes + CODE_SIZE, size - CODE_SIZE);
    return is_jis ? NULL : charset_clean(text, TAGS_TEXT_MAX);
}

/* What Windows writes: UTF-16, low byte first whatever the block's order. */
static char *read_xp(const struct tags *tags, const char *name)
{
    g_autoptr(GBytes) raw = tags_raw(tags, name);
    size_t size = 0;
    const void *bytes = raw ? g_bytes_get_data(raw, &size) : NULL;
    g_autofree char *text = charset_utf16(bytes, size, false);
    return charset_clean(text, TAGS_TEXT_MAX);
}

/* Takes @text over; the first that says something stays. */
static void offer(struct media_reply *reply, char *text, bool is_comment_field)
{
    if (!text || reply->description || is_junk(text) || (is_comment_field && !is_comment(text)))
        g_free(text);
    else
        reply->description = text;
}

static void read_description(const struct tags *tags, struct media_reply *reply)
{
    offer(reply, tags_text(tags, "Xmp.dc.description"), false);
    offer(reply, tags_text(tags, "Exif.Image.ImageDescription"), false);
    offer(reply, tags_text(tags, "Xmp.tiff.ImageDescription"), false);
    offer(reply, tags_iptc(tags, IPTC_CAPTION), false);
    offer(reply, read_xp(tags, "Exif.Image.XPComment"), true);
    offer(reply, read_user_comment(tags), true);
    offer(reply, tags_text(tags, "Xmp.exif.UserComment"), true);
    offer(reply, tags_text(tags, "Xmp.dc.title"), false);
    offer(reply, tags_iptc(tags, IPTC_TITLE), false);
    offer(reply, read_xp(tags, "Exif.Image.XPTitle"), false);
}

/* ---- rating ---- */

/* Windows writes per cent: 1, 25, 50, 75, 99 are one to five stars. */
static double stars_of_percent(double percent)
{
    if (isnan(percent) || percent < 0 || percent > 100)
        return MEDIA_NO_DOUBLE;
    return percent < 1 ? 0 : percent < 13 ? 1 : percent < 38 ? 2 : percent < 63 ? 3 : percent < 88 ? 4 : 5;
}

static bool is_rating(double stars)
{
    return stars >= -1 && stars <= 5;
}

static void read_rating(const struct tags *tags, struct media_reply *reply)
{
    static const char *const stars_names[] = {"Xmp.xmp.Rating", "Exif.Image.Rating", NULL};
    static const char *const percent_names[] = {"Xmp.MicrosoftPhoto.Rating", "Exif.Image.RatingPercent", NULL};
    double stars = tags_first_number(tags, stars_names);
    if (!is_rating(stars))
        stars = stars_of_percent(tags_first_number(tags, percent_names));
    if (is_rating(stars))
        reply->rating = (int64_t)floor(stars + 0.5);
}

/* ---- all ---- */

void words_read(const struct tags *tags, struct media_reply *reply)
{
    enum { PROJECTION_MAX_BYTES = 100 };
    read_description(tags, reply);
    read_rating(tags, reply);
    g_autofree char *projection = tags_text(tags, "Xmp.GPano.ProjectionType");
    reply->projection = projection ? charset_clean(projection, PROJECTION_MAX_BYTES) : NULL;
}
