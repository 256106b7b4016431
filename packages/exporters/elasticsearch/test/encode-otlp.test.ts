import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Batch, batchFromRecords, type Encoded } from '@telemetryflow/kernel';
import { decode } from '@telemetryflow/otlp';
import { logs } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { type OtlpMessage, otlpEncoder } from '../src/encode-otlp.ts';
import { configOf, record } from './setup.ts';

const proto = readFileSync(join(import.meta.dirname, '../../../otlp/test/proto/otlp.proto'), 'utf8');
const REQUEST = protobuf.parse(proto).root.lookupType('ExportLogsServiceRequest');

async function encodeAll(block: Readonly<Record<string, unknown>>, records: Parameters<typeof batchFromRecords>[1]) {
  const config = await configOf({ endpoints: ['http://es:9200'], protocol: 'otlp', ...block });
  const batch = batchFromRecords('logs', records as never) as Batch;
  const all = [...otlpEncoder(config)(batch, { id: 'b-1' })] as Encoded<OtlpMessage>[];
  return all.flatMap((each) => (each === undefined ? [] : [each]));
}

function bodyOf(each: Exclude<Encoded<OtlpMessage>, undefined> | undefined): OtlpMessage {
  if (each === undefined || 'dropped' in each) throw new Error('no payload');
  return each.body;
}

test('a request is what the official definitions read as the log of the example, in its data stream', async () => {
  const golden = record({
    hrTime: [1_700_000_000, 123_456_789],
    body: 'hi',
    severityNumber: 9,
    severityText: 'INFO',
    attributes: { 'http.status_code': 200 },
    instrumentationScope: { name: 'lib', version: '1.0' },
  });
  const [only, ...more] = await encodeAll({ data_stream: { dataset: 'shop', namespace: 'eu' } }, [golden]);
  expect(more).toEqual([]);
  const message = bodyOf(only);
  expect(message).toMatchObject({ items: 1, batchId: 'b-1' });
  expect(REQUEST.toObject(REQUEST.decode(message.body), { longs: String, enums: String })).toEqual({
    resourceLogs: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: { stringValue: 'checkout' } },
            { key: 'data_stream.dataset', value: { stringValue: 'shop' } },
            { key: 'data_stream.namespace', value: { stringValue: 'eu' } },
          ],
        },
        scopeLogs: [
          {
            scope: { name: 'lib', version: '1.0' },
            logRecords: [
              {
                timeUnixNano: '1700000000123456789',
                severityNumber: expect.anything(),
                severityText: 'INFO',
                body: { stringValue: 'hi' },
                attributes: [{ key: 'http.status_code', value: { intValue: '200' } }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test('requests keep to flush_bytes, and to the 4 MB that the vendor advises; an item beyond is dropped', async () => {
  const records = logs(400, { variety: 'plain' });
  const small = await encodeAll({ flush_bytes: '16KiB' }, records);
  expect(small.length).toBeGreaterThan(2);
  for (const each of small) expect(bodyOf(each).body.length).toBeLessThanOrEqual(16 * 1024);
  expect(small.reduce((sum, each) => sum + bodyOf(each).items, 0)).toBe(400);
  expect(
    small.flatMap((each) => decode('logs', bodyOf(each).body)).map(({ attributes }) => attributes['item.id']),
  ).toEqual(records.map(({ attributes }) => attributes['item.id']));
  const heavy = ['a', 'b', 'c'].map((letter) => record({ body: letter.repeat(1_900_000) }));
  const [first, second, beyond] = await encodeAll({ flush_bytes: '50MB' }, [
    ...heavy,
    record({ body: 'x'.repeat(4_000_000) }),
  ]);
  expect([bodyOf(first).items, bodyOf(second).items]).toEqual([2, 1]);
  expect(beyond).toMatchObject({
    reason: 'too_large',
    detail: 'one item takes more than a request may (4000000 bytes)',
  });
});

test('resources that name their data stream go out as they came', async () => {
  const own = { 'data_stream.dataset': 'own', 'data_stream.namespace': 'ns' };
  const [only] = await encodeAll({ data_stream: {} }, [record({ resource: { attributes: own } })]);
  expect({ ...decode('logs', bodyOf(only).body)[0]?.resource.attributes }).toEqual(own);
});
