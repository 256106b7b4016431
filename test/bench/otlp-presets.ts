/**
 * OTLP in, OTLP out through the exporters that look into the data for what their backend would lose: bytes to bytes,
 * against decoding and encoding them again. No item of this data needs a change, as in most. Run: npm run bench -- otlp-presets
 */
import coroot from '@telemetryflow/exporter-coroot';
import hyperdx from '@telemetryflow/exporter-hyperdx';
import instana from '@telemetryflow/exporter-instana';
import jaeger from '@telemetryflow/exporter-jaeger';
import manageengine from '@telemetryflow/exporter-manageengine';
import openobserve from '@telemetryflow/exporter-openobserve';
import signoz from '@telemetryflow/exporter-signoz';
import { batchFromOtlp, type ExporterDefinition } from '@telemetryflow/kernel';
import { decode, encode, type Signal } from '@telemetryflow/otlp';
import { exporterFor, logs, spans } from '@telemetryflow/testkit';
import { bench, type Contest } from './suite.ts';

const ITEMS = 512;
const BATCHES = 8;
const startMs = Date.now();

const requests = (signal: 'traces' | 'logs'): Uint8Array[] =>
  Array.from({ length: BATCHES }, (_, i) => {
    const options = { variety: 'plain', from: i * ITEMS, startMs } as const;
    return signal === 'traces' ? encode('traces', spans(ITEMS, options)) : encode('logs', logs(ITEMS, options));
  });

function contest(
  definition: ExporterDefinition,
  signal: 'traces' | 'logs',
  block: Readonly<Record<string, unknown>>,
): Contest {
  return {
    name: `${definition.type}, ${signal} passed through`,
    items: ITEMS,
    async ours() {
      const exporter = await exporterFor(definition, block, signal);
      const all = requests(signal);
      return (round) => {
        const batch = batchFromOtlp(signal as Signal, all[round % BATCHES] as Uint8Array);
        for (const each of exporter.encode(batch, { now: startMs, id: 'b', mode: undefined })) {
          if (each === undefined || 'dropped' in each) throw new Error('the data was to pass');
        }
      };
    },
    peer() {
      const all = requests(signal);
      return (round) => {
        const records = decode(signal, all[round % BATCHES] as Uint8Array);
        if (encode(signal, records as never).length === 0) throw new Error('nothing was encoded');
      };
    },
    floor: 6,
    goal: 10,
  };
}

const USER = { username: 'u@example.com', password: 'p' };

await bench([
  contest(hyperdx, 'traces', { api_key: 'k' }),
  contest(hyperdx, 'logs', { api_key: 'k' }),
  contest(signoz, 'traces', {}),
  contest(openobserve, 'traces', USER),
  contest(openobserve, 'logs', USER),
  contest(coroot, 'traces', {}),
  contest(instana, 'traces', { otlp_endpoint: 'https://otlp-blue-saas.instana.io:4318', agent_key: 'k' }),
  contest(jaeger, 'traces', {}),
  contest(manageengine, 'logs', { product: 'site24x7', api_key: 'k' }),
]);
