/**
 * One exporter without a pipeline of the user's, for a processor or reader of the SDK. Behind it is a pipeline of one
 * exporter for one signal, so queue, retries, throttling and status are the same as anywhere.
 */
import { setImmediate } from 'node:timers';
import {
  type ExporterDefinition,
  type Pipeline,
  type PipelineInput,
  type PipelineOptions,
  type PipelineStatus,
  type StatusListener,
  systemClock,
} from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import type { ExportResult, PipelineExporter } from './contracts.ts';
import { disabledPipeline } from './disabled.ts';
import { sdkDisabled } from './environment.ts';
import { errorText } from './error-text.ts';
import { open, ownLogger } from './opening.ts';
import { trackState } from './state.ts';

/** What every exporter made here has besides the methods of the SDK. */
export interface Watchable {
  /** Resolves when the exporter runs; rejects with what kept it from starting, which is logged and in `status()` too. */
  readonly pipeline: Promise<Pipeline>;
  status(): PipelineStatus;
  /** Calls `listener` on every change of state. Returns what ends it. */
  onStatus(listener: StatusListener): () => void;
}

/** Code arguments of the exporters; see `createPipeline` of the kernel. */
export type SingleExporterOptions = Omit<PipelineOptions, 'plugins'>;

const SUCCESS: ExportResult = Object.freeze({ code: 0 });
const QUEUE_KEYS = ['queue', 'sending_queue'] as const;

export function singleExporter(
  signal: Signal,
  definition: ExporterDefinition,
  config: Readonly<Record<string, unknown>>,
  options: SingleExporterOptions,
): PipelineExporter<readonly unknown[]> & Watchable & { readonly running: Promise<Pipeline | undefined> } {
  const logger = ownLogger(options);
  const state = trackState(options.clock ?? systemClock);
  const disabled = sdkDisabled(process.env);
  const source = disabled ? disabledPipeline : pipelineOf(signal, definition.type, config);
  const { opening, running } = open(source, { ...options, plugins: [definition] }, logger, state);
  let ended: Promise<void> | undefined;
  /** Drops that an export was told of: of one that was held, a later export is told. */
  let told = 0;

  async function send(records: readonly unknown[]): Promise<ExportResult> {
    const pipeline = await running;
    if (pipeline === undefined) return opening.then(() => SUCCESS, failure);
    if (!pipeline.accepts(signal)) return failure(new Error(`The exporter ${definition.type} takes no ${signal}.`));
    const outcome = pipeline.consume({ signal, records } as unknown as PipelineInput).then(() => SUCCESS, failure);
    // What the backend cannot take now is taken all the same: it waits in the queue, and is tried again.
    const result = await Promise.race([outcome, pipeline.forceFlush().then(turn)]);
    const before = told;
    told = droppedBy(pipeline);
    return told === before || result.code !== 0 ? result : failure(givenUp(told - before));
  }

  return {
    running,
    pipeline: opening,
    status: () => state.current(),
    onStatus: (listener) => state.subscribe(listener),
    export(records, resultCallback) {
      if (disabled) resultCallback(SUCCESS);
      else if (ended !== undefined) resultCallback(failure(new Error('The exporter is shut down.')));
      else void send(records).then(resultCallback);
    },
    async forceFlush() {
      await (await running)?.forceFlush();
    },
    shutdown() {
      ended ??= running.then(async (pipeline) => {
        await pipeline?.shutdown();
      });
      return ended;
    },
  };
}

/** A pipeline of this exporter alone; a batch is acknowledged by its outcome, which is what an SDK asks for. */
function pipelineOf(signal: Signal, type: string, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const key = QUEUE_KEYS.find((name) => name in config) ?? 'queue';
  const queue = { ...(config[key] as object | undefined), wait_for_result: true };
  return {
    exporters: { [type]: { ...config, [key]: queue } },
    service: { pipelines: { [signal]: { exporters: [type] } }, telemetry: { metrics: { level: 'none' } } },
  };
}

function failure(error: unknown): ExportResult {
  return { code: 1, error: asError(error) };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorText(error));
}

function droppedBy(pipeline: Pipeline): number {
  const ledgers = Object.values(pipeline.ledger().exporters).flatMap((signals) => Object.values(signals));
  return ledgers.flatMap(({ dropped }) => Object.values(dropped)).reduce((sum, items) => sum + items, 0);
}

function givenUp(items: number): Error {
  return new Error(`Items were given up (${items}), of this export or an earlier one; the log and status() say why.`);
}

/** Lets an outcome that is there be seen first. */
function turn(): Promise<ExportResult> {
  return new Promise((resolve) => setImmediate(() => resolve(SUCCESS)));
}
