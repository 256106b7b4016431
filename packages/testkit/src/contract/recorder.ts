/**
 * Watches an exporter from inside the delivery chain: wraps a definition so that every encode and every send is
 * checked against the rules of the exporter interface and written down.
 */
import type {
  Batch,
  EncodeContext,
  Encoded,
  Exporter,
  ExporterDefinition,
  Items,
  Outcome,
  Payload,
  SendOptions,
} from '@telemetryflow/kernel';

/** One call of `send`. */
export interface Sent {
  readonly items: number;
  readonly attempt: number;
  /** Monotonic ms of the chain's clock. */
  readonly startedAt: number;
  endedAt: number | undefined;
  outcome: Outcome | undefined;
  error: unknown;
}

export interface Recorder {
  /** The definition to build the chain with. */
  readonly definition: ExporterDefinition;
  readonly sends: readonly Sent[];
  /** Sends that have not settled. */
  readonly active: number;
  /** Of these, the ones whose signal is aborted: they have to end at once. */
  readonly aborted: number;
  /** Sends so far that ended after their signal was aborted. */
  readonly cutOff: number;
  /** Broken rules, as sentences. */
  readonly problems: string[];
  /** Resolves when the next send ends; at once when none is active. */
  ended(): Promise<void>;
  /** What the exporter makes of the last batch and context, encoded twice more. */
  encodeTwice(): readonly [first: readonly Encoded[], second: readonly Encoded[]];
}

/** Wrap a definition; `now` is the chain's monotonic clock. */
export function record(definition: ExporterDefinition, now: () => number): Recorder {
  const sends: Sent[] = [];
  const problems: string[] = [];
  const waiters = new Set<() => void>();
  let active = 0;
  let aborted = 0;
  let cutOff = 0;
  let again = (): readonly Encoded[] => [];

  function watch(exporter: Exporter): Exporter {
    const { start, stop, drain, release } = exporter;
    return {
      *encode(batch: Batch, context: EncodeContext): Generator<Encoded> {
        const seen = new Uint8Array(batch.count);
        again = () => [...exporter.encode(batch, context)];
        for (const encoded of exporter.encode(batch, context)) {
          if (encoded !== undefined)
            problems.push(...cover(seen, 'dropped' in encoded ? encoded.dropped : encoded.items));
          yield encoded;
        }
        const missed = seen.indexOf(0);
        if (missed >= 0)
          problems.push(`encode left item ${missed} of ${batch.count} out: it is in no payload and no drop`);
      },
      async send(payload: Payload, options: SendOptions): Promise<Outcome> {
        const sent: Sent = {
          items: sizeOf(payload.items),
          attempt: options.attempt,
          startedAt: now(),
          endedAt: undefined,
          outcome: undefined,
          error: undefined,
        };
        sends.push(sent);
        active++;
        let counted = false;
        const onAbort = (): void => {
          aborted++;
          counted = true;
        };
        options.signal.addEventListener('abort', onAbort, { once: true });
        try {
          sent.outcome = await exporter.send(payload, options);
          problems.push(...checkOutcome(sent.outcome, payload.items));
          return sent.outcome;
        } catch (error) {
          sent.error = error;
          throw error;
        } finally {
          sent.endedAt = now();
          options.signal.removeEventListener('abort', onAbort);
          if (counted) {
            aborted--;
            cutOff++;
          }
          active--;
          for (const waiter of [...waiters]) waiter();
        }
      },
      ...(start === undefined ? {} : { start: () => start.call(exporter) }),
      ...(stop === undefined ? {} : { stop: () => stop.call(exporter) }),
      ...(drain === undefined ? {} : { drain: (at: number) => drain.call(exporter, at) }),
      ...(release === undefined ? {} : { release: (payload: Payload) => release.call(exporter, payload) }),
    };
  }

  return {
    definition: { ...definition, create: (config, context) => watch(definition.create(config, context)) },
    sends,
    problems,
    get active() {
      return active;
    },
    get aborted() {
      return aborted;
    },
    get cutOff() {
      return cutOff;
    },
    encodeTwice: () => [again(), again()],
    ended: () =>
      new Promise((resolve) => {
        if (active === 0) return resolve();
        const done = (): void => {
          waiters.delete(done);
          resolve();
        };
        waiters.add(done);
      }),
  };
}

function sizeOf(items: Items): number {
  return 'from' in items ? items.to - items.from : items.length;
}

function* indices(items: Items): Generator<number> {
  if (!('from' in items)) yield* items;
  else for (let i = items.from; i < items.to; i++) yield i;
}

function cover(seen: Uint8Array, items: Items): string[] {
  const problems: string[] = [];
  for (const index of indices(items)) {
    if (!Number.isInteger(index) || index < 0 || index >= seen.length) {
      return [`encode named item ${index}, but the batch has ${seen.length}`];
    }
    if (seen[index] === 1) problems.push(`encode put item ${index} into two payloads or drops`);
    seen[index] = 1;
  }
  return problems;
}

/** The rules of `Outcome`: named items belong to the payload, none is named twice, a delay is a positive number. */
function checkOutcome(outcome: Outcome, items: Items): string[] {
  const problems: string[] = [];
  const own = new Set(indices(items));
  const named = new Set<number>();
  const name = (list: Items, what: string): void => {
    if ('from' in list && list.to === Number.POSITIVE_INFINITY) return;
    for (const index of indices(list)) {
      if (!own.has(index)) problems.push(`send answered ${what} item ${index}, which is not in the payload`);
      if (named.has(index)) problems.push(`send named item ${index} twice in one outcome`);
      named.add(index);
    }
  };
  for (const dropped of outcome.dropped ?? []) {
    if (typeof dropped.items === 'number') {
      if (dropped.items > own.size) problems.push(`send dropped ${dropped.items} items of a payload of ${own.size}`);
    } else {
      name(dropped.items, 'dropped');
    }
  }
  const again = outcome.retry;
  if (again !== undefined && again.items !== 'all') name(again.items, 'retry');
  if (again?.afterMs !== undefined && !(again.afterMs >= 0 && Number.isFinite(again.afterMs))) {
    problems.push(`send asked for a retry after ${again.afterMs} ms`);
  }
  return problems;
}
