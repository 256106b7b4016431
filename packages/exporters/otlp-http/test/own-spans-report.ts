/**
 * A service with http instrumentation that sends a hundred requests through a pipeline. Prints, as JSON, how many
 * arrived, how many spans those sends made, and how many a request of its own made (which proves that it is traced).
 * The service brings its OpenTelemetry: the 3.x line in `traced-host.ts`, the 2.x line in `test/otel-2x`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import type * as api from '@opentelemetry/api';
import type { HttpInstrumentation } from '@opentelemetry/instrumentation-http';

/** What of OpenTelemetry the service uses. */
export interface TracedHost {
  readonly api: Pick<typeof api, 'context' | 'trace' | 'ROOT_CONTEXT'>;
  readonly tracerProvider: api.TracerProvider;
  readonly instrumentation: HttpInstrumentation;
  finishedSpans(): readonly { readonly name: string }[];
}

const SENDS = 100;

export async function reportOwnSpans({ api, tracerProvider, instrumentation, finishedSpans }: TracedHost) {
  api.trace.setGlobalTracerProvider(tracerProvider);
  api.context.setGlobalContextManager(asyncContext(api.ROOT_CONTEXT));
  instrumentation.setTracerProvider(tracerProvider);
  // Instrumentation patches what `require` returns; imports see it once the two are synchronised.
  const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
  syncBuiltinESMExports();

  const { createPipeline } = await import('@telemetryflow/kernel');
  const { default: otlpHttp } = await import('../src/index.ts');
  let arrived = 0;
  const server = http.createServer((request, response) => {
    arrived += 1;
    request.resume();
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pipeline = await createPipeline(
    { exporters: { otlp_http: { endpoint, batch_size: 1, max_batch_items: 1 } } },
    { plugins: [otlpHttp] },
  );
  await pipeline.start();
  const log = {
    hrTime: [1, 0] as const,
    hrTimeObserved: [1, 0] as const,
    attributes: {},
    droppedAttributesCount: 0,
    resource: { attributes: {} },
    instrumentationScope: { name: 'x' },
  };
  const tracer = api.trace.getTracer('host');
  for (let i = 0; i < SENDS; i += 1) {
    // Inside a span of the host, as an instrumented handler would log.
    await tracer.startActiveSpan('handler', async (span) => {
      await pipeline.consume({ signal: 'logs', records: [log] });
      span.end();
    });
  }
  const { delivered } = await pipeline.forceFlush();
  await pipeline.shutdown();
  const spansOfSends = (): number => finishedSpans().filter(({ name }) => name !== 'handler').length;
  const own = spansOfSends();
  const handlers = finishedSpans().length - own;
  const { request } = await import('node:http');
  await new Promise<void>((resolve, reject) => {
    request(endpoint, (response) => response.resume().on('close', resolve))
      .on('error', reject)
      .end();
  });
  const control = spansOfSends() - own;
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify({ arrived: arrived - 1, delivered, handlers, own, control }));
}

function asyncContext(root: api.Context): api.ContextManager {
  const storage = new AsyncLocalStorage<api.Context>();
  const manager: api.ContextManager = {
    active: () => storage.getStore() ?? root,
    with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
