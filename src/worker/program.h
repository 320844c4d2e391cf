/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the sandboxed programs (ambrotype-media, ambrotype-video) share: they are started by the server with a socket on
 * descriptor 3 (protocol.h) and the memory limit in megabytes as their one argument; they warm their libraries, lock
 * themselves in, say hello, and work off requests until the socket closes. Threads: the first one of the process. */
#pragma once

#include "media/protocol.h"

struct program {
    const char *name;
    uint64_t file_bytes_max; /* the largest file it may write */
    bool truncates;          /* it may begin a file anew */
    /** Runs what libraries do only once and must not do locked in: loading, reading tables. */
    void (*warm)(void);
    /** MIME types that this program of this build can show, separated by commas; static. NULL: not told. */
    const char *(*formats)(void);
    /** Answers one request; @reply is initialised. Descriptors stay the frame's. */
    void (*answer)(const struct protocol_frame *frame, const struct media_request *request, struct media_reply *reply);
};

/** The whole life of the process but the last: what main() returns, or it ends by itself. */
int program_main(int argc, char **argv, const struct program *program);

/** Tells the server, from within answer(), how far the work is (0 … 1000). Says nothing twice, and little at once. */
void program_progress(int64_t done_permille);
