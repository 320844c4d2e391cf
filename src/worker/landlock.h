/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Landlock (kernel documentation, userspace-api/landlock): gives up the whole file system, TCP, and signals to others,
 * as far as the running kernel knows how. Threads: before any is started. */
#pragma once

/** The version of the interface that now holds, or 0 where the kernel has none. */
int landlock_deny_all(void);
