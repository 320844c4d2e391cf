/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Faces that a program or a phone framed: regions of the Metadata Working Group (Picasa, digiKam, Lightroom, Apple),
 * else those of Windows. */
#include "worker/facts_of_tags.h"

#include <stdio.h>
#include <string.h>

enum { FACES_MAX = 200, NAME_MAX_BYTES = 200 };

struct face {
    double x, y, width, height; /* left upper corner and size, as parts of the picture */
};

/* ---- geometry ---- */

/* From the stored pixels to the upright picture, by the EXIF number. */
static struct face turn(struct face f, int64_t orientation)
{
    double right = 1 - f.x - f.width, below = 1 - f.y - f.height;
    switch (orientation) {
    case 2:
        return (struct face){right, f.y, f.width, f.height};
    case 3:
        return (struct face){right, below, f.width, f.height};
    case 4:
        return (struct face){f.x, below, f.width, f.height};
    case 5:
        return (struct face){f.y, f.x, f.height, f.width};
    case 6:
        return (struct face){below, f.x, f.height, f.width};
    case 7:
        return (struct face){below, right, f.height, f.width};
    case 8:
        return (struct face){f.y, right, f.height, f.width};
    default:
        return f;
    }
}

/* What of it lies within the picture. False where that is nothing. */
static bool clip(struct face *face)
{
    double left = CLAMP(face->x, 0, 1), top = CLAMP(face->y, 0, 1);
    double right = CLAMP(face->x + face->width, 0, 1), bottom = CLAMP(face->y + face->height, 0, 1);
    bool is_number = isfinite(face->x) && isfinite(face->y) && isfinite(face->width) && isfinite(face->height);
    *face = (struct face){left, top, right - left, bottom - top};
    return is_number && face->width > 0 && face->height > 0;
}

/* ---- writing ---- */

static void append_number(GString *lines, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(lines, g_ascii_formatd(text, sizeof(text), "%.6f", number));
    g_string_append_c(lines, ' ');
}

/* "x y width height name", a line each. */
static void append_face(GString *lines, struct face face, const char *name)
{
    if (!clip(&face))
        return;
    if (lines->len > 0)
        g_string_append_c(lines, '\n');
    append_number(lines, face.x);
    append_number(lines, face.y);
    append_number(lines, face.width);
    append_number(lines, face.height);
    g_autofree char *clean = name ? charset_clean(name, NAME_MAX_BYTES) : NULL;
    if (clean)
        g_string_append(lines, g_strdelimit(clean, "\n", ' '));
}

/* ---- MWG ---- */

#define MWG_LIST "Xmp.mwg-rs.Regions/mwg-rs:RegionList"
#define MWG_SIZE "Xmp.mwg-rs.Regions/mwg-rs:AppliedToDimensions"

static char *mwg_text(const struct tags *tags, unsigned item, const char *field)
{
    g_autofree char *name = g_strdup_printf(MWG_LIST "[%u]/%s", item, field);
    return tags_text(tags, name);
}

static double mwg_number(const struct tags *tags, unsigned item, const char *field)
{
    g_autofree char *text = mwg_text(tags, item, field);
    return text ? g_ascii_strtod(text, NULL) : MEDIA_NO_DOUBLE;
}

struct frame {
    double width_px, height_px; /* that the regions are told of; NAN */
    int64_t orientation;        /* that is still to be applied */
};

/* Regions are told of the stored pixels (MWG 2.0, 5.9). Some programs mean the upright picture: their frame lies the
 * other way than the stored one. */
static struct frame mwg_frame(const struct tags *tags, unsigned stored_width_px, unsigned stored_height_px,
                              int64_t orientation)
{
    static const char *const width[] = {MWG_SIZE "/stDim:w", NULL}, *const height[] = {MWG_SIZE "/stDim:h", NULL};
    struct frame frame = {tags_first_number(tags, width), tags_first_number(tags, height), orientation};
    bool is_square = stored_width_px == stored_height_px || frame.width_px == frame.height_px;
    bool is_known = stored_width_px > 0 && frame.width_px > 0 && frame.height_px > 0;
    if (orientation >= 5 && is_known && !is_square &&
        (frame.width_px > frame.height_px) != (stored_width_px > stored_height_px))
        frame.orientation = 1;
    return frame;
}

static void append_mwg(const struct tags *tags, unsigned item, const struct frame *frame, GString *lines)
{
    g_autofree char *type = mwg_text(tags, item, "mwg-rs:Type");
    g_autofree char *name = mwg_text(tags, item, "mwg-rs:Name");
    g_autofree char *unit = mwg_text(tags, item, "mwg-rs:Area/stArea:unit");
    if (type && g_ascii_strcasecmp(type, "Face") != 0)
        return;
    double x = mwg_number(tags, item, "mwg-rs:Area/stArea:x"), y = mwg_number(tags, item, "mwg-rs:Area/stArea:y");
    double width = mwg_number(tags, item, "mwg-rs:Area/stArea:w"),
           height = mwg_number(tags, item, "mwg-rs:Area/stArea:h");
    double diameter = mwg_number(tags, item, "mwg-rs:Area/stArea:d");
    if (isnan(width) && diameter > 0) { /* a circle; its diameter is told by the width */
        width = diameter;
        height = frame->height_px > 0 ? diameter * frame->width_px / frame->height_px : diameter;
    }
    if (g_strcmp0(unit, "pixel") == 0) {
        x /= frame->width_px, width /= frame->width_px;
        y /= frame->height_px, height /= frame->height_px;
    }
    struct face stored = {x - width / 2, y - height / 2, width, height};
    append_face(lines, turn(stored, frame->orientation), name);
}

/* ---- Windows ---- */

#define WINDOWS_LIST "Xmp.MP.RegionInfo/MPRI:Regions"

/* "left, top, width, height" of the picture as it is looked at. */
static void append_windows(const struct tags *tags, unsigned item, GString *lines)
{
    g_autofree char *rectangle_name = g_strdup_printf(WINDOWS_LIST "[%u]/MPReg:Rectangle", item);
    g_autofree char *person_name = g_strdup_printf(WINDOWS_LIST "[%u]/MPReg:PersonDisplayName", item);
    g_autofree char *person = tags_text(tags, person_name);
    double n[4];
    if (tags_numbers(tags, rectangle_name, n, 4))
        append_face(lines, (struct face){n[0], n[1], n[2], n[3]}, person);
}

/* ---- all ---- */

void faces_read(const struct tags *tags, unsigned stored_width_px, unsigned stored_height_px, struct media_reply *reply)
{
    GString *lines = g_string_new(NULL);
    struct frame frame = mwg_frame(tags, stored_width_px, stored_height_px, reply->orientation);
    unsigned n_mwg = MIN(tags_count(tags, MWG_LIST), FACES_MAX);
    for (unsigned i = 1; i <= n_mwg; i++)
        append_mwg(tags, i, &frame, lines);
    unsigned n_windows = lines->len == 0 ? MIN(tags_count(tags, WINDOWS_LIST), FACES_MAX) : 0;
    for (unsigned i = 1; i <= n_windows; i++)
        append_windows(tags, i, lines);
    reply->faces = g_string_free(lines, lines->len == 0);
}
