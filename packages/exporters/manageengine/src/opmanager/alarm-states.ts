/** Which series are in alarm, and since when their thresholds hold. */
import type { MetricThreshold } from '../config.ts';
import type { Run } from './encode-thresholds.ts';
import { SEVERITY } from './event.ts';

const MAX_SERIES = 10_000;
/** From harmless to worst. */
const RANKS: readonly number[] = [
  SEVERITY.CLEAR,
  SEVERITY.ATTENTION,
  SEVERITY.TROUBLE,
  SEVERITY.CRITICAL,
  SEVERITY.SERVICE_DOWN,
];

/** What has to be said about a series: a threshold that raises its alarm, or that it is clear again. */
export interface Change {
  readonly severity: number;
  readonly rule: MetricThreshold | undefined;
}

interface State {
  /** The severity that OpManager was told last. */
  told: number;
  /** By rule: when it began to hold, in ms since the epoch. */
  readonly since: (number | undefined)[];
}

export class AlarmStates {
  /** The longest untouched first. */
  readonly #states = new Map<string, State>();

  /** What a run changes; `undefined` for nothing. May be asked again about the same run. */
  changeBy(run: Run): Change | undefined {
    const state = this.#stateOf(run.series);
    let worst: Change = { severity: SEVERITY.CLEAR, rule: undefined };
    for (const [at, rule] of run.rules.entries()) {
      if (run.holds[at] !== true) {
        state.since[at] = undefined;
        continue;
      }
      const since = state.since[at] ?? run.firstMs;
      state.since[at] = since;
      if (run.lastMs - since >= rule.for && rank(rule.severity) > rank(worst.severity))
        worst = { severity: rule.severity, rule };
    }
    return worst.severity === state.told ? undefined : worst;
  }

  /** OpManager has been told. */
  told({ series }: Run, { severity }: Change): void {
    this.#stateOf(series).told = severity;
  }

  #stateOf(series: string): State {
    const state = this.#states.get(series) ?? { told: SEVERITY.CLEAR, since: [] };
    this.#states.delete(series);
    if (this.#states.size >= MAX_SERIES) {
      const [oldest = ''] = this.#states.keys();
      this.#states.delete(oldest);
    }
    this.#states.set(series, state);
    return state;
  }
}

function rank(severity: number): number {
  return RANKS.indexOf(severity);
}
