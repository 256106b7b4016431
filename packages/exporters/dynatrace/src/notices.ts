/** What happens to metric lines without costing any of them: said once, or counted. */

import type { HttpResult } from '@telemetryflow/http';
import type { ExporterContext } from '@telemetryflow/kernel';
import type { MetricsMessage } from './line-request.ts';

type Surroundings = Pick<ExporterContext, 'logger' | 'meter'>;
type Counter = ReturnType<ExporterContext['meter']['createCounter']>;

/** Codes of requests that may have arrived whole although no answer came. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['TIMEOUT', 'ECONNRESET', 'EPIPE']);
/** Values cannot hold it: their commas are escaped. Comments can, in a description. */
const COUNT_LINE = /^(?!#).* count,delta=/gm;

/** One for each exporter. */
export class MetricNotices {
  readonly #context: Surroundings;
  #toldOfFilling = false;
  #collisions: Counter | undefined;
  #repeated: Counter | undefined;

  constructor(context: Surroundings) {
    this.#context = context;
  }

  /** To be called at the first attempt of each request. */
  sending({ collisions = 0, filled }: MetricsMessage): void {
    if (filled !== undefined && !this.#toldOfFilling) {
      this.#toldOfFilling = true;
      this.#context.logger.warn(
        'Metric keys of less than three characters are filled with _; set metric_prefix',
        filled,
      );
    }
    if (collisions === 0) return;
    this.#collisions ??= this.#context.meter.createCounter('telemetryflow_exporter_dynatrace_dimension_collisions', {
      description: 'Attributes left out because another name gives the same dimension key.',
      unit: '{attribute}',
    });
    this.#collisions.add(collisions);
  }

  /** A request is to be sent again: its counts may be added twice if it had arrived. */
  sentAgain(result: HttpResult, { body }: MetricsMessage): void {
    if (result.kind !== 'failure' || !AMBIGUOUS.has(result.code)) return;
    const lines = String(body).match(COUNT_LINE)?.length ?? 0;
    if (lines === 0) return;
    this.#repeated ??= this.#context.meter.createCounter('telemetryflow_exporter_dynatrace_maybe_duplicated', {
      description: 'Lines of counts sent again after a request without answer, which may have arrived.',
      unit: '{line}',
    });
    this.#repeated.add(lines);
  }
}
