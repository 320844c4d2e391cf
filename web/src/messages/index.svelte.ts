// SPDX-License-Identifier: GPL-3.0-or-later
//
// The words of the page in the person's language. English is the shape: a language that lacks a word does not compile.

import { en } from './en';

export type Messages = typeof en;

export const languages = { en: 'English', de: 'Deutsch', ja: '日本語' } as const;
export type Language = keyof typeof languages;

const load: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de')).de,
  ja: async () => (await import('./ja')).ja,
};

const CHOICE = 'ambrotype.language';
let messages = $state.raw<Messages>(en);
let language = $state.raw<Language>('en');

/** The words. Reactive: a component that calls it follows a change of language. */
export function t(): Messages {
  return messages;
}

export function currentLanguage(): Language {
  return language;
}

/** For Intl: the browser's own variant (en-GB, de-CH) where it is of the page's language. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

const isLanguage = (tag: string | null | undefined): tag is Language => tag != null && tag in languages;

function preferred(): Language {
  const chosen = localStorage.getItem(CHOICE);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

export async function useLanguage(wanted: Language): Promise<void> {
  messages = await load[wanted]();
  language = wanted;
  document.documentElement.lang = wanted;
}

export async function chooseLanguage(wanted: Language): Promise<void> {
  await useLanguage(wanted);
  localStorage.setItem(CHOICE, wanted);
}

export const startLanguage = (): Promise<void> => useLanguage(preferred());
