// SPDX-License-Identifier: GPL-3.0-or-later
//
// Paths of the page over the history API. Every one of them works as an address typed or shared.

export type Route = { name: 'timeline' } | { name: 'photo'; id: string } | { name: 'backup' } | { name: 'server' } | { name: 'unknown' };

function parse(path: string): Route {
  if (path === '/') return { name: 'timeline' };
  if (path === '/backup' || path === '/backup/') return { name: 'backup' };
  if (path === '/server' || path === '/server/') return { name: 'server' };
  const photo = /^\/photos\/([0-9a-f-]{36})\/?$/.exec(path);
  if (photo) return { name: 'photo', id: photo[1] as string };
  return { name: 'unknown' };
}

let route = $state.raw<Route>(parse(location.pathname));

/** How many steps of ours lie behind the present one: whether going back stays on this page. */
const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

addEventListener('popstate', () => {
  route = parse(location.pathname);
});

export const router = {
  get route(): Route {
    return route;
  },
};

export function go(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState({ depth: depth() }, '', path);
  else history.pushState({ depth: depth() + 1 }, '', path);
  route = parse(location.pathname);
}

/** Back to where the person came from, or to @path when this page was the first one they saw. */
export function goBack(path: string): void {
  if (depth() > 0) history.back();
  else go(path, { replace: true });
}

/** For links: a plain click stays in the page, any other (new tab, download) is the browser's. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  go(link.pathname);
}
