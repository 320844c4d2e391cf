/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Camera RAW: the largest JPEG that the camera put into the file, where it is large enough for a preview; else the
 * sensor's data, developed; else the largest JPEG there is. */
#include <string.h>

#include "base/error.h"
#include "worker/derivatives.h"
#include "worker/photo.h"
#include "worker/profiles.h"
#include "worker/raw_develop.h"
#include "worker/raw_look.h"

struct raw_state {
    struct raw_look look;
    struct raw_develop *develop; /* NULL: not needed, or the library cannot read the file */
    bool uses_preview;           /* the first choice */
    struct photo inner;          /* the preview that is open, as a photo of its own */
    bool has_inner;
};

#define DAMAGED "The file is damaged: its picture cannot be read, and a smaller one that it holds is shown."

static void close_inner(struct raw_state *state)
{
    if (state->has_inner)
        jpeg_decoder.close(&state->inner);
    photo_clear(&state->inner);
    state->inner = (struct photo){0};
    state->has_inner = false;
}

static bool open_inner(struct raw_state *state, const uint8_t *bytes, size_t size, GError **error)
{
    close_inner(state);
    state->inner = (struct photo){.bytes = bytes, .size = size};
    state->has_inner = true;
    return jpeg_decoder.open(&state->inner, error);
}

static bool open_preview(const struct photo *photo, unsigned index, GError **error)
{
    struct raw_state *state = photo->state;
    const struct raw_preview *preview = &state->look.previews[index];
    return open_inner(state, photo->bytes + preview->offset, preview->size, error);
}

/* Large enough for a preview of ours, or nearly all that the sensor has. */
static bool is_enough(const struct raw_look *look, unsigned width_px, unsigned height_px)
{
    return MIN(width_px, height_px) >= PREVIEW_SHORT_PX ||
           (look->width_px > 0 && width_px >= look->width_px / 10 * 9 && height_px >= look->height_px / 10 * 9);
}

static GBytes *ref(GBytes *bytes)
{
    return bytes ? g_bytes_ref(bytes) : NULL;
}

/* What the container says of itself goes before what the preview does. */
static void take_metadata(struct photo *photo)
{
    const struct raw_state *state = photo->state;
    const struct photo *inner = &state->inner;
    photo->exif = ref(state->look.exif ? state->look.exif : inner->exif);
    photo->xmp = ref(state->look.xmp ? state->look.xmp : inner->xmp);
    photo->iptc = ref(state->look.iptc ? state->look.iptc : inner->iptc);
}

/* Does one lie and the other stand? */
static bool is_across(unsigned width, unsigned height, unsigned other_width, unsigned other_height)
{
    return (width > height && other_width < other_height) || (width < height && other_width > other_height);
}

/* Is the preview, reduced, the same picture as the sensor's? Borders and crops leave a little difference. */
static bool is_same_shape(const struct photo *photo, const struct raw_look *look)
{
    double ratio = (double)photo->width_px * look->height_px / ((double)photo->height_px * look->width_px);
    return ratio > 0.97 && ratio < 1.03;
}

static void size_by_preview(struct photo *photo)
{
    struct raw_state *state = photo->state;
    const struct raw_look *look = &state->look;
    photo->width_px = photo->raw_width_px = state->inner.width_px;
    photo->height_px = photo->raw_height_px = state->inner.height_px;
    photo->memory_bytes = state->inner.memory_bytes;
    if (look->width_px == 0 || look->height_px == 0)
        return;
    /* A preview that is turned already needs no second turn. */
    if (look->exif && is_across(photo->width_px, photo->height_px, look->width_px, look->height_px)) {
        photo->is_upright = true;
        return;
    }
    if (photo->width_px < look->width_px / 10 * 9 && is_same_shape(photo, look)) {
        photo->full_width_px = photo->raw_width_px = look->width_px;
        photo->full_height_px = photo->raw_height_px = look->height_px;
    }
}

static void size_by_sensor(struct photo *photo)
{
    const struct raw_state *state = photo->state;
    struct extent extent = raw_develop_extent(state->develop);
    photo->width_px = photo->raw_width_px = extent.width_px;
    photo->height_px = photo->raw_height_px = extent.height_px;
    photo->memory_bytes = raw_develop_memory(state->develop);
    if (!photo->exif) {
        photo->is_upright = true;
        photo->turn = raw_develop_turn(state->develop);
    }
}

/* A preview at a place that only LibRaw knows. */
static bool open_hidden_preview(struct raw_state *state)
{
    size_t size = 0;
    unsigned width, height;
    const uint8_t *bytes = raw_develop_preview(state->develop, &size);
    return bytes && raw_jpeg_extent(bytes, size, &width, &height) && is_enough(&state->look, width, height) &&
           open_inner(state, bytes, size, NULL);
}

static bool open_raw(struct photo *photo, GError **error)
{
    struct raw_state *state = photo->state = g_new0(struct raw_state, 1);
    struct raw_look *look = &state->look;
    raw_look(photo->bytes, photo->size, look);
    photo->frames = 1;
    bool enough = look->n_previews > 0 && is_enough(look, look->previews[0].width_px, look->previews[0].height_px);
    g_autoptr(GError) problem = NULL;
    if (!enough)
        state->develop = raw_develop_open(photo->bytes, photo->size, &problem);
    state->uses_preview = enough ? open_preview(photo, 0, NULL) : state->develop && open_hidden_preview(state);
    if (enough && !state->uses_preview)
        state->develop = raw_develop_open(photo->bytes, photo->size, &problem);
    if (!state->uses_preview && !state->develop)
        state->uses_preview = look->n_previews > 0 && open_preview(photo, 0, NULL);
    take_metadata(photo);
    if (state->uses_preview)
        size_by_preview(photo);
    else if (state->develop)
        size_by_sensor(photo);
    else
        g_propagate_error(error, g_steal_pointer(&problem));
    return state->uses_preview || state->develop;
}

static bool decode_inner(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct raw_state *state = photo->state;
    struct photo *inner = &state->inner;
    if (inner->width_px == 0 || inner->height_px == 0)
        return err_set(error, ERR_CORRUPT, "The file is damaged: its picture cannot be read.");
    inner->wanted = photo->wanted = preview_extent(inner->width_px, inner->height_px);
    if (!jpeg_decoder.decode(inner, ret_picture, error))
        return false;
    photo->icc = ref(inner->icc);
    if (!ret_picture->icc)
        ret_picture->icc = profile_of_exif(inner->exif ? inner->exif : photo->exif);
    photo->damage = g_steal_pointer(&inner->damage);
    return true;
}

/* What is left where the first choice failed: any preview that can be read, the largest first. */
static bool decode_any_preview(struct photo *photo, struct picture *ret_picture)
{
    const struct raw_state *state = photo->state;
    for (unsigned i = 0; i < state->look.n_previews; i++) {
        if (!open_preview(photo, i, NULL) || !decode_inner(photo, ret_picture, NULL))
            continue;
        g_free(photo->damage);
        photo->damage = g_strdup(DAMAGED);
        return true;
    }
    return false;
}

static bool develop(struct photo *photo, struct picture *ret_picture, GError **error)
{
    const struct raw_state *state = photo->state;
    if (!raw_develop_unpack(state->develop, error))
        return false;
    photo_forget_pages(photo);
    return raw_develop_picture(state->develop, photo->wanted, ret_picture, error);
}

static bool decode_raw(struct photo *photo, struct picture *ret_picture, GError **error)
{
    struct raw_state *state = photo->state;
    GError *problem = NULL;
    bool ok = state->uses_preview ? decode_inner(photo, ret_picture, &problem) : develop(photo, ret_picture, &problem);
    /* Too little memory is no damage: the file gets another chance where there is more. */
    if (ok || err_is(problem, ERR_LIMIT) || !decode_any_preview(photo, ret_picture)) {
        if (problem)
            g_propagate_error(error, problem);
        return ok;
    }
    g_error_free(problem);
    return true;
}

static void close_raw(struct photo *photo)
{
    struct raw_state *state = photo->state;
    close_inner(state);
    raw_look_clear(&state->look);
    raw_develop_close(state->develop);
    g_free(state);
}

const struct decoder raw_decoder = {NULL, open_raw, decode_raw, close_raw};
