import { describe, expect, test } from '@jest/globals';
import { DataPointType, type LogRecord, type ResourceMetricsRecord, type SpanRecord } from '@telemetryflow/otlp';
import { type CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { encoder } from '../src/encode.ts';
import { envelope } from '../src/encode-otlp.ts';
import { batchOf, bodyText, encodeContext, GOLDEN_LOG_JSON, log, NOW, resource, single, split } from './fixtures.ts';

const url = 'https://a.example/x';
const GOLDEN_LINE =
  '{"signal":"log","time":"2018-12-13T14:51:00.300000000Z","severity_number":9,"severity_text":"INFO","body":"hi","resource":{"service.name":"checkout"},"scope":{"name":"auth"}}';

async function encodeLogs(block: Record<string, unknown>, records: readonly LogRecord[]) {
  const config = await single({ url, ...block });
  return split(encoder<'logs'>(config)(batchOf('logs', { records }), encodeContext));
}

describe('encoding: json', () => {
  test('is the golden envelope, byte for byte', () => {
    const body = envelope({
      type: 'logs',
      now: NOW,
      id: 'msg_01JD8Z5W3Q0000000000000000',
      count: 1,
      data: Buffer.from(GOLDEN_LOG_JSON),
    });
    expect(body.toString()).toBe(
      `{"type":"logs","timestamp":"2026-11-22T10:00:00.000Z","id":"msg_01JD8Z5W3Q0000000000000000","version":"1","count":1,"data":${GOLDEN_LOG_JSON}}`,
    );
    expect(body).toHaveLength(393);
  });

  test('holds the OTLP/JSON of the batch, and its id is also a header', async () => {
    const config = await single({ url });
    const { payloads } = split(encoder<'logs'>(config)(batchOf('logs', { json: GOLDEN_LOG_JSON }), encodeContext));
    const parsed = JSON.parse(bodyText(payloads[0])) as Record<string, unknown>;
    expect(parsed).toMatchObject({ type: 'logs', timestamp: '2026-11-22T10:00:00.000Z', version: '1', count: 1 });
    expect(parsed['data']).toEqual(JSON.parse(GOLDEN_LOG_JSON));
    expect(payloads[0]?.body.headers).toEqual({ 'webhook-id': parsed['id'] });
    expect(parsed['id']).toMatch(/^msg_01JD8Z5W3Q0000000000000000-[0-9a-f]{8}$/);
  });

  test('is cut at max_request_bytes into requests with ids of their own', async () => {
    const record = '{"timeUnixNano":"1","body":{"stringValue":"aaaaaaaaaaaaaaaaaaaa"}}';
    const records = Array.from({ length: 10 }, (_, i) => record.replace('"1"', `"${i + 1}"`)).join(',');
    const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`;
    const config = await single({ url, max_request_bytes: '600' });
    const { payloads, drops } = split(encoder<'logs'>(config)(batchOf('logs', { json }), encodeContext));
    expect(drops).toEqual([]);
    expect(payloads.length).toBeGreaterThan(1);
    expect(new Set(payloads.map((each) => each.body.headers?.['webhook-id'])).size).toBe(payloads.length);
    for (const each of payloads) expect(Buffer.byteLength(bodyText(each))).toBeLessThanOrEqual(600);
    expect(payloads.reduce((sum, each) => sum + (JSON.parse(bodyText(each)) as { count: number }).count, 0)).toBe(10);
  });

  test('stays within max_request_bytes whatever that is, its envelope included', async () => {
    const record = '{"timeUnixNano":"1","body":{"stringValue":"aaaaaaaaaaaaaaaaaaaa"}}';
    const json = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${Array(20).fill(record).join(',')}]}]}]}`;
    const config = await single({ url });
    for (let most = 500; most < 800; most++) {
      const encode = encoder<'logs'>({ ...config, max_request_bytes: most });
      const { payloads } = split(encode(batchOf('logs', { json }), encodeContext));
      const largest = Math.max(...payloads.map((each) => Buffer.byteLength(bodyText(each))));
      expect({ most, within: largest <= most }).toEqual({ most, within: true });
    }
  });

  test('gives the same request the same id in every encode', async () => {
    const config = await single({ url });
    const ids = [1, 2].map(
      () =>
        split(encoder<'logs'>(config)(batchOf('logs', { json: GOLDEN_LOG_JSON }), encodeContext)).payloads[0]?.body
          .headers,
    );
    expect(ids[0]).toEqual(ids[1]);
  });
});

describe('encoding: otlp_json and otlp_proto', () => {
  test('are bare OTLP', async () => {
    const batch = batchOf('logs', { json: GOLDEN_LOG_JSON });
    const json = split(encoder<'logs'>(await single({ url, encoding: 'otlp_json' }))(batch, encodeContext));
    expect(JSON.parse(bodyText(json.payloads[0]))).toEqual(JSON.parse(GOLDEN_LOG_JSON));
    const proto = split(encoder<'logs'>(await single({ url, encoding: 'otlp_proto' }))(batch, encodeContext));
    expect(proto.payloads[0]?.body.body).toBe(batch.otlp());
  });
});

describe('encoding: ndjson and json_array', () => {
  test('write the golden line, with newlines between lines only', async () => {
    const { payloads } = await encodeLogs({ encoding: 'ndjson' }, [log(), log({ body: 'two\nlines' })]);
    const text = bodyText(payloads[0]);
    expect(text.split('\n')).toHaveLength(2);
    expect(text.split('\n')[0]).toBe(GOLDEN_LINE);
    expect(JSON.parse(text.split('\n')[1] ?? '')).toMatchObject({ body: 'two\nlines' });
  });

  test('write an array of the same records', async () => {
    const { payloads } = await encodeLogs({ encoding: 'json_array' }, [log(), log()]);
    expect(bodyText(payloads[0])).toBe(`[${GOLDEN_LINE},${GOLDEN_LINE}]`);
    expect(payloads[0]?.items).toEqual({ from: 0, to: 2 });
  });

  test('are cut by bytes, with every item in exactly one place', async () => {
    const records = Array.from({ length: 9 }, (_, i) => log({ body: i === 4 ? 'x'.repeat(70_000) : `n${i}` }));
    const { payloads, drops } = await encodeLogs({ encoding: 'ndjson', max_request_bytes: '500' }, records);
    expect(drops).toEqual([{ dropped: { from: 4, to: 5 }, reason: 'too_large' }]);
    const ranges = payloads.map(({ items }) => items as { from: number; to: number });
    const covered = ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
    expect(covered).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
    for (const each of payloads) expect(Buffer.byteLength(bodyText(each))).toBeLessThanOrEqual(500);
  });

  test('cut the long strings of an item that is too large, and say so', async () => {
    const { payloads, drops } = await encodeLogs({ encoding: 'ndjson', max_request_bytes: '100000' }, [
      log({ body: 'é'.repeat(200_000).slice(0, 120_000) }),
      log({ body: 'x'.repeat(120_000), attributes: { long: 'y'.repeat(70_000).slice(0, 20_000) } }),
    ]);
    expect(drops).toHaveLength(1);
    const line = JSON.parse(bodyText(payloads[0])) as { body: string; truncated: boolean };
    expect(line.truncated).toBe(true);
    expect(line.body).toHaveLength(65_536);
  });

  test('carry every kind of value', async () => {
    const attributes = {
      int: 9_007_199_254_740_993n,
      small: 5n,
      nan: Number.NaN,
      inf: Number.NEGATIVE_INFINITY,
      zero: -0,
      bytes: Uint8Array.of(0, 255),
      list: [1, null, undefined, 'a'],
      map: { deep: { er: true }, gone: undefined },
      none: null,
      'quo"te': '\u2028 \ud800',
    };
    const { payloads } = await encodeLogs({ encoding: 'ndjson' }, [
      log({ attributes, severityNumber: 0, severityText: '', eventName: 'ev', body: undefined, flags: 1 }),
    ]);
    expect(JSON.parse(bodyText(payloads[0]))).toEqual({
      signal: 'log',
      time: '2018-12-13T14:51:00.300000000Z',
      event_name: 'ev',
      flags: 1,
      attributes: {
        int: '9007199254740993',
        small: 5,
        nan: 'NaN',
        inf: '-Infinity',
        zero: -0,
        bytes: 'AP8=',
        list: [1, null, null, 'a'],
        map: { deep: { er: true } },
        'quo"te': '\u2028 \ufffd',
      },
      resource: { 'service.name': 'checkout' },
      scope: { name: 'auth' },
    });
  });

  test('survive a value that contains itself, and times that no calendar has', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const { payloads } = await encodeLogs({ encoding: 'ndjson' }, [
      log({ body: cycle as never, hrTime: [1e15, 0], hrTimeObserved: [Number.NaN, 0] }),
    ]);
    expect(JSON.parse(bodyText(payloads[0]))).toMatchObject({ time: '2026-11-22T10:00:00.000000000Z' });
  });

  test('of any strings are one valid line per record', async () => {
    const config = await single({ url, encoding: 'ndjson' });
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (bodies) => {
        const records = bodies.map((body) => log({ body, attributes: { [body]: body } }));
        const { payloads } = split(encoder<'logs'>(config)(batchOf('logs', { records }), encodeContext));
        const lines = bodyText(payloads[0]).split('\n');
        expect(lines.map((line) => (JSON.parse(line) as { body: string }).body)).toEqual(
          bodies.map((b) => b.toWellFormed()),
        );
      }),
    );
  });
});

describe('a span', () => {
  test('is written with words for kind and status', async () => {
    const context = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', traceFlags: 1 };
    const span: SpanRecord = {
      name: 'op',
      kind: 1,
      spanContext: () => context,
      parentSpanContext: { ...context, spanId: 'eee19b7ec3c1b173' },
      startTime: [1_544_712_660, 0],
      endTime: [1_544_712_661, 5],
      duration: [1, 5],
      status: { code: 2, message: 'x' },
      attributes: { a: 1 },
      links: [{ context: { ...context, spanId: '00000000000000aa' }, attributes: { l: true } }],
      events: [{ time: [1_544_712_660, 1], name: 'e' }],
      ended: true,
      resource,
      instrumentationScope: { name: 's', version: '2' },
      droppedAttributesCount: 3,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
    const config = await single({ url, encoding: 'ndjson', traces: true });
    const { payloads } = split(encoder<'traces'>(config)(batchOf('traces', { records: [span] }), encodeContext));
    expect(JSON.parse(bodyText(payloads[0]))).toEqual({
      signal: 'span',
      time: '2018-12-13T14:51:00.000000000Z',
      name: 'op',
      kind: 'server',
      trace_id: context.traceId,
      span_id: context.spanId,
      parent_span_id: 'eee19b7ec3c1b173',
      flags: 1,
      start_time: '2018-12-13T14:51:00.000000000Z',
      end_time: '2018-12-13T14:51:01.000000005Z',
      duration_ns: 1_000_000_005,
      status: { code: 'error', message: 'x' },
      events: [{ time: '2018-12-13T14:51:00.000000001Z', name: 'e' }],
      links: [{ trace_id: context.traceId, span_id: '00000000000000aa', attributes: { l: true } }],
      attributes: { a: 1 },
      dropped_attributes_count: 3,
      resource: { 'service.name': 'checkout' },
      scope: { name: 's', version: '2' },
    });
  });
});

describe('a data point', () => {
  const at = {
    startTime: [1_544_712_660, 0] as const,
    endTime: [1_544_712_670, 0] as const,
    attributes: { route: '/a' },
  };
  const descriptor = { name: 'http.requests', description: '', unit: '{request}', valueType: 0 };
  const base = { descriptor, aggregationTemporality: 0 };

  async function lines(metrics: ResourceMetricsRecord['scopeMetrics'][number]['metrics']): Promise<string[]> {
    const records: ResourceMetricsRecord[] = [{ resource, scopeMetrics: [{ scope: { name: 's' }, metrics }] }];
    const config = await single({ url, encoding: 'ndjson' });
    const { payloads } = split(encoder<'metrics'>(config)(batchOf('metrics', { records }), encodeContext));
    return bodyText(payloads[0]).split('\n');
  }

  test('of a delta sum is the golden line', async () => {
    const [line] = await lines([
      { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: [{ ...at, value: 5 }] },
    ]);
    expect(line).toBe(
      '{"signal":"metric","time":"2018-12-13T14:51:10.000000000Z","name":"http.requests","type":"sum","unit":"{request}","temporality":"delta","monotonic":true,"start_time":"2018-12-13T14:51:00.000000000Z","value":5,"attributes":{"route":"/a"},"resource":{"service.name":"checkout"},"scope":{"name":"s"}}',
    );
  });

  test('of every other type holds its parts', async () => {
    const bounds = { count: 3, sum: 0, min: -1 };
    const parsed = (
      await lines([
        {
          ...base,
          dataPointType: DataPointType.GAUGE,
          dataPoints: [
            { ...at, value: Number.NaN },
            { ...at, value: undefined, flags: 1 },
          ],
        },
        {
          ...base,
          aggregationTemporality: 1,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: [{ ...at, value: { ...bounds, buckets: { boundaries: [0.5], counts: [1, 2] } } }],
        },
        {
          ...base,
          dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
          dataPoints: [
            {
              ...at,
              value: {
                ...bounds,
                scale: -1,
                zeroCount: 1,
                zeroThreshold: 0.001,
                positive: { offset: -3, bucketCounts: [1, 300n] },
                negative: { offset: 0, bucketCounts: [] },
              },
            },
          ],
        },
        {
          ...base,
          dataPointType: DataPointType.SUMMARY,
          dataPoints: [{ ...at, value: { count: 1, sum: 2, quantiles: [{ quantile: 0.5, value: 2 }] } }],
        },
      ])
    ).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed[0]).toMatchObject({ type: 'gauge', value: 'NaN' });
    expect(parsed[0]).not.toHaveProperty('temporality');
    expect(parsed[1]).toMatchObject({ no_recorded_value: true });
    expect(parsed[1]).not.toHaveProperty('value');
    expect(parsed[2]).toMatchObject({
      type: 'histogram',
      temporality: 'cumulative',
      count: 3,
      sum: 0,
      min: -1,
      bounds: [0.5],
      counts: [1, 2],
    });
    expect(parsed[2]).not.toHaveProperty('max');
    expect(parsed[3]).toMatchObject({
      scale: -1,
      zero_count: 1,
      zero_threshold: 0.001,
      positive: { offset: -3, counts: [1, 300] },
    });
    expect(parsed[3]).not.toHaveProperty('negative');
    expect(parsed[4]).toMatchObject({ type: 'summary', count: 1, sum: 2, quantiles: [{ quantile: 0.5, value: 2 }] });
  });
});

describe('encoding: cloudevents', () => {
  test('is a batch that the CloudEvents library reads, with ids and sources that are unique', async () => {
    const spanContext = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', traceFlags: 1 };
    const { payloads } = await encodeLogs({ encoding: 'cloudevents', max_request_bytes: '1500' }, [
      log({ spanContext }),
      log(),
      log(),
      log({ resource: { attributes: { 'service.name': 'käse & brot' } } }),
    ]);
    expect(payloads.length).toBeGreaterThan(1);
    const events = payloads.flatMap((payload) => {
      expect(Buffer.byteLength(bodyText(payload))).toBeLessThanOrEqual(1500);
      const headers = { 'content-type': 'application/cloudevents-batch+json' };
      const read = HTTP.toEvent({ headers, body: bodyText(payload) });
      return Array.isArray(read) ? read : [read];
    }) as CloudEvent<unknown>[];
    expect(events).toHaveLength(4);
    expect(events.every((event) => event.validate())).toBe(true);
    expect(new Set(events.map(({ id, source }) => `${source} ${id}`)).size).toBe(4);
    expect(events[0]).toMatchObject({
      type: 'io.telemetryflow.log.v1',
      source: 'urn:telemetryflow:checkout',
      subject: 'checkout',
      time: '2018-12-13T14:51:00.300Z',
      traceparent: '00-5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174-01',
      datacontenttype: 'application/json',
    });
    expect(events[1]?.data).toEqual(JSON.parse(GOLDEN_LINE));
    expect(events[3]?.source).toBe('urn:telemetryflow:k%C3%A4se%20%26%20brot');
  });

  test('has a trace parent where there is a trace, and a time that a calendar has', async () => {
    const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const { payloads } = await encodeLogs({ encoding: 'cloudevents' }, [
      log({ spanContext: ids }),
      log({ spanContext: { ...ids, traceId: '0'.repeat(32) } }),
      log({ spanContext: { ...ids, spanId: '0'.repeat(16) }, hrTime: [Number.NaN, 0] }),
      log({ hrTime: [Number.MAX_VALUE, 0] }),
    ]);
    const events = JSON.parse(bodyText(payloads[0])) as { traceparent?: string; time: string }[];
    expect(events.map(({ traceparent }) => traceparent)).toEqual([
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      undefined,
      undefined,
      undefined,
    ]);
    expect(events.map(({ time }) => time.slice(0, 4))).toEqual(['2018', '2018', '2026', '2554']);
  });

  test('is a single event per request when batch_size is 1', async () => {
    const { payloads } = await encodeLogs({ encoding: 'cloudevents', batch_size: 1 }, [log(), log()]);
    expect(payloads).toHaveLength(2);
    const event = HTTP.toEvent({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: bodyText(payloads[0]),
    });
    expect((event as CloudEvent<unknown>).data).toEqual(JSON.parse(GOLDEN_LINE));
  });
});

describe('encoding: slack', () => {
  const error = (body: string): LogRecord => log({ severityNumber: 17, severityText: 'ERROR', body });

  test('is one message, escaped, from errors on', async () => {
    const { payloads, drops } = await encodeLogs({ encoding: 'slack' }, [
      error('a < b & c\nd'),
      log(),
      error('second'),
    ]);
    expect(JSON.parse(bodyText(payloads[0]))).toEqual({
      text: '14:51:00 ERROR checkout: a &lt; b &amp; c d\n14:51:00 ERROR checkout: second',
    });
    expect(payloads.map(({ items }) => items)).toEqual([[0, 2]]);
    expect(drops).toEqual([{ dropped: [1], reason: 'filtered' }]);
  });

  test('has at most twenty lines and 4000 characters', async () => {
    const many = await encodeLogs(
      { encoding: 'slack' },
      Array.from({ length: 50 }, () => error('x')),
    );
    const lines = (JSON.parse(bodyText(many.payloads[0])) as { text: string }).text.split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('... and 30 more');
    const long = await encodeLogs(
      { encoding: 'slack' },
      Array.from({ length: 5 }, () => error('&'.repeat(3000))),
    );
    const { text } = JSON.parse(bodyText(long.payloads[0])) as { text: string };
    expect(text.length).toBeLessThanOrEqual(4000);
    expect(text).toMatch(/\.\.\. and 4 more$/);
  });
});

describe('min_severity', () => {
  test('filters before any encoding, and items keep their numbers', async () => {
    const records = [log(), log({ severityNumber: 17 }), log({ severityNumber: 0 }), log({ severityNumber: 13 })];
    const { payloads, drops } = await encodeLogs({ encoding: 'ndjson', min_severity: 'warn' }, records);
    expect(drops).toEqual([{ dropped: [0, 2], reason: 'filtered' }]);
    expect(payloads.map(({ items }) => items)).toEqual([[1, 3]]);
    expect(bodyText(payloads[0]).split('\n')).toHaveLength(2);
  });

  test('sends nothing when nothing is left', async () => {
    const { payloads, drops } = await encodeLogs({ encoding: 'json', min_severity: 'fatal' }, [log()]);
    expect([payloads, drops]).toEqual([[], [{ dropped: [0], reason: 'filtered' }]]);
  });
});
