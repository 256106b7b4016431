/** What our agent reports about itself against what the Collector reports, after the same work. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { type Backend, logs, metrics, OTLP_PROFILE, otlpSignal, spans, startBackend } from '@telemetryflow/testkit';
import { type RunningAgent, startAgent } from './agent.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { eventually, freePort } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

/** One receiver on two protocols, one exporter that delivers traces and metrics; its logs are refused for good. */
const config = (http: number, grpc: number, sink: string): string => `
receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${http} }, grpc: { endpoint: 127.0.0.1:${grpc} } } }
exporters:
  otlp_http: { endpoint: "${sink}" }
`;
const PIPELINES = ['traces', 'metrics', 'logs'].map(
  (signal) => `    ${signal}: { receivers: [otlp], exporters: [otlp_http] }`,
);
const INPUT: { readonly [S in Signal]: readonly RecordOf[S][] } = {
  traces: spans(30),
  metrics: metrics(20),
  logs: logs(10),
};

/** The metrics that both have at level normal, as soon as there is something to report. */
const COMMON =
  /^otelcol_(?:receiver_(?:accepted|refused|failed)|exporter_(?:sent|send_failed|queue_size|queue_capacity))_?/;

/** Where a request went, which the Collector's HTTP exporter adds to what it counts. */
const DESTINATION = /^(?:server_address|server_port|url_path)=/;

/** `name{labels}` and values; labels in order, zeros of failures that never happened left out. */
function series(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value = ''] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (!COMMON.test(name)) continue;
    if (/failed/.test(name) && Number(value) === 0) continue;
    const kept = labels.split(',').filter((label) => !DESTINATION.test(label));
    found.set(`${name}{${kept.sort().join(',')}}`, Number(value));
  }
  return found;
}

async function feed(http: number, grpc: number): Promise<void> {
  for (const exporters of [
    { otlp_http: { endpoint: `http://127.0.0.1:${http}` } },
    { otlp_grpc: { endpoint: `http://127.0.0.1:${grpc}` } },
  ]) {
    const pipeline = await createPipeline({ exporters });
    await pipeline.start();
    for (const signal of Object.keys(INPUT) as Signal[]) {
      await pipeline.consume({ signal, records: INPUT[signal] } as never);
    }
    expect(await pipeline.shutdown()).toMatchObject({ pending: 0, dropped: 0 });
  }
}

describeWithBinary('otelcol-referee', 'own metrics agree with the Collector', () => {
  let sink: Backend;
  let collector: Collector;
  let agent: RunningAgent;
  let scrapes: { readonly ours: () => Promise<string>; readonly theirs: () => Promise<string> };
  beforeAll(async () => {
    sink = await startBackend((request) =>
      otlpSignal(request) === 'logs' ? OTLP_PROFILE.permanent(request) : OTLP_PROFILE.success(request),
    );
    const [http, grpc, ourMetrics, theirMetrics] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    agent = await startAgent(`${config(http, grpc, sink.url)}
service: { telemetry: { metrics: { level: normal, address: "127.0.0.1:${ourMetrics}" } } }
`);
    collector = (await startCollector(
      (ports) => `${config(ports.http, ports.grpc, sink.url)}
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
service:
  extensions: [health_check]
  telemetry:
    metrics: { level: normal, readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${theirMetrics} } } } }] }
  pipelines:
${PIPELINES.join('\n')}
`,
    )) as Collector;
    await feed(http, grpc);
    await feed(collector.httpPort, collector.grpcPort);
    const scrape = (port: number) => async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    scrapes = { ours: scrape(ourMetrics), theirs: scrape(theirMetrics) };
  });
  afterAll(async () => {
    await collector.stop();
    await agent.stop();
    await sink.close();
  });

  test('series, labels and values of receivers and exporters are the same', async () => {
    /** The series once the exporter has settled everything. */
    const settled = (scrape: () => Promise<string>) =>
      eventually(async () => {
        const found = series(await scrape());
        const done = [...found].filter(([name]) => /exporter_sent|exporter_send_failed/.test(name));
        return done.reduce((sum, [, value]) => sum + value, 0) === 2 * 60 ? found : undefined;
      });
    const [ours, theirs] = [await settled(scrapes.ours), await settled(scrapes.theirs)];
    expect(ours).toEqual(theirs);
    expect(ours.get('otelcol_exporter_send_failed_log_records{exporter="otlp_http"}')).toBe(20);
  });
});
