/**
 * A service with http instrumentation that sends a hundred requests through a pipeline. Prints, as JSON, how many
 * arrived, how many spans those sends made, and how many a request of its own made (which proves that it is traced).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

class AsyncContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => work.call(self, ...args));
  }
  bind<T>(_active: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const SENDS = 100;
const spans = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncContext());
const instrumentation = new HttpInstrumentation({ disableIncomingRequestInstrumentation: true });
instrumentation.setTracerProvider(provider);
// Instrumentation patches what `require` returns; imports see it once the two are synchronised.
const http = createRequire(import.meta.url)('node:http') as typeof import('node:http');
syncBuiltinESMExports();

async function main(): Promise<void> {
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
  const tracer = trace.getTracer('host');
  for (let i = 0; i < SENDS; i += 1) {
    // Inside a span of the host, as an instrumented handler would log.
    await tracer.startActiveSpan('handler', async (span) => {
      await pipeline.consume({ signal: 'logs', records: [log] });
      span.end();
    });
  }
  const { delivered } = await pipeline.forceFlush();
  await pipeline.shutdown();
  const own = spans.getFinishedSpans().filter(({ name }) => name !== 'handler').length;
  const { request } = await import('node:http');
  await new Promise<void>((resolve, reject) => {
    request(endpoint, (response) => response.resume().on('close', resolve))
      .on('error', reject)
      .end();
  });
  const control = spans.getFinishedSpans().filter(({ name }) => name !== 'handler').length - own;
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify({ arrived: arrived - 1, delivered, own, control }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
