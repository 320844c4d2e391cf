/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Slows guessing of passwords: after a few failures for one pair of e-mail and address (and, with a higher count, for
 * one address alone and for one account alone) each further attempt has to wait, twice as long each time up to a
 * quarter of an hour. Held in memory only and bounded; an idle entry is forgotten after a day.
 *
 * Threads: any. Time is clock_now_us(). */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle *throttle);

/** Ask before a password is looked at. ERR_BUSY "Too many attempts. Try again in N seconds." while it must wait.
 *  @email and @address are taken as they are (the address without port); neither is NULL. */
bool throttle_check(struct throttle *throttle, const char *email, const char *address, GError **error);

/** For how long, in whole seconds (for Retry-After); 0: it may go on. */
unsigned throttle_wait_s(struct throttle *throttle, const char *email, const char *address);

/** The attempt was wrong. */
void throttle_failed(struct throttle *throttle, const char *email, const char *address);

/** It was right: forgets the pair and the account (not the address: one good account must not wash off guesses). */
void throttle_passed(struct throttle *throttle, const char *email, const char *address);
