/** Names of tags, with what is remembered of them from batch to batch. */
import { RepeatedValue } from '@telemetryflow/otlp';

/** Only generated names ever fill it. */
const MAX_NAMES = 4096;

/** A name, and the last value it had. */
export class TagName extends RepeatedValue {
  readonly text: string;
  /** The start of a member, quoted and with its colon; for those who write JSON. */
  json: Uint8Array | undefined = undefined;

  constructor(text: string) {
    super();
    this.text = text;
  }
}

export class TagNames {
  readonly #names = new Map<string, TagName>();

  get(text: string): TagName {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = new TagName(text);
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(text, name);
    return name;
  }
}
