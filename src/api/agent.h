/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a client says about itself when it signs in, for the list of sessions and the names of implicit devices.
 *
 * Threads: any. */
#pragma once

/** Owned strings: agent_clear(). */
struct agent {
    char *type;        /* "Chrome", "Pixel 7"; "" where nothing is said */
    char *os;          /* "Windows", "Android"; "" where nothing is said */
    char *app_version; /* of the phone app, or NULL */
};
void agent_clear(struct agent *agent);

/** From the user agent, and the headers deviceModel and deviceType of the phone apps where it names no browser. Each
 *  may be NULL; what comes out is valid UTF-8 of at most 128 bytes. */
struct agent agent_parse(const char *user_agent, const char *device_model, const char *device_type);
