/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Test builds only (-Dfaults=true): a request whose file name is a command makes the worker do what an attacker inside
 * of it would try, so that tests see the confinement hold and the server survive. */
#pragma once

/** "misbehave:open", "…:socket", "…:fork", "…:exec", "…:memory", "…:crash", "…:hang", "…:garbage"; else nothing. */
void misbehave(const char *file_name);
