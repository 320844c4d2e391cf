/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/formats.h"

#include <glib.h>

#include <avif/avif.h>
#include <libheif/heif.h>

/* Always there: their libraries know nothing else. Of camera RAW, what is recognised (sniff.c). */
#define ALWAYS                                                                                                         \
    "image/jpeg,image/png,image/apng,image/gif,image/webp,image/jxl,image/tiff,image/bmp,"                             \
    "image/x-adobe-dng,image/x-canon-cr2,image/x-canon-cr3,image/x-canon-crw,image/x-epson-erf,image/x-fuji-raf,"      \
    "image/x-hasselblad-3fr,image/x-hasselblad-fff,image/x-kodak-dcr,image/x-kodak-kdc,image/x-leaf-mos,"              \
    "image/x-leica-rwl,image/x-mamiya-mef,image/x-minolta-mrw,image/x-nikon-nef,image/x-nikon-nrw,"                    \
    "image/x-olympus-orf,image/x-olympus-ori,image/x-panasonic-raw,image/x-panasonic-rw2,image/x-pentax-pef,"          \
    "image/x-phaseone-iiq,image/x-samsung-srw,image/x-sony-arw,image/x-sony-sr2,image/x-sony-srf"

const char *photo_formats(void)
{
    static char *formats;
    if (formats)
        return formats;
    GString *text = g_string_new(ALWAYS);
    if (heif_have_decoder_for_format(heif_compression_HEVC))
        g_string_append(text, ",image/heic,image/heif");
    if (avifCodecName(AVIF_CODEC_CHOICE_DAV1D, AVIF_CODEC_FLAG_CAN_DECODE))
        g_string_append(text, ",image/avif");
    formats = g_string_free(text, FALSE);
    return formats;
}
