/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a fuzz target over its committed corpus, one file at a time, so that every input that ever broke a parser is
 * tried again by `make test` without a fuzzer. Usage: fuzz_x CORPUS_DIR. Prints TAP, one line a file. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_DIR\n", argv[0]);
        return 2;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(argv[1], 0, &error);
    if (!dir) {
        printf("Bail out! %s\n", error->message);
        return 1;
    }
    unsigned count = 0;
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(argv[1], name, NULL);
        g_autofree char *bytes = NULL;
        gsize size = 0;
        if (!g_file_get_contents(path, &bytes, &size, &error)) {
            printf("Bail out! %s\n", error->message);
            return 1;
        }
        /* An exact-size copy, so that the address sanitizer sees a read of one byte past the end (GLib's has a NUL). */
        g_autofree uint8_t *copy = g_memdup2(bytes, size);
        printf("# %s\n", name);
        fflush(stdout);
        LLVMFuzzerTestOneInput(copy ? copy : (const uint8_t *)"", size);
        printf("ok %u %s\n", ++count, name);
    }
    if (count == 0) {
        printf("Bail out! no corpus in %s\n", argv[1]);
        return 1;
    }
    printf("1..%u\n", count);
    return 0;
}
