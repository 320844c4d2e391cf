/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the ends of files and runs are called in the ledger and for people. */
#include "client/run_private.h"

static const struct {
    const char *state, *reason; /* of the ledger */
    const char *text, *advice;  /* for people */
} ends[END_N] = {
    [END_SENT] = {"stored", NULL, "stored", ""},
    [END_THERE] = {"stored", NULL, "was there already", ""},
    [END_CHANGING] = {"waiting", "changing", "it is being changed", "The next run tries again."},
    [END_UNREADABLE] = {"skipped", "unreadable", "it cannot be read", "Give your account the right to read it."},
    [END_GONE] = {"skipped", "unreadable", "it is gone", ""},
    [END_EMPTY] = {"skipped", "empty-file", "it is empty", "There is nothing in it to back up; you may delete it."},
    [END_TOO_LARGE] = {"skipped", "too-large", "it is larger than the server takes",
                       "Choose Original quality, or ask the server's administrator to raise the limit."},
    [END_UNSUPPORTED] = {"skipped", "unsupported-format", "the server does not take this format",
                         "A newer server may."},
    [END_REFUSED] = {"skipped", "refused", "the server refused it", ""},
    [END_FULL] = {"waiting", "server-full", "Server storage is full", "Make room there, then run again."},
    [END_QUOTA] = {"waiting", "quota", "Your quota on the server is used up",
                   "Its administrator can raise it; then run again."},
    [END_SIGNED_OUT] = {"waiting", "refused", "This computer is not signed in any more",
                        "Sign in again with `ambrotype backup login URL`."},
    [END_NO_CONNECTION] = {"waiting", "no-connection", "Waiting for connection",
                           "Run again when the server can be reached; it goes on where it was."},
    [END_STOPPED] = {"waiting", "paused", "Stopped", "Run again; it goes on where it was."},
};

const char *run_end_state(enum send_end end)
{
    return ends[end].state;
}

const char *run_end_reason(enum send_end end)
{
    return ends[end].reason;
}

const char *backup_end_text(enum send_end end)
{
    return ends[end].text;
}

const char *backup_end_advice(enum send_end end)
{
    return ends[end].advice;
}
