/**
 * Remote write 1.0, series to compressed body: ours against the `prometheus-remote-write` package, both with the
 * JavaScript snappy, interleaved in one process. Run: npm run bench, or this file alone.
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

const SERIES = 500;
const BATCHES = 8;
const ROUNDS = 9;
const ROUND_MS = 250;
const FLOOR = 3.5;

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

const batches = Array.from({ length: BATCHES }, (_, b) => Array.from({ length: SERIES }, (_, i) => series(b, i)));

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

const sdkBatches = batches.map(records);
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
let sent = 0;

function build(batch: readonly Input[], labelsOf: (input: Input) => LabelSet): void {
  const builder = new RequestBuilder();
  for (const [i, input] of batch.entries()) builder.addSample(labelsOf(input), undefined, NOW, input.value, 0, i);
  sent += builder.encode(1, compressBlock).length;
}

function encodeMetrics(batch: readonly ResourceMetricsRecord[]): void {
  for (const next of encoder.encode(batch, context)) {
    if (next !== undefined && 'bytes' in next) sent += next.bytes.length;
  }
}

const peerOptions = {
  url: 'http://127.0.0.1:1/api/v1/write',
  fetch: async (_url: string, init?: { body: ArrayBufferLike }) => {
    sent += init === undefined ? 0 : (init.body as unknown as Uint8Array).length;
    return { status: 204, statusText: '', text: async () => '' };
  },
};

const contestants: Readonly<Record<string, (round: number) => unknown>> = {
  'prometheus-remote-write': (n) =>
    pushTimeseries(
      (batches[n % BATCHES] ?? []).map(({ labels, value }) => ({ labels, samples: [{ value, timestamp: NOW }] })),
      peerOptions,
    ),
  'ours, known series': (n) => build(batches[n % BATCHES] ?? [], (input) => input.set),
  'ours, new labels each time': (n) => build(batches[n % BATCHES] ?? [], (input) => labelSet(input.labels)),
  'ours, from SDK metrics': (n) => encodeMetrics(sdkBatches[n % BATCHES] ?? []),
  'ours, from decoded metrics': (n) => encodeMetrics(records(batches[n % BATCHES] ?? [])),
  '(making the decoded metrics)': (n) => {
    sent += records(batches[n % BATCHES] ?? []).length;
  },
};

async function measure(run: (round: number) => unknown, ms: number): Promise<number> {
  const start = process.cpuUsage();
  const until = performance.now() + ms;
  let rounds = 0;
  while (performance.now() < until) await run(rounds++);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / (rounds * SERIES);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

const results = new Map<string, number[]>(Object.keys(contestants).map((name) => [name, []]));
for (const run of Object.values(contestants)) await measure(run, 500);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(contestants)) {
    globalThis.gc?.();
    results.get(name)?.push(await measure(run, ROUND_MS));
  }
}
const peer = median(results.get('prometheus-remote-write') ?? []);
for (const [name, values] of results) {
  const ns = median(values);
  console.log(`${name.padEnd(32)} ${ns.toFixed(0).padStart(6)} ns/series  ${(peer / ns).toFixed(1)}x`);
}
const ratio = peer / median(results.get('ours, known series') ?? []);
if (ratio < FLOOR || sent === 0) {
  console.error(`remote write: ${ratio.toFixed(1)}x is under the floor of ${FLOOR}x`);
  process.exitCode = 1;
}
