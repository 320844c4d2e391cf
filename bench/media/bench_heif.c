/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bare decode of a HEIC with libheif, as any program would do it: bench_heif ROUNDS FILE…. One line a file:
 * processor time in microseconds (the least of the rounds), path. Nothing is scaled, converted or written. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <glib.h>
#include <libheif/heif.h>

static int64_t cpu_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * G_USEC_PER_SEC + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

static bool decode(const char *path)
{
    struct heif_context *context = heif_context_alloc();
    struct heif_image_handle *handle = NULL;
    struct heif_image *image = NULL;
    heif_context_set_max_decoding_threads(context, 0);
    bool ok =
        heif_context_read_from_file(context, path, NULL).code == heif_error_Ok &&
        heif_context_get_primary_image_handle(context, &handle).code == heif_error_Ok &&
        heif_decode_image(handle, &image, heif_colorspace_undefined, heif_chroma_undefined, NULL).code == heif_error_Ok;
    if (image)
        heif_image_release(image);
    if (handle)
        heif_image_handle_release(handle);
    heif_context_free(context);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_heif ROUNDS FILE...\n");
        return 2;
    }
    guint64 rounds = g_ascii_strtoull(argv[1], NULL, 10);
    for (int i = 2; i < argc; i++) {
        int64_t best_us = INT64_MAX;
        for (guint64 round = 0; round < rounds; round++) {
            int64_t before_us = cpu_us();
            if (!decode(argv[i])) {
                fprintf(stderr, "%s: libheif cannot decode it\n", argv[i]);
                return 1;
            }
            best_us = MIN(best_us, cpu_us() - before_us);
        }
        printf("%" G_GINT64_FORMAT " %s\n", best_us, argv[i]);
    }
    return 0;
}
