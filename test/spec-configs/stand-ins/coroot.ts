import { fakeCoroot, type RecordedRequest, readWriteRequest, type WrittenSeries } from '@telemetryflow/testkit';
import { readOtlpRequest } from '../read-otlp.ts';
import { fakeStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const API_KEY = 'coroot-api-key';

const coroot: StandIn = {
  hosts: ['coroot:8080'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  env: { COROOT_ENDPOINT: 'http://coroot:8080', COROOT_API_KEY: API_KEY },
  start: (tls) => fakeStandIn((options) => fakeCoroot({ apiKey: API_KEY }, options), read, tls),
};

function read(request: RecordedRequest): Received[] {
  // To any other path it answers with its pages.
  must(/^\/v1\/(traces|metrics|logs)$/.test(request.path), 'no such path');
  return request.path === '/v1/metrics' ? receivedOf(readWriteRequest(request.raw).series) : readOtlpRequest(request);
}

/** The samples and histograms, but for stale markers. */
function receivedOf(series: readonly WrittenSeries[]): Received[] {
  return series.flatMap(({ labels, samples, histograms }) => {
    const { item_id: id, __name__: name = '' } = Object.fromEntries(labels) as Record<string, string | undefined>;
    const values = [
      ...samples.filter(({ stale }) => !stale).map(({ value }) => value),
      ...histograms.filter(({ stale }) => !stale).map(({ sum }) => sum),
    ];
    return values.map((value) => ({ signal: 'metrics' as const, id, name, value }));
  });
}

export default coroot;
