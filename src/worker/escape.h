/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Test programs only: what an attacker who runs code inside the worker would try, each attempt as the raw system call
 * that injected code would make. src/worker/test_confine.c makes them in a process that is confined and in one that is
 * not, src/media/test_worker.c inside the real worker in the middle of a job. docs/sandbox.md says what must hold. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct escape {
    const char *name;
    long (*attempt)(void); /* below 0: refused, errno says how */
    bool works_free;       /* it succeeds in any process that is not confined */
    int refused_with;      /* the errno where the call is answered instead of punished; 0: the process must die */
};

extern const struct escape escapes[];
extern const size_t n_escapes;
