/** The nodes of a running graph. Built once; what moves along them is in `handover.ts`. */
import type { Signal } from '@telemetryflow/otlp';
import type { Connector, Processor } from '../component/definition.ts';
import type { ExporterChain } from '../delivery/chain.ts';
import type { Edge } from './edge.ts';
import type { DropCounts, StageCounts } from './pipeline-ledger.ts';

/** One processor instance of one pipeline. */
export interface Stage {
  /** Component id, as `filter/noise`. */
  readonly id: string;
  readonly processor: Processor;
  readonly counts: StageCounts;
  /** Where its output goes. */
  readonly out: Edge;
  /** Logs a throw and reports it, rate-limited. */
  readonly failed: (error: unknown) => void;
  /** Seconds one call took; undefined below level `detailed`. */
  readonly timed: ((seconds: number) => void) | undefined;
}

/** One exporter of a pipeline, for its signal. */
export interface ExporterBranch {
  readonly chain: ExporterChain;
  readonly in: Edge;
  /** Size of what was handed over; undefined below level `detailed`. */
  readonly sized: ((items: number) => void) | undefined;
}

/** One connector: a sink of pipelines and a source of others. */
export interface ConnectorNode {
  readonly id: string;
  readonly connector: Connector;
  readonly in: Edge;
  /** The pipelines it feeds. Filled in while building. */
  readonly outputs: PipelineNode[];
  readonly dropped: DropCounts;
  readonly failed: (error: unknown) => void;
}

export interface PipelineNode {
  readonly id: string;
  readonly signal: Signal;
  readonly in: Edge;
  readonly stages: readonly Stage[];
  readonly exporters: readonly ExporterBranch[];
  readonly connectors: readonly ConnectorNode[];
  readonly counts: { received: number; added: number; refused: number; entered: number };
}
