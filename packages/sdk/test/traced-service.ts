/**
 * A service with http instrumentation whose telemetry goes through `fromConfig`, a request per span: a hundred exports.
 * Prints, as JSON, how many requests arrived, what spans they carried besides the service's own, how many http metrics
 * were recorded about them, and how many spans a request of the service itself made (which proves that it is traced).
 * The service brings its OpenTelemetry: the 3.x line in `traced-host.ts`, the 2.x line in `test/otel-2x`.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as api from '@opentelemetry/api';
import type { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import type { Telemetry } from '../src/index.ts';

/** What of OpenTelemetry the service uses. */
export interface TracedService {
  readonly api: Pick<typeof api, 'trace' | 'metrics' | 'context'>;
  readonly contextManager: api.ContextManager;
  readonly instrumentation: HttpInstrumentation;
  providers(telemetry: Telemetry): {
    readonly tracers: api.TracerProvider & { shutdown(): Promise<void>; forceFlush(): Promise<void> };
    readonly meters: api.MeterProvider & { shutdown(): Promise<void>; forceFlush(): Promise<void> };
  };
}

const SENDS = 100;

export async function reportOwnTelemetry({ api, contextManager, instrumentation, providers }: TracedService) {
  // Instrumentation patches what `require` returns; imports see it once the two are synchronised.
  const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
  syncBuiltinESMExports();
  const { fromConfig } = await import('../src/index.ts');
  const { decode } = await import('@telemetryflow/otlp');
  const { default: otlpHttp } = await import('@telemetryflow/exporter-otlp-http');
  const names: string[] = [];
  const metrics: string[] = [];
  let arrived = 0;
  const server = http.createServer((request, response) => {
    const body: Buffer[] = [];
    request.on('data', (piece: Buffer) => body.push(piece));
    request.on('end', () => {
      response.end();
      const bytes = Buffer.concat(body);
      if (request.url === '/v1/traces') {
        arrived += 1;
        names.push(...decode('traces', bytes).map(({ name }) => name));
      }
      if (request.url === '/v1/metrics') {
        const all = decode('metrics', bytes).flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap((each) => each.metrics),
        );
        metrics.push(...all.map(({ descriptor }) => descriptor.name));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const telemetry = fromConfig(
    {
      exporters: { otlp_http: { endpoint, batch_size: 1, max_batch_items: 1, compression: 'none' } },
      service: { telemetry: { metrics: { level: 'none' } } },
    },
    { plugins: [otlpHttp] },
  );
  const { tracers, meters } = providers(telemetry);
  api.context.setGlobalContextManager(contextManager);
  api.trace.setGlobalTracerProvider(tracers);
  api.metrics.setGlobalMeterProvider(meters);
  instrumentation.setTracerProvider(tracers);
  instrumentation.setMeterProvider(meters);

  const tracer = api.trace.getTracer('host');
  for (let i = 0; i < SENDS; i += 1) {
    await tracer.startActiveSpan('handler', async (span) => {
      span.end();
      await tracers.forceFlush();
    });
  }
  const own = names.filter((name) => name !== 'handler');
  await meters.forceFlush();
  const ownMetrics = metrics.filter((name) => name.startsWith('http.'));
  const exports = arrived;
  const { request } = await import('node:http');
  await new Promise<void>((resolve, reject) => {
    request(`${endpoint}/host`, (response) => response.resume().on('close', resolve))
      .on('error', reject)
      .end();
  });
  await tracers.forceFlush();
  const control = names.filter((name) => name !== 'handler').length - own.length;
  await Promise.all([tracers.shutdown(), meters.shutdown()]);
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify({ exports, own, ownMetrics, control }));
}
