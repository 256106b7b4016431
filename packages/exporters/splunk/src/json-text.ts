/** Values with structure as JSON. */
import { type AttributeValue, toPlainJson } from '@telemetryflow/otlp';

/** A backslash that is text, or half of a surrogate pair, which `JSON.stringify` writes as an escape. */
const HALVES = /\\\\|\\ud[89a-f][\da-f]{2}/g;

/** Halves of surrogate pairs become U+FFFD: strict readers refuse their escapes, and with them the whole request. */
export function jsonText(value: AttributeValue): string {
  const json = JSON.stringify(toPlainJson(value));
  if (!json.includes('\\ud')) return json;
  return json.replace(HALVES, (found) => (found === '\\\\' ? found : '\ufffd'));
}
