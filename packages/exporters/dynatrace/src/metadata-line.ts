/** Lines that tell Dynatrace unit and description of a metric. */
import type { MetricDescriptorRecord } from '@telemetryflow/otlp';
import { quotedValue } from './dimension-text.ts';
import type { LineType } from './metric-values.ts';

/** A line takes 50,000 characters. */
const MAX_DESCRIPTION = 48_000;
const UNIT = /^[A-Za-z0-9%[\]{}/_]{1,63}$/;

/** The line for a metric; `undefined` when it has neither a description nor a unit that Dynatrace takes. */
export function metadataLine(
  key: string,
  type: LineType,
  { description, unit }: Pick<MetricDescriptorRecord, 'description' | 'unit'>,
): string | undefined {
  const said: string[] = [];
  if (description !== '') said.push(`dt.meta.description=${quotedValue(description, MAX_DESCRIPTION)}`);
  if (isUnit(unit)) said.push(`dt.meta.unit=${unit}`);
  return said.length === 0 ? undefined : `#${key} ${type} ${said.join(',')}`;
}

/** Annotations in braces may not hold dots: `{request}` is a unit, `{a.b}` is none. */
export function isUnit(unit: string): boolean {
  return UNIT.test(unit);
}
