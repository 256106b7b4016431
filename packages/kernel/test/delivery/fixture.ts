/** A chain with a scripted exporter: what it was asked to send, when, and what became of every item. */
import { expect } from '@jest/globals';
import { createNoopMeter } from '@opentelemetry/api';
import {
  defineExporter,
  type Encoded,
  type Exporter,
  type ExporterDefinition,
  type Outcome,
  type Payload,
  type Reason,
  type SendOptions,
} from '@telemetryflow/kernel';
import type { LogRecord, ResourceRecord } from '@telemetryflow/otlp';
import { type FakeClock, fakeClock } from '@telemetryflow/testkit';
import type { Batch } from '../../src/data/batch.ts';
import { batchFromRecords } from '../../src/data/segmented.ts';
import { MemoryBudget } from '../../src/delivery/budget.ts';
import type { ExporterChain, Ledger, Ticket } from '../../src/delivery/chain.ts';
import { createExporterChain, type ExporterChainOptions } from '../../src/delivery/exporter-chain.ts';
import { Turns } from '../../src/delivery/turns.ts';

const RESOURCE: ResourceRecord = { attributes: { 'service.name': 'shop' } };
const SCOPE = { name: 'test' };
const MIB = 1024 * 1024;

/** Log records whose body is their number. */
export function numbered(from: number, to: number): LogRecord[] {
  return Array.from({ length: to - from }, (_, i) => ({
    hrTime: [1_795_000_000 + from + i, 0],
    hrTimeObserved: [1_795_000_000 + from + i, 0],
    body: from + i,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    attributes: {},
    droppedAttributesCount: 0,
  }));
}

export function numberedBatch(from: number, to: number): Batch {
  return batchFromRecords('logs', numbered(from, to)) as Batch;
}

export type Body = readonly number[];
export interface Sent {
  readonly ids: readonly number[];
  readonly attempt: number;
  /** Monotonic ms. */
  readonly at: number;
}
export type SendScript = (ids: readonly number[], options: SendOptions, payload: Payload) => Outcome | Promise<Outcome>;

export interface FixtureOptions {
  readonly send?: SendScript;
  /** Default: one payload of everything. */
  readonly perPayload?: number;
  readonly key?: (ids: readonly number[]) => string;
  readonly oldestMs?: (ids: readonly number[]) => number;
  readonly encode?: Exporter['encode'];
  readonly exporter?: Partial<Exporter>;
  readonly definition?: Partial<ExporterDefinition>;
  readonly config?: object;
  readonly clock?: FakeClock;
  readonly budget?: MemoryBudget;
  readonly id?: string;
  readonly random?: () => number;
  readonly chain?: Partial<ExporterChainOptions>;
}

export interface LogLine {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Fixture {
  readonly chain: ExporterChain;
  readonly clock: FakeClock;
  readonly sent: readonly Sent[];
  readonly encodes: readonly { ids: readonly number[]; id: string; now: number; mode: unknown }[];
  readonly logs: readonly LogLine[];
  readonly statuses: readonly string[];
  /** Admit and accept a batch; throws when it is refused. */
  put(from: number, to: number): Promise<void>;
  /** Let everything run that is ready. */
  settle(): Promise<void>;
  /** Check the equation, and that nothing is left. */
  ledger(): Ledger;
}

export function idsOf(batch: Batch): number[] {
  return (batch.records() as readonly LogRecord[]).map((record) => record.body as number);
}

export function chainFixture(options: FixtureOptions = {}): Fixture {
  const clock = options.clock ?? fakeClock();
  const sent: Sent[] = [];
  const encodes: { ids: readonly number[]; id: string; now: number; mode: unknown }[] = [];
  const logs: LogLine[] = [];
  const statuses: string[] = [];
  const script: SendScript = options.send ?? (() => ({}));

  function* encode(batch: Batch, context: { now: number; id: string; mode: unknown }): Generator<Encoded> {
    const ids = idsOf(batch);
    encodes.push({ ids, ...context });
    const size = options.perPayload ?? ids.length;
    for (let from = 0; from < ids.length; from += size) {
      const to = Math.min(ids.length, from + size);
      const body = ids.slice(from, to);
      yield {
        body,
        items: { from, to },
        ...(options.key === undefined ? undefined : { key: options.key(body) }),
        ...(options.oldestMs === undefined ? undefined : { oldestMs: options.oldestMs(body) }),
      };
      yield;
    }
  }

  const exporter: Exporter = {
    encode: options.encode ?? encode,
    send: async (payload, sendOptions) => {
      const ids = payload.body as Body;
      sent.push({ ids, attempt: sendOptions.attempt, at: clock.monotonic() });
      return script(ids, sendOptions, payload);
    },
    ...options.exporter,
  };
  const definition = defineExporter({
    type: 'scripted',
    description: 'For tests.',
    config: { type: 'object', properties: {} },
    signals: { logs: 'stable', traces: 'stable', metrics: 'stable' },
    reads: 'records',
    create: () => exporter,
    ...options.definition,
  });
  const line =
    (level: LogLine['level']) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      void logs.push({ level, message, fields });
  const chain = createExporterChain({
    definition,
    config: { flush_interval: 0, ...options.config },
    context: {
      id: options.id ?? 'scripted',
      dataSignal: 'logs',
      logger: { error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') },
      clock,
      meter: createNoopMeter(),
      status: {
        ok: () => void statuses.push('ok'),
        recoverable: (message) => void statuses.push(`recoverable: ${message}`),
        permanent: (message) => void statuses.push(`permanent: ${message}`),
      },
      signal: new AbortController().signal,
      extension: () => undefined,
    },
    budget: options.budget ?? new MemoryBudget(64 * MIB),
    random: options.random ?? (() => 0.5),
    // The processor's time stands still: what runs in one turn does not depend on how busy the machine is.
    turns: new Turns(() => 0),
    ...options.chain,
  });
  return {
    chain,
    clock,
    sent,
    encodes,
    logs,
    statuses,
    async put(from, to) {
      const batch = numberedBatch(from, to);
      await ticketOf(chain, batch).accept(batch);
    },
    async settle() {
      for (let i = 0; i < 5; i++) await clock.settle();
    },
    ledger: () => expectLedger(chain),
  };
}

/** A started chain. */
export async function startedChain(options: FixtureOptions = {}): Promise<Fixture> {
  const fixture = chainFixture(options);
  await fixture.chain.start();
  return fixture;
}

export function ticketOf(chain: ExporterChain, batch: Batch): Ticket {
  const admission = chain.admit(batch.count, batch.bytes);
  if (typeof admission === 'string') throw new Error(`not admitted: ${admission}`);
  return admission;
}

/** The equation that holds at any time; returns the ledger. */
export function expectLedger(chain: ExporterChain): Ledger {
  const ledger = chain.ledger();
  const { entered, queued, inFlight, delivered } = ledger;
  for (const count of [queued, inFlight, delivered]) expect(count).toBeGreaterThanOrEqual(0);
  expect(queued + inFlight + delivered + sumDropped(ledger)).toBe(entered);
  return ledger;
}

/** The equation, and that nothing is left in the chain. */
export function expectSettled(chain: ExporterChain): Ledger {
  const ledger = expectLedger(chain);
  expect({ queued: ledger.queued, inFlight: ledger.inFlight }).toEqual({ queued: 0, inFlight: 0 });
  expect(chain.occupancy()).toMatchObject({ requests: 0, bytes: 0 });
  return ledger;
}

export function sumDropped(ledger: Ledger): number {
  return Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0);
}

export function droppedFor(ledger: Ledger, reason: Reason): number {
  return ledger.dropped[reason] ?? 0;
}

/** An abort signal that a test aborts. */
export function deadline(): AbortController {
  return new AbortController();
}

/** A promise to be resolved by the test. */
export function gateway<T>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
