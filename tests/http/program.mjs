// SPDX-License-Identifier: GPL-3.0-or-later
//
// The program under test: AMBROTYPE_BIN, or build/ambrotype.
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const program = resolve(root, process.env.AMBROTYPE_BIN ?? 'build/ambrotype');
