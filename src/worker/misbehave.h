/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An attacker inside of a sandboxed program: the hostile twin of ambrotype-media, built for tests and never
 * installed, is the real program whose main() calls misbehave_main() in place of program_main(). A request whose file
 * name is a command makes it do what an attacker would try, so that tests see the confinement hold and the server
 * survive:
 *
 *   misbehave:crash, …:hang, …:spin, …:memory, …:garbage (an answer that is none)
 *   misbehave:escape-N         attempt N of escape.h
 *   misbehave:write-original   write to the file that the job was handed
 *
 * Of the last two, where the process survives them, the outcome is MEDIA_UNSUPPORTED where the attempt was refused,
 * MEDIA_FAULT where it was not, and MEDIA_TOO_LARGE beyond the last attempt; the reason tells which it was. */
#pragma once

#include "worker/program.h"

int misbehave_main(int argc, char **argv, const struct program *program);
