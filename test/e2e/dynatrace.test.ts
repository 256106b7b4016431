/** Metric lines as the vendor's library writes them, and OTLP as the Collector reads it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import dynatrace from '@telemetryflow/exporter-dynatrace';
import { batchFromRecords, createPipeline } from '@telemetryflow/kernel';
import {
  AggregationTemporality,
  type AttributeMap,
  DataPointType,
  encode,
  jsonFromProtobuf,
  type MetricRecord,
  type RecordOf,
  type Signal,
  ValueType,
} from '@telemetryflow/otlp';
import { logs, metrics, spans, throughEncoder } from '@telemetryflow/testkit';
import fc from 'fast-check';
import { itemTexts } from './compare.ts';
import { type Collector, type CollectorConfig, startCollector } from './referees/collector.ts';
import { LIBRARY_VERSION, type LineRequest, vendorLines } from './referees/dynatrace-lines.ts';
import { eventually } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const CASES = 3000;
const START = Date.now() - 60_000;

function metricOf({ name, kind, values, ms, dimensions = [], unit = '', description = '' }: LineRequest): MetricRecord {
  const [first = 0, max = 0, sum = 0, count = 0] = values;
  const attributes: AttributeMap = Object.fromEntries(dimensions);
  const point = {
    startTime: [0, 0],
    endTime: [0, 0],
    attributes,
    ...(ms !== undefined && { endTime: [ms / 1000, 0] }),
  };
  const summary = { buckets: { boundaries: [], counts: [count] }, min: first, max, sum, count };
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.DELTA,
    isMonotonic: true,
    dataPointType:
      kind === 'count' ? DataPointType.SUM : kind === 'summary' ? DataPointType.HISTOGRAM : DataPointType.GAUGE,
    dataPoints: [{ ...point, value: kind === 'summary' ? summary : first }],
  } as unknown as MetricRecord;
}

/** Our line for each request, `!` and the reason where it is dropped. */
async function ourLines(requests: readonly LineRequest[]): Promise<string[]> {
  const lines: string[] = [];
  for (const request of requests) {
    const record = {
      resource: { attributes: {} },
      scopeMetrics: [{ scope: { name: '' }, metrics: [metricOf(request)] }],
    };
    const block = { environment_id: 'abc', api_token: 't' };
    const { payloads, drops } = await throughEncoder(dynatrace, block, batchFromRecords('metrics', [record]), {
      now: START,
    });
    const [line] = payloads.flatMap(({ body }) => String((body as { body: Buffer }).body).split('\n'));
    lines.push(line ?? `!${drops[0]?.detail}`);
  }
  return lines;
}

async function compare(requests: readonly LineRequest[]): Promise<void> {
  const [ours, theirs] = await Promise.all([ourLines(requests), vendorLines(requests)]);
  expect(theirs).toHaveLength(requests.length);
  const refused = (line: string | undefined): string | undefined => (line?.startsWith('!') ? '!' : line);
  const different = requests.flatMap((request, i) =>
    refused(ours[i]) === refused(theirs[i]) ? [] : [{ request, ours: ours[i], theirs: theirs[i] }],
  );
  expect(different.slice(0, 5)).toEqual([]);
}

describe(`metric lines, compared with dynatrace-metric-utils-java ${LIBRARY_VERSION}`, () => {
  const odd = fc.constantFrom(
    '.',
    '..',
    '-',
    '_',
    '9',
    ' ',
    '$',
    'ü',
    'Ключ',
    '😀',
    '🧀',
    '\n',
    '\0',
    'A',
    'aBc',
    '"',
    '\\',
  );
  const name = fc.oneof(
    fc.array(fc.oneof(odd, fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
    fc.string({ minLength: 240, maxLength: 320 }),
  );
  const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { numRuns: CASES, seed: 42 });

  /** Expected differences: keys of one or two characters are filled up to three, and those below `dt.` refused. */
  test('metric keys are the same', async () => {
    const names = sample(name).filter((each) => !/^dt\./.test(each));
    const requests = names.map((each): LineRequest => ({ name: each, kind: 'value', values: [1] }));
    const [ours, theirs] = await Promise.all([ourLines(requests), vendorLines(requests)]);
    expect(theirs).toHaveLength(names.length);
    for (const [i, line] of theirs.entries()) {
      const [key = '', rest = ''] = line.split(' ');
      if (line.startsWith('!')) expect(ours[i]).toMatch(/^!/);
      else expect(ours[i]).toBe(`${key.padEnd(3, '_')} ${rest}`);
    }
  });

  /** Expected difference: the library takes a value in quotes as escaped already. Its Unicode is that of Java 17. */
  test('dimensions are the same', async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.array(odd, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ minLength: 250, maxLength: 270 }),
      fc.constant('a='.repeat(300)),
    );
    const pairs = sample(fc.tuple(name, value)).filter(([, each]) => !/^"(.*")?$/s.test(each));
    await compare(pairs.map((pair): LineRequest => ({ name: 'abc', dimensions: [pair], kind: 'value', values: [1] })));
  });

  /** Expected difference: the library writes exponents from 1e7 on, which is the same number. */
  test('values and times are the same', async () => {
    const number = fc.oneof(
      fc.integer({ min: -9_999_999, max: 9_999_999 }),
      fc.integer({ min: -9999, max: 9999 }).map((n) => n / 100),
    );
    const times = fc.option(
      fc.integer({ min: START - 1000, max: START + 1000 }).map((ms) => Math.floor(ms / 1000) * 1000),
      { nil: undefined },
    );
    const requests = sample(fc.tuple(number, fc.constantFrom('value', 'count'), times)).map(
      ([value, kind, ms]): LineRequest => ({
        name: 'abc',
        kind: kind as 'value' | 'count',
        values: [value],
        ...(ms !== undefined && { ms }),
      }),
    );
    await compare([
      ...requests,
      { name: 'abc', kind: 'summary', values: [12.5, 340, 1250.75, 9] },
      { name: 'abc', kind: 'value', values: [Number.NaN] },
      { name: 'abc', kind: 'value', values: [Number.POSITIVE_INFINITY] },
    ]);
  });

  /** Expected differences: the library does not escape backslashes, and leaves out quotes that are not needed. */
  test('units and descriptions are the same', async () => {
    const unit = fc.oneof(
      fc.constantFrom('ms', '%', '1', 'By/s', '{request}', '{a.b}', '°C', 'By^2', 'kg m', ''),
      fc.string({ maxLength: 70 }),
    );
    const words = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('"quoted"', 'a\nb', '😀'));
    const description = words.map((text) => `a ${text.replaceAll('\\', '/')} b`);
    const requests = sample(fc.tuple(unit, description)).map(
      ([its, what]): LineRequest => ({ name: 'abc', kind: 'metadata', values: [1], unit: its, description: what }),
    );
    await compare(requests);
  });
});

/** The paths of an environment of Managed. */
const managed: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${ports.http}
        traces_url_path: /e/abc/api/v2/otlp/v1/traces
        metrics_url_path: /e/abc/api/v2/otlp/v1/metrics
        logs_url_path: /e/abc/api/v2/otlp/v1/logs
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file] }
`;

describeWithBinary('otelcol-referee', 'OTLP, read by the Collector', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(managed)) as Collector;
  });
  afterAll(() => collector.stop());

  const kinds = ['gauge', 'counter', 'histogram', 'exponential_histogram'] as const;
  const input: { readonly [S in Signal]: readonly RecordOf[S][] } = {
    traces: spans(300, { startMs: START }),
    metrics: metrics(300, { startMs: START, variety: 'types', kinds, temporality: 'delta' }),
    logs: logs(300, { startMs: START }),
  };

  test('every span, point and record arrives with all its fields', async () => {
    const block = {
      environment_url: collector.url,
      environment_id: 'abc',
      api_token: 'dt0c01.A.B',
      metrics_protocol: 'otlp',
      logs_protocol: 'otlp',
      flush_interval: '50ms',
    };
    const signals: readonly Signal[] = ['traces', 'metrics', 'logs'];
    const pipeline = await createPipeline({ exporters: { dynatrace: block } }, { plugins: [dynatrace] });
    await pipeline.start();
    for (const signal of signals) await pipeline.consume({ signal, records: input[signal] } as never);
    expect(await pipeline.shutdown()).toMatchObject({ delivered: 900, pending: 0, dropped: 0 });
    const sent = itemTexts(
      signals.map(
        (signal) =>
          JSON.parse(Buffer.from(jsonFromProtobuf(signal, encode(signal, input[signal]))).toString()) as object,
      ) as Record<string, unknown>[],
    );
    const received = await eventually(async () => {
      const texts = itemTexts(collector.received());
      return texts.length >= sent.length ? texts : undefined;
    });
    expect(received).toEqual(sent);
  });

  test('monotonic sums and histograms arrive as delta', async () => {
    const pipeline = await createPipeline(
      {
        exporters: {
          dynatrace: {
            environment_url: `${collector.url}/e/abc`,
            api_token: 'dt0s16.A.B',
            metrics_protocol: 'otlp',
            flush_interval: '50ms',
          },
        },
      },
      { plugins: [dynatrace] },
    );
    const before = collector.received().length;
    await pipeline.start();
    for (let i = 0; i < 2; i++) {
      const records = metrics(2, { startMs: START + i * 1000, variety: 'plain', kinds: ['counter', 'histogram'] });
      await pipeline.consume({ signal: 'metrics', records });
      await pipeline.forceFlush();
    }
    await pipeline.shutdown();
    const text = await eventually(async () => {
      const found = JSON.stringify(collector.received().slice(before));
      return found.includes('test.counter') && found.includes('test.histogram') ? found : undefined;
    });
    expect([...text.matchAll(/"aggregationTemporality":(\d)/g)].map(([, temporality]) => temporality)).toEqual(
      expect.arrayContaining(['1']),
    );
    expect(text).not.toContain('"aggregationTemporality":2');
  });
});
