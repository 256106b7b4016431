/** The codec against the serializers of the OpenTelemetry SDK (3.x), with telemetry the SDK made. */
import { describe, expect, test } from '@jest/globals';
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import {
  asRecords,
  countRecords,
  decode,
  decodeJson,
  encode,
  encodeJson,
  estimateBytes,
  groupRecords,
  type RecordOf,
  type Signal,
  validate,
} from '@telemetryflow/otlp';
import { meaning } from './meaning.ts';
import { sdkLogs, sdkMetrics, sdkSpans } from './sdk.ts';

interface Case {
  readonly signal: Signal;
  readonly records: readonly RecordOf[Signal][];
  readonly protobuf: Uint8Array;
  readonly json: Uint8Array;
}

async function cases(): Promise<Case[]> {
  const spans = sdkSpans();
  const logs = sdkLogs();
  const metrics = await sdkMetrics();
  const bytes = (serialized: Uint8Array | undefined) => serialized ?? new Uint8Array(0);
  return [
    {
      signal: 'traces',
      // The SDK's serializers group by resource and scope, whatever the order.
      records: groupRecords(asRecords('traces', spans)),
      protobuf: bytes(ProtobufTraceSerializer.serializeRequest(spans)),
      json: bytes(JsonTraceSerializer.serializeRequest(spans)),
    },
    {
      signal: 'logs',
      records: asRecords('logs', logs),
      protobuf: bytes(ProtobufLogsSerializer.serializeRequest(logs)),
      json: bytes(JsonLogsSerializer.serializeRequest(logs)),
    },
    {
      signal: 'metrics',
      records: asRecords('metrics', [metrics]),
      protobuf: bytes(ProtobufMetricsSerializer.serializeRequest(metrics)),
      json: bytes(JsonMetricsSerializer.serializeRequest(metrics)),
    },
  ];
}

describe.each(['traces', 'logs', 'metrics'] as const)('%s of the SDK', (signal) => {
  async function ofSignal(): Promise<Case> {
    const found = (await cases()).find((one) => one.signal === signal);
    if (found === undefined) throw new Error(`no case for ${signal}`);
    return found;
  }

  test('say in our protobuf what they say in the one of the SDK', async () => {
    const { records, protobuf } = await ofSignal();
    expect(protobuf.length).toBeGreaterThan(500);
    expect(meaning(signal, encode(signal, records))).toEqual(meaning(signal, protobuf));
  });

  test('say in our JSON what they say in the protobuf of the SDK', async () => {
    const { records, protobuf } = await ofSignal();
    const again = encode(signal, decodeJson(signal, encodeJson(signal, records)));
    expect(meaning(signal, again)).toEqual(meaning(signal, protobuf));
  });

  test('decode from the protobuf of the SDK without loss', async () => {
    const { protobuf } = await ofSignal();
    expect(meaning(signal, encode(signal, decode(signal, protobuf)))).toEqual(meaning(signal, protobuf));
  });

  test('decode from the JSON of the SDK without loss', async () => {
    const { json, protobuf } = await ofSignal();
    expect(meaning(signal, encode(signal, decodeJson(signal, json)))).toEqual(meaning(signal, protobuf));
  });

  test('are counted in records as in bytes', async () => {
    const { records, protobuf } = await ofSignal();
    expect(countRecords(signal, records)).toBe(validate(signal, protobuf));
  });

  test('have about the size that is estimated', async () => {
    const { records } = await ofSignal();
    const size = encode(signal, records).length;
    expect(Math.abs(estimateBytes(signal, records) - size) / size).toBeLessThan(0.2);
  });
});
