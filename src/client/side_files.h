/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XMP files beside photos that the server has: sent when they are new or have changed since they were last sent, at the
 * end of a run. (A new photo takes its side file along; this makes sure of it.) Threads: the run's own. */
#pragma once

struct run;

/** Looks at the side files of all that is stored now, and sends what the server has not seen. What cannot be sent is
 * named; the next run tries again. */
void run_side_files(struct run *run);
