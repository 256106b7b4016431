/** One contestant of the codec benchmark, in a process of its own: it answers each message with a measured round. */
import { readFileSync } from 'node:fs';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { asRecords, decode, encode, encodeJson, estimateBytes, groupRecords } from '@telemetryflow/otlp';
import protobuf from 'protobufjs';
import {
  BATCHES,
  ITEMS_PER_BATCH,
  logBatches as sdkLogs,
  metricBatches as sdkMetrics,
  spanBatches as sdkSpans,
} from './otlp-codec-data.ts';

const spans = () => sdkSpans().map((batch) => asRecords('traces', batch));
const logs = () => sdkLogs().map((batch) => asRecords('logs', batch));
const metrics = async () => (await sdkMetrics()).map((batch) => asRecords('metrics', batch));

type Run = (round: number) => unknown;

function rotating<T>(batches: readonly T[], run: (batch: T) => unknown): Run {
  return (round) => run(batches[round % BATCHES] as T);
}

function peerDecoder(name: string, batches: readonly Buffer[]): Run {
  const proto = readFileSync(new URL('../../packages/otlp/test/proto/otlp.proto', import.meta.url), 'utf8');
  const type = protobuf.parse(proto).root.lookupType(`otlp.${name}`);
  return rotating(batches, (bytes) => type.decode(bytes));
}

const encodedTraces = () => spans().map((batch) => Buffer.from(encode('traces', groupRecords(batch))));
const encodedLogs = () => logs().map((batch) => Buffer.from(encode('logs', batch)));
const encodedMetrics = async () => (await metrics()).map((batch) => Buffer.from(encode('metrics', batch)));

const CONTESTANTS: Readonly<Record<string, () => Run | Promise<Run>>> = {
  'traces/ours': () => rotating(spans(), (batch) => encode('traces', groupRecords(batch))),
  'traces/peer': () => rotating(sdkSpans(), (batch) => ProtobufTraceSerializer.serializeRequest(batch)),
  'logs/ours': () => rotating(logs(), (batch) => encode('logs', groupRecords(batch))),
  'logs/peer': () => rotating(sdkLogs(), (batch) => ProtobufLogsSerializer.serializeRequest(batch)),
  'metrics/ours': async () => rotating(await metrics(), (batch) => encode('metrics', batch)),
  'metrics/peer': async () =>
    rotating(await sdkMetrics(), ([batch]) => batch && ProtobufMetricsSerializer.serializeRequest(batch)),
  'traces-json/ours': () => rotating(spans(), (batch) => encodeJson('traces', groupRecords(batch))),
  'traces-json/peer': () => rotating(sdkSpans(), (batch) => JsonTraceSerializer.serializeRequest(batch)),
  'logs-json/ours': () => rotating(logs(), (batch) => encodeJson('logs', groupRecords(batch))),
  'logs-json/peer': () => rotating(sdkLogs(), (batch) => JsonLogsSerializer.serializeRequest(batch)),
  'metrics-json/ours': async () => rotating(await metrics(), (batch) => encodeJson('metrics', batch)),
  'metrics-json/peer': async () =>
    rotating(await sdkMetrics(), ([batch]) => batch && JsonMetricsSerializer.serializeRequest(batch)),
  'traces-decode/ours': () => rotating(encodedTraces(), (bytes) => decode('traces', bytes)),
  'traces-decode/peer': () => peerDecoder('ExportTraceServiceRequest', encodedTraces()),
  'logs-decode/ours': () => rotating(encodedLogs(), (bytes) => decode('logs', bytes)),
  'logs-decode/peer': () => peerDecoder('ExportLogsServiceRequest', encodedLogs()),
  'metrics-decode/ours': async () => rotating(await encodedMetrics(), (bytes) => decode('metrics', bytes)),
  'metrics-decode/peer': async () => peerDecoder('ExportMetricsServiceRequest', await encodedMetrics()),
  // How much of an encoding the estimate of its size costs.
  'traces-estimate/ours': () => rotating(spans(), (batch) => estimateBytes('traces', batch)),
  'traces-estimate/peer': () => rotating(spans(), (batch) => encode('traces', batch)),
};

/** Nanoseconds of CPU per item over this many milliseconds of CPU, helper threads included. */
function measure(run: Run, items: number, milliseconds: number): number {
  globalThis.gc?.();
  const start = process.cpuUsage();
  let rounds = 0;
  let spent = 0;
  while (spent < milliseconds * 1000) {
    run(rounds++);
    const { user, system } = process.cpuUsage(start);
    spent = user + system;
  }
  return (spent * 1000) / (rounds * items);
}

const name = process.argv[2] ?? '';
const signal = (name.split(/[-/]/)[0] ?? 'traces') as keyof typeof ITEMS_PER_BATCH;
const make = CONTESTANTS[name];
if (make === undefined) throw new Error(`no contestant "${name}"; there are ${Object.keys(CONTESTANTS).join(', ')}`);
Promise.resolve(make()).then((run) => {
  process.on('message', (milliseconds: number) => process.send?.(measure(run, ITEMS_PER_BATCH[signal], milliseconds)));
  process.send?.('ready');
});
