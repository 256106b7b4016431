/** The OpenTelemetry Collector as OTLP sink for our exporters, and as a sender into our receiver. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createPipeline } from '@telemetryflow/kernel';
import { encode, jsonFromProtobuf, type RecordOf, type Signal } from '@telemetryflow/otlp';
import { logs, metrics, spans } from '@telemetryflow/testkit';
import { type RunningAgent, startAgent } from './agent.ts';
import { itemTexts } from './compare.ts';
import { type Collector, startCollector } from './referees/collector.ts';
import { eventually, freePort } from './referees/server.ts';
import { describeWithBinary } from './referees/with-referee.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const INPUT: { readonly [S in Signal]: readonly RecordOf[S][] } = {
  traces: spans(300),
  metrics: metrics(300),
  logs: logs(300),
};

const asJson = (signal: Signal) =>
  JSON.parse(Buffer.from(jsonFromProtobuf(signal, encode(signal, INPUT[signal]))).toString()) as Record<
    string,
    unknown
  >;
const sent = itemTexts(SIGNALS.map(asJson));

describeWithBinary('otelcol-referee', 'the Collector receives what was sent', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = (await startCollector()) as Collector;
  });
  afterAll(() => collector.stop());

  const exporters = {
    'HTTP, protobuf, gzip': () => ({ otlp_http: { endpoint: collector.url, flush_interval: '50ms' } }),
    'HTTP, JSON, no compression': () => ({
      otlp_http: { endpoint: collector.url, encoding: 'json', compression: 'none', flush_interval: '50ms' },
    }),
    'HTTP, protobuf, zstd': () => ({
      otlp_http: { endpoint: collector.url, compression: 'zstd', flush_interval: '50ms' },
    }),
    gRPC: () => ({
      otlp_grpc: { endpoint: `http://127.0.0.1:${collector.grpcPort}`, flush_interval: '50ms' },
    }),
  };
  let before = 0;
  for (const [name, config] of Object.entries(exporters)) {
    test(`by ${name}: every span, point and record with all its fields`, async () => {
      const pipeline = await createPipeline({ exporters: config() });
      await pipeline.start();
      for (const signal of SIGNALS) await pipeline.consume({ signal, records: INPUT[signal] } as never);
      const report = await pipeline.shutdown();
      expect(report).toMatchObject({ delivered: sent.length, pending: 0, dropped: 0 });
      const received = await eventually(async () => {
        const texts = itemTexts(collector.received().slice(before));
        return texts.length >= sent.length ? texts : undefined;
      });
      before = collector.received().length;
      expect(received).toEqual(sent);
    });
  }
});

describeWithBinary('otelcol-referee', 'the Collector sends to our receiver', () => {
  let agent: RunningAgent | undefined;
  let sink: Collector | undefined;
  let sender: Collector | undefined;
  afterEach(async () => {
    await sender?.stop();
    await agent?.stop();
    await sink?.stop();
  });

  for (const protocol of ['http', 'grpc'] as const) {
    test(`over ${protocol}, and our agent hands everything on unchanged`, async () => {
      sink = (await startCollector()) as Collector;
      const [http, grpc] = [await freePort(), await freePort()];
      agent = await startAgent(`
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${http} }, grpc: { endpoint: 127.0.0.1:${grpc} } } } }
exporters: { otlp_http: { endpoint: "${sink.url}", flush_interval: 100ms } }
`);
      const exporter =
        protocol === 'http'
          ? `otlp_http: { endpoint: "http://127.0.0.1:${http}", compression: gzip }`
          : `otlp_grpc: { endpoint: 127.0.0.1:${grpc}, tls: { insecure: true }, compression: gzip }`;
      sender = (await startCollector(
        (ports) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.http} } } } }
exporters:
  ${exporter}
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_${protocol}] }
    metrics: { receivers: [otlp], exporters: [otlp_${protocol}] }
    logs: { receivers: [otlp], exporters: [otlp_${protocol}] }
`,
      )) as Collector;
      for (const signal of SIGNALS) {
        const body = JSON.stringify(asJson(signal));
        await writeFile(path.join(sender.dir, `${signal}.json`), body);
        const response = await fetch(`${sender.url}/v1/${signal}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        expect(response.status).toBe(200);
      }
      const { received } = sink;
      const texts = await eventually(async () => {
        const all = itemTexts(received());
        return all.length >= sent.length ? all : undefined;
      });
      expect(texts).toEqual(sent);
    });
  }
});
