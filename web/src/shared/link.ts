// SPDX-License-Identifier: GPL-3.0-or-later
//
// Addresses of shared links: /share/KEY and /s/SLUG.

/** The link that @pathname leads to, as the query that the server knows it by. */
export function linkOf(pathname: string): string | undefined {
  const [, kind, secret] = /^\/(share|s)\/([^/]+)\/?$/.exec(pathname) ?? [];
  if (kind === undefined || secret === undefined) return undefined;
  return new URLSearchParams({ [kind === 's' ? 'slug' : 'key']: decode(secret) }).toString();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % that somebody typed
  }
}
