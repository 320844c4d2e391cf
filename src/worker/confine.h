/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How the worker locks itself in before it reads a byte of anybody's photo: no network, no files but the descriptors it
 * is handed, no programs, no memory and processor time beyond its limits. What holds is reported in the hello.
 *
 * Call after all libraries are loaded and warm; there is no way back. Threads: before any is started. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct confinement {
    int64_t holds;        /* bits of enum protocol_confinement */
    int64_t landlock_abi; /* 0: none */
};

/** Drops what the worker was born with: descriptors but the socket, the environment, the controlling parent's death
 *  unnoticed. First thing in main(). */
bool confine_begin(GError **error);

struct confine_limits {
    uint64_t memory_bytes; /* private memory */
    uint64_t file_bytes;   /* the largest file that may be written */
    bool truncates;        /* may it cut what it has written? */
};

/** Locks in. False where one of the essential restrictions (system calls, memory,
 *  limits, no new privileges) cannot be had: then the worker must not work. */
bool confine(const struct confine_limits *limits, struct confinement *ret_confinement, GError **error);

/** Lets this process use @cpu_s seconds of processor time from now; it is killed after that. */
void confine_allow_cpu(int64_t cpu_s);
