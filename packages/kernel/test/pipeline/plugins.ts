/** Components of these tests: an exporter that keeps what it is sent, and a receiver a test can push from. */
import {
  type Batch,
  type Consumer,
  type Definition,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
  delivered,
  type Outcome,
} from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';

export interface Backend {
  readonly definition: Definition;
  /** Bodies of the log records that arrived, in order. */
  readonly bodies: unknown[];
  /** What the next attempts come to; delivered when empty. */
  readonly outcomes: Outcome[];
  readonly events: string[];
}

/** An exporter of type `memory`. */
export function memoryBackend(): Backend {
  const bodies: unknown[] = [];
  const outcomes: Outcome[] = [];
  const events: string[] = [];
  const definition = defineExporter<{ label?: string }>({
    type: 'memory',
    description: 'Keeps what it is sent.',
    signals: { logs: 'beta', traces: 'beta', metrics: 'beta' },
    reads: 'records',
    config: { type: 'object', properties: { label: { type: 'string', description: 'Any text.' } } },
    create: (config, context) => ({
      *encode(batch) {
        yield { body: batch.records(), items: { from: 0, to: batch.count } };
      },
      async send(payload) {
        const outcome = outcomes.shift() ?? delivered();
        if (outcome.retry === undefined && outcome.dropped === undefined) {
          for (const record of payload.body as readonly LogRecord[]) bodies.push(record.body);
        }
        return outcome;
      },
      start: async () => void events.push(`start ${context.id} ${context.dataSignal} ${config.label ?? ''}`.trim()),
      stop: async () => void events.push(`stop ${context.id} ${context.dataSignal}`),
    }),
  });
  return { definition, bodies, outcomes, events };
}

/** A receiver of type `push`. */
export function pushReceiver(): { readonly definition: Definition; next(): Consumer } {
  let consumer: Consumer | undefined;
  const definition = defineReceiver({
    type: 'push',
    description: 'Hands over what a test gives it.',
    signals: { logs: 'beta' },
    config: { type: 'object', properties: {} },
    create: (_, context) => {
      consumer = context.next;
      return { start: async () => {}, stop: async () => {} };
    },
  });
  return {
    definition,
    next() {
      if (consumer === undefined) throw new Error('the receiver was not created');
      return consumer;
    },
  };
}

/** A processor of type `head` that lets the first `keep` items of a batch pass. */
export const head: Definition = defineProcessor<{ keep: number }>({
  type: 'head',
  description: 'Lets the first items pass.',
  signals: { logs: 'beta', traces: 'beta', metrics: 'beta' },
  config: {
    type: 'object',
    properties: { keep: { type: 'integer', default: 1, description: 'Items to keep.' } },
  },
  create: ({ keep }) => ({
    process(batch: Batch, { drop }) {
      if (batch.count <= keep) return batch;
      drop(batch.count - keep, 'filtered');
      return batch.select({ from: 0, to: keep });
    },
  }),
});

/** An extension of type `clockwork` whose service says what time it is. */
export const clockwork: Definition = defineExtension({
  type: 'clockwork',
  description: 'Has a service.',
  config: { type: 'object', properties: {} },
  create: () => ({ start: async () => {}, stop: async () => {}, service: { time: 'noon' } }),
});

export function log(body: string): LogRecord {
  return {
    hrTime: [1_790_000_000, 0],
    hrTimeObserved: [1_790_000_000, 0],
    severityNumber: 9,
    severityText: 'INFO',
    body,
    attributes: {},
    resource: { attributes: { 'service.name': 'shop' } },
    instrumentationScope: { name: 'test' },
    droppedAttributesCount: 0,
  };
}
