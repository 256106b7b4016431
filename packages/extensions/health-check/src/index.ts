/** The health_check extension: answers probes of load balancers and orchestrators over HTTP. */
import { createServer, type Server } from 'node:http';
import { defineExtension, type ExtensionDefinition, type Logger, type PipelineView } from '@telemetryflow/kernel';
import { configSchema, type HealthCheckConfig } from './config.ts';
import { type Answer, live, overall, ready } from './health.ts';

export type { HealthCheckConfig };

/**
 * The `health_check` extension: answers health checks over HTTP.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import healthCheck from '@telemetryflow/extension-health-check';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { startTcpBackend } from '@telemetryflow/testkit';
 *
 * // A port that is free: elsewhere leave the endpoint out, and ask port 13133.
 * const free = await startTcpBackend(() => undefined);
 * await free.close();
 * const config = {
 *   extensions: { health_check: { endpoint: free.address } },
 *   exporters: { debug: {} },
 *   service: { extensions: ['health_check'] },
 * };
 * const pipeline = await createPipeline(config, { plugins: [healthCheck, debug] });
 * await pipeline.start();
 * const answer = await fetch(`http://${free.address}/ready`);
 * assert.equal(answer.status, 200);
 * await pipeline.shutdown();
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import healthCheck, { type HealthCheckConfig } from '@telemetryflow/extension-health-check';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 *
 * // A block as the extension gets it: with its defaults, durations in milliseconds.
 * const object = {
 *   extensions: { health_check: {} },
 *   exporters: { debug: {} },
 *   service: { extensions: ['health_check'] },
 * };
 * const plugins = createPluginLookup({ plugins: [healthCheck, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { endpoint, path } = config.extensions.get('health_check')?.config as HealthCheckConfig;
 * assert.deepEqual([endpoint, path], ['127.0.0.1:13133', '/']);
 * ```
 */
const definition: ExtensionDefinition = defineExtension<HealthCheckConfig>({
  module: import.meta.url,
  type: 'health_check',
  description: 'Answers health checks over HTTP.',
  starter: { endpoint: '${LISTEN_HOST:-127.0.0.1}:13133' },
  config: configSchema,
  check: ({ path }) =>
    path.startsWith('/') ? [] : [{ path: ['path'], message: 'the path does not begin with /', hint: `Use /${path}.` }],
  listens: (config) => [{ address: config.endpoint, path: ['endpoint'] }],
  create(config, context) {
    const server = createHealthServer(config.path, context.pipeline);
    return {
      start: () => listen(server, config.endpoint, context.logger),
      stop: () => close(server),
      service: { address: () => server.address() },
    };
  },
});
export default definition;

function createHealthServer(path: string, pipeline: PipelineView): Server {
  const probes = new Map<string, () => Answer>([
    ['/live', () => live(pipeline.status())],
    ['/ready', () => ready(pipeline.status())],
    [path, () => overall(pipeline.status())],
  ]);
  return createServer((request, response) => {
    const probe = probes.get(request.url?.split('?', 1)[0] ?? '');
    if (probe === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { status, body } = probe();
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
}

/** A port that is taken only warns: the pipeline is worth more than its probe. */
function listen(server: Server, endpoint: string, logger: Logger): Promise<void> {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    server.on('error', (error) => {
      logger.warn(`Health checks are not answered: ${endpoint} cannot be had. Set endpoint to another port.`, {
        error,
      });
      resolve();
    });
    server.listen(Number(endpoint.slice(colon + 1)), host === '' ? '::' : host, resolve);
    server.unref();
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
