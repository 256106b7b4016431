/**
 * The agent's own metrics on a scrape endpoint, in Prometheus text. The names go out exactly as the instruments are
 * called, without the `_total` that the OpenTelemetry Prometheus exporter appends, so that dashboards of the
 * Collector work.
 */
import { createServer } from 'node:http';
import type { MeterProvider } from '@opentelemetry/api';
import {
  DataPointType,
  type MetricData,
  MetricReader,
  MeterProvider as SdkMeterProvider,
} from '@opentelemetry/sdk-metrics';

export interface OwnMetrics {
  readonly provider: MeterProvider;
  /** Where it listens; undefined when the port could not be had. */
  readonly address: string | undefined;
  close(): Promise<void>;
}

class ScrapeReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Listens on `host:port`. A port that is taken only warns: the pipeline is worth more than its metrics. */
export async function startOwnMetrics(address: string, warn: (message: string) => void): Promise<OwnMetrics> {
  const reader = new ScrapeReader();
  const provider = new SdkMeterProvider({ readers: [reader] });
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    reader.collect().then(
      ({ resourceMetrics }) => {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        response.end(prometheusText(resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)));
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  const colon = address.lastIndexOf(':');
  const listening = await new Promise<boolean>((resolve) => {
    // Errors may also come later, as when no file descriptor is left; unheard they would end the process.
    server.on('error', (error) => {
      warn(`Own metrics are not served on ${address}: ${error.message}. Set service.telemetry.metrics.address.`);
      resolve(false);
    });
    const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    server.listen(Number(address.slice(colon + 1)), host === '' ? '::' : host, () => resolve(true));
  });
  server.unref();
  return {
    provider,
    address: listening ? address : undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await provider.shutdown();
    },
  };
}

/** The Prometheus text format 0.0.4 of all metrics. */
export function prometheusText(metrics: readonly MetricData[]): string {
  return metrics.map(metricText).join('');
}

function metricText(metric: MetricData): string {
  const { name, description } = metric.descriptor;
  const type = typeOf(metric);
  const head = `# HELP ${name} ${description.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return head + metric.dataPoints.map(({ attributes, value }) => histogramText(name, attributes, value)).join('');
  }
  const lines = metric.dataPoints.map(({ attributes, value }) =>
    typeof value === 'number' ? `${name}${labels(attributes)} ${value}\n` : '',
  );
  return head + lines.join('');
}

function typeOf(metric: MetricData): string {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram';
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic ? 'counter' : 'gauge';
}

type LabelValues = Readonly<Record<string, unknown>>;
interface HistogramValue {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly count: number;
  readonly sum?: number | undefined;
}

function histogramText(name: string, attributes: LabelValues, value: HistogramValue): string {
  let seen = 0;
  const buckets = value.buckets.counts.map((count, i) => {
    seen += count;
    const le = value.buckets.boundaries[i] ?? '+Inf';
    return `${name}_bucket${labels({ ...attributes, le: String(le) })} ${seen}\n`;
  });
  const at = labels(attributes);
  return `${buckets.join('')}${name}_sum${at} ${value.sum ?? 0}\n${name}_count${at} ${value.count}\n`;
}

function labels(attributes: LabelValues): string {
  const pairs = Object.entries(attributes).map(([key, value]) => {
    const text = String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    return `${key.replace(/[^a-zA-Z0-9_]/g, '_')}="${text}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
