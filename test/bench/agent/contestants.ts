/** The two agents on the same job: how each is configured and started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..', '..');

export interface Job {
  readonly name: string;
  /** Of the bodies that are sent and of the requests that go out. */
  readonly compression: 'none' | 'gzip';
  readonly exporters: number;
  /** What is changed on the way; the Collector of the referee build has no resource processor and forwards only. */
  readonly change?: 'item' | 'resource';
  readonly floor: number;
  readonly goal: number;
}

export const JOBS: readonly Job[] = [
  { name: 'batch -> otlp_http', compression: 'none', exporters: 1, floor: 2.2, goal: 3.2 },
  { name: 'gzip in, batch, gzip out', compression: 'gzip', exporters: 1, floor: 1.4, goal: 2.1 },
  { name: 'batch -> 3 x otlp_http', compression: 'none', exporters: 3, floor: 3.2, goal: 4.7 },
  { name: 'item attributes changed', compression: 'none', exporters: 1, change: 'item', floor: 1, goal: 1.4 },
  { name: 'resource attributes changed', compression: 'none', exporters: 1, change: 'resource', floor: 2, goal: 3 },
];

const ids = (job: Job): string[] => Array.from({ length: job.exporters }, (_, i) => `otlp_http/${i + 1}`);
const sinkOf = (sinks: readonly number[], i: number): string => `http://127.0.0.1:${sinks[i]}`;

/** Ours: the same batch sizes as the Collector's batch processor below. */
export function startOurs(job: Job, port: number, sinks: readonly number[], dir: string): ChildProcess {
  const exporters = ids(job).map(
    (id, i) =>
      `  ${id}: { endpoint: "${sinkOf(sinks, i)}", compression: ${job.compression}, batch_size: 8192, max_batch_items: 8192, flush_interval: 200ms, max_request_bytes: 64MiB, queue: { max_bytes: 1GiB } }`,
  );
  const action = '[{ key: deployment.region, value: eu-west-1, action: insert }]';
  const processors = {
    item: `processors: { attributes: { actions: ${action} } }`,
    resource: `processors: { resource: { attributes: ${action} } }`,
  };
  const names = { item: 'attributes', resource: 'resource' };
  const file = path.join(dir, 'ours.yaml');
  writeFileSync(
    file,
    `receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
${job.change === undefined ? '' : processors[job.change]}
exporters:
${exporters.join('\n')}
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines:
    traces: { receivers: [otlp], processors: [${job.change === undefined ? '' : names[job.change]}], exporters: [${ids(job).join(', ')}] }
`,
  );
  const bin = path.join(root, 'packages/agent/bin/telemetryflow.cjs');
  return spawn(process.execPath, [bin, 'run', '--config', file], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The OpenTelemetry Collector: `batch` 8192 / 200 ms, `otlp_http` with its defaults but for the compression. */
export function startCollector(
  binary: string,
  job: Job,
  port: number,
  sinks: readonly number[],
  dir: string,
): ChildProcess {
  const exporters = ids(job).map(
    (id, i) => `  ${id}: { endpoint: "${sinkOf(sinks, i)}", compression: ${job.compression} }`,
  );
  const attributes = 'attributes: { actions: [{ key: deployment.region, value: eu-west-1, action: insert }] }';
  const file = path.join(dir, 'collector.yaml');
  writeFileSync(
    file,
    `receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
processors:
  batch: { send_batch_size: 8192, timeout: 200ms }
  ${job.change === 'item' ? attributes : ''}
exporters:
${exporters.join('\n')}
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines:
    traces: { receivers: [otlp], processors: [${job.change === 'item' ? 'attributes, ' : ''}batch], exporters: [${ids(job).join(', ')}] }
`,
  );
  return spawn(binary, ['--config', file], { stdio: ['ignore', 'ignore', 'inherit'] });
}
