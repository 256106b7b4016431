/** A host whose `http` is instrumented does not trace our own sends: otherwise they would be sent, and traced again. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const url = (path: string): string => JSON.stringify(pathToFileURL(resolve(import.meta.dirname, path)).href);

const HOST = `
  import { createRequire } from 'node:module';
  import { context, trace } from '@opentelemetry/api';
  import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
  import { registerInstrumentations } from '@opentelemetry/instrumentation';
  import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
  import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
  import { createPipeline, defineExporter, delivered } from ${url('../../src/index.ts')};
  import { log } from ${url('./plugins.ts')};

  const spans = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  registerInstrumentations({ tracerProvider, instrumentations: [new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })] });
  const http = createRequire(import.meta.url)('node:http');
  let requests = 0;
  const server = http.createServer((request, response) => { requests++; request.resume(); response.end(); });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const request = () => new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.address().port, method: 'POST' };
    http.request(options, (response) => response.resume().on('end', resolve)).on('error', reject).end('x');
  });

  const post = defineExporter({
    type: 'post', description: 'x', signals: { logs: 'beta' }, reads: 'records', config: { type: 'object', properties: {} },
    create: () => ({
      *encode(batch) { for (let at = 0; at < batch.count; at++) yield { body: at, items: [at] }; },
      send: async () => { await request(); return delivered(); },
      start: request,
      stop: request,
    }),
  });
  const pipeline = await createPipeline({ exporters: { post: {} } }, { plugins: [post] });
  const tracer = trace.getTracer('host');
  await tracer.startActiveSpan('startup', async (span) => { await pipeline.start(); span.end(); });
  await tracer.startActiveSpan('request', async (span) => {
    await pipeline.consume({ signal: 'logs', records: Array.from({ length: 100 }, () => log('a')) });
    await pipeline.forceFlush();
    span.end();
  });
  await pipeline.shutdown();
  const ours = spans.getFinishedSpans().map(({ name }) => name);
  const sent = requests;
  await request();
  console.log(JSON.stringify({ sent, ours, theirs: spans.getFinishedSpans().length - ours.length }));
  server.close();
`;

test('100 exports on an http-instrumented host make no span, and its own requests still do', async () => {
  const args = ['--conditions=@telemetryflow/source', '--input-type=module', '-e', HOST];
  const options = {
    timeout: 100_000,
    env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    cwd: import.meta.dirname,
  };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  expect(JSON.parse(stdout)).toEqual({ sent: 102, ours: ['startup', 'request'], theirs: 1 });
});
