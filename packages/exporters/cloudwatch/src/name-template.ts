/**
 * Names of log groups and streams: fixed text with `{resource.attribute}` placeholders. Values of telemetry become
 * part of a name only in letters, digits, `_`, `-` and `.`, so that no record reaches a group it was not meant for.
 */
import { type AttributeMap, valueToText } from '@telemetryflow/otlp';

/** Longest name of a group or a stream, in characters. */
export const MAX_NAME = 512;

const PLACEHOLDER = /\{([^{}]*)\}/;

/** A name as a function of the attributes of a resource. */
export type NameTemplate = (attributes: AttributeMap) => string;

/** What stands in a template besides placeholders. */
export function literalText(template: string): string {
  return template
    .split(PLACEHOLDER)
    .filter((_, index) => index % 2 === 0)
    .join('');
}

/** Compile once, use per resource. A missing or empty attribute becomes `unknown`. */
export function nameTemplate(template: string): NameTemplate {
  const parts = template.split(PLACEHOLDER);
  if (parts.length === 1) return () => template;
  return (attributes) => {
    let name = '';
    for (const [index, part] of parts.entries()) name += index % 2 === 0 ? part : safe(attributes[part]);
    return name.slice(0, MAX_NAME);
  };
}

function safe(value: AttributeMap[string]): string {
  return (
    valueToText(value)
      .replaceAll(/[^A-Za-z0-9_.-]/gu, '_')
      .slice(0, MAX_NAME) || 'unknown'
  );
}
