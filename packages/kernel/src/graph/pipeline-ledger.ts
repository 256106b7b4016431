/**
 * The books of one pipeline. At any time, with `branches` = its exporters and connectors:
 *
 *   (received + added) x branches = (refused + dropped by processor{reason}) x branches + entered
 *
 * where `entered` is the sum over the branches of what was handed to each (turned away included: the chain counts
 * that as entered and dropped). `added` is what processors gave out beyond what they took in; it is 0 for all that
 * keep to their contract.
 */
import { REASONS, type Reason } from '../component/reason.ts';
import type { PipelineNode } from './node.ts';

export type DropCounts = Partial<Record<Reason, number>>;

/** A snapshot for tests, telemetry and reports. */
export interface PipelineLedger {
  readonly branches: number;
  readonly received: number;
  readonly added: number;
  readonly refused: number;
  /** By processor id, then reason. */
  readonly dropped: Readonly<Record<string, Readonly<DropCounts>>>;
  readonly entered: number;
}

/** What went through one processor instance. */
export interface StageCounts {
  incoming: number;
  outgoing: number;
  readonly dropped: DropCounts;
}

/** What one receiver (or `consume`, or connector) handed over, by outcome. Items, except `requests`. */
export interface HandoverCounts {
  accepted: number;
  refused: number;
  failed: number;
  readonly requests: { success: number; refused: number; failure: number };
}

/** The books of one pipeline as they stand. */
export function ledgerOf(node: PipelineNode): PipelineLedger {
  const dropped: Record<string, DropCounts> = {};
  for (const { id, counts } of node.stages) {
    const own = dropped[id] ?? {};
    for (const reason of REASONS) addDrop(own, reason, counts.dropped[reason] ?? 0);
    dropped[id] = own;
  }
  return { ...node.counts, branches: node.exporters.length + node.connectors.length, dropped };
}

export function newStageCounts(): StageCounts {
  return { incoming: 0, outgoing: 0, dropped: {} };
}

export function newHandoverCounts(): HandoverCounts {
  return { accepted: 0, refused: 0, failed: 0, requests: { success: 0, refused: 0, failure: 0 } };
}

/** Adds to the counter of one reason. */
export function addDrop(counts: DropCounts, reason: Reason, count: number): void {
  if (count > 0) counts[reason] = (counts[reason] ?? 0) + count;
}

/** The sum over all reasons. */
export function sumDrops(counts: Readonly<DropCounts>): number {
  let sum = 0;
  for (const count of Object.values(counts)) sum += count;
  return sum;
}
