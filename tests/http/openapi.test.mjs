// SPDX-License-Identifier: GPL-3.0-or-later
//
// The API's own document: served as it is printed, and the same as what @immich/sdk 3.2.2 declares, as far as this
// server has it. That answers keep to it is looked at by every other test (answers.mjs).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { apiDocument, problemsOf } from './answers.mjs';
import { root } from './program.mjs';
import { Comparison } from './sdk-compare.mjs';
import { lacks, leftOut } from './sdk-left-out.mjs';
import { readDeclarations, readOperations } from './sdk.mjs';
import { startServer } from './server.mjs';

test('the reader of types finds mistakes', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: ['string', 'null'], format: 'uuid' }, c: { type: 'array', items: { enum: ['x', 'y'] } } },
    required: ['a'],
  };
  assert.deepEqual(problemsOf({ a: 1, b: null, c: ['x'] }, schema), []);
  for (const wrong of [{}, { a: 1.5 }, { a: null }, { a: 1, b: 'x' }, { a: 1, c: ['z'] }, { a: 1, c: 'x' }, { a: 1, d: 1 }, [], null]) {
    assert.equal(problemsOf(wrong, schema).length, 1, JSON.stringify(wrong));
  }
  assert.deepEqual(problemsOf({ any: 1 }, { type: 'object', additionalProperties: { type: 'integer' } }), []);
  assert.deepEqual(problemsOf({ any: 'x' }, { type: 'object', additionalProperties: { type: 'integer' } }), ['body.any is "x", no integer']);
  assert.deepEqual(problemsOf(null, { oneOf: [{ type: 'object' }, { type: 'null' }] }), []);
});

test('the document is sound OpenAPI', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(apiDocument()));
  assert.ok(valid, JSON.stringify(errors, null, 1));
});

describe('the document', () => {
  let server;
  before(async () => (server = await startServer()));
  after(() => server.stop());

  test('is served to everybody as it is printed, and again only when it changed', async () => {
    const { status, headers, body } = await server.request('/api/openapi.json');
    assert.equal(status, 200);
    assert.deepEqual(body, apiDocument());
    assert.match(body.openapi, /^3\.1\./);
    assert.equal(body.info['x-immich-version'], '3.2.2');
    const again = await server.request('/api/openapi.json', { headers: { 'if-none-match': headers.get('etag') } });
    assert.equal(again.status, 304);
  });

  test('is what the page has its types from', async () => {
    const { writeTypes } = await import(join(root, 'web/api-types.mjs'));
    const written = await readFile(join(root, 'web/src/api/document.ts'), 'utf8');
    assert.equal(written, writeTypes(apiDocument()), 'web/src/api/document.ts is of an earlier document: make types');
  });

  test('tells who may ask', async () => {
    const { paths } = apiDocument();
    assert.deepEqual(paths['/api/server/ping'].get.security, []);
    assert.ok(paths['/api/albums'].get.security.length >= 3);
    assert.equal(paths['/api/albums'].get['x-ambrotype-permission'], 'album.read');
    assert.equal(paths['/api/queues'].get['x-ambrotype-admin'], true);
  });
});

describe('beside @immich/sdk', () => {
  let comparison, operations;
  before(async () => {
    const declared = readDeclarations();
    operations = await readOperations(declared);
    comparison = new Comparison(apiDocument(), declared);
    for (const operation of operations) if (comparison.has(operation.name)) comparison.compare(operation);
    comparison.compareTypes();
  });

  test('no operation is missing without a reason, and no reason is given for one that is here', () => {
    assert.ok(operations.length > 270);
    const missing = operations.map(({ name }) => name).filter((name) => !comparison.has(name));
    assert.deepEqual(missing.filter((name) => !leftOut.has(name)), []);
    assert.deepEqual([...leftOut.keys()].filter((name) => !missing.includes(name)), []);
  });

  test('requests and answers are those that are declared', (t) => {
    for (const more of new Set(comparison.beyond)) t.diagnostic(`beyond the SDK: ${more}`);
    assert.deepEqual(comparison.faults.filter((fault) => !lacks.has(fault)), []);
    assert.deepEqual([...lacks.keys()].filter((one) => !comparison.faults.includes(one)), []);
  });
});
