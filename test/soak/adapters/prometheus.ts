/** `prometheus` (remote write 1.0) before a backend that reads it with protobufjs and the reference snappy. */
import prometheus from '@telemetryflow/exporter-prometheus';
import type { RecordedRequest } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

const WriteRequest = protobuf
  .parse(
    `syntax = "proto3";
     message WriteRequest { repeated TimeSeries timeseries = 1; }
     message TimeSeries { repeated Label labels = 1; }
     message Label { string name = 1; string value = 2; }`,
  )
  .root.lookupType('WriteRequest');

function decode(request: RecordedRequest): string[] {
  const message = WriteRequest.toObject(WriteRequest.decode(uncompressSync(request.raw) as Buffer)) as {
    timeseries?: { labels: { name: string; value: string }[] }[];
  };
  return (message.timeseries ?? []).flatMap(({ labels }) =>
    labels.filter(({ name }) => name === 'item_id').map(({ value }) => value),
  );
}

const adapter: SoakAdapter = {
  definition: prometheus,
  signal: 'metrics',
  // The markers at shutdown are one more request for every series, and no items.
  config: ({ url }) => ({ endpoint: url, stale_on_shutdown: false, ...SOAK_OPTIONS }),
  backend: {
    decode,
    success: () => ({ status: 204 }),
    transient: () => ({ status: 503 }),
    permanent: () => ({ status: 400 }),
    throttle: (_request, delayMs) =>
      delayMs === 0 ? { status: 429 } : { status: 429, headers: { 'retry-after': String(delayMs / 1000) } },
  },
};

export default adapter;
