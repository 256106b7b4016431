/** Remarks on what was sent, each said once. */
import type { Outcome } from '@telemetryflow/kernel';
import type { BulkMessage } from './bulk.ts';

/** More indices in one request are rarely meant. */
const MAX_INDICES = 3;

/** What an encoder saw that the reader of the log should know. */
export type Notice = 'cumulative histogram' | 'summary';

const TEXTS: Readonly<Record<Notice | 'indices', string>> = {
  'cumulative histogram':
    'cumulative histograms are sent as they are, and queries will count their values again and again; set temporality: delta',
  summary: 'the quantiles of summaries have no place in Elasticsearch; sum and count are sent',
  indices:
    'one request went to more than three indices: clocks are wrong, or a backlog is old; index_date_window keeps such records in the index of today',
};

export class Notices {
  readonly #said = new Set<string>();

  /** The outcome, with a remark that was not made before. */
  add(outcome: Outcome, { notices, indices }: BulkMessage): Outcome {
    const found: readonly (Notice | 'indices')[] = indices > MAX_INDICES ? [...notices, 'indices'] : [...notices];
    const fresh = found.filter((notice) => !this.#said.has(notice));
    if (fresh.length === 0) return outcome;
    for (const notice of fresh) this.#said.add(notice);
    const texts = fresh.map((notice) => TEXTS[notice]);
    return { ...outcome, warning: [...(outcome.warning === undefined ? [] : [outcome.warning]), ...texts].join('; ') };
  }
}
