import { describe, test } from '@jest/globals';
import prometheus from '@telemetryflow/exporter-prometheus';
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import { type BackendProfile, exporterContract, type RecordedRequest } from '@telemetryflow/testkit';
import protobuf from 'protobufjs';
import { uncompressSync } from 'snappy';

const WriteRequest = protobuf
  .parse(
    `syntax = "proto3";
     message WriteRequest { repeated TimeSeries timeseries = 1; }
     message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Histogram histograms = 4; }
     message Sample { fixed64 value_bits = 1; }
     message Histogram { fixed64 sum_bits = 3; }
     message Label { string name = 1; string value = 2; }`,
  )
  .root.lookupType('WriteRequest');

const STALE = '9218868437227405314';

/** Ids of the points in a request: the label that the attribute `item.id` becomes. Stale markers are no points. */
function itemsOf(request: RecordedRequest): string[] {
  const message = WriteRequest.toObject(WriteRequest.decode(uncompressSync(request.raw) as Buffer), {
    longs: String,
  }) as {
    timeseries?: {
      labels: { name: string; value: string }[];
      samples?: { valueBits?: string }[];
      histograms?: { sumBits?: string }[];
    }[];
  };
  const ids = new Set<string>();
  for (const { labels, samples = [], histograms = [] } of message.timeseries ?? []) {
    const ended = samples.every((s) => s.valueBits === STALE) && histograms.every((h) => h.sumBits === STALE);
    if (ended) continue;
    for (const { name, value } of labels) if (name === 'item_id') ids.add(value);
  }
  return [...ids];
}

const backend: BackendProfile = {
  decode: itemsOf,
  // Prometheus answers 204, which has no body; 200 lets the contract break the body, too.
  success: () => ({ status: 200 }),
  transient: () => ({ status: 503, body: 'try again' }),
  permanent: () => ({ status: 404, body: '404 page not found' }),
  throttle: (_request, delayMs) => ({ status: 429, headers: { 'retry-after': String(delayMs / 1000) } }),
  auth: () => ({ status: 401, body: 'Unauthorized' }),
  tooLarge: () => ({ status: 413, body: 'too large' }),
};

describe('the exporter contract', () => {
  const scenarios = exporterContract({
    definition: prometheus,
    config: ({ url, caFile }) => ({
      endpoint: url,
      username: 'writer',
      password: 'top-secret-password',
      // The stale markers are one more request at the end, which carries no items.
      stale_on_shutdown: false,
      ...(caFile === undefined ? {} : { tls: { ca_file: caFile } }),
    }),
    backend,
    secrets: ['top-secret-password'],
    oversize: (_signal, item) =>
      (item as readonly ResourceMetricsRecord[]).map((record) => ({
        ...record,
        resource: { attributes: { ...record.resource.attributes, 'service.name': 'x'.repeat(3_100_000) } },
      })) as never,
    notApplicable: {
      partial: 'remote write 1.0 takes or refuses whole requests',
      partialRetry: 'remote write never names samples to send again',
    },
  });
  for (const scenario of scenarios) test(scenario.name, scenario.run);
});
