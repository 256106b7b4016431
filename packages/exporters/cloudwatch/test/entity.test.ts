/** Data with the service that it is of, read by the strict service, which shares no code with the encoders. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { batchFromRecords, createPipeline, type Pipeline } from '@telemetryflow/kernel';
import type { AttributeMap, MetricRecord, ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  type Answer,
  type Backend,
  cloudwatchDatums,
  cloudwatchError,
  cloudwatchEvents,
  cloudwatchOperation,
  fakeCloudwatch,
  logs,
  metrics,
  type RecordedRequest,
  startBackend,
} from '@telemetryflow/testkit';
import { logsEncoder } from '../src/encode-logs.ts';
import { type MetricsBody, metricsEncoder } from '../src/encode-metrics.ts';
import cloudwatch from '../src/index.ts';
import { configure, gauge, log, logBatch, metricBatch, NOW, numbers, type Split, split } from './fixtures.ts';

const SHOP = { 'service.name': 'checkout', 'deployment.environment.name': 'production' };
const KEYS = { Type: 'Service', Name: 'checkout', Environment: 'production' };
const NO_DIMENSIONS = { dimensions: { resource: [], attributes: 'none' } };

interface Request {
  readonly MetricData?: readonly { readonly Value: number }[];
  readonly EntityMetricData?: readonly {
    readonly Entity: { readonly KeyAttributes: Record<string, string> };
    readonly MetricData: readonly { readonly Value: number }[];
  }[];
}

async function encoded(
  resources: readonly { readonly of: AttributeMap; readonly metrics: readonly MetricRecord[] }[],
  block: Record<string, unknown> = {},
): Promise<Split<MetricsBody> & { readonly texts: readonly string[]; readonly requests: readonly Request[] }> {
  const encode = metricsEncoder(await configure({ entity: true, ...NO_DIMENSIONS, ...block }));
  const records = resources.flatMap(({ of, metrics: all }) => metricBatch(all, { attributes: of }).records());
  const result = split(encode(batchFromRecords('metrics', records), { now: NOW }));
  const texts = result.payloads.map(({ body }) => body.json.toString());
  for (const text of texts) cloudwatchDatums(text, NOW);
  return { ...result, texts, requests: texts.map((text) => JSON.parse(text) as Request) };
}

const service = (name: string): AttributeMap => ({ ...SHOP, 'service.name': name });

describe('metrics', () => {
  test('of a service name it, byte for byte', async () => {
    const { texts } = await encoded([{ of: SHOP, metrics: [gauge('a', 1)] }]);
    expect(texts).toEqual([
      '{"Namespace":"TelemetryFlow","EntityMetricData":[{"Entity":{"KeyAttributes":{"Type":"Service","Name":"checkout","Environment":"production"}},"MetricData":[{"MetricName":"a","Timestamp":1700000000.123,"Value":1,"Unit":"None"}]}],"StrictEntityValidation":false}',
    ]);
  });

  test('name none by default', async () => {
    const { requests } = await encoded([{ of: SHOP, metrics: [gauge('a', 1)] }], { entity: false });
    expect(requests).toMatchObject([{ MetricData: [{ Value: 1 }] }]);
    expect(requests[0]).not.toHaveProperty('EntityMetricData');
  });

  test.each([
    ['no environment', { 'service.name': 'checkout' }],
    ['no name', { 'deployment.environment.name': 'production' }],
    ['a blank name', { ...SHOP, 'service.name': ' ' }],
  ])('of a resource with %s go without entity, beside those that have one', async (_name, of) => {
    const { requests } = await encoded([
      { of: SHOP, metrics: [gauge('a', 1)] },
      { of, metrics: [gauge('b', 2)] },
    ]);
    expect(requests).toMatchObject([
      {
        MetricData: [{ Value: 2 }],
        EntityMetricData: [{ Entity: { KeyAttributes: KEYS }, MetricData: [{ Value: 1 }] }],
      },
    ]);
  });

  test('of three services in turn are grouped: two services a request, each once', async () => {
    const turns = ['a', 'b', 'c', 'a', 'b', 'c'].map((name, at) => ({
      of: service(name),
      metrics: [gauge(name, at)],
    }));
    const { requests, payloads } = await encoded(turns);
    const shown = requests.map(({ EntityMetricData = [] }) =>
      EntityMetricData.map(({ Entity, MetricData }) => [
        Entity.KeyAttributes['Name'],
        ...MetricData.map(({ Value }) => Value),
      ]),
    );
    expect(shown).toEqual([
      [
        ['a', 0, 3],
        ['b', 1, 4],
      ],
      [['c', 2, 5]],
    ]);
    expect(payloads.map(({ items, body }) => [numbers(items), body.owners, body.entityStarts])).toEqual([
      [
        [0, 1, 3, 4],
        [0, 3, 1, 4],
        [0, 2],
      ],
      [[2, 5], [2, 5], [0]],
    ]);
  });

  test('of two services and of none fill a request of 1000 together', async () => {
    const many = (count: number): MetricRecord[] => Array.from({ length: count }, (_, i) => gauge('m', i));
    const { payloads } = await encoded([
      { of: {}, metrics: many(400) },
      { of: service('a'), metrics: many(400) },
      { of: service('b'), metrics: many(400) },
    ]);
    expect(payloads.map(({ body }) => [body.owners.length, body.entityStarts])).toEqual([
      [1000, [400, 800]],
      [200, [0]],
    ]);
  });

  test.each([
    [{ 'service.name': 'bücher "x"', 'deployment.environment': 'old' }, 'b_cher "x"', 'old'],
    [{ 'service.name': 'x'.repeat(600), 'deployment.environment.name': 7 }, 'x'.repeat(255), '7'],
  ])('%j is an entity that AWS can take', async (of, Name, Environment) => {
    const { requests } = await encoded([{ of, metrics: [gauge('a', 1)] }]);
    expect(requests[0]?.EntityMetricData?.[0]?.Entity).toEqual({
      KeyAttributes: { Type: 'Service', Name, Environment },
    });
  });
});

describe('logs', () => {
  test('of one stream go in requests of one entity each', async () => {
    const encode = logsEncoder(await configure({ entity: true }), 'host-1');
    const of = [SHOP, service('cart'), {}, SHOP];
    const records = of.map((attributes) => log({ resource: { attributes } }));
    const { payloads } = split(encode(logBatch(records), { now: NOW }));
    const requests = payloads.map(({ body }) => cloudwatchEvents(body.json.toString()));
    expect(requests.map(({ stream, entity }) => [stream, entity])).toEqual([
      ['host-1', { keyAttributes: KEYS }],
      ['host-1', { keyAttributes: { ...KEYS, Name: 'cart' } }],
      ['host-1', undefined],
    ]);
    expect(payloads.map(({ items }) => numbers(items))).toEqual([[0, 3], [1], [2]]);
  });

  test('name no entity by default', async () => {
    const encode = logsEncoder(await configure(), 'host-1');
    const { payloads } = split(encode(logBatch([log({ resource: { attributes: SHOP } })]), { now: NOW }));
    expect(payloads[0]?.body.json.toString()).not.toContain('entity');
  });
});

describe('through the AWS SDK', () => {
  let backend: Backend | undefined;
  let pipeline: Pipeline | undefined;
  afterEach(async () => {
    await pipeline?.shutdown({ timeoutMs: 0 });
    await backend?.close();
  });
  const startMs = Date.now() - 60_000;

  /** Sends through a pipeline; the report, and all that was logged. */
  async function send(to: Backend, signal: 'metrics' | 'logs', records: readonly unknown[]) {
    backend = to;
    const logged: string[] = [];
    const write = (...words: unknown[]): void => void logged.push(JSON.stringify(words));
    const config = {
      region: 'eu-west-1',
      endpoint_override: to.url,
      access_key_id: 'AKIAIOSFODNN7EXAMPLE',
      secret_access_key: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      log_group: '/app',
      log_stream: 's',
      flush_interval: '10ms',
      entity: true,
      retry: { initial: '10ms', max: '50ms' },
    };
    const logger = { error: write, warn: write, info: write, debug: write };
    pipeline = await createPipeline({ exporters: { cloudwatch: config } }, { plugins: [cloudwatch], logger });
    await pipeline.start();
    await pipeline.consume({ signal, records } as never);
    return { report: await pipeline.shutdown(), logged: logged.join('\n') };
  }

  const someLogs = () =>
    logs(4, { variety: 'plain', startMs }).map((each) => ({ ...each, resource: { attributes: SHOP } }));
  const someMetrics = (): ResourceMetricsRecord[] =>
    ['a', 'b', 'c'].flatMap((name, at) =>
      metrics(4, { variety: 'plain', startMs, from: 4 * at }).map((record) => ({
        ...record,
        resource: { attributes: service(name) },
      })),
    );

  function answering(answer: (request: RecordedRequest) => Omit<Answer, 'status'> | undefined): Promise<Backend> {
    return startBackend((request) => {
      const headers = { 'content-type': String(request.headers['content-type']) };
      const own = answer(request) ?? {};
      return { status: 200, body: '{}', ...own, headers: { ...headers, ...own.headers } };
    });
  }

  test('a strict service takes both signals', async () => {
    const strict = await fakeCloudwatch(() => Date.now());
    const { report } = await send(strict, 'metrics', someMetrics());
    expect(report).toMatchObject({ delivered: 12, dropped: 0 });
    expect(strict.datums).toHaveLength(12);
    const { report: second, logged } = await send(strict, 'logs', someLogs());
    expect(second).toMatchObject({ delivered: 4, dropped: 0 });
    expect(strict.events('/app', 's')).toHaveLength(4);
    expect(strict.requests.at(-1)?.json()).toMatchObject({ entity: { keyAttributes: KEYS } });
    expect(logged).not.toContain('entity_refused');
  });

  test('metrics whose entity is refused are delivered, with a warning', async () => {
    const service = await answering(() => ({ headers: { 'x-amzn-failure-message': 'InvalidKeyAttributes' } }));
    const { report, logged } = await send(service, 'metrics', someMetrics());
    expect(report).toMatchObject({ delivered: 12, dropped: 0 });
    expect(logged).toMatch(/entity_refused.*InvalidKeyAttributes/);
  });

  test('logs whose entity is refused are delivered, with a warning', async () => {
    const service = await answering(() => ({
      body: JSON.stringify({ rejectedEntityInfo: { errorType: 'UnsupportedLogGroupType' } }),
    }));
    const { report, logged } = await send(service, 'logs', someLogs());
    expect(report).toMatchObject({ delivered: 4, dropped: 0 });
    expect(logged).toMatch(/entity_refused.*UnsupportedLogGroupType/);
    expect(service.requests).toHaveLength(1);
  });

  test('a datum that is refused within the second entity is dropped alone', async () => {
    const taken: unknown[] = [];
    let refused = false;
    const service = await startBackend((request) => {
      const { EntityMetricData = [] } = request.json() as Request;
      if (!refused && EntityMetricData.length === 2) {
        refused = true;
        const where = 'EntityMetricData.member.2.MetricData.member.1.Value';
        return cloudwatchError(request, 400, 'InvalidParameterValue', `The value for parameter ${where} is invalid.`);
      }
      for (const { MetricData } of EntityMetricData) taken.push(...MetricData);
      return { status: 200, headers: { 'content-type': String(request.headers['content-type']) }, body: '{}' };
    });
    const { report } = await send(service, 'metrics', someMetrics());
    expect(report).toMatchObject({ delivered: 11, dropped: 1, reasons: { invalid: 1 } });
    const [first] = service.requests.map((request) => request.json() as Request);
    expect(taken).not.toContainEqual(first?.EntityMetricData?.[1]?.MetricData[0]);
    expect(taken).toHaveLength(11);
    expect(new Set(service.requests.map(cloudwatchOperation))).toEqual(new Set(['PutMetricData']));
  });
});
