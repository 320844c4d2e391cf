// SPDX-License-Identifier: GPL-3.0-or-later

/** Larger files are not read into memory whole just for this; the server hashes what arrives in any case. */
const MAX_BYTES = 64 * 1024 * 1024;

/** SHA-1 of the file in hex, so that the server can tell whether all arrived as it was read here; undefined for large
 *  files and where browsers offer no hashing (plain HTTP to another machine). Rejects when the file cannot be read. */
export async function sha1Hex(file: File): Promise<string | undefined> {
  if (file.size > MAX_BYTES || !isSecureContext) {
    await file.slice(0, 1).arrayBuffer();
    return undefined;
  }
  const digest = await crypto.subtle.digest('SHA-1', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
