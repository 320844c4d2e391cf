// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who is answered what: one row (or several, where an operation means different things) for every route of the server.
// authorisation.test.mjs walks all of them for everybody below, against the running server with real ids, and fails
// where an answer is another one, and where a route has no row. A new route gets a row here first.
//
// Who asks, always for what belongs to `owner`:
//   nobody    without a session
//   stranger  another account, to whom nothing is shown
//   partner   an account to whom the owner shows their timeline
//   viewer    a member of the album that may look
//   editor    a member of the album that may add and remove
//   owner     the account that things belong to
//   link      who has a shared link of the album, and no account
//   key       an API key of the owner that is good for something else
//   admin     an administrator to whom nothing is shown
//
// A rule names those who are let through; they are answered the row's status. The others are turned away by what the
// rule says, and must not find so much as an id in the answer.

const ALL = ['nobody', 'stranger', 'partner', 'viewer', 'editor', 'owner', 'link', 'key', 'admin'];
export const PEOPLE = ALL;
const ACCOUNTS = ['stranger', 'partner', 'viewer', 'editor', 'owner', 'admin'];

/** A rule. @refusal: status and message for accounts that are turned away; %s is what the route's `access` says. */
const rule = (may, refusal = [400, 'Not found or no %s access']) => ({ may, refusal });

/** Everybody, whatever they send along. */
const open = rule(ALL);
/** Each account, about its own things: `owner` is no better than the others. */
const account = rule(ACCOUNTS);
/** As account, where the route asks for no permission, so that any key of an account will do. */
const anyKey = rule([...ACCOUNTS, 'key']);
/** A photo in the owner's timeline that is in the album. */
const shown = rule(['partner', 'viewer', 'editor', 'owner']);
const linked = rule([...shown.may, 'link']);
/** The owner's timeline. */
const timeline = rule(['partner', 'owner']);
/** What only its owner may see or change. */
const owned = rule(['owner']);
/** Owned things that are not there for others. */
const ownedElse404 = rule(['owner'], [404]);
const member = rule(['viewer', 'editor', 'owner']);
const visitor = rule([...member.may, 'link']);
/** For who has a link alone. */
const linkAlone = rule(['link'], [403, 'Forbidden']);
const filler = rule(['editor', 'owner']);
/** Those to whom somebody shows a timeline. */
const receiver = rule(['partner']);
const administrator = rule(['admin'], [403, 'Only an administrator may do this.']);

/** Things of the scene (authorisation.test.mjs) that a path names. */
const asset = { id: 'asset' };
const album = { id: 'album' };
const stack = { id: 'stack' };
const tag = { id: 'tag' };
const memory = { id: 'memory' };

/** [rule, status of success, what the request needs]: `id`, `userId`: what of the scene the path names; `name`: a word in
 *  it; `access`: the word of the refusal; `json`, `body`, `query`: functions of the scene and of who asks; `keyIs`: the
 *  answer to the key, where the route asks for no permission; `linkIs`: that to the link, where it is another refusal; `tells`: what of the owner's things the answer may name;
 *  `waits`: for the server's work to be done;
 *  `spends`: what is not as it was afterwards, and made anew; `ends`: the session may be over. */
export const TABLE = {
  // ---- for everybody ----
  'POST /api/auth/login': [open, 400, { json: () => ({}) }],
  'POST /api/auth/admin-sign-up': [open, 400, { json: () => ({ email: 'a@example.org', password: 'never and never', name: 'A' }) }],
  'GET /.well-known/immich': [open, 200],
  'GET /api/openapi.json': [open, 200],
  'GET /api/server/ping': [open, 200],
  'GET /api/server/version': [open, 200],
  'GET /api/server/features': [open, 200],
  'GET /api/server/config': [open, 200],
  'GET /api/server/media-types': [open, 200],
  'OPTIONS /api/uploads': [open, 204],
  'GET /api/socket.io': [open, 400], // no WebSocket; who may open one is live.test.mjs's
  'GET /api/socket.io/': [open, 400],
  'GET /api/public/config': [open, 200],
  'GET /api/public/config/defaults': [open, 200],
  'POST /api/oauth/authorize': [open, 400, { json: () => ({}) }], // not enabled
  'POST /api/oauth/callback': [open, 400, { json: () => ({}) }],
  'GET /api/oauth/mobile-redirect': [open, 400],
  'GET /': [open, 200],
  'GET /{*rest}': [open, 200, { path: '/photos' }],

  // ---- oneself ----
  'GET /api/auth/status': [anyKey, 200],
  'POST /api/auth/validateToken': [anyKey, 200, { json: () => ({}) }],
  'POST /api/auth/logout': [anyKey, 200, { json: () => ({}), ends: true }],
  'POST /api/auth/change-password': [account, 200, { json: (scene, me) => ({ password: me.password, newPassword: me.password }), ends: true, spends: ['session'] }],
  'POST /api/auth/pin-code': [account, 204, { json: () => ({ pinCode: '123456' }) }],
  'PUT /api/auth/pin-code': [account, 204, { json: () => ({ pinCode: '123456', newPinCode: '123456' }) }],
  'POST /api/auth/session/unlock': [rule(ACCOUNTS), 204, { json: () => ({ pinCode: '123456' }), keyIs: [403, 'This endpoint can only be used with a session token'] }],
  'POST /api/auth/session/lock': [rule(ACCOUNTS), 204, { json: () => ({}), keyIs: [403, 'This endpoint can only be used with a session token'] }],
  'DELETE /api/auth/pin-code': [account, 204, { json: (scene, me) => ({ password: me.password }) }],
  'GET /api/users/me': [account, 200],
  'PUT /api/users/me': [account, 200, { json: () => ({ avatarColor: 'blue' }) }],
  'GET /api/users/me/preferences': [account, 200],
  'PUT /api/users/me/preferences': [account, 200, { json: () => ({ tags: { enabled: true } }) }],
  'GET /api/users/me/onboarding': [account, 200],
  'PUT /api/users/me/onboarding': [account, 200, { json: () => ({ isOnboarded: true }) }],
  'DELETE /api/users/me/onboarding': [account, 204],
  'GET /api/users/me/license': [account, 404], // there are none
  'PUT /api/users/me/license': [account, 400, { json: () => ({}) }],
  'DELETE /api/users/me/license': [account, 204],
  'POST /api/oauth/link': [anyKey, 400, { json: () => ({}) }],
  'POST /api/oauth/unlink': [anyKey, 400, { json: () => ({}) }],
  'GET /api/notifications': [account, 200], // none are made
  'PUT /api/notifications': [account, 204, { json: () => ({ ids: [] }) }],
  'DELETE /api/notifications': [account, 204, { json: () => ({ ids: [] }) }],
  'GET /api/notifications/{id}': [account, 400, { id: 'asset' }],
  'PUT /api/notifications/{id}': [account, 400, { id: 'asset', json: () => ({}) }],
  'DELETE /api/notifications/{id}': [account, 400, { id: 'asset' }],
  'GET /api/api-keys': [account, 200],
  'POST /api/api-keys': [account, 201, { json: () => ({ name: 'K', permissions: ['asset.read'] }) }],
  'GET /api/api-keys/me': [rule(['key'], [403]), 200],
  'GET /api/api-keys/{id}': [owned, 200, { id: 'apiKey', access: 'apiKey.read' }],
  'PUT /api/api-keys/{id}': [owned, 200, { id: 'apiKey', access: 'apiKey.update', json: () => ({ name: 'New' }) }],
  'PATCH /api/api-keys/{id}': [owned, 200, { id: 'apiKey', access: 'apiKey.update', json: () => ({ name: 'New' }) }],
  'POST /api/api-keys/{id}/rotate': [owned, 201, { id: 'apiKey', access: 'apiKey.rotate', json: () => ({}) }],
  'DELETE /api/api-keys/{id}': [owned, 204, { id: 'apiKey', access: 'apiKey.delete', spends: ['apiKey'] }],
  'GET /api/sessions': [account, 200],
  'POST /api/sessions': [account, 201, { json: () => ({}) }],
  'POST /api/sessions/{id}/lock': [owned, 204, { id: 'session', access: 'authDevice.lock', json: () => ({}) }],
  'DELETE /api/sessions': [account, 204, { ends: true, spends: ['session'] }],
  'PUT /api/sessions/{id}': [owned, 200, { id: 'session', access: 'authDevice.update', json: () => ({ isPendingSyncReset: true }) }],
  'PATCH /api/sessions/{id}': [owned, 200, { id: 'session', access: 'authDevice.update', json: () => ({ isPendingSyncReset: true }) }],
  'DELETE /api/sessions/{id}': [owned, 204, { id: 'session', access: 'authDevice.delete', spends: ['session'] }],

  // ---- others ----
  'GET /api/users': [account, 200],
  'GET /api/users/{id}': [account, 200, { id: 'ownerUser' }],
  'POST /api/users/profile-image': [account, 201, { picture: true }],
  'GET /api/users/{id}/profile-image': [account, 200, { id: 'ownerUser' }],
  'DELETE /api/users/profile-image': [account, 204],
  'GET /api/partners': [account, 200, { query: () => 'direction=shared-with' }],
  'POST /api/partners': [account, 201, { json: (scene) => ({ sharedWithId: scene.friend }) }],
  'POST /api/partners/{id}': [account, 201, { id: 'otherFriend' }],
  'PUT /api/partners/{id}': [receiver, 200, { id: 'ownerUser', access: 'partner.update', json: () => ({ inTimeline: true }) }],
  'DELETE /api/partners/{id}': [rule(['owner'], [400, 'Partner not found']), 204, { id: 'partnerUser', spends: ['partner'] }],

  // ---- photos ----
  'GET /api/assets/{id}': [linked, 200, { ...asset, access: 'asset.read' }],
  'GET /api/assets/{id}/original': [linked, 200, { ...asset, access: 'asset.download' }],
  'GET /api/assets/{id}/thumbnail': [linked, 200, { ...asset, access: 'asset.view', waits: true }],
  'GET /api/assets/{id}/video': [linked, 200, { id: 'video', access: 'asset.view' }],
  'GET /api/assets/{id}/video/playback': [linked, 200, { id: 'video', access: 'asset.view' }],
  'GET /api/assets/{id}/proof': [owned, 200, { ...asset, access: 'asset.read' }],
  'GET /api/assets/{id}/sidecar': [owned, 200, { ...asset, access: 'asset.download' }],
  'PUT /api/assets/{id}/sidecar': [owned, 204, { ...asset, access: 'asset.update', body: () => '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>' }],
  'PUT /api/assets/{id}': [owned, 200, { ...asset, access: 'asset.update', json: () => ({ description: 'x' }) }],
  'PATCH /api/assets/{id}': [owned, 200, { ...asset, access: 'asset.update', json: () => ({ description: 'x' }) }],
  'PUT /api/assets': [owned, 204, { access: 'asset.update', json: (scene) => ({ ids: [scene.asset], rating: 3 }) }],
  'PATCH /api/assets': [owned, 204, { access: 'asset.update', json: (scene) => ({ ids: [scene.asset], rating: 3 }) }],
  'DELETE /api/assets': [owned, 204, { access: 'asset.delete', json: (scene) => ({ ids: [scene.asset] }), spends: ['asset'] }],
  'PUT /api/assets/metadata': [owned, 200, { access: 'asset.update', json: (scene) => ({ items: [{ assetId: scene.asset, key: 'mobile-app', value: {} }] }) }],
  'DELETE /api/assets/metadata': [owned, 204, { access: 'asset.update', json: (scene) => ({ items: [{ assetId: scene.asset, key: 'mobile-app' }] }), spends: ['asset'] }],
  'GET /api/assets/{id}/metadata': [owned, 200, { ...asset, access: 'asset.read' }],
  'PUT /api/assets/{id}/metadata': [owned, 200, { ...asset, access: 'asset.update', json: () => ({ items: [{ key: 'mobile-app', value: {} }] }) }],
  'GET /api/assets/{id}/metadata/{key}': [owned, 200, { ...asset, access: 'asset.read', name: 'mobile-app' }],
  'DELETE /api/assets/{id}/metadata/{key}': [owned, 204, { ...asset, access: 'asset.update', name: 'mobile-app', spends: ['asset'] }],
  'GET /api/assets/{id}/ocr': [shown, 200, { ...asset, access: 'asset.read' }],
  'GET /api/assets/{id}/edits': [shown, 200, { ...asset, access: 'asset.read' }],
  'PUT /api/assets/{id}/edits': [owned, 400, { ...asset, access: 'asset.update', json: () => ({ edits: [] }) }],
  'DELETE /api/assets/{id}/edits': [owned, 204, { ...asset, access: 'asset.update' }],
  'POST /api/assets/jobs': [owned, 204, { access: 'asset.update', json: (scene) => ({ assetIds: [scene.asset], name: 'refresh-metadata' }) }],
  'PUT /api/assets/copy': [owned, 204, { access: 'asset.copy', json: (scene) => ({ sourceId: scene.asset, targetId: scene.secret, albums: false }) }],
  'POST /api/assets': [rule([...ACCOUNTS, 'link']), 201, { upload: true }],
  'POST /api/assets/bulk-upload-check': [account, 200, { json: (scene) => ({ assets: [{ id: 'x', checksum: scene.checksum }] }) }],
  'GET /api/assets/statistics': [account, 200],
  'POST /api/trash/restore/assets': [owned, 200, { access: 'asset.delete', json: (scene) => ({ ids: [scene.asset] }) }],
  'POST /api/trash/restore': [account, 200, { json: () => ({}) }],
  'POST /api/trash/empty': [account, 200, { json: () => ({}) }],

  // ---- many photos ----
  'GET /api/timeline/buckets': [
    [account, 200, { access: 'timeline.read' }],
    [timeline, 200, { access: 'timeline.read', query: (scene) => `visibility=timeline&userId=${scene.ownerUser}` }],
    [owned, 200, { access: 'timeline.read', query: (scene) => `visibility=archive&userId=${scene.ownerUser}` }],
    [visitor, 200, { access: 'album.read', query: (scene) => `albumId=${scene.album}` }],
  ],
  'GET /api/timeline/bucket': [
    [account, 200, { access: 'timeline.read', query: () => 'timeBucket=2024-08-01&withPartners=true' }],
    [timeline, 200, { access: 'timeline.read', query: (scene) => `timeBucket=2024-08-01&visibility=timeline&userId=${scene.ownerUser}` }],
    [owned, 200, { access: 'timeline.read', query: (scene) => `timeBucket=2024-08-01&visibility=archive&userId=${scene.ownerUser}` }],
    [visitor, 200, { access: 'album.read', query: (scene) => `timeBucket=2024-08-01&albumId=${scene.album}` }],
  ],
  'POST /api/search/metadata': [
    [account, 200, { json: () => ({}), linkIs: [400, 'Validation failed'] }],
    [visitor, 200, { access: 'album.read', json: (scene) => ({ albumIds: [scene.album] }) }],
  ],
  'POST /api/search/random': [
    [account, 200, { json: () => ({}) }],
    [member, 200, { access: 'album.read', json: (scene) => ({ albumIds: [scene.album] }) }],
  ],
  'POST /api/search/statistics': [
    [account, 200, { json: () => ({}) }],
    [member, 200, { access: 'album.read', json: (scene) => ({ albumIds: [scene.album] }) }],
  ],
  'POST /api/search/large-assets': [
    [account, 200, { json: () => ({}) }],
    [member, 200, { access: 'album.read', query: (scene) => `albumIds=${scene.album}`, json: () => ({}) }],
  ],
  'POST /api/search/smart': [account, 400, { json: () => ({ query: 'sea' }) }], // there is none
  'GET /api/search/explore': [account, 200],
  'GET /api/search/cities': [account, 200],
  'GET /api/search/places': [account, 200, { query: () => 'name=Paris' }],
  'GET /api/search/person': [account, 200, { query: () => 'name=Marie' }],
  'GET /api/map/markers': [account, 200, { query: () => 'isArchived=true&withPartners=true&withSharedAlbums=true' }],
  'GET /api/map/reverse-geocode': [account, 200, { query: () => 'lat=1&lon=2' }],
  'GET /api/search/suggestions': [account, 200, { query: () => 'type=country' }],
  'POST /api/download/info': [
    [linked, 201, { access: 'asset.download', json: (scene) => ({ assetIds: [scene.asset] }) }],
    [visitor, 201, { access: 'album.download', json: (scene) => ({ albumId: scene.album }) }],
    [timeline, 201, { access: 'timeline.download', json: (scene) => ({ userId: scene.ownerUser }) }],
  ],
  'POST /api/download/archive': [linked, 200, { access: 'asset.download', json: (scene) => ({ assetIds: [scene.asset] }) }],
  'GET /api/view/folder': [account, 200, { query: () => 'path=owner/2024/2024-08' }],
  'GET /api/view/folder/unique-paths': [account, 200],

  // ---- albums ----
  'GET /api/albums': [account, 200],
  'POST /api/albums': [account, 201, { json: () => ({ albumName: 'New' }) }],
  'GET /api/albums/statistics': [account, 200],
  // Who may not is told {success: false, error: 'no_permission'}: sharing.test.mjs.
  'PUT /api/albums/assets': [rule(['editor', 'owner'], [200]), 200, { json: (scene) => ({ albumIds: [scene.album], assetIds: [scene.asset] }) }],
  'GET /api/albums/{id}': [visitor, 200, { ...album, access: 'album.read' }],
  'GET /api/albums/{id}/map-markers': [visitor, 200, { ...album, access: 'album.read' }],
  'PUT /api/albums/{id}': [owned, 200, { ...album, access: 'album.update', json: () => ({ albumName: 'New' }) }],
  'PATCH /api/albums/{id}': [owned, 200, { ...album, access: 'album.update', json: () => ({ albumName: 'New' }) }],
  'DELETE /api/albums/{id}': [owned, 204, { ...album, access: 'album.delete', spends: ['album'] }],
  'PUT /api/albums/{id}/assets': [filler, 200, { ...album, access: 'albumAsset.create', json: (scene) => ({ ids: [scene.asset] }) }],
  'DELETE /api/albums/{id}/assets': [filler, 200, { ...album, access: 'albumAsset.delete', json: (scene) => ({ ids: [scene.asset] }), spends: ['album'] }],
  'PUT /api/albums/{id}/users': [owned, 200, { ...album, access: 'album.share', json: (scene) => ({ albumUsers: [{ userId: scene.friend }] }) }],
  'PUT /api/albums/{id}/user/{userId}': [owned, 204, { ...album, userId: 'viewerUser', access: 'album.share', json: () => ({ role: 'editor' }), spends: ['album'] }],
  'DELETE /api/albums/{id}/user/{userId}': [
    [rule(['viewer', 'owner']), 204, { ...album, userId: 'viewerUser', access: 'album.share', spends: ['album'] }],
    [rule(['viewer', 'editor'], [400]), 204, { ...album, userId: 'me', spends: ['album'] }],
  ],

  'GET /api/activities': [member, 200, { access: 'album.read', query: (scene) => `albumId=${scene.album}` }],
  'GET /api/activities/statistics': [member, 200, { access: 'album.read', query: (scene) => `albumId=${scene.album}` }],
  'POST /api/activities': [member, 201, { access: 'activity.create', json: (scene) => ({ albumId: scene.album, type: 'comment', comment: 'x' }) }],
  'DELETE /api/activities/{id}': [owned, 204, { id: 'activity', access: 'activity.delete', spends: ['activity'] }],

  // ---- shared links ----
  'GET /api/shared-links': [account, 200],
  'POST /api/shared-links': [
    [owned, 201, { access: 'album.share', json: (scene) => ({ type: 'ALBUM', albumId: scene.album }) }],
    [owned, 201, { access: 'asset.share', json: (scene) => ({ type: 'INDIVIDUAL', assetIds: [scene.asset] }) }],
  ],
  'GET /api/shared-links/me': [linkAlone, 200],
  'GET /api/shared-links/me/archive': [linkAlone, 200],
  'POST /api/shared-links/login': [linkAlone, 400, { json: () => ({ password: 'x' }) }], // it has none
  'GET /api/shared-links/{id}': [owned, 200, { id: 'sharedLink', access: 'sharedLink.read' }],
  'PATCH /api/shared-links/{id}': [owned, 200, { id: 'sharedLink', access: 'sharedLink.update', json: () => ({ description: 'x' }) }],
  'DELETE /api/shared-links/{id}': [owned, 204, { id: 'sharedLink', access: 'sharedLink.delete', spends: ['sharedLink'] }],
  'PUT /api/shared-links/{id}/assets': [owned, 200, { id: 'listLink', access: 'sharedLink.update', json: (scene) => ({ assetIds: [scene.asset] }) }],
  'DELETE /api/shared-links/{id}/assets': [owned, 200, { id: 'listLink', access: 'sharedLink.update', json: (scene) => ({ assetIds: [scene.asset] }), spends: ['sharedLink'] }],

  // ---- stacks, tags, memories ----
  'GET /api/stacks': [account, 200],
  'POST /api/stacks': [owned, 201, { access: 'asset.update', json: (scene) => ({ assetIds: [scene.first, scene.second] }), spends: ['stack'] }],
  'DELETE /api/stacks': [owned, 204, { access: 'stack.delete', json: (scene) => ({ ids: [scene.stack] }), spends: ['stack'] }],
  'GET /api/stacks/{id}': [owned, 200, { ...stack, access: 'stack.read' }],
  'PUT /api/stacks/{id}': [owned, 200, { ...stack, access: 'stack.update', json: (scene) => ({ primaryAssetId: scene.first }) }],
  'PATCH /api/stacks/{id}': [owned, 200, { ...stack, access: 'stack.update', json: (scene) => ({ primaryAssetId: scene.first }) }],
  'DELETE /api/stacks/{id}': [owned, 204, { ...stack, access: 'stack.delete', spends: ['stack'] }],
  'DELETE /api/stacks/{id}/assets/{assetId}': [owned, 204, { ...stack, assetId: 'second', access: 'stack.update', spends: ['stack'] }],
  'GET /api/tags': [account, 200],
  'POST /api/tags': [account, 201, { json: () => ({ name: `made ${Math.random()}` }) }],
  'PUT /api/tags': [account, 200, { json: () => ({ tags: ['sea'] }) }],
  'PUT /api/tags/assets': [owned, 200, { access: 'tag.asset', json: (scene) => ({ tagIds: [scene.tag], assetIds: [scene.asset] }) }],
  'GET /api/tags/{id}': [owned, 200, { ...tag, access: 'tag.read' }],
  'PUT /api/tags/{id}': [owned, 200, { ...tag, access: 'tag.update', json: () => ({ color: '#0000ff' }) }],
  'PATCH /api/tags/{id}': [owned, 200, { ...tag, access: 'tag.update', json: () => ({ color: '#0000ff' }) }],
  'DELETE /api/tags/{id}': [owned, 204, { ...tag, access: 'tag.delete', spends: ['tag'] }],
  'PUT /api/tags/{id}/assets': [owned, 200, { ...tag, access: 'tag.asset', json: (scene) => ({ ids: [scene.asset] }) }],
  'DELETE /api/tags/{id}/assets': [owned, 200, { ...tag, access: 'tag.asset', json: (scene) => ({ ids: [scene.asset] }) }],
  'GET /api/memories': [account, 200],
  'POST /api/memories': [
    [account, 201, { json: () => ({ type: 'on_this_day', data: { year: 2020 }, memoryAt: '2020-01-01T00:00:00.000Z' }) }],
    [owned, 201, { access: 'asset.share', json: (scene) => ({ type: 'on_this_day', data: { year: 2020 }, memoryAt: '2020-01-01T00:00:00.000Z', assetIds: [scene.asset] }) }],
  ],
  'GET /api/memories/statistics': [account, 200],
  'GET /api/memories/{id}': [owned, 200, { ...memory, access: 'memory.read' }],
  'PUT /api/memories/{id}': [owned, 200, { ...memory, access: 'memory.update', json: () => ({ isSaved: true }) }],
  'PATCH /api/memories/{id}': [owned, 200, { ...memory, access: 'memory.update', json: () => ({ isSaved: true }) }],
  'DELETE /api/memories/{id}': [owned, 204, { ...memory, access: 'memory.delete', spends: ['memory'] }],
  'PUT /api/memories/{id}/assets': [owned, 200, { ...memory, access: 'memoryAsset.create', json: (scene) => ({ ids: [scene.asset] }) }],
  'DELETE /api/memories/{id}/assets': [owned, 200, { ...memory, access: 'memoryAsset.delete', json: (scene) => ({ ids: [scene.asset] }) }],

  // ---- recognition, of which there is none ----
  'GET /api/people': [account, 200],
  'POST /api/people': [account, 400, { json: () => ({ name: 'Marie' }) }],
  'PUT /api/people': [account, 200, { json: () => ({ people: [] }) }],
  'DELETE /api/people': [account, 204, { json: () => ({ ids: [] }) }],
  'POST /api/people/merge': [account, 400, { json: () => ({ ids: [] }) }],
  'GET /api/people/{id}': [account, 400, asset],
  'PUT /api/people/{id}': [account, 400, { ...asset, json: () => ({}) }],
  'PATCH /api/people/{id}': [account, 400, { ...asset, json: () => ({}) }],
  'DELETE /api/people/{id}': [account, 400, asset],
  'GET /api/people/{id}/statistics': [account, 400, asset],
  'GET /api/people/{id}/thumbnail': [account, 400, asset],
  'POST /api/people/{id}/merge': [account, 400, { ...asset, json: () => ({}) }],
  'PUT /api/people/{id}/reassign': [account, 400, { ...asset, json: () => ({}) }],
  'GET /api/faces': [shown, 200, { access: 'asset.read', query: (scene) => `id=${scene.asset}` }],
  'POST /api/faces': [account, 400, { json: () => ({}) }],
  'PUT /api/faces/{id}': [account, 400, { ...asset, json: () => ({}) }],
  'DELETE /api/faces/{id}': [account, 400, { ...asset, json: () => ({}) }],
  'GET /api/duplicates': [account, 200],
  'DELETE /api/duplicates': [account, 204, { json: () => ({ ids: [] }) }],
  'POST /api/duplicates/resolve': [account, 200, { json: () => ({ groups: [] }) }],
  'DELETE /api/duplicates/{id}': [account, 400, asset],

  // ---- phones ----
  'POST /api/sync/stream': [account, 200, { json: () => ({ types: ['AuthUsersV1', 'UsersV1', 'AssetsV2', 'AlbumsV2'] }) }],
  'GET /api/sync/ack': [account, 200],
  'POST /api/sync/ack': [account, 204, { json: () => ({ acks: [] }) }],
  'DELETE /api/sync/ack': [account, 204, { json: () => ({ types: ['AssetV2'] }) }],

  // ---- resumable uploads ----
  'POST /api/uploads': [account, 201, { headers: { 'tus-resumable': '1.0.0', 'upload-length': '10', 'upload-metadata': 'filename YS5qcGc=' } }],
  'HEAD /api/uploads/{id}': [ownedElse404, 200, { id: 'upload', headers: { 'tus-resumable': '1.0.0' } }],
  'PATCH /api/uploads/{id}': [ownedElse404, 204, { id: 'upload', body: () => 'x', headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' } }],
  'DELETE /api/uploads/{id}': [ownedElse404, 204, { id: 'upload', headers: { 'tus-resumable': '1.0.0' }, spends: ['upload'] }],

  // ---- devices ----
  'GET /api/backup/preferences': [account, 200],
  'PUT /api/backup/preferences': [account, 200, { json: () => ({ quality: 'original' }) }],
  'GET /api/backup/devices': [account, 200],
  'PUT /api/backup/devices/{id}/status': [ownedElse404, 204, { id: 'device', json: () => ({ activity: 'idle', done: 0, total: 0 }) }],
  'POST /api/backup/devices/{id}/items': [ownedElse404, 200, { id: 'device', json: () => ({ items: [] }) }],
  'GET /api/backup/devices/{id}/items': [ownedElse404, 200, { id: 'device' }],
  'DELETE /api/backup/devices/{id}': [ownedElse404, 204, { id: 'device', spends: ['device'] }],
  'PUT /api/backup/devices/{id}': [account, 200, { id: 'device', json: () => ({ name: 'D', kind: 'computer' }) }], // the client makes the id: each has their own

  // ---- administration ----
  'GET /api/admin/users': [administrator, 200],
  'POST /api/admin/users': [administrator, 201, { json: () => ({ email: `made${Math.random()}@example.org`, name: 'Made', password: 'long enough for all' }) }],
  'GET /api/admin/users/{id}': [administrator, 200, { id: 'friend' }],
  'PUT /api/admin/users/{id}': [administrator, 200, { id: 'friend', json: () => ({ name: 'F' }) }],
  'PATCH /api/admin/users/{id}': [administrator, 200, { id: 'friend', json: () => ({ name: 'F' }) }],
  'GET /api/admin/users/{id}/preferences': [administrator, 200, { id: 'friend' }],
  'PUT /api/admin/users/{id}/preferences': [administrator, 200, { id: 'friend', json: () => ({}) }],
  'PATCH /api/admin/users/{id}/preferences': [administrator, 200, { id: 'friend', json: () => ({}) }],
  'GET /api/admin/users/{id}/statistics': [administrator, 200, { id: 'friend' }],
  'GET /api/admin/users/{id}/sessions': [administrator, 200, { id: 'friend' }],
  'DELETE /api/admin/users/{id}': [administrator, 200, { id: 'friend', json: () => ({}) }],
  'POST /api/admin/users/{id}/restore': [administrator, 200, { id: 'friend', json: () => ({}) }],
  'GET /api/server/about': [account, 200],
  'GET /api/server/storage': [account, 200],
  'GET /api/server/apk-links': [account, 200],
  'GET /api/server/version-check': [account, 200],
  'GET /api/server/version-history': [anyKey, 200],
  'GET /api/config': [account, 200],
  'GET /api/config/defaults': [account, 200],
  'GET /api/server/license': [administrator, 404],
  'PUT /api/server/license': [administrator, 400, { json: () => ({}) }],
  'DELETE /api/server/license': [administrator, 204],
  'GET /api/admin/config': [administrator, 200],
  'GET /api/admin/config/defaults': [administrator, 200],
  'PUT /api/admin/config': [administrator, 400, { json: () => ({}) }],
  'GET /api/system-config': [administrator, 200],
  'GET /api/system-config/defaults': [administrator, 200],
  'GET /api/system-config/storage-template-options': [administrator, 200],
  'PUT /api/system-config': [administrator, 400, { json: () => ({}) }],
  'GET /api/system-metadata/admin-onboarding': [administrator, 200],
  'POST /api/system-metadata/admin-onboarding': [administrator, 204, { json: () => ({ isOnboarded: true }) }],
  'GET /api/system-metadata/reverse-geocoding-state': [administrator, 200],
  'GET /api/system-metadata/version-check-state': [administrator, 200],
  'GET /api/server/packed': [administrator, 200],
  'GET /api/server/statistics': [administrator, 200],
  'GET /api/jobs': [administrator, 200],
  'PUT /api/jobs/{name}': [administrator, 200, { name: 'library', json: () => ({ command: 'resume' }) }],
  'GET /api/queues': [administrator, 200],
  'GET /api/queues/{name}': [administrator, 200, { name: 'library' }],
  'PUT /api/queues/{name}': [administrator, 200, { name: 'library', json: () => ({ isPaused: false }) }],
  'PATCH /api/queues/{name}': [administrator, 200, { name: 'library', json: () => ({ isPaused: false }) }],
  'GET /api/queues/{name}/jobs': [administrator, 200, { name: 'library' }],
  'DELETE /api/queues/{name}/jobs': [administrator, 204, { name: 'library', json: () => ({}) }],
  'GET /api/problems': [administrator, 200, { tells: ['video'] }],
  'POST /api/problems/retry': [administrator, 200, { json: () => ({}) }],
};
