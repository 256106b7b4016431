/**
 * Remote write 1.0, series to compressed body, against the `prometheus-remote-write` package, both with the JavaScript
 * snappy.
 */
import type { ResourceMetricsRecord } from '@telemetryflow/otlp';
import {
  compressBlock,
  type LabelSet,
  labelSet,
  type MetricsEncodeContext,
  MetricsEncoder,
  RequestBuilder,
} from '@telemetryflow/remote-write';
import { pushTimeseries } from 'prometheus-remote-write';
import { bench } from './suite.ts';

const SERIES = 500;
const BATCHES = 8;

interface Input {
  readonly labels: Record<string, string> & { __name__: string };
  readonly set: LabelSet;
  readonly value: number;
}

const NOW = Date.now();

function series(batch: number, i: number): Input {
  const labels = {
    __name__: `http_server_request_duration_${i % 40}_seconds_total`,
    http_request_method: ['GET', 'POST', 'PUT'][i % 3] ?? 'GET',
    http_response_status_code: String(200 + (i % 7)),
    http_route: `/api/v1/items/${batch}/${i % 25}`,
    instance: `627cc493-f310-47de-96bd-71410b7dec0${batch}`,
    job: 'shop/checkout',
    server_address: `shop-${i}`,
  };
  return { labels, set: labelSet(labels), value: i * 1.25 + batch };
}

const batches = (): Input[][] =>
  Array.from({ length: BATCHES }, (_, b) => Array.from({ length: SERIES }, (_, i) => series(b, i)));

function records(batch: readonly Input[]): ResourceMetricsRecord[] {
  const byName = Map.groupBy(batch, (input) => input.labels.__name__);
  return [
    {
      resource: {
        attributes: {
          'service.name': 'checkout',
          'service.namespace': 'shop',
          'service.instance.id': batch[0]?.labels['instance'],
        },
      },
      scopeMetrics: [
        {
          scope: { name: '@opentelemetry/instrumentation-http' },
          metrics: [...byName].map(([, inputs], n) => ({
            descriptor: { name: `http.server.request.duration.${n}`, description: '', unit: 's', valueType: 1 },
            aggregationTemporality: 1,
            dataPointType: 3,
            isMonotonic: true,
            dataPoints: inputs.map(({ labels, value }) => ({
              startTime: [NOW / 1000 - 60, 0],
              endTime: [Math.floor(NOW / 1000), 0],
              value,
              attributes: {
                'http.request.method': labels['http_request_method'],
                'http.response.status_code': Number(labels['http_response_status_code']),
                'http.route': labels['http_route'],
                'server.address': labels['server_address'],
              },
            })),
          })),
        },
      ],
    },
  ];
}

const encoder = new MetricsEncoder({
  translation: 'UnderscoreEscapingWithSuffixes',
  namespace: '',
  externalLabels: {},
  resourceToLabels: [],
  targetInfo: true,
  scopeLabels: false,
  jobName: '',
  maxLabelValueLength: 0,
  histograms: 'classic',
  exponentialHistograms: 'native',
  sendExemplars: true,
  sendMetadata: false,
  maxSamples: 2000,
  maxBytes: 3_000_000,
});

const context: MetricsEncodeContext = { nowMs: NOW, version: 1, classicOnly: false, compress: compressBlock };

function notEmpty(body: Uint8Array): void {
  if (body.length === 0) throw new Error('nothing was encoded');
}

function build(batch: readonly Input[], labelsOf: (input: Input) => LabelSet): void {
  const builder = new RequestBuilder();
  for (const [i, input] of batch.entries()) builder.addSample(labelsOf(input), undefined, NOW, input.value, 0, i);
  notEmpty(builder.encode(1, compressBlock));
}

function encodeMetrics(batch: readonly ResourceMetricsRecord[]): void {
  for (const next of encoder.encode(batch, context)) {
    if (next !== undefined && 'bytes' in next) notEmpty(next.bytes);
  }
}

const peerOptions = {
  url: 'http://127.0.0.1:1/api/v1/write',
  fetch: async (_url: string, init?: { body: ArrayBufferLike }) => {
    notEmpty(init?.body as unknown as Uint8Array);
    return { status: 204, statusText: '', text: async () => '' };
  },
};

function rotating<T>(all: readonly T[], run: (batch: T) => unknown): (round: number) => unknown {
  return (round) => run(all[round % BATCHES] as T);
}

const peer = () =>
  rotating(batches(), (batch) =>
    pushTimeseries(
      batch.map(({ labels, value }) => ({ labels, samples: [{ value, timestamp: NOW }] })),
      peerOptions,
    ),
  );

await bench([
  {
    name: 'remote write, known series',
    items: SERIES,
    ours: () => rotating(batches(), (batch) => build(batch, (input) => input.set)),
    peer,
    floor: 3.5,
    goal: 5,
  },
  {
    name: 'remote write, new labels each time',
    items: SERIES,
    ours: () => rotating(batches(), (batch) => build(batch, (input) => labelSet(input.labels))),
    peer,
    floor: 1,
  },
  {
    name: 'remote write, from SDK metrics',
    items: SERIES,
    ours: () => rotating(batches().map(records), encodeMetrics),
    peer,
    floor: 1,
  },
  {
    // The making of the records counts too.
    name: 'remote write, from decoded metrics',
    items: SERIES,
    ours: () => rotating(batches(), (batch) => encodeMetrics(records(batch))),
    peer,
    floor: 1,
  },
]);
