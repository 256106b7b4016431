/** What the graph needs from the pipeline it is built for. */
import type { Signal } from '@telemetryflow/otlp';
import type { ComponentContext, Logger, StatusReporter } from '../component/context.ts';
import type { PipelineView } from '../component/definition.ts';
import type { Exporter, ExporterContext, ExporterDefinition } from '../component/exporter.ts';
import type { Configured } from '../config/resolved.ts';
import type { ExporterChain } from '../delivery/chain.ts';
import type { Scrub } from '../lifecycle/error.ts';
import type { MemoryPressure } from '../memory/pressure.ts';

/** One exporter instance for one signal, to be put behind a delivery chain. */
export interface ChainRequest {
  readonly configured: Configured<ExporterDefinition>;
  readonly signal: Signal;
  readonly exporter: Exporter;
  readonly context: ExporterContext;
}

/** Instruments of level `detailed`, fed from the edges. */
export interface EdgeInstruments {
  /** Seconds of one call of a processor. */
  processorDuration(processor: string, signal: Signal): (seconds: number) => void;
  /** Items handed to an exporter at once. */
  enqueueSize(exporter: string): (items: number) => void;
  /** Size of one request that is sent. */
  sendSize(exporter: string): (items: number, bytes: number) => void;
}

export interface GraphServices {
  /** The context of one component, as `exporter:loki`; `part` tells several instances apart. */
  context(component: string, part?: string): ComponentContext;
  createChain(request: ChainRequest): ExporterChain;
  /** What happens when a component throws on a batch: a rate-limited log line and a degraded status. */
  failureReporter(component: string, logger: Logger, status: StatusReporter): (error: unknown) => void;
  readonly memory: MemoryPressure;
  readonly scrub: Scrub;
  readonly view: PipelineView;
  /** Undefined below level `detailed`. */
  readonly instruments: EdgeInstruments | undefined;
}
