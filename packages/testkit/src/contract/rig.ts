/**
 * One exporter in a real delivery chain, before a scripted backend, under a fake clock:
 *
 *   records -> chain (queue, encode, gate, retry) -> recorder -> exporter -> backend -> books
 *
 * Time moves only while nothing is being sent, so back-off of minutes costs nothing and no timeout fires by
 * accident. Owns the driving and the closing; what is right and wrong is for `verdict.ts` and the scenarios.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExporterChain, Ledger } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import type { Answer, AnswerFault } from '../backend/answer.ts';
import { type FakeBackend, startBackend } from '../backend/http-backend.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { batchOf, buildChain } from '../chain.ts';
import { type FakeClock, fakeClock } from '../clock.ts';
import { itemIds } from '../data/items.ts';
import { type Books, openBooks } from './books.ts';
import { type Observer, observe } from './observer.ts';
import type { ContractOptions } from './options.ts';
import { patience, within } from './patience.ts';
import { type Recorder, record } from './recorder.ts';

/** What the backend does with one request, and what that means for the books. */
export interface Ruling<A> {
  readonly answer: A;
  readonly accepted?: Iterable<string>;
  readonly refused?: Iterable<string>;
  /** The client will wait until its timeout: the clock may move while it does. */
  readonly stalls?: boolean;
}

/** A request as a scenario's script sees it. */
export interface Asked<Q> {
  readonly request: Q;
  /** 0 for the first request. */
  readonly index: number;
  /** Ids of the items in it, without repeats. */
  readonly ids: readonly string[];
}

export type RigScript<Q, A> = (asked: Asked<Q>) => Ruling<A>;

export interface Rig<Q, A> {
  readonly signal: Signal;
  readonly clock: FakeClock;
  readonly observer: Observer;
  readonly recorder: Recorder;
  readonly backend: FakeBackend<Q>;
  readonly books: Books;
  readonly chain: ExporterChain;
  readonly options: ContractOptions<Q, A>;
  /** Ids handed to the chain so far. */
  readonly entered: readonly string[];
  /** Monotonic fake ms at which each request was answered. */
  readonly askedAt: readonly number[];
  /** Hand records over; throws when the chain refuses them. */
  deliver<S extends Signal>(records: readonly RecordOf[S][]): Promise<void>;
  /** Let the chain work and time pass until every item is delivered or dropped. */
  settle(): Promise<void>;
  /** Work until `condition` holds. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Shut the chain down; `deadline` aborts it. Time passes as needed. */
  shutdown(deadline?: AbortSignal): Promise<void>;
  /** Say that one more request will not be answered: the clock may move while the exporter waits. */
  stall(): void;
  /** Close everything, whatever state it is in. */
  dispose(): Promise<void>;
}

/** Real time after which a scenario is stuck. */
const PATIENCE_MS = 8000;
/** Real time an aborted send has to end. */
const ABORT_GRACE_MS = 1000;
/** Fake time without any item settled after which a chain is given up. */
const MAX_FAKE_MS = 3_600_000;

/** How the exporter reaches the backend. */
export interface RigEndpoint {
  readonly tls?: boolean;
  /** With `tls`: tell the exporter about the backend's CA. */
  readonly trusted?: boolean;
  /** Keep no bodies of answered requests. */
  readonly forgetBodies?: boolean;
  /** Put something between exporter and backend: gets the backend's URL, gives the one to configure. */
  readonly via?: (url: string) => Promise<string>;
  /** Share an observer with other rigs; whoever made it stops it. */
  readonly observer?: Observer;
}

export async function startRig<Q = RecordedRequest, A = Answer>(
  options: ContractOptions<Q, A>,
  signal: Signal,
  script: RigScript<Q, A>,
  endpoint: RigEndpoint = {},
): Promise<Rig<Q, A>> {
  const clock = fakeClock();
  const observer = endpoint.observer ?? observe();
  const books = openBooks();
  const entered: string[] = [];
  const askedAt: number[] = [];
  const recorder = record(options.definition, () => clock.monotonic());
  const dead = new AbortController();
  let stalled = 0;
  let cutOff = 0;
  let ignoring = false;
  let wake = (): void => undefined;

  const start = options.backend.start ?? (startBackend as unknown as NonNullable<typeof options.backend.start>);
  const backend = await start(
    (request, index) => {
      const ruling = script({ request, index, ids: [...new Set(options.backend.decode(request))] });
      askedAt.push(clock.monotonic());
      books.accept(ruling.accepted ?? []);
      books.refuse(ruling.refused ?? []);
      if (ruling.stalls === true) stalled++;
      wake();
      return ruling.answer;
    },
    { tls: endpoint.tls === true, forgetBodies: endpoint.forgetBodies === true },
  );
  const [caFile, removeCa] = writeCa(endpoint.trusted === true ? backend.ca?.cert : undefined);
  const chain = await connect().catch(async (error: unknown) => {
    await release();
    throw error;
  });

  async function connect(): Promise<ExporterChain> {
    const url = endpoint.via === undefined ? backend.url : await endpoint.via(backend.url);
    const { logger, status } = observer;
    const surroundings = { clock, logger, status, signal: dead.signal };
    const built = await buildChain(recorder.definition, options.config({ url, caFile }), signal, surroundings);
    await built.start();
    return built;
  }

  async function release(): Promise<void> {
    await backend.close();
    if (endpoint.observer === undefined) observer.stop();
    removeCa();
  }

  const sending = (): boolean => recorder.active > Math.max(stalled, recorder.aborted);

  async function until(condition: () => boolean, what: string): Promise<void> {
    const limit = patience(PATIENCE_MS);
    let settled = 0;
    let progressAt = clock.monotonic();
    try {
      for (;;) {
        await clock.settle();
        const ledger = chain.ledger();
        checkSum(ledger);
        if (condition()) return;
        if (settled !== ledger.entered - ledger.queued - ledger.inFlight) {
          settled = ledger.entered - ledger.queued - ledger.inFlight;
          progressAt = clock.monotonic();
        }
        if (limit.expired) throw new Error(`Not ${what} after ${PATIENCE_MS} ms: ${state()}`);
        // Stalled sends end only by being cut off.
        stalled = recorder.active === 0 ? 0 : Math.max(0, stalled - (recorder.cutOff - cutOff));
        cutOff = recorder.cutOff;
        if (recorder.aborted > 0 && !ignoring) {
          ignoring = !(await within(ABORT_GRACE_MS, recorder.ended()));
          if (ignoring)
            recorder.problems.push(`send did not end within ${ABORT_GRACE_MS} ms after its signal was aborted`);
        } else if (sending()) {
          await Promise.race([recorder.ended(), new Promise<void>((resolve) => (wake = resolve)), limit.over]);
        } else if (!(await clock.advanceToNext(sending))) {
          await new Promise<void>((resolve) => setImmediate(resolve));
        } else if (clock.monotonic() - progressAt > MAX_FAKE_MS) {
          throw new Error(`Not ${what}, and no item settled in an hour of the chain's time: ${state()}`);
        }
      }
    } finally {
      limit.end();
    }
  }

  function state(): string {
    const outcomes = recorder.sends.map((sent) => sent.outcome ?? sent.error ?? 'in progress');
    return JSON.stringify({ ledger: chain.ledger(), requests: backend.requests.length, outcomes: outcomes.slice(-5) });
  }

  let stopping: ReturnType<typeof stop> | undefined;
  async function shutdown(deadline: AbortSignal = new AbortController().signal): Promise<void> {
    stopping ??= stop(chain, deadline);
    const { promise } = stopping;
    promise.then(
      () => wake(),
      () => wake(),
    );
    const { state } = stopping;
    await until(() => state.done, 'shut down');
    await promise;
  }

  return {
    signal,
    clock,
    observer,
    recorder,
    backend,
    books,
    chain,
    options,
    entered,
    askedAt,
    async deliver(records) {
      const batch = batchOf(signal, records);
      const ticket = chain.admit(batch.count, batch.bytes);
      if (typeof ticket === 'string') throw new Error(`The chain refused ${batch.count} items as "${ticket}".`);
      entered.push(...itemIds(records));
      await ticket.accept(batch);
    },
    settle: () => until(() => idle(chain.ledger()), 'settled'),
    until,
    shutdown,
    stall() {
      stalled++;
      wake();
    },
    async dispose() {
      dead.abort();
      const aborted = AbortSignal.abort();
      await within(
        ABORT_GRACE_MS,
        shutdown(aborted).catch(() => undefined),
      );
      await release();
    },
  };
}

/** The misbehaving form of an answer. */
export function faulty<Q, A>(options: ContractOptions<Q, A>, answer: A, fault: AnswerFault): A {
  return options.backend.fault?.(answer, fault) ?? { ...answer, fault };
}

function idle(ledger: Ledger): boolean {
  return ledger.queued === 0 && ledger.inFlight === 0;
}

/** entered = queued + in flight + delivered + dropped, at any time. */
export function checkSum(ledger: Ledger): void {
  let dropped = 0;
  for (const count of Object.values(ledger.dropped)) dropped += count;
  if (ledger.entered !== ledger.queued + ledger.inFlight + ledger.delivered + dropped) {
    throw new Error(`The ledger does not add up: ${JSON.stringify(ledger)}`);
  }
}

/** Begin to shut a chain down, once. */
function stop(chain: ExporterChain, deadline: AbortSignal): { promise: Promise<void>; state: { done: boolean } } {
  const state = { done: false };
  const promise = chain.shutdown(deadline).finally(() => {
    state.done = true;
  });
  promise.catch(() => undefined);
  return { promise, state };
}

/** The CA as a file, as configurations name it. */
function writeCa(cert: string | undefined): readonly [path: string | undefined, remove: () => void] {
  if (cert === undefined) return [undefined, () => undefined];
  const folder = mkdtempSync(join(tmpdir(), 'testkit-ca-'));
  const path = join(folder, 'ca.pem');
  writeFileSync(path, cert);
  return [path, () => rmSync(folder, { recursive: true, force: true })];
}
