/**
 * The OTLP codec on telemetry of the real SDK, against the SDK's own serializers, and against protobufjs for decoding.
 */
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
  ITEMS_PER_BATCH,
  logBatches as sdkLogs,
  metricBatches as sdkMetrics,
  spanBatches as sdkSpans,
} from './payloads/sdk-batches.ts';
import { bench, type Run } from './suite.ts';

const spans = () => sdkSpans().map((batch) => asRecords('traces', batch));
const logs = () => sdkLogs().map((batch) => asRecords('logs', batch));
const metrics = async () => (await sdkMetrics()).map((batch) => asRecords('metrics', batch));
const spanBytes = () => spans().map((batch) => Buffer.from(encode('traces', groupRecords(batch))));
const logBytes = () => logs().map((batch) => Buffer.from(encode('logs', batch)));
const metricBytes = async () => (await metrics()).map((batch) => Buffer.from(encode('metrics', batch)));

function rotating<T>(batches: readonly T[], run: (batch: T) => unknown): Run {
  return (round) => run(batches[round % batches.length] as T);
}

function peerDecoder(name: string, batches: readonly Buffer[]): Run {
  const proto = readFileSync(new URL('../../packages/otlp/test/proto/otlp.proto', import.meta.url), 'utf8');
  const type = protobuf.parse(proto).root.lookupType(`otlp.${name}`);
  return rotating(batches, (bytes) => type.decode(bytes));
}

const PER = ITEMS_PER_BATCH;
await bench([
  {
    name: 'OTLP protobuf encode, traces',
    items: PER.traces,
    ours: () => rotating(spans(), (batch) => encode('traces', groupRecords(batch))),
    peer: () => rotating(sdkSpans(), (batch) => ProtobufTraceSerializer.serializeRequest(batch)),
    floor: 3,
    goal: 5,
  },
  {
    name: 'OTLP protobuf encode, logs',
    items: PER.logs,
    ours: () => rotating(logs(), (batch) => encode('logs', groupRecords(batch))),
    peer: () => rotating(sdkLogs(), (batch) => ProtobufLogsSerializer.serializeRequest(batch)),
    floor: 3,
    goal: 4,
  },
  {
    name: 'OTLP protobuf encode, metrics',
    items: PER.metrics,
    ours: async () => rotating(await metrics(), (batch) => encode('metrics', batch)),
    peer: async () =>
      rotating(await sdkMetrics(), ([batch]) => batch && ProtobufMetricsSerializer.serializeRequest(batch)),
    floor: 2.2,
    goal: 3,
  },
  {
    name: 'OTLP JSON encode, traces',
    items: PER.traces,
    ours: () => rotating(spans(), (batch) => encodeJson('traces', groupRecords(batch))),
    peer: () => rotating(sdkSpans(), (batch) => JsonTraceSerializer.serializeRequest(batch)),
    floor: 1.3,
    goal: 1.8,
  },
  {
    name: 'OTLP JSON encode, logs',
    items: PER.logs,
    ours: () => rotating(logs(), (batch) => encodeJson('logs', groupRecords(batch))),
    peer: () => rotating(sdkLogs(), (batch) => JsonLogsSerializer.serializeRequest(batch)),
    floor: 1.3,
    goal: 1.8,
  },
  {
    name: 'OTLP JSON encode, metrics',
    items: PER.metrics,
    ours: async () => rotating(await metrics(), (batch) => encodeJson('metrics', batch)),
    peer: async () => rotating(await sdkMetrics(), ([batch]) => batch && JsonMetricsSerializer.serializeRequest(batch)),
    floor: 1.3,
    goal: 1.8,
  },
  {
    name: 'OTLP protobuf decode, traces',
    items: PER.traces,
    ours: () => rotating(spanBytes(), (bytes) => decode('traces', bytes)),
    peer: () => peerDecoder('ExportTraceServiceRequest', spanBytes()),
    floor: 1.8,
    goal: 2.4,
  },
  {
    name: 'OTLP protobuf decode, logs',
    items: PER.logs,
    ours: () => rotating(logBytes(), (bytes) => decode('logs', bytes)),
    peer: () => peerDecoder('ExportLogsServiceRequest', logBytes()),
    floor: 1.8,
    goal: 2.4,
  },
  {
    name: 'OTLP protobuf decode, metrics',
    items: PER.metrics,
    ours: async () => rotating(await metricBytes(), (bytes) => decode('metrics', bytes)),
    peer: async () => peerDecoder('ExportMetricsServiceRequest', await metricBytes()),
    floor: 1.8,
    goal: 2.4,
  },
  {
    // How much of an encoding the estimate of its size costs.
    name: 'OTLP size estimate against an encoding, traces',
    items: PER.traces,
    ours: () => rotating(spans(), (batch) => estimateBytes('traces', batch)),
    peer: () => rotating(spans(), (batch) => encode('traces', batch)),
    floor: 4,
  },
]);
