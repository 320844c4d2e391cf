/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "worker/misbehave.h"

#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/protocol.h"

#define COMMAND "misbehave:"

/* Where an attempt comes back, the confinement failed, and the worker says so by its exit code. */
static void attempt(const char *what)
{
    static char *const no_arguments[] = {NULL};
    if (strcmp(what, "open") == 0)
        (void)!open("/etc/passwd", O_RDONLY);
    else if (strcmp(what, "socket") == 0)
        (void)!socket(AF_INET, SOCK_STREAM, 0);
    else if (strcmp(what, "fork") == 0 && fork() == 0)
        _exit(0);
    else if (strcmp(what, "exec") == 0)
        execve("/bin/true", no_arguments, no_arguments);
    _exit(99);
}

void misbehave(const char *file_name)
{
    if (!file_name || !g_str_has_prefix(file_name, COMMAND))
        return;
    const char *what = file_name + strlen(COMMAND);
    if (strcmp(what, "crash") == 0)
        abort();
    while (strcmp(what, "hang") == 0)
        poll(NULL, 0, -1);
    while (strcmp(what, "spin") == 0)
        ;
    if (strcmp(what, "memory") == 0)
        for (size_t total = 0; total < (size_t)4 << 30; total += 64 << 20)
            memset(g_malloc(64 << 20), 1, 64 << 20);
    if (strcmp(what, "garbage") == 0) {
        (void)!write(PROTOCOL_WORKER_FD, "\xff\xff\xff\xff nonsense", 13);
        return;
    }
    attempt(what);
}
