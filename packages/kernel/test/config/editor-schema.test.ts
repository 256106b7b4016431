import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { editorSchema, exporterOptionsSchema, toJsonSchema } from '@telemetryflow/kernel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { definitions } from './definitions.ts';

const schema = editorSchema(definitions);
const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);

test('the schema for editors is valid JSON Schema of draft 2020-12', () => {
  expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(new Ajv2020({ strict: false }).validateSchema(schema)).toBe(true);
});

test.each([
  'exporters: {loki: {endpoint: "${URL}", timeout: 5s, level: "${LEVEL}", tags: [a:b], bearer_token: x}}',
  'exporters: {loki/eu: {endpoint: "http://a", sending_queue: {queue_size: 5}, max_response_bytes: 100}, debug: }',
  'integrations: {debug: {enabled: true}}',
  'receivers: {otlp: {protocols: {grpc: , http: }}}',
  'service: {pipelines: {logs: {exporters: [debug]}}, shutdown_timeout: 5s}',
])('it accepts %s', (text) => {
  expect(validate(parse(text))).toBe(true);
});

test.each([
  'exporters: {loki: {endpont: "http://a"}}',
  'exporters: {lokki: {}}',
  'exporters: {loki: {timeout: 30}}',
  'exporters: {debug: {verbosity: loud}}',
  'exprters: {}',
])('it marks %s', (text) => {
  expect(validate(parse(text))).toBe(false);
});

test('every option has a description and shows its default', () => {
  const text = JSON.stringify(schema);
  expect(text).toContain('"description":"Longest time of one attempt.","default":"30s"');
});

test('no schema of the kernel uses a keyword whose compiled form needs a helper', () => {
  const text = JSON.stringify(toJsonSchema(exporterOptionsSchema as never));
  expect(text).not.toMatch(/minLength|maxLength|uniqueItems|"const"|"format"/);
  expect(readFileSync(join(import.meta.dirname, '../../src/config/json-schema.ts'), 'utf8')).not.toMatch(/minLength:/);
});
