import { describe, expect, test } from '@jest/globals';
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import { fakeOtlp, itemIds, logs, metrics, otlpItemIds, spans } from '@telemetryflow/testkit';

const PLAIN = { variety: 'plain', kinds: ['gauge', 'counter', 'histogram', 'exponential_histogram'] } as const;
const records = { traces: spans(30, PLAIN), logs: logs(30, PLAIN), metrics: metrics(30, PLAIN) };
// The serializers of the official SDK write the bytes: an encoder that shares nothing with this reader.
const bytes = {
  traces: ProtobufTraceSerializer.serializeRequest(records.traces as never),
  logs: ProtobufLogsSerializer.serializeRequest(records.logs as never),
  metrics: ProtobufMetricsSerializer.serializeRequest(records.metrics[0] as never),
};

describe('otlpItemIds', () => {
  test.each(['traces', 'logs', 'metrics'] as const)('reads the ids of %s that the official SDK encoded', (signal) => {
    const found = otlpItemIds(signal, bytes[signal] ?? new Uint8Array());
    expect([...found].sort()).toEqual([...itemIds(records[signal])].sort());
  });

  test('throws on what is cut off', () => {
    expect(() => otlpItemIds('logs', (bytes.logs ?? new Uint8Array()).subarray(0, 99))).toThrow(/cut off/);
  });
});

describe('fakeOtlp', () => {
  const post = async (url: string, body: Uint8Array | string, type = 'application/x-protobuf'): Promise<Response> =>
    fetch(url, { method: 'POST', body: body as string, headers: { 'content-type': type, connection: 'close' } });

  test('takes valid requests and knows their items; refuses others with a reason', async () => {
    const backend = await fakeOtlp();
    try {
      expect((await post(`${backend.url}/v1/logs`, bytes.logs ?? '')).status).toBe(200);
      expect(backend.items.logs).toEqual(itemIds(records.logs));
      const json = await post(`${backend.url}/v1/traces`, '{"resourceSpans":[]}', 'application/json');
      expect([json.status, await json.json()]).toEqual([200, {}]);
      expect((await post(`${backend.url}/v1/logs`, 'garbage!')).status).toBe(400);
      expect((await post(`${backend.url}/v1/logs`, 'x', 'text/plain')).status).toBe(400);
      expect((await post(`${backend.url}/v2/logs`, '')).status).toBe(400);
      expect(backend.items.logs).toHaveLength(30);
    } finally {
      await backend.close();
    }
  });
});
