/** The metadata around an event: host, source, source type and index. */
import { type AttributeMap, quoted, type Signal, valueToText } from '@telemetryflow/otlp';
import { type AttributeOverrides, indexOf, type SplunkConfig } from './config.ts';

/** Metadata as text, `"host":"web-1",…` with a comma behind each member. */
export interface Envelope {
  readonly index: string;
  readonly text: string;
}

type Metadata = { readonly [K in keyof AttributeOverrides]: string };

const KEYS = ['host', 'source', 'sourcetype', 'index'] as const;

/** Makes the envelopes of one signal. */
export class Envelopes {
  /** Attributes that are metadata here, and no fields. */
  readonly names: ReadonlySet<string>;
  readonly #overrides: AttributeOverrides;
  readonly #defaults: Metadata;
  readonly #made = new Map<string, Envelope>();

  constructor(config: SplunkConfig, signal: Signal, options: { readonly hostname: string; readonly suffix?: string }) {
    const { attribute_overrides: overrides, source, source_type: type, host } = config;
    this.#overrides = overrides;
    this.#defaults = {
      host: host || options.hostname,
      source,
      sourcetype: type === '' ? '' : `${type}${options.suffix ?? ''}`,
      index: indexOf(config, signal),
    };
    this.names = new Set(KEYS.flatMap((key) => overrides[key] || []));
  }

  /** True when the attributes of an item choose some of its metadata. */
  chosenBy(attributes: AttributeMap): boolean {
    for (const name of this.names) if (Object.hasOwn(attributes, name)) return true;
    return false;
  }

  /** The envelope for these attributes, the strongest last. */
  of(...layers: readonly AttributeMap[]): Envelope {
    const metadata = { ...this.#defaults };
    for (const attributes of layers) {
      for (const key of KEYS) {
        const name = this.#overrides[key];
        if (name === '' || !Object.hasOwn(attributes, name)) continue;
        const text = valueToText(attributes[name]);
        if (text !== '') metadata[key] = text;
      }
    }
    let text = '';
    for (const key of KEYS) if (metadata[key] !== '') text += `"${key}":${quoted(metadata[key])},`;
    let envelope = this.#made.get(text);
    if (envelope === undefined) {
      envelope = { index: metadata.index, text };
      if (this.#made.size >= 1024) this.#made.clear();
      this.#made.set(text, envelope);
    }
    return envelope;
  }
}
