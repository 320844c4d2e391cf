// SPDX-License-Identifier: GPL-3.0-or-later
import './app.css';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { start } from './app/session.svelte';
import { startLanguage } from './messages/index.svelte';

void startLanguage().then(() => {
  void start();
  mount(App, { target: document.getElementById('app') as HTMLElement });
});
