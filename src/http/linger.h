/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closing kindly. A socket that is closed while the client still sends answers with a reset, and a client that gets
 * one may throw away the answer it was about to read (RFC 9112, section 9.6). So the write side is shut, and the
 * descriptor lives on here for a moment, reading and discarding, until the client has closed or the time is over.
 *
 * Threads: any. One thread of its own, started when first needed. */
#pragma once

struct linger_set;

struct linger_set *linger_new(void);
/** Closes what still lingers. */
void linger_free(struct linger_set *linger);

/** Takes a duplicate of @fd, which the caller goes on to shut and close. Does nothing when too many linger. */
void linger_add(struct linger_set *linger, int fd);
