// SPDX-License-Identifier: GPL-3.0-or-later
//
// Writes src/api/document.ts: the types of answers that the page reads, from the server's own OpenAPI document.
//
//   build/ambrotype openapi | node web/api-types.mjs >web/src/api/document.ts     (make types)
//
// Printed are the types named here and all that they refer to.
import { readFileSync } from 'node:fs';

const WANTED = [
  'AlbumResponseDto',
  'AssetBulkUploadCheckResponseDto',
  'AssetProof',
  'AssetResponseDto',
  'AssetStatsResponseDto',
  'AuthStatusResponseDto',
  'BackupItems',
  'BackupPreferences',
  'BulkIdResponseDto',
  'Device',
  'DownloadResponseDto',
  'MemoryResponseDto',
  'PartnerResponseDto',
  'Problems',
  'QueueJobResponseDto',
  'QueuesResponseLegacyDto',
  'SearchResponseDto',
  'SearchStatisticsResponseDto',
  'ServerAboutResponseDto',
  'ServerConfigDto',
  'ServerMediaTypesResponseDto',
  'SharedLinkResponseDto',
  'StackResponseDto',
  'TagResponseDto',
  'TimeBucketAssetResponseDto',
  'TimeBucketsResponseDto',
  'UserAdminResponseDto',
  'VideoState',
];

const PLAIN = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** The TypeScript of a @document's types. */
export function writeTypes(document) {
  const { schemas } = document.components;
  const done = new Map();
  const waiting = [...WANTED];
  while (waiting.length > 0) {
    const name = waiting.pop();
    if (done.has(name)) continue;
    done.set(name, `export type ${name} = ${typeOf(schemas[name], '', (other) => waiting.push(other))};\n`);
  }
  const types = [...done].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `// SPDX-License-Identifier: GPL-3.0-or-later\n//\n// Made from the server's OpenAPI document by web/api-types.mjs (make types): not to be edited.\n\n${types.join('\n')}`;
}

function typeOf(schema, indent, refer) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').pop();
    refer(name);
    return name;
  }
  if (schema.oneOf) return schema.oneOf.map((one) => typeOf(one, indent, refer)).join(' | ');
  if (schema.enum) return schema.enum.map((word) => (word === null ? 'null' : `'${word}'`)).join(' | ');
  const kinds = [schema.type ?? 'any'].flat();
  return kinds.map((kind) => oneKind(kind, schema, indent, refer)).join(' | ');
}

function oneKind(kind, schema, indent, refer) {
  if (kind === 'array') return listOf(typeOf(schema.items, indent, refer));
  if (kind !== 'object') return PLAIN[kind] ?? 'unknown';
  if (!schema.properties) return `Record<string, ${typeOf(schema.additionalProperties, indent, refer)}>`;
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => `${indent}  ${name}${schema.required.includes(name) ? '' : '?'}: ${typeOf(field, `${indent}  `, refer)};\n`,
  );
  return `{\n${fields.join('')}${indent}}`;
}

const listOf = (item) => (/ \| /.test(item) && !item.startsWith('{') ? `(${item})[]` : `${item}[]`);

if (process.argv[1] === new URL(import.meta.url).pathname) process.stdout.write(writeTypes(JSON.parse(readFileSync(0, 'utf8'))));
