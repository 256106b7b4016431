/** The labels of a stream, and what of a resource is left for the structured metadata. */
import { type AttributeMap, cutUtf8, valueToText } from '@telemetryflow/otlp';
import type { LokiConfig } from './config.ts';
import { lokiName, MAX_LABEL_VALUE_BYTES, MAX_LABELS } from './names.ts';

export type Labels = Readonly<Record<string, string>>;

/** The labels of a resource: those of the configuration, then promoted attributes in the order of the list. */
export function labelsOf(
  attributes: AttributeMap,
  config: Pick<LokiConfig, 'labels' | 'label_attributes' | 'level_label'>,
): { readonly labels: Labels; readonly promoted: ReadonlySet<string> } {
  const labels: Record<string, string> = {};
  const promoted = new Set<string>();
  for (const [name, value] of Object.entries(config.labels)) {
    const text = cutUtf8(value, MAX_LABEL_VALUE_BYTES);
    if (text !== '') labels[name] = text;
  }
  let free = MAX_LABELS - (config.level_label ? 1 : 0) - countable(labels);
  for (const attribute of config.label_attributes) {
    const value = attributes[attribute];
    if (value === undefined || value === null) continue;
    const name = lokiName(attribute);
    const whole = valueToText(value);
    const text = cutUtf8(whole, MAX_LABEL_VALUE_BYTES);
    // Reserved names and those taken stay metadata; a cut value is both.
    if (name === '' || text === '' || labels[name] !== undefined) continue;
    if (name !== 'service_name') {
      if (free <= 0) continue;
      free--;
    }
    labels[name] = text;
    if (text.length === whole.length) promoted.add(attribute);
  }
  if (Object.keys(labels).length === 0) labels['service_name'] = 'unknown_service';
  return { labels, promoted };
}

function countable(labels: Labels): number {
  return Object.keys(labels).filter((name) => name !== 'service_name').length;
}

/** The selector text that the protobuf form wants: `{a="b", c="d"}`, names sorted. */
export function selector(labels: Labels): string {
  const parts = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${quoted(labels[name] ?? '')}`);
  return `{${parts.join(', ')}}`;
}

/** Quoted as PromQL (and Go) do. */
function quoted(text: string): string {
  const escaped = text.replace(/[\\"\p{Cc}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\\' || character === '"') return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}
