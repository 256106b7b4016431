/** A small honest exporter, and ways to break it: what the contract must tell apart. */
import { defineHttpExporter, type HttpConfig } from '@telemetryflow/http';
import type { Exporter, ExporterContext, ExporterDefinition, Payload, SendOptions } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { type BackendProfile, itemIds } from '@telemetryflow/testkit';

interface ToyConfig extends HttpConfig {
  readonly endpoint: string;
  readonly token: string;
}

function* encode(batch: { readonly count: number; records(): readonly RecordOf[Signal][] }): Generator<{
  body: string;
  items: { from: number; to: number };
}> {
  const ids = itemIds(batch.records());
  for (let from = 0; from < ids.length; from += 10) {
    const to = Math.min(from + 10, ids.length);
    yield { body: JSON.stringify(ids.slice(from, to)), items: { from, to } };
  }
}

/** Takes everything as `["item-0", …]`, ten items per request. */
export const toy: ExporterDefinition = defineHttpExporter<ToyConfig>({
  module: import.meta.url,
  type: 'toy',
  description: 'Sends the names of items.',
  config: {
    properties: {
      endpoint: { type: 'string', format: 'url', description: 'Where to.' },
      token: { type: 'string', description: 'Who is there.' },
    },
  },
  signals: { traces: 'stable', logs: 'stable', metrics: 'stable' },
  reads: 'records',
  url: (config) => `${config.endpoint}/items`,
  headers: (config) => ({ authorization: `Bearer ${config.token}`, 'content-type': 'application/json' }),
  encode: { traces: () => encode, logs: () => encode, metrics: () => encode },
});

export const TOKEN = 'tok-5f2c9a7e1b';

/** How the toy's backend speaks. */
export const toyBackend: BackendProfile = {
  decode: (request) => request.json() as string[],
  success: () => ({ status: 200, body: 'ok' }),
  transient: () => ({ status: 503 }),
  permanent: () => ({ status: 400, body: 'no' }),
  throttle: (_request, delayMs) => ({
    status: 429,
    ...(delayMs > 0 ? { headers: { 'retry-after': String(delayMs / 1000) } } : {}),
  }),
  auth: () => ({ status: 401 }),
  tooLarge: () => ({ status: 413 }),
};

/** The toy with some of each instance's members replaced. */
export function broken(change: (honest: Exporter, context: ExporterContext) => Partial<Exporter>): ExporterDefinition {
  return {
    ...toy,
    create(config, context) {
      const honest = toy.create(config, context);
      return { ...honest, ...change(honest, context) };
    },
  };
}

/** The toy with another `send`. */
export function sending(
  send: (
    honest: Exporter['send'],
    payload: Payload,
    options: SendOptions,
    context: ExporterContext,
  ) => ReturnType<Exporter['send']>,
): ExporterDefinition {
  return broken((honest, context) => ({
    send: (payload, options) => send((p, o) => honest.send(p, o), payload, options, context),
  }));
}
