/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `ambrotype backup`: this computer's folders, to a server. Uses the room client; needs no data folder.
 *
 * Threads: the main thread. */
#pragma once

/** argv[0] is the word "backup". Answers an exit code of enum cli_exit. */
int cmd_backup(int argc, char **argv);
