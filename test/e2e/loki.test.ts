/** A real Loki stores what was sent, and LogQL reads it back. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import { hrTimeToNanos, type LogRecord, valueToText } from '@telemetryflow/otlp';
import { hrTime, logs } from '@telemetryflow/testkit';
import { startLoki } from './referees/loki.ts';
import { eventually, type Referee } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly time: string;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const COUNT = 300;
/** Within the age and future windows of the server. */
const START = Date.now() - 60_000;

describeWithBinary('loki3', 'Loki', () => {
  let loki: Referee;
  beforeAll(async () => {
    loki = (await startLoki()) as Referee;
  }, 60_000);
  afterAll(() => loki.stop());

  async function query(selector: string, expected: number): Promise<Stored[]> {
    const range = `start=${(START - 3_600_000) * 1e6}&end=${(START + 3_600_000) * 1e6}&limit=5000&direction=forward`;
    return eventually(async () => {
      const answer = await fetch(`${loki.url}/loki/api/v1/query_range?query=${encodeURIComponent(selector)}&${range}`, {
        headers: { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' },
      });
      const { data } = (await answer.json()) as {
        data?: {
          result: {
            stream: Record<string, string>;
            values: [string, string, { structuredMetadata?: Record<string, string> }?][];
          }[];
        };
      };
      const entries = (data?.result ?? []).flatMap(({ stream, values }) =>
        values.map(([time, line, extra]) => ({
          labels: stream,
          time,
          line,
          metadata: extra?.structuredMetadata ?? {},
        })),
      );
      return entries.length >= expected ? entries : undefined;
    });
  }

  async function send(records: readonly LogRecord[], block: Readonly<Record<string, unknown>>): Promise<unknown> {
    const pipeline = await createPipeline({
      exporters: { loki: { endpoint: loki.url, flush_interval: '50ms', ...block } },
    });
    await pipeline.start();
    await pipeline.consume({ signal: 'logs', records });
    return pipeline.shutdown();
  }

  /** What the metadata of a plain record must be, by the table of the README and not by the code. */
  function expectedMetadata(record: LogRecord): Record<string, string> {
    const { attributes, severityNumber, severityText, spanContext: context } = record;
    return {
      item_id: String(attributes['item.id']),
      http_request_method: String(attributes['http.request.method']),
      http_response_status_code: String(attributes['http.response.status_code']),
      cached: String(attributes['cached']),
      ratio: String(attributes['ratio']),
      observed_timestamp: String(hrTimeToNanos(record.hrTimeObserved)),
      severity_number: String(severityNumber),
      severity_text: String(severityText),
      ...(context !== undefined && { trace_id: context.traceId, span_id: context.spanId, flags: '1' }),
      ...(record.eventName !== undefined && { event_name: record.eventName }),
      ...(record.droppedAttributesCount > 0 && { dropped_attributes_count: '3' }),
      host_name: 'host-1',
      scope_name: 'testkit',
      scope_version: '1.0.0',
    };
  }

  const withoutDetected = ({ detected_level: _level, ...rest }: Readonly<Record<string, string>>) => rest;

  for (const encoding of ['protobuf', 'json']) {
    test(`stores every record with its labels, time, line and attributes, sent as ${encoding}`, async () => {
      const records = logs(COUNT, { variety: 'plain', startMs: START });
      const report = await send(records, { encoding, labels: { job: `plain-${encoding}` } });
      expect(report).toMatchObject({ delivered: COUNT, pending: 0, dropped: 0 });
      const stored = await query(`{job="plain-${encoding}"}`, COUNT);
      const byId = new Map(stored.map((entry) => [entry.metadata['item_id'], entry]));
      expect(byId.size).toBe(COUNT);
      for (const record of records) {
        const entry = byId.get(String(record.attributes['item.id']));
        expect(entry?.time).toBe(String(hrTimeToNanos(record.hrTime)));
        expect(entry?.line).toBe(record.body);
        expect(withoutDetected(entry?.metadata ?? {})).toEqual(expectedMetadata(record));
        expect(entry?.labels).toEqual({
          job: `plain-${encoding}`,
          service_name: 'shop',
          service_namespace: 'testkit',
          service_instance_id: '627cc493-f310-47de-96bd-71410b7dec09',
          deployment_environment_name: 'test',
        });
      }
    });
  }

  /**
   * Expected loss: types (everything is text), empty values, lone surrogates (U+FFFD, of which Loki makes a
   * space in metadata), and attributes whose names leave
   * nothing, which are counted in dropped_attributes_count.
   */
  test('stores records with every kind of value, odd Unicode included', async () => {
    const records = logs(COUNT, { startMs: START });
    expect(await send(records, { labels: { job: 'odd' } })).toMatchObject({ delivered: COUNT, dropped: 0 });
    const stored = await query('{job="odd"}', COUNT);
    const byId = new Map(stored.map((entry) => [entry.metadata['item_id'], entry]));
    expect(byId.size).toBe(COUNT);
    for (const record of records) {
      const entry = byId.get(String(record.attributes['item.id']));
      const body = valueToText(record.body).toWellFormed();
      expect(entry?.line).toBe(body === '' ? (record.eventName ?? '') : body);
      for (const [name, value] of Object.entries(record.attributes)) {
        if (!/^[a-z_.0-9]+$/.test(name) || typeof value !== 'string' || value === '') continue;
        expect(entry?.metadata[name.replaceAll('.', '_')]).toBe(value.toWellFormed().replaceAll('\ufffd', ' '));
      }
    }
  });

  test('takes OTLP; it drops the event name', async () => {
    const records = logs(50, {
      variety: 'plain',
      startMs: START,
      resource: { attributes: { 'service.name': 'by-otlp' } },
    });
    expect(await send(records, { protocol: 'otlp' })).toMatchObject({ delivered: 50, dropped: 0 });
    const stored = await query('{service_name="by-otlp"}', 50);
    const ids = new Set(stored.map(({ metadata }) => metadata['item_id']));
    expect(ids).toEqual(new Set(records.map(({ attributes }) => attributes['item.id'])));
  });

  test('says how many entries it refused, and the books agree with what it stored', async () => {
    const fresh = logs(20, { variety: 'plain', startMs: START });
    const old = logs(7, { variety: 'plain', startMs: START - 9 * 24 * 3_600_000, from: 20 });
    const report = await send([...fresh, ...old], { labels: { job: 'old' }, max_age: '0s' });
    expect(report).toMatchObject({ delivered: 20, pending: 0, dropped: 7 });
    expect(await query('{job="old"}', 20)).toHaveLength(20);
  });

  test('cuts lines that Loki would refuse', async () => {
    const [base] = logs(1, { variety: 'plain', startMs: START });
    const long = { ...(base as LogRecord), hrTime: hrTime(START, 1), body: 'ä'.repeat(200_000) };
    expect(await send([long], { labels: { job: 'long' } })).toMatchObject({ delivered: 1, dropped: 0 });
    const [entry] = await query('{job="long"}', 1);
    expect(Buffer.byteLength(entry?.line ?? '')).toBe(262_144);
    expect(entry?.metadata['truncated']).toBe('true');
  });

  test('keeps entries within its limits for metadata, with what has a meaning to it', async () => {
    const [base] = logs(1, { variety: 'plain', startMs: START });
    const many = Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`a${i}`, 'v']));
    const full = { ...(base as LogRecord), attributes: many, body: 'ä'.repeat(200_000) };
    expect(await send([full], { labels: { job: 'full' } })).toMatchObject({ delivered: 1, dropped: 0 });
    const [entry] = await query('{job="full"}', 1);
    expect(entry?.metadata).toMatchObject({ truncated: 'true', a0: 'v', severity_text: full.severityText });
    expect(Number(entry?.metadata['dropped_attributes_count'])).toBeGreaterThan(2);
  });

  test('refuses a name over OTLP, and the others of the push are stored all the same', async () => {
    const records = logs(12, { variety: 'plain', startMs: START, resource: { attributes: { 'service.name': 'odd' } } });
    const nameless = { ...(records[7] as LogRecord), attributes: { ü: 'x' } };
    const report = await send(records.with(7, nameless), { protocol: 'otlp' });
    expect(report).toMatchObject({ delivered: 11, pending: 0, dropped: 1, reasons: { invalid: 1 } });
    expect(await query('{service_name="odd"}', 11)).toHaveLength(11);
  });
});
