/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asking a real worker, as the server does, and looking at what comes back. */
#pragma once

#include <glib.h>

#include "media/worker_process.h"

struct result {
    struct media_reply reply;
    GBytes *thumbnail, *preview;
    GError *error;
    int signal; /* that ended the worker, with @error */
};
void result_clear(struct result *result);
#define RESULT_AUTO __attribute__((cleanup(result_clear)))

/** The program; set by main(). */
extern const char *worker_path;

/** A worker that has said hello. */
struct worker_process *start(unsigned memory_mb);

/** Asks @worker for the pictures of @bytes, and ends it where it failed. Where AMBROTYPE_KEEP names a folder, the
 *  derivatives stay there. */
void ask(struct worker_process **worker, const char *name, const void *bytes, size_t size, unsigned limit_s,
         struct result *ret_result);

/** As ask() with another job that makes a thumbnail and a preview. */
void ask_job(struct worker_process **worker, enum media_job job, const char *name, const void *bytes, size_t size,
             unsigned limit_s, struct result *ret_result);

/** As ask(); takes @bytes. */
void ask_bytes(struct worker_process **worker, const char *name, GBytes *bytes, struct result *ret_result);

/** Are both derivatives there, and of the right size? */
void expect_derivatives(const struct result *result);

/** Is the colour at a place (0…1) of a JPEG near @wanted? */
void expect_colour(GBytes *jpeg, double x, double y, const int wanted[3]);
extern const int red[3], green[3], blue[3], white[3], black[3];

/** The other files of this test. */
void corpus_tests_add(void);
void format_tests_add(void);
void jxl_tests_add(void);
void turn_tests_add(void);
void reduce_tests_add(void);
void portrait_tests_add(void);
