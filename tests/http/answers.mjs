// SPDX-License-Identifier: GPL-3.0-or-later
//
// Holds answers of the server against its own document (`ambrotype openapi`): an operation's status must be documented,
// and its JSON must have all the fields of the type, each of its kind, and no others. server.mjs does it with every
// answer that a test receives, so that the document tells what the server really does.
//
//   checkAnswer({ method: 'GET', path: '/api/albums', status: 200, type: 'application/json', bytes });
import { execFileSync } from 'node:child_process';
import { program } from './program.mjs';

let read = null;

/** The document of the program under test. */
export function apiDocument() {
  read ??= JSON.parse(execFileSync(program, ['openapi'], { encoding: 'utf8', maxBuffer: 64 << 20 }));
  return read;
}

/** Fails (an Error that names operation, path and place) where the answer is none that the document tells of. Addresses
 *  that are no operation are not looked at: the pages, and what is nothing. */
export function checkAnswer({ method, path, status, type, bytes }) {
  const found = operationOf(method, path);
  if (!found || method === 'HEAD') return;
  if (!Object.keys(found.responses).some((one) => one < '4')) return; // not declared yet: the unit tests tell
  const fail = (what) => {
    throw new Error(`${found.operationId} (${method} ${path}) answered what its document does not tell: ${what}`);
  };
  const answer = found.responses[status] ?? found.responses[`${Math.floor(status / 100)}XX`];
  if (!answer) fail(`status ${status}`);
  const { content } = answer.$ref ? resolve(answer.$ref) : answer;
  if (bytes.length === 0 && status >= 400) return;
  const media = (type ?? '').split(';')[0];
  const [documented, wanted] = Object.entries(content ?? {}).find(([name]) => isOf(media, name)) ?? [];
  if (!documented && bytes.length > 0) fail(`status ${status} with ${media || 'a body of no type'}`);
  if (!documented && content) fail(`status ${status} without a body`);
  if (!documented || !media.includes('json')) return;
  const values = media === 'application/json' ? [bytes] : linesOf(bytes);
  for (const value of values) for (const problem of problemsOf(JSON.parse(value), wanted.schema)) fail(problem);
}

/** fetch() for clients that take one: @immich/sdk's `defaults.fetch`. */
export async function checkedFetch(address, options) {
  const answer = await fetch(address, options);
  checkAnswer({
    method: options?.method ?? 'GET',
    path: new URL(address).pathname,
    status: answer.status,
    type: answer.headers.get('content-type'),
    bytes: Buffer.from(await answer.clone().arrayBuffer()),
  });
  return answer;
}

// ---- which operation ----

let patterns = null;

function operationOf(method, path) {
  // What stands as it is goes before what takes a parameter, as in the server's router.
  patterns ??= Object.entries(apiDocument().paths)
    .map(([pattern, methods]) => ({ methods, pattern, test: new RegExp(`^${pattern.replace(/\./g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`) }))
    .sort((a, b) => a.pattern.split('{').length - b.pattern.split('{').length);
  const name = method === 'HEAD' ? 'get' : method.toLowerCase();
  return patterns.find(({ methods, test }) => methods[name] && test.test(path))?.methods[name];
}

/** Is media type @media what @wanted ("image/*") names? */
function isOf(media, wanted) {
  return wanted === '*/*' || media === wanted || (wanted.endsWith('/*') && media.startsWith(wanted.slice(0, -1)));
}

// A stream that was cut off ends within a line.
const linesOf = (bytes) => bytes.toString().split('\n').slice(0, -1);

// ---- JSON Schema, as far as the document uses it ----

function resolve(reference) {
  return reference
    .slice(2)
    .split('/')
    .reduce((place, name) => place[name], apiDocument());
}

const FORMATS = {
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  date: /^\d{4}-\d\d-\d\d$/,
};

const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const isKind = (value, kind) => (kind === 'integer' ? Number.isInteger(value) : kindOf(value) === kind);

/** What is wrong with @value, as sentences; an object may have no other fields than those that are declared. */
export function problemsOf(value, schema, place = 'body') {
  if (schema.$ref) return problemsOf(value, resolve(schema.$ref), place);
  if (schema.not) return [`${place} has a type that could not be read`];
  if (schema.oneOf) return problemsOfOne(value, schema.oneOf, place);
  const kinds = [schema.type ?? []].flat();
  if (kinds.length > 0 && !kinds.some((kind) => isKind(value, kind))) return [`${place} is ${JSON.stringify(value)}, no ${kinds.join(' or ')}`];
  if (value === null) return [];
  if (schema.enum && !schema.enum.includes(value)) return [`${place} is ${JSON.stringify(value)}, none of ${schema.enum.join(', ')}`];
  if (FORMATS[schema.format] && !FORMATS[schema.format].test(value)) return [`${place} is ${JSON.stringify(value)}, no ${schema.format}`];
  if (Array.isArray(value)) return schema.items ? value.flatMap((item, i) => problemsOf(item, schema.items, `${place}[${i}]`)) : [];
  return kindOf(value) === 'object' ? problemsOfObject(value, schema, place) : [];
}

function problemsOfObject(value, schema, place) {
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${place}.${name} is missing`);
  const others = Object.entries(value).flatMap(([name, member]) => {
    const wanted = schema.properties?.[name] ?? schema.additionalProperties;
    if (!wanted && schema.properties) return [`${place}.${name} is not declared`];
    return wanted ? problemsOf(member, wanted, `${place}.${name}`) : [];
  });
  return [...missing, ...others];
}

/** The alternative that is nearest is told of: that of the same `type`, where they have one. */
function problemsOfOne(value, alternatives, place) {
  const all = alternatives.map((schema) => problemsOf(value, schema, place));
  if (all.some((problems) => problems.length === 0)) return [];
  const named = alternatives.findIndex(({ properties }) => properties?.type?.enum?.includes(value?.type));
  return all[Math.max(named, 0)];
}
