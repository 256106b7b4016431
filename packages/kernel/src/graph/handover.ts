/**
 * One batch on its way from a source into every queue downstream, all or nothing:
 *
 *   reserve in every queue -> run the processors of every pipeline -> accept everywhere, and only now count
 *
 * A refusal anywhere (a full queue behind a connector, a processor that throws a ConsumeError) gives every
 * reservation back, so the sender can send the whole batch again without duplicates.
 */
import type { ProcessOptions } from '../component/definition.ts';
import { ConsumeError } from '../component/errors.ts';
import { REASONS, type Reason } from '../component/reason.ts';
import type { Batch } from '../data/batch.ts';
import { admit } from '../delivery/admission.ts';
import type { ExporterChain, Ticket } from '../delivery/chain.ts';
import type { ConnectorNode, PipelineNode, Stage } from './node.ts';
import { addDrop } from './pipeline-ledger.ts';

/** Hands over a batch that a connector emits on its own time, outside of any handover. */
export type LateEmit = (batch: Batch, pipelines: readonly PipelineNode[]) => Promise<void>;

type MaybePromise<T> = T | Promise<T>;

interface StageRun {
  readonly stage: Stage;
  readonly incoming: number;
  outgoing: number;
  drops: { readonly reason: Reason; readonly count: number }[] | undefined;
}

export class Handover {
  readonly #late: LateEmit;
  readonly #tickets = new Set<Ticket>();
  readonly #children: Handover[] = [];
  readonly #pending: Promise<void>[] = [];
  #commits: (() => void)[] = [];
  #open = true;

  constructor(late: LateEmit) {
    this.#late = late;
  }

  /**
   * Reserves and processes. Throws or rejects with the refusal, everything given back. A plain return means the
   * whole way was synchronous.
   */
  prepare(routes: readonly PipelineNode[], batch: Batch): MaybePromise<void> {
    let running: MaybePromise<void>;
    try {
      running = this.#enter(routes, batch);
    } catch (error) {
      this.abandon();
      throw error;
    }
    return running?.catch((error: unknown) => {
      this.abandon();
      throw error;
    });
  }

  /** Gives every reservation back; nothing of the batch was counted. */
  abandon(): void {
    this.#open = false;
    for (const ticket of this.#tickets) ticket.release();
    this.#tickets.clear();
    for (const child of this.#children) child.abandon();
    this.#commits = [];
  }

  /** Puts the batch into every queue and books it. Resolves as the acknowledgement of all of them. */
  commit(): Promise<void> {
    this.#open = false;
    for (const commit of this.#commits) commit();
    for (const child of this.#children) this.#pending.push(child.commit());
    const [first] = this.#pending;
    if (first === undefined) return Promise.resolve();
    return this.#pending.length === 1 ? first : Promise.all(this.#pending).then(() => undefined);
  }

  #enter(routes: readonly PipelineNode[], batch: Batch): MaybePromise<void> {
    const tickets = admit(chainsOf(routes), batch.count, batch.bytes);
    for (const ticket of tickets) this.#tickets.add(ticket);
    let waiting: Promise<void>[] | undefined;
    let from = 0;
    for (const route of routes) {
      const own = tickets.slice(from, from + route.exporters.length);
      from += route.exporters.length;
      const { counts } = route;
      const received = batch.count;
      this.#commits.push(() => {
        counts.received += received;
      });
      if (route.in.tap !== null) route.in.tap(batch);
      const running = this.#process(route, 0, batch, own);
      if (running !== undefined) {
        waiting ??= [];
        waiting.push(running);
      }
    }
    return waiting === undefined ? undefined : allSettledThenFirstError(waiting);
  }

  /** Runs the processors from `index` on, then hands the result to the branches. */
  #process(route: PipelineNode, index: number, batch: Batch, tickets: readonly Ticket[]): MaybePromise<void> {
    let current = batch;
    for (let at = index; at < route.stages.length; at++) {
      const stage = route.stages[at];
      if (stage === undefined) break;
      const run: StageRun = { stage, incoming: current.count, outgoing: 0, drops: undefined };
      const started = stage.timed === undefined ? 0 : performance.now();
      let result: MaybePromise<Batch | null>;
      try {
        result = stage.processor.process(current, dropInto(run));
      } catch (error) {
        result = this.#failed(stage, error);
      }
      if (isPromise(result)) {
        return Promise.resolve(result)
          .catch((error: unknown) => this.#failed(stage, error))
          .then((settled) => {
            const next = this.#leave(route, run, settled, tickets, started);
            return next === null ? undefined : this.#process(route, at + 1, next, tickets);
          });
      }
      const next = this.#leave(route, run, result, tickets, started);
      if (next === null) return undefined;
      current = next;
    }
    return this.#branch(route, current, tickets);
  }

  /** A refusal is the processor's word and goes to the sender; anything else is a defect that costs this batch. */
  #failed(stage: Stage, error: unknown): null {
    if (ConsumeError.is(error)) throw error;
    stage.failed(error);
    return null;
  }

  /** Books what one processor did with the batch; null when nothing goes on. */
  #leave(
    route: PipelineNode,
    run: StageRun,
    result: Batch | null,
    tickets: readonly Ticket[],
    started: number,
  ): Batch | null {
    const { stage, incoming } = run;
    stage.timed?.((performance.now() - started) / 1000);
    const next = (result?.count ?? 0) === 0 ? null : result;
    run.outgoing = next?.count ?? 0;
    this.#commits.push(() => bookStage(route, run, incoming));
    if (next === null) {
      for (const ticket of tickets) {
        ticket.release();
        this.#tickets.delete(ticket);
      }
      return null;
    }
    if (stage.out.tap !== null) stage.out.tap(next);
    return next;
  }

  #branch(route: PipelineNode, batch: Batch, tickets: readonly Ticket[]): MaybePromise<void> {
    const { counts } = route;
    this.#commits.push(() => {
      counts.entered += batch.count * (route.exporters.length + route.connectors.length);
      for (const [index, branch] of route.exporters.entries()) {
        const ticket = tickets[index];
        if (ticket === undefined) continue;
        if (branch.in.tap !== null) branch.in.tap(batch);
        branch.sized?.(batch.count);
        this.#pending.push(accept(ticket, batch));
      }
    });
    if (route.connectors.length === 0) return undefined;
    return allSettledThenFirstError(route.connectors.map((connector) => this.#connect(connector, batch)));
  }

  /** A connector's emits join this handover while its `process` runs; a refused emit is its own to handle. */
  async #connect(node: ConnectorNode, batch: Batch): Promise<void> {
    if (node.in.tap !== null) node.in.tap(batch);
    const book = (reason: Reason, count: number) => addDrop(node.dropped, reason, count);
    try {
      await node.connector.process(batch, {
        drop: (count, reason) => {
          if (!isDrop(count, reason)) return;
          if (this.#open) this.#commits.push(() => book(reason, count));
          else book(reason, count);
        },
        emit: async (emitted, names) => {
          const outputs = outputsFor(node, emitted, names);
          if (emitted.count > 0) await this.#emit(outputs, emitted);
        },
      });
    } catch (error) {
      if (ConsumeError.is(error)) throw error;
      node.failed(error);
      this.#commits.push(() => book('bug', batch.count));
    }
  }

  async #emit(outputs: readonly PipelineNode[], batch: Batch): Promise<void> {
    if (!this.#open) return this.#late(batch, outputs);
    const child = new Handover(this.#late);
    try {
      await child.prepare(outputs, batch);
    } catch (error) {
      bookRefusal(outputs, batch.count);
      throw error;
    }
    if (this.#open) this.#children.push(child);
    else await child.commit();
  }
}

/** Books a batch that was turned down for all of these pipelines. */
export function bookRefusal(routes: readonly PipelineNode[], count: number): void {
  for (const { counts } of routes) {
    counts.received += count;
    counts.refused += count;
  }
}

/** Every queue behind these pipelines, in order; an exporter in two of them counts twice, as it gets two batches. */
function chainsOf(routes: readonly PipelineNode[]): readonly ExporterChain[] {
  const [only] = routes;
  if (routes.length === 1 && only !== undefined) return only.exporters.map((branch) => branch.chain);
  return routes.flatMap((route) => route.exporters.map((branch) => branch.chain));
}

function outputsFor(node: ConnectorNode, batch: Batch, names: readonly string[] | undefined): readonly PipelineNode[] {
  const outputs = node.outputs.filter(
    (output) => output.signal === batch.signal && (names === undefined || names.includes(output.id)),
  );
  if (outputs.length === 0 || (names !== undefined && outputs.length !== new Set(names).size)) {
    const wanted = names === undefined ? '' : ` named ${names.join(', ')}`;
    const there = node.outputs.map((output) => output.id).join(', ');
    throw new Error(`connector "${node.id}" feeds no ${batch.signal} pipeline${wanted}; it feeds ${there}`);
  }
  return outputs;
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function accept(ticket: Ticket, batch: Batch): Promise<void> {
  try {
    return ticket.accept(batch);
  } catch (error) {
    return Promise.reject(error);
  }
}

function dropInto(run: StageRun): ProcessOptions {
  return {
    drop(count, reason) {
      if (!isDrop(count, reason)) return;
      run.drops ??= [];
      run.drops.push({ reason, count });
    },
  };
}

function isDrop(count: number, reason: Reason): boolean {
  return Number.isSafeInteger(count) && count > 0 && REASONS.includes(reason);
}

/** What a processor neither handed on nor counted is a defect of it, and counted as such. */
function bookStage(route: PipelineNode, run: StageRun, incoming: number): void {
  const { counts } = run.stage;
  counts.incoming += incoming;
  counts.outgoing += run.outgoing;
  let accounted = run.outgoing;
  for (const { reason, count } of run.drops ?? []) {
    addDrop(counts.dropped, reason, count);
    accounted += count;
  }
  if (accounted < incoming) addDrop(counts.dropped, 'bug', incoming - accounted);
  else route.counts.added += accounted - incoming;
}

/** Nobody may give reservations back while a sibling still works on the batch. */
async function allSettledThenFirstError(running: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(running)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
