// SPDX-License-Identifier: GPL-3.0-or-later
//
// Self-signed certificates for servers on this machine.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes @name.crt with its key @name.key in @folder: {cert, key}, their paths. */
export function certificate(folder, name) {
  const made = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', made.key, '-out', made.cert], { stdio: 'ignore' });
  return made;
}
