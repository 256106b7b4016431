/** The resource processor in a pipeline. */
import { expect, test } from '@jest/globals';
import { batchFromOtlp, type PipelineInput } from '@telemetryflow/kernel';
import { DOUBLES, encode, type ResourceRecord, type Signal } from '@telemetryflow/otlp';
import { deepFreeze, itemIds, recordsOf, throughProcessor } from '@telemetryflow/testkit';
import resourceProcessor from '../src/index.ts';

const resource: ResourceRecord = deepFreeze({
  attributes: { 'service.name': 'shop', secret: 'x', ratio: 1, [DOUBLES]: new Set(['ratio']) },
  schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
  droppedAttributesCount: 3,
});
const attributes = [
  { key: 'env', value: 'prod', action: 'upsert' },
  { key: 'secret', action: 'delete' },
  { key: 'service.name', value: 'other', action: 'insert' },
];
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

for (const signal of SIGNALS) {
  for (const face of ['records', 'bytes'] as const) {
    test(`resources of ${signal} given as ${face} are changed, items and everything else stay`, async () => {
      const records = deepFreeze(recordsOf(signal as Signal, 12, { resource }));
      const input = (
        face === 'records' ? { signal, records } : { signal, otlp: encode(signal, records as never) }
      ) as PipelineInput;
      const out = await throughProcessor(resourceProcessor, { attributes }, [input]);
      const changed: ResourceRecord = {
        ...resource,
        attributes: { 'service.name': 'shop', ratio: 1, env: 'prod', [DOUBLES]: new Set(['ratio']) },
      };
      expect(itemIds(out.records[signal])).toEqual(itemIds(records));
      expect(out.records[signal][0]?.resource.attributes).toMatchObject({
        'service.name': 'shop',
        ratio: 1,
        env: 'prod',
      });
      const wanted = batchFromOtlp(
        signal,
        encode(signal, recordsOf(signal as Signal, 12, { resource: changed }) as never),
      );
      expect(Buffer.concat(out.otlp[signal])).toEqual(Buffer.from(wanted.otlp()));
      expect(out.dropped).toEqual({});
    });
  }
}

test('items that came as bytes are not decoded', () => {
  const context = { dataSignal: 'traces' } as never;
  const batch = batchFromOtlp('traces', encode('traces', recordsOf('traces', 5)));
  const out = resourceProcessor.create({ attributes }, context).process(batch, { drop() {} }) as typeof batch;
  expect([out.hasOtlp, out.hasRecords, batch.hasRecords]).toEqual([true, false, false]);
});

test('an action that lacks its value is refused', async () => {
  await expect(
    throughProcessor(resourceProcessor, { attributes: [{ key: 'a', action: 'upsert' }] }, []),
  ).rejects.toThrow(/exactly one of value/);
});
