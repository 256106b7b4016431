/** `webhook` before the Collector's receivers of webhooks and of OTLP, and nothing else between them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { itemIds } from '@telemetryflow/testkit';
import { ALL_SIGNALS, receivedTexts, sendAll, textsOf } from './otlp-preset.ts';
import { type Collector, type CollectorConfig, otlpToFile, startCollector } from './referees/collector.ts';
import { eventually } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const TOKEN = 'webhook-token';

/** Two ways to read: a record per line, and a record per request. */
const webhookEvents: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  webhook_event/lines:
    { endpoint: "127.0.0.1:${ports.http}", path: /events, split_logs_at_newline: true, required_header: { key: X-Api-Key, value: ${TOKEN} } }
  webhook_event/whole: { endpoint: "127.0.0.1:${ports.grpc}", path: /events }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [webhook_event/lines, webhook_event/whole], exporters: [file] }
`;

interface Flat {
  readonly signal: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** The texts of the log records that the receiver made of bodies. */
function bodiesOf(collector: Collector): string[] {
  type Group = { scopeLogs: { logRecords: { body: { stringValue: string } }[] }[] };
  const groups = collector.received().flatMap(({ resourceLogs }) => resourceLogs as Group[]);
  return groups
    .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
    .map(({ body }) => body.stringValue);
}

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const NAMES = { traces: 'span', metrics: 'metric', logs: 'log' } as const;

describeWithBinary('otelcol-referee', 'the webhook receiver of a Collector', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(webhookEvents)) as Collector;
  });
  afterAll(() => collector.stop());

  /** The receiver takes bodies of 100 KiB. */
  const common = { headers: { 'X-Api-Key': TOKEN }, max_request_bytes: '100000', flush_interval: '50ms', traces: true };

  test.each(['none', 'gzip', 'zstd'])(
    'takes a flat record per line, of every signal, with compression %s',
    async (compression) => {
      const before = bodiesOf(collector).length;
      const webhook = { ...common, url: `${collector.url}/events`, encoding: 'ndjson', compression };
      const ids = SIGNALS.flatMap((signal) => itemIds(ALL_SIGNALS[signal] ?? []).map((id) => `${NAMES[signal]} ${id}`));
      expect(await sendAll({ webhook })).toMatchObject({ delivered: ids.length, dropped: 0, pending: 0 });
      const lines = await eventually(async () => {
        const bodies = bodiesOf(collector).slice(before);
        return bodies.length >= ids.length ? bodies : undefined;
      });
      const records = lines.map((line) => JSON.parse(line) as Flat);
      expect(records.map(({ signal, attributes }) => `${signal} ${attributes?.['item.id']}`).sort()).toEqual(
        [...ids].sort(),
      );
    },
  );

  test('takes the envelope as one record', async () => {
    const before = bodiesOf(collector).length;
    const webhook = { ...common, url: `http://127.0.0.1:${collector.grpcPort}/events` };
    const { logs = [] } = ALL_SIGNALS;
    expect(await sendAll({ webhook }, { logs: logs.slice(0, 20) })).toMatchObject({ delivered: 20, dropped: 0 });
    const [body = ''] = await eventually(async () => {
      const bodies = bodiesOf(collector).slice(before);
      return bodies.length > 0 ? bodies : undefined;
    });
    expect(JSON.parse(body)).toMatchObject({
      type: 'logs',
      version: '1',
      count: 20,
      id: expect.stringMatching(/^msg_/),
    });
  });

  test('refuses a request without its header, and nothing is counted as delivered', async () => {
    const { logs = [] } = ALL_SIGNALS;
    const webhook = { ...common, headers: {}, url: `${collector.url}/events`, encoding: 'ndjson' };
    const report = await sendAll({ webhook }, { logs: logs.slice(0, 5) });
    expect(report).toMatchObject({ delivered: 0, dropped: 5 });
  });

  test('refuses what is larger than it takes, and gets it in smaller parts', async () => {
    const before = bodiesOf(collector).length;
    const webhook = {
      ...common,
      url: `${collector.url}/events`,
      encoding: 'ndjson',
      max_request_bytes: '1000000',
      batch_size: 1000,
    };
    const { logs = [] } = ALL_SIGNALS;
    const large = logs.slice(0, 40).map((log) => ({ ...log, body: 'x'.repeat(9000) }));
    expect(await sendAll({ webhook }, { logs: large })).toMatchObject({ delivered: 40, dropped: 0 });
    const bodies = await eventually(async () => {
      const found = bodiesOf(collector).slice(before);
      return found.length >= 40 ? found : undefined;
    });
    expect(new Set(bodies).size).toBe(40);
  });
});

describeWithBinary('otelcol-referee', 'the OTLP receiver of a Collector', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector(otlpToFile)) as Collector;
  });
  afterAll(() => collector.stop());
  let before = 0;

  describe.each(['otlp_json', 'otlp_proto'])('receives every item with all its fields as %s:', (encoding) => {
    test.each(SIGNALS)('%s', async (signal) => {
      const telemetry = { [signal]: ALL_SIGNALS[signal] };
      const expected = textsOf(telemetry);
      const webhook = { url: `${collector.url}/v1/${signal}`, encoding, traces: true, flush_interval: '50ms' };
      expect(await sendAll({ webhook }, telemetry)).toMatchObject({ delivered: expected.length, dropped: 0 });
      const received = await receivedTexts(collector, expected.length, before);
      before = collector.received().length;
      expect(received).toEqual(expected);
    });
  });
});
