// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who is signed in, and what the page shows before anyone is.

import { ApiError, api, onSignedOut } from '../api/client';
import { forget } from '../search/recent';
import type { ServerConfig, User } from '../api/types';

export type Session =
  | { state: 'starting' }
  | { state: 'unreachable' }
  | { state: 'first-run' }
  | { state: 'signed-out'; message: string; expired: boolean }
  | { state: 'signed-in'; user: User };

let session = $state.raw<Session>({ state: 'starting' });
let config: ServerConfig | undefined;

export const current = {
  get session(): Session {
    return session;
  },
};

/** Who is signed in. */
export function currentUser(): User | undefined {
  return session.state === 'signed-in' ? session.user : undefined;
}

/** The cookie beside the secret one says only that there is a session, so that strangers need not ask to be refused. */
const mayBeSignedIn = (): boolean => /(^|; )immich_is_authenticated=true(;|$)/.test(document.cookie);

/** Asks the server who this is. Called at the start, after signing in, and to try again. */
export async function start(): Promise<void> {
  try {
    if (mayBeSignedIn()) {
      session = { state: 'signed-in', user: await api.me() };
      return;
    }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) {
      session = { state: 'unreachable' };
      return;
    }
  }
  try {
    config = await api.config();
    session = config.isInitialized ? signedOut(false) : { state: 'first-run' };
  } catch {
    session = { state: 'unreachable' };
  }
}

function signedOut(expired: boolean): Session {
  return { state: 'signed-out', message: config?.loginPageMessage ?? '', expired };
}

export async function signIn(email: string, password: string): Promise<void> {
  await api.login(email, password);
  await start();
}

export async function signUp(account: { email: string; password: string; name: string }): Promise<void> {
  await api.signUp(account);
  await signIn(account.email, account.password);
}

export async function signOut(): Promise<void> {
  await api.logout();
  forget();
  // A fresh page: nothing of this account's photos stays in memory.
  location.assign('/');
}

/** The server has ended the session. */
export function sessionEnded(): void {
  if (session.state === 'signed-in') session = signedOut(true);
}

onSignedOut(sessionEnded);
