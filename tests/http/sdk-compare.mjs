// SPDX-License-Identifier: GPL-3.0-or-later
//
// Compares our document with what @immich/sdk declares: each operation's address, query, body and answer. Clients that
// were written against the SDK must be able to send what they send and find what they look for.
import { splitUnion } from './sdk.mjs';

export class Comparison {
  /** @document: ours; @declared: Declarations of the SDK. */
  constructor(document, declared) {
    this.document = document;
    this.declared = declared;
    this.faults = []; // "operation: …": a client would stumble
    this.beyond = []; // what we have beside the SDK's
    this.rows = new Map(); // operation → [{method, path, operation}]
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const name = operation['x-ambrotype-twin-of'] ?? operation.operationId;
        this.rows.set(name, [...(this.rows.get(name) ?? []), { method: method.toUpperCase(), path, operation }]);
      }
    }
  }

  has(name) {
    return this.rows.has(name);
  }

  /** Compares one operation of readOperations() that we have. */
  compare({ name, method, path, query, body, answer }) {
    const fault = (what) => this.faults.push(`${name}: ${what}`);
    const plain = (pattern) => pattern.replace(/\{[^}]*\}/g, '{}');
    const row = this.rows.get(name).find((one) => one.method === method && plain(one.path) === plain(path));
    if (!row) return fault(`is not at ${method} ${path}`);
    const ours = row.operation.parameters.filter((parameter) => parameter.in === 'query').map((parameter) => parameter.name);
    for (const field of query) if (!ours.includes(field) && !this.#isCredential(field, row.operation)) fault(`query ${field} is missing`);
    for (const field of ours) if (!query.includes(field)) this.beyond.push(`${name}: query ${field}`);
    this.#compareBody(row.operation, body, name);
    this.#compareAnswer(row.operation, answer, name);
  }

  /** Compares the types of ours that the SDK has by the same name, and what the lines of the sync stream carry. */
  compareTypes() {
    const { schemas } = this.document.components;
    for (const name of Object.keys(schemas)) if (this.declared.fieldsOf(name) && !name.endsWith('UpdateDto') && !name.endsWith('CreateDto')) this.#compareType(schemas[name], name, name, true);
    for (const { properties } of schemas.SyncLine.oneOf) {
      const name = `Sync${properties.type.enum[0].replace(/^Sync/, '')}`;
      if (this.declared.fieldsOf(name)) this.#compareType(properties.data, name, name, true);
    }
  }

  /** The key of a shared link stands in the query, and is a matter of `security` in a document. */
  #isCredential(field, operation) {
    const schemes = this.document.components.securitySchemes;
    return operation.security.flatMap(Object.keys).some((name) => schemes[name].in === 'query' && schemes[name].name === field);
  }

  #compareBody(operation, type, name) {
    const content = Object.values(operation.requestBody?.content ?? {})[0];
    if (!type) return content && this.beyond.push(`${name}: a body`);
    if (!content) return this.faults.push(`${name}: body ${type} is missing`);
    this.#compareType(content.schema, type, `${name}: body`, false);
  }

  #compareAnswer(operation, type, name) {
    const [, answer] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
    const schema = Object.values(answer?.content ?? {})[0]?.schema;
    if (['never', 'any', 'void'].includes(type)) return;
    if (!schema) return this.faults.push(`${name}: answers nothing, and ${type} is declared`);
    this.#compareType(schema, type, `${name}: answer`, true);
  }

  /** @isAnswer: ours is sent, so it may be narrower than theirs; else it is read, and may be wider. */
  #compareType(schema, type, place, isAnswer) {
    type = unwrapped(type);
    const choices = splitUnion(type).map(unwrapped);
    const theirs = choices.filter((choice) => choice !== 'null');
    const { schema: plain, orNull } = this.#plain(schema);
    if (orNull && isAnswer && theirs.length === choices.length) this.faults.push(`${place} may be null, and ${type} is declared`);
    if (plain.not || theirs.length !== 1 || theirs[0] === 'any' || theirs[0] === 'Blob') return;
    const kind = this.#kindOf(theirs[0]);
    if (kind !== ourKind(plain) && ourKind(plain)) this.faults.push(`${place} is ${ourKind(plain)}, and ${type} is declared`);
    else if (theirs[0].endsWith('[]')) this.#compareType(plain.items, theirs[0].slice(0, -2), `${place}[]`, isAnswer);
    else if (this.declared.enums.has(theirs[0])) this.#compareWords(plain, theirs[0], place, isAnswer);
    else if (kind === 'object') this.#compareObject(plain, this.declared.fieldsOf(theirs[0]), place, isAnswer);
  }

  /** Without its reference and without null. */
  #plain(schema) {
    const orNull = [schema.type].flat().includes('null') || (schema.oneOf ?? []).some((one) => one.type === 'null');
    const inner = (schema.oneOf ?? []).filter((one) => one.type !== 'null');
    let plain = inner.length === 1 ? inner[0] : schema;
    while (plain.$ref) plain = this.document.components.schemas[plain.$ref.split('/').pop()];
    return { schema: plain, orNull };
  }

  #kindOf(type) {
    if (type.endsWith('[]')) return 'array';
    if (this.declared.enums.has(type) || type.startsWith('"')) return 'string';
    return ['string', 'number', 'boolean'].includes(type) ? type : 'object';
  }

  #compareWords(schema, type, place, isAnswer) {
    const theirs = this.declared.enums.get(type);
    if (!schema.enum) return;
    const unknown = isAnswer ? schema.enum.filter((word) => word !== null && !theirs.includes(word)) : theirs.filter((word) => !schema.enum.includes(word));
    if (unknown.length > 0) this.faults.push(`${place} ${isAnswer ? 'may be' : 'may not be'} ${unknown.join(', ')}, other than ${type}`);
  }

  #compareObject(schema, fields, place, isAnswer) {
    if (!fields || !schema.properties) return; // any names
    for (const { field, optional, type } of fields) {
      const ours = schema.properties[field];
      if (!ours && (!isAnswer || !optional)) this.faults.push(`${place}.${field} is missing`);
      if (!ours) continue;
      const isOurs = schema.required?.includes(field);
      if (isAnswer && !optional && !isOurs) this.faults.push(`${place}.${field} may be absent, and must not`);
      if (!isAnswer && optional && isOurs) this.faults.push(`${place}.${field} must be there, and may be absent`);
      this.#compareType(ours, type, `${place}.${field}`, isAnswer);
    }
    for (const field of Object.keys(schema.properties)) if (!fields.some((one) => one.field === field)) this.beyond.push(`${place}.${field}`);
  }
}

function unwrapped(type) {
  type = type.trim();
  return /^\([^()]*\)$/.test(type) ? type.slice(1, -1).trim() : type;
}

/** 'string', 'number', 'boolean', 'array' or 'object'; undefined for any. */
function ourKind({ type }) {
  const kind = [type].flat().find((one) => one !== 'null');
  return kind === 'integer' ? 'number' : kind;
}
