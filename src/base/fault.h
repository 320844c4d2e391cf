/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Named fault points, compiled only with -Dfaults=true (the build that tests/fault drives); in every other build they
 * are nothing at all.
 *
 * The environment says what happens where: AMBROTYPE_FAULT is a comma-separated list of
 *   NAME:kill      the process kills itself with SIGKILL at the point
 *   NAME:eio, NAME:enospc, NAME:edquot   the point's call fails with that errno
 *   NAME:stop      the process stops itself with SIGSTOP (the test looks around, then SIGCONT or SIGKILL)
 * each optionally with `@N`: only at the Nth time the point is passed (1 is the first).
 *
 * Names are `room.step`, such as "store.fsync-file", "ingest.before-commit". The list stands in docs/architecture.md.
 *
 * Threads: any. */
#pragma once

#ifdef AMBROTYPE_FAULTS
#include <stdint.h>
/** A number that tests set by the environment variable @name, so that small files stand for large ones. */
int64_t fault_number(const char *name, int64_t otherwise);
#define FAULT_NUMBER(name, otherwise) fault_number(name, otherwise)
/** 0, or the errno that the call at this point must fail with. May not return. */
int fault_here(const char *name);
#define FAULT(name) fault_here(name)
#else
#define FAULT(name) 0
#define FAULT_NUMBER(name, otherwise) (otherwise)
#endif
