/** The otlp receiver: takes traces, metrics and logs over HTTP and gRPC. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { defineReceiver, type Problem, type ReceiverContext, type ReceiverDefinition } from '@telemetryflow/kernel';
import { configSchema, type OtlpReceiverConfig, protocolsOf, type ServerTls } from './config.ts';
import { type OtlpServer, startHttp } from './http-server.ts';

export type { OtlpReceiverConfig };

/**
 * The `otlp` receiver: receives OTLP over HTTP (protobuf and JSON) and gRPC.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import { createPipeline } from '@telemetryflow/kernel';
 * import { encode } from '@telemetryflow/otlp';
 * import otlp from '@telemetryflow/receiver-otlp';
 * import { fakeOtlp, logs } from '@telemetryflow/testkit';
 *
 * const backend = await fakeOtlp();
 * let port: unknown; // 0 below takes a free one, which is in the log
 * const quiet = () => undefined;
 * const info = (_message: string, details?: Record<string, unknown>) => void (port ??= details?.['port']);
 * const receivers = { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } };
 * const pipeline = await createPipeline(
 *   { receivers, exporters: { otlp_http: { endpoint: backend.url } } },
 *   { plugins: [otlp, otlpHttp], logger: { error: quiet, warn: quiet, info, debug: quiet } },
 * );
 * await pipeline.start();
 * const headers = { 'content-type': 'application/x-protobuf' };
 * const body = Buffer.from(encode('logs', logs(2)));
 * const answer = await fetch(`http://127.0.0.1:${port}/v1/logs`, { method: 'POST', headers, body });
 * await answer.arrayBuffer();
 * await pipeline.shutdown();
 * await backend.close();
 * assert.equal(answer.status, 200);
 * assert.deepEqual(backend.items.logs, ['item-0', 'item-1']);
 * ```
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 * import otlp, { type OtlpReceiverConfig } from '@telemetryflow/receiver-otlp';
 *
 * // A block as the receiver gets it: with its defaults, durations in milliseconds.
 * const object = { receivers: { otlp: { protocols: { http: {} } } }, exporters: { debug: {} } };
 * const plugins = createPluginLookup({ plugins: [otlp, debug], discover: false });
 * const { config } = await resolveConfig([{ object }], { plugins });
 * const { protocols } = config.receivers.get('otlp')?.config as OtlpReceiverConfig;
 * assert.equal(protocols?.http?.endpoint, '127.0.0.1:4318');
 * ```
 */
const definition: ReceiverDefinition = defineReceiver<OtlpReceiverConfig>({
  module: import.meta.url,
  type: 'otlp',
  description: 'Receives OTLP over HTTP (protobuf and JSON) and gRPC.',
  starter: {
    protocols: {
      http: { endpoint: '${LISTEN_HOST:-127.0.0.1}:4318' },
      grpc: { endpoint: '${LISTEN_HOST:-127.0.0.1}:4317' },
    },
  },
  signals: { traces: 'stable', metrics: 'stable', logs: 'stable' },
  config: configSchema,
  listens: (config) =>
    Object.entries(protocolsOf(config)).map(([protocol, { endpoint }]) => ({
      address: endpoint,
      path: ['protocols', protocol, 'endpoint'],
    })),
  check: (config) =>
    Object.entries(protocolsOf(config)).flatMap(([protocol, { tls }]) => checkTls(tls, ['protocols', protocol, 'tls'])),
  create(config, context) {
    const { http, grpc } = protocolsOf(config);
    let servers: readonly OtlpServer[] = [];
    return {
      async start() {
        const started: OtlpServer[] = [];
        try {
          if (http !== undefined) started.push(await startHttp(http, context));
          if (grpc !== undefined) {
            const { startGrpc } = await import('./grpc-server.ts');
            started.push(await startGrpc(grpc, context));
          }
        } catch (error) {
          await Promise.all(started.map((server) => server.close(AbortSignal.abort())));
          throw error;
        }
        servers = started;
        announce(config, context, started);
      },
      async stop() {
        await Promise.all(servers.map((server) => server.close(context.signal)));
      },
    };
  },
});
export default definition;

function announce(config: OtlpReceiverConfig, context: ReceiverContext, servers: readonly OtlpServer[]): void {
  for (const [index, [protocol, { endpoint }]] of Object.entries(protocolsOf(config)).entries()) {
    const port = servers[index]?.port;
    context.logger.info(`Listening for OTLP over ${protocol === 'http' ? 'HTTP' : 'gRPC'}.`, { endpoint, port });
  }
}

/** Opens the files, so that a wrong path is found before the start. */
function checkTls(tls: ServerTls | undefined, path: readonly string[]): Problem[] {
  if (tls === undefined) return [];
  const problems: Problem[] = [];
  const text: Partial<Record<keyof ServerTls, string>> = {};
  for (const key of ['cert_file', 'key_file', 'client_ca_file'] as const) {
    const file = tls[key];
    if (file === undefined) continue;
    try {
      text[key] = readFileSync(file, 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      problems.push({
        path: [...path, key],
        message: `cannot read ${file} (${code})`,
        hint: 'Name a readable PEM file.',
      });
    }
  }
  if (problems.length > 0 || text.cert_file === undefined || text.key_file === undefined) return problems;
  try {
    createSecureContext({ cert: text.cert_file, key: text.key_file });
  } catch {
    const hint = 'Both must be PEM, and the key must belong to the certificate.';
    problems.push({ path: [...path, 'cert_file'], message: 'certificate and key cannot be used together', hint });
  }
  return problems;
}
