/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/landlock.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By hand: the headers of Debian 12 know version 2 only, running kernels up to 7. The numbers are those of all
 * architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum { CREATE_RULESET_VERSION = 1 };

struct ruleset {
    uint64_t files;  /* LANDLOCK_ACCESS_FS_…, version 1 */
    uint64_t net;    /* LANDLOCK_ACCESS_NET_…, version 4 */
    uint64_t scoped; /* LANDLOCK_SCOPE_…, version 6 */
};

/* All file rights that a version knows: 13 of version 1, REFER (2), TRUNCATE (3), IOCTL_DEV (5). */
static uint64_t file_rights(int abi)
{
    unsigned count = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);
    return (UINT64_C(1) << count) - 1;
}

int landlock_deny_all(void)
{
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    if (abi < 1)
        return 0;
    struct ruleset rules = {.files = file_rights(abi)};
    size_t size = sizeof(rules.files);
    if (abi >= 4) {
        rules.net = 3; /* bind and connect of TCP */
        size = offsetof(struct ruleset, scoped);
    }
    if (abi >= 6) {
        rules.scoped = 3; /* abstract sockets and signals of others */
        size = sizeof(rules);
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0)
        return 0;
    long denied = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return denied == 0 ? abi : 0;
}
