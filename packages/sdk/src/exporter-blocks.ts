/** Collects exporter blocks and the pipelines they are in, one block for the signals that share its settings. */
import type { Signal } from '@telemetryflow/otlp';

/** Settings of an exporter, without `undefined`. */
export type Block = Readonly<Record<string, unknown>>;

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

export class ExporterBlocks {
  readonly #blocks = new Map<string, { readonly id: string; readonly block: Block; readonly signals: Set<Signal> }>();

  add(type: string, block: Block, signal: Signal): void {
    const key = `${type} ${JSON.stringify(block)}`;
    let known = this.#blocks.get(key);
    if (known === undefined) {
      known = { id: this.#freeId(type, signal), block, signals: new Set() };
      this.#blocks.set(key, known);
    }
    known.signals.add(signal);
  }

  /** `common` goes into every block. A block is switched off for the signals it has no part in. */
  config(common: Block): Record<string, unknown> {
    const exporters: Record<string, Block> = {};
    const pipelines: Partial<Record<Signal, { readonly exporters: string[] }>> = {};
    for (const { id, block, signals } of this.#blocks.values()) {
      const others = SIGNALS.filter((signal) => !signals.has(signal));
      exporters[id] = { ...block, ...common, ...Object.fromEntries(others.map((signal) => [signal, false])) };
    }
    for (const signal of SIGNALS) {
      const members = [...this.#blocks.values()].filter(({ signals }) => signals.has(signal)).map(({ id }) => id);
      if (members.length > 0) pipelines[signal] = { exporters: members };
    }
    return { exporters, service: { pipelines } };
  }

  /** `otlp_http`, then `otlp_http/logs`, then `otlp_http/logs-2`. */
  #freeId(type: string, signal: Signal): string {
    const taken = new Set([...this.#blocks.values()].map(({ id }) => id));
    const candidates = [type, `${type}/${signal}`];
    for (let n = 2; ; n++) {
      const id = candidates.shift() ?? `${type}/${signal}-${n}`;
      if (!taken.has(id)) return id;
    }
  }
}

/** The entries that are set: neither undefined, nor null, nor an empty map. */
export function settings(entries: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entries).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        !(typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0),
    ),
  );
}

/** `key=value,key2=value2` with percent-encoded values, as headers and resource attributes are written. */
export function keyValueList(text: string | undefined | null): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    const key = at < 0 ? '' : decoded(pair.slice(0, at).trim());
    if (key !== '') found[key] = decoded(pair.slice(at + 1).trim());
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
