/** `telemetryflow run`: starts the pipeline and runs until a signal, then delivers what is queued. */
import {
  createPipelineFrom,
  LifecycleError,
  type Logger,
  type Pipeline,
  type ResolvedConfig,
} from '@telemetryflow/kernel';
import type { Distro } from '../distro.ts';
import { ExitCode } from '../exit-code.ts';
import { createLogger } from '../log.ts';
import { resolveAgent } from '../resolve.ts';
import type { Terminal } from '../terminal.ts';

export interface RunOptions {
  readonly files: readonly string[];
  readonly logFormat: 'text' | 'json';
  /** Aborted when the process is asked to stop; a second request forces. */
  readonly stop: AbortSignal;
}

export async function run(options: RunOptions, terminal: Terminal, distro: Distro = {}): Promise<ExitCode> {
  const { resolution } = await resolveAgent(options.files, distro);
  const { config } = resolution;
  const logger = createLogger(config.telemetry.logs.level, options.logFormat, (line) => terminal.err(line));
  const ownMetrics = await startMetrics(config, logger);
  const pipeline = createPipelineFrom(resolution, {
    logger,
    ownsProcess: true,
    ...(ownMetrics !== undefined && { meterProvider: ownMetrics.provider }),
  });
  try {
    await pipeline.start();
    if (options.files.length === 0 && distro.builtIn !== undefined) terminal.err(distro.builtIn.welcome);
    else logger.info('Running.', { pipelines: config.pipelines.map((p) => p.id).join(', ') });
    await stopped(options.stop);
    return await finish(pipeline, logger);
  } catch (error) {
    if (!LifecycleError.is(error)) throw error;
    terminal.err(`${error.message}\n`);
    return ExitCode.RUNTIME;
  } finally {
    await ownMetrics?.close();
  }
}

async function startMetrics(config: ResolvedConfig, logger: Logger) {
  const { level, address } = config.telemetry.metrics;
  if (level === 'none' || address === undefined) return undefined;
  // The metrics SDK is loaded only where it is used: it is the heaviest part of the agent.
  const { startOwnMetrics } = await import('../own-metrics.ts');
  return startOwnMetrics(address, (message) => logger.warn(message));
}

function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The pipeline's own timers keep no process alive; this one stands for "the agent is running".
    const alive = setInterval(() => {}, 1 << 30);
    const done = () => {
      clearInterval(alive);
      resolve();
    };
    if (stop.aborted) done();
    else stop.addEventListener('abort', done, { once: true });
  });
}

/** Losing data at the end is a failure that a supervisor should see. */
async function finish(pipeline: Pipeline, logger: Logger): Promise<ExitCode> {
  logger.info('Stopping: delivering what is queued.');
  const { delivered, pending, reasons } = await pipeline.shutdown();
  const lostAtShutdown = pending + (reasons.shutdown ?? 0);
  if (lostAtShutdown > 0) {
    logger.error('Stopped before everything was delivered.', { delivered, lost: lostAtShutdown });
    return ExitCode.RUNTIME;
  }
  logger.info('Stopped; everything that was accepted is settled.', { delivered });
  return ExitCode.OK;
}
