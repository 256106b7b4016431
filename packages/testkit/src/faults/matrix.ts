/**
 * The socket fault matrix: every fault at every phase of a connection, against a real delivery chain. Whatever the
 * socket does, the process lives, the outcome is a retry (or, once the backend has answered, a delivery), the
 * ledger adds up, and once the fault is over every item arrives.
 */
import type { Signal } from '@telemetryflow/otlp';
import type { Answer } from '../backend/answer.ts';
import type { RecordedRequest } from '../backend/request.ts';
import { observe } from '../contract/observer.ts';
import type { ContractOptions } from '../contract/options.ts';
import type { Sent } from '../contract/recorder.ts';
import { type Rig, startRig } from '../contract/rig.ts';
import { finish } from '../contract/verdict.ts';
import { recordsOf } from '../data/items.ts';
import { openBlackHole } from './black-hole.ts';
import { testName } from './names.ts';
import {
  FAULT_PHASES,
  type FaultPhase,
  type FaultProxy,
  SOCKET_FAULTS,
  type SocketFault,
  startFaultProxy,
} from './proxy.ts';

/** One cell of the matrix. */
export interface FaultCell {
  readonly phase: FaultPhase;
  readonly fault: SocketFault;
  /** What became of the attempt that met the fault. */
  readonly outcome: 'retried' | 'delivered' | 'not applicable';
  /** Reason of the retry, or the code of the error that `send` threw. */
  readonly detail: string;
}

/** The input of {@link runFaultMatrix}: what the contract takes, and which signal to send. */
export interface FaultMatrixOptions<Q = RecordedRequest, A = Answer>
  extends Pick<ContractOptions<Q, A>, 'definition' | 'config' | 'backend' | 'notApplicable'> {
  /** Default: the first signal of the definition. */
  readonly signal?: Signal;
  /** Default: all. */
  readonly phases?: readonly FaultPhase[];
  readonly faults?: readonly SocketFault[];
}

/**
 * Cells of a whole matrix.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { FAULT_CELLS, FAULT_PHASES, SOCKET_FAULTS } from '@telemetryflow/testkit';
 *
 * assert.equal(FAULT_CELLS, FAULT_PHASES.length * SOCKET_FAULTS.length);
 * // In a test file: expect(await runFaultMatrix(options)).toHaveLength(FAULT_CELLS);
 * ```
 */
export const FAULT_CELLS: number = FAULT_PHASES.length * SOCKET_FAULTS.length;

/** After these the backend may have taken the items, and its status has been read: a delivery is right as well. */
const MAY_DELIVER: ReadonlySet<FaultPhase> = new Set(['response_body', 'idle']);
const RETRY_REASONS: ReadonlySet<string> = new Set(['network', 'timeout', 'unavailable']);

/**
 * Run the matrix: phases one after the other, the faults of one side by side, since all at once keep a busy machine
 * from closing connections in time. Rejects with all broken cells, else resolves to the table.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import otlpHttp from '@telemetryflow/exporter-otlp-http';
 * import {
 *   type FaultCell,
 *   type FaultMatrixOptions,
 *   OTLP_PROFILE,
 *   runFaultMatrix,
 * } from '@telemetryflow/testkit';
 *
 * const options: FaultMatrixOptions = {
 *   definition: otlpHttp,
 *   config: ({ url, caFile }) => ({ endpoint: url, ...(caFile && { tls: { ca_file: caFile } }) }),
 *   backend: OTLP_PROFILE,
 *   signal: 'logs',
 *   phases: ['connect'], // leave out both for the whole matrix
 *   faults: ['reset'],
 * };
 * const cells: readonly FaultCell[] = await runFaultMatrix(options);
 * assert.deepEqual(cells, [{ phase: 'connect', fault: 'reset', outcome: 'retried', detail: 'network' }]);
 * ```
 */
export async function runFaultMatrix<Q = RecordedRequest, A = Answer>(
  options: FaultMatrixOptions<Q, A>,
): Promise<readonly FaultCell[]> {
  const signal = options.signal ?? (Object.keys(options.definition.signals)[0] as Signal);
  const observer = observe();
  const settled: PromiseSettledResult<FaultCell>[] = [];
  for (const phase of options.phases ?? FAULT_PHASES) {
    const cells = (options.faults ?? SOCKET_FAULTS).map((fault) =>
      runCell(options, signal, phase, fault, observer).catch((error: unknown) => {
        throw new Error(`${phase} × ${fault}: ${error instanceof Error ? error.message : String(error)}`);
      }),
    );
    settled.push(...(await Promise.allSettled(cells)));
  }
  observer.stop();
  const broken = settled.flatMap((cell) => (cell.status === 'rejected' ? [String(cell.reason)] : []));
  if (broken.length > 0) throw new Error(`${broken.length} of ${settled.length} cells broke:\n${broken.join('\n')}`);
  return settled.flatMap((cell) => (cell.status === 'fulfilled' ? [cell.value] : []));
}

async function runCell<Q, A>(
  options: FaultMatrixOptions<Q, A>,
  signal: Signal,
  phase: FaultPhase,
  fault: SocketFault,
  observer: ReturnType<typeof observe>,
): Promise<FaultCell> {
  if (phase === 'tls' && options.notApplicable?.tls !== undefined) {
    return { phase, fault, outcome: 'not applicable', detail: options.notApplicable.tls };
  }
  const cleanups: (() => unknown)[] = [];
  let rig: Rig<Q, A> | undefined;
  let proxy: FaultProxy | undefined;
  const onFault = (): void => {
    if (fault === 'stall') rig?.stall();
  };
  try {
    rig = await startRig<Q, A>(
      { ...options, requestsPerSend: 2 },
      signal,
      ({ request, ids }) => ({ answer: options.backend.success(request), accepted: ids }),
      {
        tls: phase === 'tls',
        trusted: true,
        observer,
        async via(url) {
          const target = new URL(url);
          proxy = await startFaultProxy({ phase, fault, target: Number(target.port), times: 1, onFault });
          cleanups.push(() => proxy?.close());
          target.port = String(proxy.port);
          target.hostname = await hostFor(phase, fault, proxy.port, onFault, cleanups);
          return target.href.replace(/\/$/, '');
        },
      },
    );
    return await meet(rig, phase, fault, () => proxy?.breakIdle());
  } finally {
    await rig?.dispose();
    for (const cleanup of cleanups) await cleanup();
  }
}

/** Phases before a connection exists are played by name resolution. */
async function hostFor(
  phase: FaultPhase,
  fault: SocketFault,
  port: number,
  onFault: () => void,
  cleanups: (() => unknown)[],
): Promise<string> {
  const silent = phase === 'connect' && fault === 'stall' ? await openBlackHole('127.0.0.3', port) : undefined;
  if (silent !== undefined) cleanups.push(() => silent.close());
  const refused = phase === 'connect' && fault === 'reset';
  if (phase !== 'dns' && silent === undefined && !refused) return '127.0.0.1';
  let lookups = 0;
  const name = testName(() => {
    if (lookups++ > 0) return ['127.0.0.1'];
    onFault();
    if (refused) return ['127.0.0.2'];
    if (silent !== undefined) return ['127.0.0.3'];
    switch (fault) {
      case 'reset':
        return { error: 'ENOTFOUND' };
      case 'stall':
        return 'never';
      case 'garbage':
        return ['999.1.1.1'];
      case 'endless':
        return Array.from({ length: 200 }, (_, i) => `127.0.1.${i + 1}`);
    }
  });
  cleanups.push(() => name.release());
  return name.host;
}

async function meet<Q, A>(
  rig: Rig<Q, A>,
  phase: FaultPhase,
  fault: SocketFault,
  breakIdle: () => void,
): Promise<FaultCell> {
  const batch = (from: number): Parameters<Rig<Q, A>['deliver']>[0] =>
    recordsOf(rig.signal, 3, { variety: 'plain', from });
  await rig.deliver(batch(0));
  if (phase === 'idle') {
    await rig.settle();
    breakIdle();
    await rig.deliver(batch(3));
  }
  await finish(rig, { delivered: phase === 'idle' ? 6 : 3, duplicates: true });
  const first = rig.recorder.sends[phase === 'idle' ? 1 : 0];
  const reason = first?.outcome?.retry?.reason ?? codeOf(first);
  if (reason !== undefined) {
    if (first?.outcome !== undefined && !RETRY_REASONS.has(reason)) throw new Error(`retried as "${reason}"`);
    return { phase, fault, outcome: 'retried', detail: reason };
  }
  if (!MAY_DELIVER.has(phase)) throw new Error(`outcome ${JSON.stringify(first?.outcome)} instead of a retry`);
  return { phase, fault, outcome: 'delivered', detail: first?.outcome?.warning ?? '' };
}

function codeOf(sent: Sent | undefined): string | undefined {
  if (sent?.error === undefined) return undefined;
  const { code } = sent.error as { code?: unknown };
  return typeof code === 'string' ? code : String(sent.error);
}
