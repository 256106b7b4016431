/** The OpenTelemetry Collector 0.157 with the receivers and exporters of the test build. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataDir, readyBinary } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

export interface Collector extends Referee {
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Every OTLP/JSON request object written by the file exporter so far. */
  received(): readonly Record<string, unknown>[];
}

/** A configuration given the ports and the output file; `health` must be served by the health_check extension. */
export type CollectorConfig = (ports: { http: number; grpc: number; health: number }, outputFile: string) => string;

/** OTLP on both ports, everything written to the file. */
export const otlpToFile: CollectorConfig = (ports, outputFile) => `
extensions: { health_check: { endpoint: 127.0.0.1:${ports.health} } }
receivers:
  otlp:
    protocols:
      http: { endpoint: 127.0.0.1:${ports.http}, include_metadata: true }
      grpc: { endpoint: 127.0.0.1:${ports.grpc}, include_metadata: true }
exporters: { file: { path: ${outputFile}, flush_interval: 100ms } }
service:
  extensions: [health_check]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [file] }
    metrics: { receivers: [otlp], exporters: [file] }
    logs: { receivers: [otlp], exporters: [file] }
`;

/** The Collector, where its binary is at hand. */
export async function startCollector(config: CollectorConfig = otlpToFile): Promise<Collector | undefined> {
  const binary = await readyBinary('otelcol-referee');
  if (binary === undefined) return undefined;
  const dir = await dataDir();
  const ports = { http: await freePort(), grpc: await freePort(), health: await freePort() };
  const outputFile = path.join(dir, 'out.jsonl');
  await writeFile(path.join(dir, 'config.yaml'), config(ports, outputFile));
  const referee = await startServer({
    name: 'opentelemetry-collector',
    version: '0.157.0',
    url: `http://127.0.0.1:${ports.http}`,
    dir,
    command: binary,
    args: ['--config', path.join(dir, 'config.yaml')],
    ready: () => answers(`http://127.0.0.1:${ports.health}/`),
  });
  return {
    ...referee,
    httpPort: ports.http,
    grpcPort: ports.grpc,
    received() {
      if (!existsSync(outputFile)) return [];
      const lines = readFileSync(outputFile, 'utf8').split('\n');
      lines.pop();
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}
