/** OpenTelemetry exemplars in Prometheus' form. */
import type { ExemplarRecord } from '@telemetryflow/otlp';
import type { Exemplar } from '../messages.ts';
import { labelName, type TranslationStrategy } from './names.ts';
import { attributeText } from './texts.ts';

/** Names and values together, in code points (OpenMetrics). */
const MAX_LABEL_CODE_POINTS = 128;

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * The exemplar with trace and span id, and as many of the filtered attributes as the limit of 128 code points
 * allows. `undefined` without a number.
 */
export function exemplarOf(
  exemplar: ExemplarRecord,
  pointTimeMs: number,
  strategy: TranslationStrategy,
): Exemplar | undefined {
  if (exemplar.value === undefined) return undefined;
  const labels: string[] = [];
  const names = new Set<string>();
  let room = MAX_LABEL_CODE_POINTS;
  const add = (name: string, value: string): void => {
    const size = codePoints(name) + codePoints(value);
    if (value === '' || names.has(name) || size > room) return;
    room -= size;
    names.add(name);
    labels.push(name, value);
  };
  add('trace_id', exemplar.traceId ?? '');
  add('span_id', exemplar.spanId ?? '');
  for (const key in exemplar.filteredAttributes) {
    const name = labelName(key, strategy);
    if (name !== undefined) add(name, attributeText(exemplar.filteredAttributes[key]));
  }
  const timestampMs = exemplar.time[0] * 1000 + Math.floor(exemplar.time[1] / 1e6);
  return { labels, value: Number(exemplar.value), timestampMs: timestampMs === 0 ? pointTimeMs : timestampMs };
}
