/** `webhook` with its JSON envelope, whose data are OTLP/JSON. */
import webhook from '@telemetryflow/exporter-webhook';
import { protobufFromJson, type Signal } from '@telemetryflow/otlp';
import { otlpItemIds, type RecordedRequest } from '@telemetryflow/testkit';
import { SOAK_OPTIONS, type SoakAdapter } from '../adapter.ts';

function decode(request: RecordedRequest): string[] {
  const { type, data } = request.json() as { type: Signal; data: object };
  const ids = otlpItemIds(type, protobufFromJson(type, Buffer.from(JSON.stringify(data))));
  return ids.map((id) => id ?? 'item without id');
}

const adapter: SoakAdapter = {
  definition: webhook,
  signal: 'logs',
  config: ({ url }) => ({ url: `${url}/in`, encoding: 'json', retry_attempts: 1_000_000, ...SOAK_OPTIONS }),
  backend: {
    decode,
    success: () => ({ status: 204 }),
    transient: () => ({ status: 503 }),
    permanent: () => ({ status: 400 }),
    throttle: (_request, delayMs) =>
      delayMs === 0 ? { status: 429 } : { status: 429, headers: { 'retry-after': String(delayMs / 1000) } },
  },
};

export default adapter;
