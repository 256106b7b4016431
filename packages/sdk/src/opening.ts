/** From what `fromConfig` was given to a pipeline that runs, in the background. */
import {
  consoleLogger,
  createPipeline,
  type Logger,
  type Pipeline,
  type PipelineConfig,
  type PipelineOptions,
} from '@telemetryflow/kernel';
import { errorText } from './error-text.ts';
import { firstFailure } from './first-failure.ts';
import type { PipelineState } from './state.ts';

export interface Opening {
  /** Rejects with what kept the pipeline from starting; that is handled and logged already. */
  readonly opening: Promise<Pipeline>;
  /** The same, undefined instead of a rejection. */
  readonly running: Promise<Pipeline | undefined>;
}

/** What a pipeline comes from: a configuration, the path of a file, a pipeline, or a promise of one of these. */
export type PipelineSource = PipelineConfig | Pipeline | Promise<PipelineConfig | Pipeline>;

/** Starts the pipeline. Whatever goes wrong is logged once and shows in `state`; nothing is thrown into the host. */
export function open(source: PipelineSource, options: PipelineOptions, logger: Logger, state: PipelineState): Opening {
  const opening = begin(source, options, state);
  const running = opening.catch((error: unknown) => {
    const message = errorText(error);
    state.failed(message);
    logger.error(`Telemetry is not sent, for the pipeline did not start: ${message}`);
    return undefined;
  });
  return { opening, running };
}

/** The logger of the bridge itself: what it says is never less than a warning. */
export function ownLogger({ logger = consoleLogger }: PipelineOptions): Logger {
  return typeof logger === 'function' ? logger('warn') : logger;
}

async function begin(source: PipelineSource, options: PipelineOptions, state: PipelineState): Promise<Pipeline> {
  const given = await source;
  const borrowed = isPipeline(given);
  const pipeline = borrowed ? given : await createPipeline(given, saidOnce(options, state));
  state.created(pipeline, borrowed);
  await pipeline.start();
  return pipeline;
}

function saidOnce(options: PipelineOptions, state: PipelineState): PipelineOptions {
  const { logger = consoleLogger } = options;
  return {
    // All that this process measures began in it, also before the pipeline was there.
    metricsSince: performance.timeOrigin,
    ...options,
    logger: (level) => {
      const once = firstFailure(typeof logger === 'function' ? logger(level) : logger);
      state.subscribe(({ component, status }) => {
        if (status.state === 'ok') once.recovered(component);
      });
      return once.logger;
    },
  };
}

function isPipeline(source: PipelineConfig | Pipeline): source is Pipeline {
  return typeof source === 'object' && typeof source['consume'] === 'function';
}
