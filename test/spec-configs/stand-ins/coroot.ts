import { readWriteRequest, type WrittenSeries } from '@telemetryflow/testkit';
import { otlpJudge } from '../read-otlp.ts';
import { httpStandIn, must, type Received, type StandIn } from '../stand-in.ts';

const API_KEY = 'coroot-api-key';

const coroot: StandIn = {
  hosts: ['coroot:8080'],
  tls: false,
  signals: ['traces', 'metrics', 'logs'],
  env: { COROOT_ENDPOINT: 'http://coroot:8080', COROOT_API_KEY: API_KEY },
  start: (tls) =>
    httpStandIn((request) => {
      if (request.path !== '/v1/metrics') return judgeOtlp(request);
      must(request.headers['x-api-key'] === API_KEY, 'no such key');
      must(request.headers['content-encoding'] === 'snappy', 'not remote write');
      return { answer: { status: 204 }, received: receivedOf(readWriteRequest(request.raw).series) };
    }, tls),
};

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

const judgeOtlp = otlpJudge({
  paths: { traces: '/v1/traces', logs: '/v1/logs' },
  headers: { 'x-api-key': API_KEY },
});

export default coroot;
