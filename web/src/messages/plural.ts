// SPDX-License-Identifier: GPL-3.0-or-later

const rules = new Map<string, Intl.PluralRules>();

/** The form of a word that @count takes in @language; `other` where the language has no form of its own for it. */
export function plural(language: string, count: number, forms: { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>): string {
  let rule = rules.get(language);
  if (!rule) rules.set(language, (rule = new Intl.PluralRules(language)));
  return forms[rule.select(count)] ?? forms.other;
}
