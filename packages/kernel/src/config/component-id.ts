/** `type` or `type/name`, with the Collector's grammar. */
import type { Signal } from '@telemetryflow/otlp';

const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/;
const NAME = /^[^\p{Z}\p{C}\p{S}]+$/u;
const LONGEST_NAME = 1024;

export interface ComponentId {
  readonly type: string;
  readonly name: string | undefined;
}

/**
 * Undefined when the text is not an id.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseComponentId } from '@telemetryflow/kernel';
 *
 * assert.deepEqual(parseComponentId('otlp_http/eu'), { type: 'otlp_http', name: 'eu' });
 * assert.equal(parseComponentId('7up'), undefined);
 * ```
 */
export function parseComponentId(text: string): ComponentId | undefined {
  const slash = text.indexOf('/');
  const type = (slash < 0 ? text : text.slice(0, slash)).trim();
  if (!TYPE.test(type)) return undefined;
  if (slash < 0) return { type, name: undefined };
  const name = text.slice(slash + 1).trim();
  return name.length <= LONGEST_NAME && NAME.test(name) ? { type, name } : undefined;
}

/**
 * The signal of a pipeline id, as `traces` or `traces/prod`; undefined when it is not one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parsePipelineId } from '@telemetryflow/kernel';
 *
 * assert.equal(parsePipelineId('traces/prod'), 'traces');
 * assert.equal(parsePipelineId('spans'), undefined);
 * ```
 */
export function parsePipelineId(text: string): Signal | undefined {
  const id = parseComponentId(text);
  return id?.type === 'traces' || id?.type === 'metrics' || id?.type === 'logs' ? id.type : undefined;
}
