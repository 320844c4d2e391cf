// SPDX-License-Identifier: GPL-3.0-or-later
//
// What @immich/sdk declares: its types, read from its declaration file, and its operations, learned by calling each of
// them with a fetch() that goes nowhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as sdk from '@immich/sdk';

/** The declared types: objects by their fields, enums by their values; operations by what they answer. */
export class Declarations {
  constructor(text) {
    this.text = text.replace(/\/\*\*.*?\*\//gs, '');
    this.objects = new Map();
    for (const [, name, body] of this.text.matchAll(/^export type (\w+) = \{\n(.*?)^\};/gms)) {
      const fields = [...body.matchAll(/^ {4}"?(\w+)"?(\??): (.+?);$/gms)].map(([, field, optional, type]) => ({ field, optional: optional === '?', type }));
      this.objects.set(name, fields);
    }
    this.enums = new Map();
    for (const [, name, body] of this.text.matchAll(/^export declare enum (\w+) \{(.*?)\}/gms)) {
      this.enums.set(name, [...body.matchAll(/= "(.*?)"/g)].map(([, value]) => value));
    }
  }

  answerOf(operation) {
    const match = new RegExp(`^export declare function ${operation}\\(.*?\\): Promise<(.+?)>;$`, 'ms').exec(this.text);
    assert.ok(match, `the SDK has no operation ${operation}`);
    return match[1];
  }

  /** Fields of the object type @name, also of one that is declared inside of another; null for what is no object. */
  fieldsOf(type) {
    return this.text.includes(`export type ${type} = {};`) ? [] : (this.objects.get(type) ?? null);
  }

  /** What is wrong with @value as a @type; an empty list when nothing is. */
  faults(value, type, path = '') {
    type = type.trim();
    while (/^\(.*\)$/.test(type) && closes(type)) type = type.slice(1, -1).trim();
    const choices = splitUnion(type);
    if (choices.length > 1) return choices.some((choice) => this.faults(value, choice, path).length === 0) ? [] : [this.closest(value, choices, path)].flat();
    if (type.endsWith('[]')) {
      if (!Array.isArray(value)) return [`${path}: not a list`];
      return value.flatMap((item, i) => this.faults(item, type.slice(0, -2), `${path}[${i}]`));
    }
    if (type === 'null') return value === null ? [] : [`${path}: not null`];
    if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
    if (this.enums.has(type)) return this.enums.get(type).includes(value) ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
    if (/^\{\s*\[key: string\]: any/.test(type)) return value !== null && typeof value === 'object' ? [] : [`${path}: not an object`];
    const fields = this.fieldsOf(type);
    assert.ok(fields, `cannot read the declared type ${type}`);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${path}: not a ${type}`];
    const unknown = Object.keys(value).filter((key) => !fields.some(({ field }) => field === key)).map((key) => `${path}.${key}: not in ${type}`);
    return unknown.concat(fields.flatMap(({ field, optional, type: inner }) => {
      if (value[field] === undefined) return optional ? [] : [`${path}.${field}: missing`];
      return this.faults(value[field], inner, `${path}.${field}`);
    }));
  }

  /** The faults under the choice that is not null: that is the one that was meant. */
  closest(value, choices, path) {
    const meant = choices.filter((choice) => choice.trim() !== 'null');
    return value === null ? [`${path}: null is not allowed`] : this.faults(value, meant[0], path);
  }
}

/** Does the first parenthesis close at the very end? */
function closes(text) {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i === text.length - 1;
  }
  return false;
}

/** The alternatives of a type. */
export function splitUnion(text) {
  const parts = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += c;
  }
  return parts;
}

/** The declarations of the installed SDK. */
export function readDeclarations() {
  const entry = createRequire(import.meta.url).resolve('@immich/sdk');
  return new Declarations(readFileSync(entry.replace(/index\.js$/, 'fetch-client.d.ts'), 'utf8'));
}

/** Every operation: {name, method, path: '/api/albums/{id}', query: [name], body: type or null, answer: type}. */
export async function readOperations(declared) {
  const operations = [];
  const { fetch: before, baseUrl } = sdk.defaults;
  try {
    for (const [, name, parameters] of declared.text.matchAll(/^export declare function (\w+)\((?:\{[^}]*\}: \{\n(.*?)^\}, )?opts\?/gms)) {
      const fields = [...(parameters ?? '').matchAll(/^ {4}(\$?\w+)\??: (.+?);$/gms)].map(([, field, type]) => ({ field, type }));
      operations.push({ name, ...(await spy(name, fields, declared)), answer: declared.answerOf(name) });
    }
  } finally {
    Object.assign(sdk.defaults, { fetch: before, baseUrl });
  }
  return operations;
}

/** Where a call of @name goes, each parameter having its own name as its value. */
async function spy(name, fields, declared) {
  const body = fields.find(({ type }) => declared.fieldsOf(type)) ?? null;
  const values = Object.fromEntries(fields.map(({ field, type }) => [field, field === body?.field ? {} : type.endsWith('[]') ? [`:${field}`] : `:${field}`]));
  let seen = null;
  Object.assign(sdk.defaults, {
    baseUrl: 'http://sdk/api',
    fetch: async (address, { method = 'GET' }) => {
      seen = { address: new URL(address), method };
      return new Response('{}', { headers: { 'content-type': 'application/json' } });
    },
  });
  await sdk[name](values).catch(() => {});
  assert.ok(seen, `${name} asked for nothing`);
  const path = decodeURIComponent(seen.address.pathname).replace(/:(\$?\w+)/g, '{$1}');
  return { method: seen.method, path, query: [...new Set(seen.address.searchParams.keys())], body: body?.type ?? null };
}
