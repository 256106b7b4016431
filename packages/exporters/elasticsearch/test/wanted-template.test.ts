import { expect, test } from '@jest/globals';
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
