/** VictoriaMetrics 1.79 of Debian 12: takes remote write 1.0, and exports what it stored. */
import path from 'node:path';
import type { StoredSeries } from '../prometheus-read.ts';
import { dataDir, debianPackage } from './cache.ts';
import { answers, freePort, type Referee, startServer } from './server.ts';

export async function startVictoriaMetrics(): Promise<Referee> {
  const root = await debianPackage('victoria-metrics');
  const dir = await dataDir();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  return startServer({
    name: 'victoria-metrics',
    version: '1.79.5',
    url,
    dir,
    command: path.join(root, 'usr/bin/victoria-metrics'),
    args: [`-storageDataPath=${dir}/data`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=1y'],
    ready: () => answers(`${url}/health`),
  });
}

/** Raw samples of every series that the selector chooses; new ones show after a moment. */
export async function exportedSeries(url: string, selector: string): Promise<StoredSeries[]> {
  await fetch(`${url}/internal/force_flush`);
  const response = await fetch(`${url}/api/v1/export?${new URLSearchParams({ 'match[]': selector })}`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { metric, values, timestamps } = JSON.parse(line) as {
      readonly metric: Record<string, string>;
      readonly values: readonly number[];
      readonly timestamps: readonly number[];
    };
    return { labels: metric, samples: timestamps.map((ms, i) => [ms, values[i] ?? Number.NaN]), histograms: [] };
  });
}
