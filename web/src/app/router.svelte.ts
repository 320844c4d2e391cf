// SPDX-License-Identifier: GPL-3.0-or-later
//
// Paths of the page over the history API. Every one of them works as an address typed or shared. A photo that is looked
// at stands behind the room where it was found: /albums/<id>/photos/<id>, /search/photos/<id>?q=….

const ROOMS = ['photos', 'recent', 'favorites', 'archive', 'trash', 'locked', 'albums', 'sharing', 'partners', 'tags', 'memories', 'search', 'backup', 'server'] as const;
export type Room = (typeof ROOMS)[number];

export interface Route {
  room: Room | 'unknown';
  /** of what the room shows, such as an album */
  id: string | undefined;
  /** over which the viewer is open */
  photo: string | undefined;
  /** of the room, without the photo: '' or '?q=…' */
  query: string;
}

const PHOTO = /^(.*?)\/photos\/([0-9a-f-]{36})\/?$/;
const UUID = /^[0-9a-f-]{36}$/;
const NOWHERE: Route = { room: 'unknown', id: undefined, photo: undefined, query: '' };

function parse({ pathname, search }: { pathname: string; search: string }): Route {
  const [, behind, photo] = PHOTO.exec(pathname) ?? [undefined, pathname, undefined];
  const [name = '', id, ...rest] = (behind ?? '').split('/').filter(Boolean);
  const room = name === '' ? 'photos' : ROOMS.find((candidate) => candidate === name && candidate !== 'photos');
  const mayHaveId = room === 'albums' || room === 'partners' || room === 'tags' || room === 'memories';
  if (!room || rest.length > 0 || (id !== undefined && !(mayHaveId && UUID.test(id))) || ((room === 'partners' || room === 'memories') && !id)) return NOWHERE;
  return { room, id, photo, query: search };
}

let route = $state.raw<Route>(parse(location));

/** How many steps of ours lie behind the present one: whether going back stays on this page. */
const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0;

addEventListener('popstate', () => {
  route = parse(location);
});

export const router = {
  get route(): Route {
    return route;
  },
};

/** Where the room of @route is, without the photo over it. */
export function roomPath({ room, id, query }: Route): string {
  return `/${[room === 'photos' ? '' : room, id].filter(Boolean).join('/')}${query}`;
}

/** Where a photo is when it is opened in the room that is shown now. */
export function photoPath(photo: string, { room, id, query }: Route = route): string {
  return `${room === 'photos' ? '' : `/${[room, id].filter(Boolean).join('/')}`}/photos/${photo}${query}`;
}

export function go(path: string, { replace = false } = {}): void {
  if (replace) history.replaceState({ depth: depth() }, '', path);
  else history.pushState({ depth: depth() + 1 }, '', path);
  route = parse(location);
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
  go(link.pathname + link.search);
}
