/** A graph over queues that a test controls: the interface of a delivery chain and nothing behind it. */
import type {
  Batch,
  ConfiguredPipeline,
  Connector,
  Definition,
  Processor,
  Reason,
  ResolvedConfig,
} from '@telemetryflow/kernel';
import {
  defineConnector,
  defineExporter,
  defineProcessor,
  defineReceiver,
  type ReceiverContext,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { Admission, ExporterChain, Ledger } from '../../src/delivery/chain.ts';
import { buildGraph, type Graph } from '../../src/graph/build.ts';
import type { GraphServices } from '../../src/graph/context.ts';
import { ledgerOf, type PipelineLedger, sumDrops } from '../../src/graph/pipeline-ledger.ts';
import { Traffic } from '../../src/graph/source.ts';
import { systemClock } from '../../src/lifecycle/clock.ts';
import { createMemoryPressure, type MemoryPressure, type MemoryUsage } from '../../src/memory/pressure.ts';
import { createStatusBoard, type StatusBoard } from '../../src/status/board.ts';

/** A queue that says what the test wants, and keeps what it is given. */
export interface FakeQueue extends ExporterChain {
  state: 'room' | 'busy' | 'down';
  /** What accepting resolves or rejects as. */
  acknowledge: () => Promise<void>;
  readonly taken: Batch[];
  readonly turnedAway: number[];
  /** Reserved and neither accepted nor released. */
  readonly open: number;
}

export function fakeQueue(id: string, signal: Signal): FakeQueue {
  const taken: Batch[] = [];
  const turnedAway: number[] = [];
  let open = 0;
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  return {
    id,
    signal,
    state: 'room',
    acknowledge: () => Promise.resolve(),
    taken,
    turnedAway,
    get open() {
      return open;
    },
    admit(): Admission {
      if (this.state !== 'room') return this.state;
      open++;
      let used = false;
      const use = (): void => {
        if (used) throw new Error(`a ticket of ${id} was used twice`);
        used = true;
        open--;
      };
      return {
        accept: (batch) => {
          use();
          taken.push(batch);
          return this.acknowledge();
        },
        release: use,
      };
    },
    turnAway: (count) => void turnedAway.push(count),
    start: async () => {},
    flush: async () => {},
    shutdown: async () => {},
    ledger(): Ledger {
      const queued = sum(taken.map((batch) => batch.count));
      const lost = sum(turnedAway);
      return { entered: queued + lost, queued, inFlight: 0, delivered: 0, dropped: { queue_full: lost } };
    },
    activity: () => ({ sending: 0, gatesOpen: 0 }),
    occupancy: () => ({ requests: taken.length, bytes: 0, maxRequests: 1000, maxBytes: 1000 }),
  };
}

/** A batch of so many items and nothing in them. */
export function batchOf(count: number, signal: Signal = 'logs'): Batch {
  const batch: Batch = {
    signal,
    count,
    bytes: count * 10,
    records: () => [],
    otlp: () => new Uint8Array(),
    otlpParts: () => [{ bytes: new Uint8Array(), items: count }],
    select: (items) => batchOf('from' in items ? items.to - items.from : items.length, signal),
    mapResources: () => batch,
    hasOtlp: false,
    hasRecords: true,
  };
  return batch;
}

type Process = Processor['process'];
type Connect = Connector['process'];

export interface GraphSpec {
  readonly processors?: Readonly<Record<string, Process>>;
  readonly connectors?: Readonly<Record<string, Connect>>;
  /** By pipeline id: receivers, processors, exporters. */
  readonly pipelines: Readonly<Record<string, readonly [string[], string[], string[]]>>;
  readonly memory?: () => MemoryUsage;
}

export interface TestGraph {
  readonly graph: Graph;
  readonly traffic: Traffic;
  readonly memory: MemoryPressure;
  readonly board: StatusBoard;
  /** By `exporter signal`, or `exporter` where it has one signal. */
  queue(key: string): FakeQueue;
  /** What the receiver's context gave it. */
  receiver(id: string): ReceiverContext;
  readonly errors: string[];
  readonly creations: string[];
  pipeline(id: string): PipelineLedger;
  /** Every pipeline's equation, every ticket settled. */
  balanced(): void;
}

const ANY = { type: 'object', properties: {} } as const;
const ALL = { traces: 'beta', metrics: 'beta', logs: 'beta' } as const;

export function testGraph(spec: GraphSpec): TestGraph {
  const queues = new Map<string, FakeQueue>();
  const contexts = new Map<string, ReceiverContext>();
  const errors: string[] = [];
  const creations: string[] = [];
  const pipelines: ConfiguredPipeline[] = Object.entries(spec.pipelines).map(([id, lists]) => {
    const [receivers, processors, exporters] = lists;
    const signal = id.split('/')[0] as Signal;
    return { id, signal, receivers, processors, exporters, position: undefined };
  });
  const names = (index: 0 | 2) => new Set(Object.values(spec.pipelines).flatMap((lists) => lists[index]));
  const configured = <D extends Definition>(id: string, definition: Definition): [string, never] => [
    id,
    { id, definition: definition as D, config: {}, position: undefined } as never,
  ];
  const common = { description: 'x', config: ANY };
  const processors = Object.entries(spec.processors ?? {}).map(([id, process]) =>
    configured(
      id,
      defineProcessor({
        ...common,
        type: id,
        signals: ALL,
        create: () => {
          creations.push(`processor ${id}`);
          return { process };
        },
      }),
    ),
  );
  const connectors = Object.entries(spec.connectors ?? {}).map(([id, process]) =>
    configured(id, defineConnector({ ...common, type: id, pairs: [], create: () => ({ process }) })),
  );
  const isConnector = (id: string): boolean => Object.hasOwn(spec.connectors ?? {}, id);
  const receivers = [...names(0)]
    .filter((id) => !isConnector(id))
    .map((id) =>
      configured(
        id,
        defineReceiver({
          ...common,
          type: id,
          signals: ALL,
          create: (_, context) => {
            creations.push(`receiver ${id}`);
            contexts.set(id, context);
            return { start: async () => {}, stop: async () => {} };
          },
        }),
      ),
    );
  const exporters = [...names(2)]
    .filter((id) => !isConnector(id))
    .map((id) =>
      configured(
        id,
        defineExporter({
          ...common,
          type: id,
          signals: ALL,
          reads: 'records',
          create: () => ({ encode: () => [], send: async () => ({}) }),
        }),
      ),
    );
  const config: ResolvedConfig = {
    receivers: new Map(receivers),
    processors: new Map(processors),
    exporters: new Map(exporters),
    connectors: new Map(connectors),
    extensions: new Map(),
    pipelines,
    serviceExtensions: [],
    telemetry: { metrics: { level: 'none', address: undefined }, logs: { level: 'info' } },
    shutdownTimeoutMs: 25_000,
  };
  const memory = createMemoryPressure(systemClock, spec.memory);
  const board = createStatusBoard(systemClock);
  const traffic = new Traffic();
  const services = testServices({ memory, board, errors, createChain: (id, signal) => remember(id, signal) });
  function remember(id: string, signal: Signal): FakeQueue {
    const queue = fakeQueue(id, signal);
    queues.set(`${id} ${signal}`, queue);
    queues.set(id, queue);
    return queue;
  }
  const graph = buildGraph(config, services, traffic);
  traffic.state = 'open';

  const pipeline = (id: string): PipelineLedger => {
    const node = graph.pipelines.find((each) => each.id === id);
    if (node === undefined) throw new Error(`no pipeline ${id}`);
    return ledgerOf(node);
  };
  return {
    graph,
    traffic,
    memory,
    board,
    errors,
    creations,
    queue: (key) => lookup(queues, key),
    receiver: (id) => lookup(contexts, id),
    pipeline,
    balanced() {
      for (const { id } of graph.pipelines) {
        const { branches, received, added, refused, dropped, entered } = pipeline(id);
        const lost = Object.values(dropped).reduce((total, counts) => total + sumDrops(counts), 0);
        const left = (received + added) * branches;
        const right = (refused + lost) * branches + entered;
        if (left !== right) throw new Error(`the books of ${id} do not add up: ${left} and ${right}`);
      }
      const entered = graph.pipelines.reduce((total, node) => {
        const share = node.exporters.length / (node.exporters.length + node.connectors.length);
        return total + node.counts.entered * share;
      }, 0);
      const chains = graph.chains.reduce((total, chain) => total + chain.ledger().entered, 0);
      if (Math.round(entered) !== chains) throw new Error(`pipelines handed on ${entered}, queues got ${chains}`);
      for (const queue of queues.values()) if (queue.open !== 0) throw new Error(`${queue.id} has open tickets`);
    },
  };
}

function lookup<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no ${key}; there are ${[...map.keys()].join(', ')}`);
  return value;
}

interface ServiceParts {
  readonly memory: MemoryPressure;
  readonly board: StatusBoard;
  readonly errors: string[];
  readonly createChain: (id: string, signal: Signal) => ExporterChain;
}

export function testServices({ memory, board, errors, createChain }: ServiceParts): GraphServices {
  const ignore = (): void => {};
  const logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };
  return {
    context: (component, part) => ({
      id: component.slice(component.indexOf(':') + 1),
      logger,
      clock: systemClock,
      meter: undefined as never,
      status: board.reporter(component, part),
      signal: new AbortController().signal,
      extension: () => undefined,
    }),
    createChain: ({ configured, signal }) => createChain(configured.id, signal),
    failureReporter: (component) => (error) => void errors.push(`${component}: ${(error as Error).message}`),
    memory,
    scrub: (text) => text,
    view: { status: () => board.current() },
    instruments: undefined,
  };
}

export function dropped(count: number, reason: Reason): Process {
  return (batch, { drop }) => {
    drop(count, reason);
    return batch.count === count ? null : batchOf(batch.count - count, batch.signal);
  };
}
