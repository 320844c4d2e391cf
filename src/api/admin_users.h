/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files about accounts of others share. Threads: the handler pool. */
#pragma once

#include "api/call.h"

/** The account that the path names, also a removed one. ERR_INVALID where there is none. */
bool admin_find_user(struct call *call, struct user *ret_user, GError **error);
bool admin_answer_user(struct call *call, int status, const struct user *user);

/** Answers with where account @user_id is signed in (sessions.c). */
bool sessions_answer(struct call *call, int64_t user_id, GError **error);
