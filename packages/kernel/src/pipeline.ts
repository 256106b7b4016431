/** `createPipeline`: a configuration becomes a pipeline that can be started, fed, watched, flushed and stopped. */
import { dirname, resolve } from 'node:path';
import type { Meter, MeterProvider } from '@opentelemetry/api';
import { type RecordOf, type Signal, validate } from '@telemetryflow/otlp';
import type { Clock, ComponentContext, Logger } from './component/context.ts';
import type { PipelineStatus } from './component/definition.ts';
import type { ConfigSource } from './config/load.ts';
import { type Resolution, resolveConfig } from './config/resolve.ts';

import type { Batch } from './data/batch.ts';
import { batchFromOtlp, batchFromRecords } from './data/segmented.ts';
import { MemoryBudget } from './delivery/budget.ts';
import type { Ledger } from './delivery/chain.ts';
import { createExporterChain } from './delivery/exporter-chain.ts';
import type { DeliveryHooks } from './delivery/hooks.ts';
import { formatProblem } from './errors/problem.ts';
import { buildGraph, type Graph } from './graph/build.ts';
import type { EdgeInstruments, GraphServices } from './graph/context.ts';
import { ledgerOf, type PipelineLedger } from './graph/pipeline-ledger.ts';
import { Traffic } from './graph/source.ts';
import { feedTemporality } from './graph/temporality.ts';
import { unitsOf } from './graph/units.ts';
import { systemClock } from './lifecycle/clock.ts';
import { messageOf } from './lifecycle/error.ts';
import { type DeliveryReport, flushAll, reportOf } from './lifecycle/flush.ts';
import { createLifecycle } from './lifecycle/lifecycle.ts';
import { createMemoryPressure, MEMORY_SERVICE } from './memory/pressure.ts';
import { createPluginLookup } from './plugins/lookup.ts';
import { createStatusBoard, type StatusListener } from './status/board.ts';
import { loadApi } from './telemetry/api.ts';
import { lateMeter } from './telemetry/late-meter.ts';
import { componentLogger, consoleLogger, type LogLevel, rateLimited } from './telemetry/log.ts';
import { createOwnMetrics } from './telemetry/own-metrics.ts';

/** A path of a YAML file, or the configuration as an object. */
export type PipelineConfig = string | Readonly<Record<string, unknown>>;

/** What `createPipeline` takes besides the configuration. */
export interface PipelineOptions {
  /** Definitions, lists of them, or modules that export them; they win over installed packages. */
  readonly plugins?: readonly unknown[];
  /** `import.meta.url` of the program, where its own dependencies provide plugins. */
  readonly resolveFrom?: string | URL | readonly (string | URL)[];
  /** Replace `${NAME}` in an object: `true` from `process.env`, or from these. Files always get it. Default off. */
  readonly env?: boolean | Readonly<Record<string, string | undefined>>;
  /** Default: warnings and errors to the console. A function makes one for the level of the configuration. */
  readonly logger?: Logger | ((level: LogLevel) => Logger);
  /** Default: the global one of `@opentelemetry/api`, as it is at `start`. */
  readonly meterProvider?: MeterProvider;
  readonly clock?: Clock;
  /**
   * For backends that take differences: a cumulative series that began since then, in ms since the epoch, counts whole
   * the first time it is seen; of an older one only what comes after is known to be new. Default: when the pipeline
   * is created. A program that feeds it with its own metrics says when it started itself.
   */
  readonly metricsSince?: number;
  /**
   * True where the process exists for the pipeline: data is refused while memory is short, and the queues may hold
   * 25 % of the memory instead of 64 MiB. Default false: the memory belongs to the host.
   */
  readonly ownsProcess?: boolean;
}

/** Both equations of the books hold at any time; see {@link PipelineLedger} and {@link Ledger}. */
export interface PipelineLedgers {
  /** By pipeline id. */
  readonly pipelines: Readonly<Record<string, PipelineLedger>>;
  /** By exporter id, then signal. */
  readonly exporters: Readonly<Record<string, Readonly<Partial<Record<Signal, Ledger>>>>>;
}

/** What `consume` takes: OTel JS objects as they are, or the bytes of an OTLP Export…ServiceRequest. */
export type PipelineInput =
  | { readonly [S in Signal]: { readonly signal: S; readonly records: readonly RecordOf[S][] } }[Signal]
  | { readonly signal: Signal; readonly otlp: Uint8Array };

/** How long something may take. */
export interface TimeLimit {
  /** Default: `service.shutdown_timeout`, 25 s. */
  readonly timeoutMs?: number;
}

/** A pipeline. It installs no signal handlers and never ends the process. */
export interface Pipeline extends AsyncDisposable {
  /** Idempotent. Rejects with a LifecycleError that names the component; what had started is stopped again. */
  start(): Promise<void>;
  /**
   * Hands data to every pipeline without receivers, and without `service.pipelines` to every exporter. The promise
   * is the acknowledgement. Rejects with a ConsumeError (nothing was taken, send again later), before `start` and for
   * a signal nothing takes with a LifecycleError, for malformed bytes with an OtlpError. The bytes must not be
   * changed afterwards.
   */
  consume(input: PipelineInput): Promise<void>;
  /** True when `consume` of this signal has a taker. */
  accepts(signal: Signal): boolean;
  /** The temporality of metrics that costs the least conversion: `delta` when all who take them ask for it. */
  readonly temporality: 'cumulative' | 'delta';
  /** The state of the pipeline and of each component, by `kind:id`. */
  status(): PipelineStatus;
  /** Calls `listener` on every change of state. Returns what ends it. */
  onStatus(listener: StatusListener): () => void;
  /** The books: what every pipeline received and every exporter did with it. */
  ledger(): PipelineLedgers;
  /** Sends what is queued now. Ends when every item had one attempt, or at the time limit. Never rejects. */
  forceFlush(limit?: TimeLimit): Promise<DeliveryReport>;
  /** Stops receiving, delivers what is queued, stops. Idempotent; never rejects. */
  shutdown(limit?: TimeLimit): Promise<DeliveryReport>;
}

/**
 * Resolves, builds, and does not start. Throws a ConfigError or a LifecycleError that names every problem found.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import type {
 *   PipelineConfig,
 *   PipelineInput,
 *   PipelineLedgers,
 *   PipelineOptions,
 *   TimeLimit,
 * } from '@telemetryflow/kernel';
 * import { createPipeline, type DeliveryReport, type Pipeline, type PipelineLedger } from '@telemetryflow/kernel';
 * import { decodeJson } from '@telemetryflow/otlp';
 *
 * const config: PipelineConfig = { exporters: { debug: { verbosity: 'basic' } } };
 * const options: PipelineOptions = { plugins: [debug] };
 * const pipeline: Pipeline = await createPipeline(config, options);
 * await pipeline.start();
 * const text = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}';
 * const input: PipelineInput = { signal: 'logs', records: decodeJson('logs', text) };
 * await pipeline.consume(input);
 * const limit: TimeLimit = { timeoutMs: 5000 };
 * const report: DeliveryReport = await pipeline.shutdown(limit);
 * assert.deepEqual(report, { delivered: 1, pending: 0, dropped: 0, reasons: {} });
 * const ledgers: PipelineLedgers = pipeline.ledger();
 * const logs: PipelineLedger | undefined = ledgers.pipelines['logs'];
 * assert.deepEqual([logs?.received, logs?.refused, ledgers.exporters['debug']?.logs?.delivered], [1, 0, 1]);
 * ```
 */
export async function createPipeline(config: PipelineConfig, options: PipelineOptions = {}): Promise<Pipeline> {
  const folder = typeof config === 'string' ? dirname(resolve(config)) : undefined;
  const { env } = options;
  const source: ConfigSource =
    typeof config === 'string' ? config : { object: config, substitute: env !== undefined && env !== false };
  const plugins = createPluginLookup({
    plugins: options.plugins,
    configFolder: folder,
    resolveFrom: options.resolveFrom,
    logger: typeof options.logger === 'function' ? undefined : options.logger,
  });
  const resolution = await resolveConfig([source], { plugins, ...(typeof env === 'object' ? { env } : {}) });
  return createPipelineFrom(resolution, options);
}

/**
 * The same for a configuration that was resolved before, as the agent does with several files.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPipelineFrom, createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
 *
 * const sources = [{ object: { exporters: { debug: {} } } }, { object: { exporters: { debug: { logs: false } } } }];
 * const resolution = await resolveConfig(sources, { plugins: createPluginLookup({ plugins: [debug] }) });
 * const pipeline = createPipelineFrom(resolution, {});
 * assert.deepEqual([pipeline.accepts('traces'), pipeline.accepts('logs')], [true, false]);
 * ```
 */
export function createPipelineFrom(
  resolution: Resolution,
  options: Omit<PipelineOptions, 'plugins' | 'env'>,
): Pipeline {
  const { config } = resolution;
  const clock = options.clock ?? systemClock;
  const createdAt = clock.now();
  const { level } = config.telemetry.logs;
  const base = loggerFor(options.logger ?? consoleLogger, level === 'info' ? 'warn' : level);
  const scrub = (text: string): string => resolution.secrets.scrub(text);
  const logger = componentLogger(base, undefined, scrub);
  const board = createStatusBoard(clock, scrub);
  const memory = createMemoryPressure(clock);
  const traffic = new Traffic();
  const expiry = new AbortController();
  const silent = config.telemetry.metrics.level === 'none';
  let api: Awaited<ReturnType<typeof loadApi>> | undefined;
  const meterOf = (name: string): Meter => {
    if (api === undefined) throw new Error('an instrument can be made at `start` or later, not before');
    return silent ? api.createNoopMeter() : (options.meterProvider ?? api.metrics).getMeter(name);
  };
  const own = createOwnMetrics(() => meterOf('@telemetryflow/kernel'), config.telemetry.metrics.level);
  const budget = new MemoryBudget(options.ownsProcess === true ? ownBudget(memory.usage()) : GUEST_BUDGET);
  let graph: Graph | undefined;

  const services: GraphServices = {
    context: (component, part): ComponentContext => ({
      id: component.slice(component.indexOf(':') + 1),
      logger: componentLogger(base, component, scrub),
      clock,
      meter: lateMeter(() => meterOf(`telemetryflow/${component.replace(':', '/')}`)),
      status: board.reporter(component, part),
      signal: expiry.signal,
      extension: <T>(id: string) => {
        if (id === MEMORY_SERVICE) return memory as T;
        const node = graph?.extensions.find((each) => each.id === id && each.running);
        return node?.extension.service as T | undefined;
      },
    }),
    createChain: ({ configured, exporter, context }) =>
      createExporterChain({
        definition: configured.definition,
        config: configured.config,
        exporter,
        context,
        budget,
        startedAtMs: options.metricsSince ?? createdAt,
        ...hooksFor(configured.id, own.instruments),
      }),
    failureReporter(component, componentLog, status) {
      const log = rateLimited(clock, (message, fields) => componentLog.error(message, fields));
      return (error) => {
        const stack = error instanceof Error ? error.stack : undefined;
        log('A batch was dropped: the component threw on it. This is a defect of it.', {
          error: messageOf(error),
          stack,
        });
        status.recoverable(`${component} threw on a batch`, error);
      };
    },
    memory,
    scrub,
    view: { status: () => board.current() },
    instruments: own.instruments,
  };

  for (const warning of resolution.warnings) {
    if (warning.severity === 'notice') logger.info(formatProblem(warning));
    else logger.warn(formatProblem(warning), { code: warning.code });
  }
  const built = buildGraph(config, services, traffic);
  graph = built;
  const lifecycle = createLifecycle({ units: unitsOf(built), traffic, board, clock, logger, scrub, expiry });
  let undo: (() => void)[] = [];

  const timeoutOf = (limit: TimeLimit | undefined): number => limit?.timeoutMs ?? config.shutdownTimeoutMs;
  const release = (): void => {
    for (const step of undo) step();
    undo = [];
  };

  async function start(): Promise<void> {
    api = await loadApi();
    if (undo.length === 0) {
      undo.push(own.observe(built, memory));
      if (options.ownsProcess === true) undo.push(memory.limit());
    }
    try {
      await lifecycle.start();
    } catch (error) {
      release();
      throw error;
    }
  }

  async function shutdown(limit?: TimeLimit): Promise<DeliveryReport> {
    await lifecycle.stop(timeoutOf(limit));
    release();
    return reportOf(built.chains);
  }

  return {
    start,
    async consume(input) {
      await built.feed.consume(batchOf(input));
    },
    accepts: (signal) => built.feed.accepts(signal),
    temporality: feedTemporality(config),
    status: () => board.current(),
    onStatus: (listener) => board.subscribe(listener),
    ledger() {
      const exporters: Record<string, Partial<Record<Signal, Ledger>>> = {};
      for (const chain of built.chains) {
        exporters[chain.id] = { ...exporters[chain.id], [chain.signal]: chain.ledger() };
      }
      return { pipelines: Object.fromEntries(built.pipelines.map((node) => [node.id, ledgerOf(node)])), exporters };
    },
    async forceFlush(limit) {
      await flushAll(built.chains, traffic, clock, timeoutOf(limit));
      return reportOf(built.chains);
    },
    shutdown,
    async [Symbol.asyncDispose]() {
      await shutdown();
    },
  };
}

function loggerFor(logger: Logger | ((level: LogLevel) => Logger), level: LogLevel): Logger {
  return typeof logger === 'function' ? logger(level) : logger;
}

/** Chains report their requests only where somebody measures them. */
function hooksFor(exporter: string, instruments: EdgeInstruments | undefined): { readonly hooks?: DeliveryHooks } {
  if (instruments === undefined) return {};
  const record = instruments.sendSize(exporter);
  return {
    hooks: {
      onSend({ items, bytes, attempt }) {
        if (attempt === 1) record(items, bytes);
      },
    },
  };
}

function batchOf(input: PipelineInput): Batch {
  if ('otlp' in input) return batchFromOtlp(input.signal, input.otlp, validate(input.signal, input.otlp));
  if (!Array.isArray(input.records))
    throw new TypeError('consume takes { signal, records: [...] } or { signal, otlp }');
  return batchFromRecords(input.signal, input.records);
}

const GUEST_BUDGET = 64 * 1024 * 1024;

/** A quarter of what the process may use: its container, else twice what V8 gives the heap. */
function ownBudget({
  available,
  heapLimit,
}: {
  readonly available: number | undefined;
  readonly heapLimit: number;
}): number {
  return Math.max(GUEST_BUDGET, (available ?? heapLimit * 2) / 4);
}
