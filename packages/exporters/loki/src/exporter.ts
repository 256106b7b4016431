/** One instance: encoder, compressor and reader of answers joined over HTTP. */
import { basicAuth, createHttpExporter, type HttpExporterOptions, probe } from '@telemetryflow/http';
import type { Exporter, ExporterContext, HealthcheckResult } from '@telemetryflow/kernel';
import { type BlockCompressor, compressBlock, loadCompressor } from '@telemetryflow/remote-write';
import { checkConfig } from './check.ts';
import { AnswerReader } from './classify.ts';
import { fields, isOtlp, type LokiConfig, targetOf } from './config.ts';
import { type LokiMessage, pushEncoder } from './encode-logs.ts';
import { otlpEncoder } from './encode-otlp.ts';

/** All of the exporter that is plain HTTP. */
export const httpExporter: HttpExporterOptions<LokiConfig> = {
  type: 'loki',
  description: 'Sends logs to Grafana Loki.',
  signals: { logs: 'beta' },
  reads: (config) => (isOtlp(config) ? 'otlp' : 'records'),
  config: { properties: fields, required: ['endpoint'] },
  check: checkConfig,
  url: (config) => targetOf(config)?.url ?? '',
  headers: (config) => ({
    ...authorization(config),
    ...(config.tenant_id !== undefined && { 'x-scope-orgid': config.tenant_id }),
    'content-type': config.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
  }),
  // Protobuf pushes are compressed already: snappy is part of the format.
  client: (config) => (isOtlp(config) || config.encoding === 'json' ? {} : { compression: 'none' }),
  encode: {},
};

function authorization({ username, password, bearer_token }: LokiConfig): Record<string, string> {
  if (bearer_token !== undefined && !bearer_token.empty) return { authorization: `Bearer ${bearer_token.reveal()}` };
  if (username === undefined || username === '') return {};
  return { authorization: basicAuth(username, password?.reveal() ?? '') };
}

export function createExporter(config: LokiConfig, context: ExporterContext): Exporter {
  const reader = new AnswerReader();
  let compress: BlockCompressor = compressBlock;
  const http = createHttpExporter<LokiConfig>(
    {
      ...httpExporter,
      encode: {
        logs: () => {
          if (isOtlp(config)) return otlpEncoder(config);
          const encode = pushEncoder(config);
          return (batch, context) => encode(batch, context, compress);
        },
      },
      classify: (result, { payload }) => reader.read(result, payload.body as LokiMessage),
    },
    config,
    context,
  );
  return {
    ...http,
    start: async () => {
      compress = await loadCompressor();
      await http.start?.();
    },
  };
}

/** Asks for `/ready` at the root of the API. */
export function healthcheck(config: LokiConfig, signal: AbortSignal): Promise<HealthcheckResult> {
  const url = targetOf(config)?.readyUrl ?? '';
  return probe(config, { method: 'GET', url, headers: authorization(config) }, { signal });
}
