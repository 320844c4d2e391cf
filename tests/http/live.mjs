// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the app and the Immich page use to hear of things at once, as a test sees it: a Socket.IO client that keeps all
// that comes.
import assert from 'node:assert/strict';
import { io } from 'socket.io-client';

const PATIENCE_MS = 120_000;

/**
 * Connects as the app does, with the cookie of @session or with @headers.
 * @param {string} url of the server
 * @param {object} [options] session, headers, query, more (for socket.io-client)
 */
export function listen(url, { session, headers = {}, query, more = {} } = {}) {
  const cookie = session ? { cookie: session.cookie } : {};
  return new Ear(io(url, {
    path: '/api/socket.io/', transports: ['websocket'], reconnection: false, forceNew: true,
    extraHeaders: { ...cookie, ...headers }, query, ...more,
  }));
}

class Ear {
  #wakes = new Set();

  constructor(socket) {
    this.socket = socket;
    this.heard = []; // [name, argument]
    this.#keep('connect', 'disconnect', 'connect_error');
    socket.onAny((name, ...given) => this.#note(name, ...given));
  }

  #keep(...names) {
    for (const name of names) this.socket.on(name, (given) => this.#note(name, given));
  }

  #note(name, given) {
    this.heard.push([name, given]);
    for (const wake of this.#wakes) wake();
  }

  /** What came with events called @name so far. */
  all(name) {
    return this.heard.filter(([heard]) => heard === name).map(([, given]) => given);
  }

  /** The argument of the first event @name for which @wanted is true, which may have come already. */
  async event(name, wanted = () => true) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.heard.find(([heard, given]) => heard === name && wanted(given));
      if (found) return found[1];
      assert.ok(Date.now() < end, `${name} did not come; heard: ${JSON.stringify(this.heard).slice(0, 2000)}`);
      await new Promise((settle) => {
        const timer = setTimeout(settle, 1000);
        this.#wakes.add(() => (clearTimeout(timer), settle()));
      });
    }
  }

  forget() {
    this.heard = [];
  }

  close() {
    this.socket.close();
  }
}
