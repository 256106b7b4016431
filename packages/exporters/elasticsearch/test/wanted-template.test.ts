import { expect, test } from '@jest/globals';
import { indexTemplate } from '../src/template.ts';
import { wantedTemplate } from '../src/wanted-template.ts';
import { configOf } from './setup.ts';

test.each<[Record<string, unknown>, object | undefined]>([
  [{}, { name: 'telemetryflow', pattern: 'telemetryflow-*' }],
  [{ index: 'shop.%Y' }, { name: 'telemetryflow-shop', pattern: 'shop.*' }],
  [{ index: 'fixed' }, { name: 'telemetryflow-fixed', pattern: 'fixed' }],
  // Each of these would make plain indices of the data streams of the server.
  [{ index: 'logs-%Y.%m.%d' }, undefined],
  [{ index: 'logs-app-prod' }, undefined],
  [{ index: 'met%Y' }, undefined],
  [{ index: '%Y' }, undefined],
  [{ template: 'off' }, undefined],
  [{ mapping: 'ecs' }, undefined],
  [{ data_stream: {} }, undefined],
])('the template for %j is %j', async (block, expected) => {
  expect(wantedTemplate(await configOf({ endpoints: ['http://h:9200'], ...block }), 'logs')).toEqual(expected);
});

test('the template maps attributes flat, times to the nanosecond, and forgives what is malformed', () => {
  const flattened = { type: 'flattened', ignore_above: 8191 };
  const owner = { properties: { attributes: flattened } };
  expect(indexTemplate('telemetryflow-*', 'elasticsearch')).toMatchObject({
    index_patterns: ['telemetryflow-*'],
    priority: 200,
    template: {
      settings: { 'index.mapping.ignore_malformed': true },
      mappings: {
        properties: {
          '@timestamp': { type: 'date_nanos' },
          observed_timestamp: { type: 'date_nanos' },
          start_timestamp: { type: 'date_nanos' },
          attributes: flattened,
          links: flattened,
          resource: owner,
          scope: owner,
          body: { properties: { text: { type: 'text' }, structured: flattened } },
          metrics: { type: 'object', subobjects: false },
          trace_id: { type: 'keyword' },
          severity_text: { type: 'keyword' },
          unit: { type: 'keyword' },
          message: { type: 'alias', path: 'body.text' },
          log: { properties: { level: { type: 'alias', path: 'severity_text' } } },
          trace: { properties: { id: { type: 'alias', path: 'trace_id' } } },
          span: { properties: { id: { type: 'alias', path: 'span_id' } } },
        },
      },
    },
  });
  const opensearch = JSON.stringify(indexTemplate('x*', 'opensearch'));
  expect(opensearch).toContain('"attributes":{"type":"flat_object"}');
  expect(opensearch).not.toMatch(/subobjects|flattened|histogram|aggregate_metric_double/);
  expect(opensearch).toContain('"path_match":"metrics.*","match_mapping_type":"long","mapping":{"type":"double"}');
});
