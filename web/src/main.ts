// SPDX-License-Identifier: GPL-3.0-or-later
import './app.css';
import { mount } from 'svelte';
import { askByLink } from './api/client';
import App from './app/App.svelte';
import { start } from './app/session.svelte';
import { startLanguage } from './messages/index.svelte';
import { linkOf } from './shared/link';

const target = document.getElementById('app') as HTMLElement;
const link = linkOf(location.pathname);

void startLanguage().then(async () => {
  if (link === undefined) {
    void start();
    mount(App, { target });
  } else {
    askByLink(link);
    mount((await import('./shared/Shared.svelte')).default, { target });
  }
});
