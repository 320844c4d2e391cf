/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deadlines of connections that libmicrohttpd lacks: its own timeout starts anew with every byte, so that a client who
 * sends one byte now and then (slow loris) holds a connection for ever. Here a connection must show whole headers in
 * time, and a body must move on.
 *
 * Threads: any. One thread of its own looks at the deadlines while there are connections. */
#pragma once

#include <stddef.h>

struct watch;
struct watch_entry;

/** @timeout_s: for headers, and for each MIN_PROGRESS_BYTES of a body. */
struct watch *watch_new(unsigned timeout_s);
/** All entries must be gone. */
void watch_free(struct watch *watch);

/** Watches a new connection; headers are expected. @fd stays the caller's, who calls watch_remove() before closing. */
struct watch_entry *watch_add(struct watch *watch, int fd);
void watch_remove(struct watch_entry *entry);

/** The headers are there and a body is expected. */
void watch_body(struct watch_entry *entry);
/** A piece of the body came. */
void watch_progress(struct watch_entry *entry, size_t size);
/** The server works or answers: no deadline. */
void watch_pause(struct watch_entry *entry);
/** The request is over; the next one's headers must be whole after at most twice the timeout. */
void watch_idle(struct watch_entry *entry);
/** All is said: it closes by itself at once, or is cut after a second or so. */
void watch_farewell(struct watch_entry *entry);
