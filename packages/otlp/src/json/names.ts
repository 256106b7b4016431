/** Names of members of JSON objects: encoded once, each with the text that came with it lately. */
import { quoted } from '../quoted.ts';
import { RepeatedValue } from '../repeated.ts';
import { type JsonBytes, jsonConstant } from './bytes.ts';

/** Only generated names ever fill it. */
const MAX_NAMES = 4096;
/** Longer texts are not remembered. */
const MAX_REPEATED_LENGTH = 128;

const TRUE = jsonConstant('true,');
const FALSE = jsonConstant('false,');
const COMMA = 0x2c;

/**
 * A name, and what is written behind it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JsonBytes, JsonName } from '@telemetryflow/otlp';
 *
 * const json = new JsonBytes();
 * const size = new JsonName('size');
 * for (const value of ['large', 7, true, Number.NaN]) size.scalar(json, value);
 * assert.equal(json.bytes.toString('utf8', 0, json.pos), '"size":"large","size":7,"size":true,"size":"NaN",');
 * ```
 */
export class JsonName extends RepeatedValue {
  /** The name in quotes, with its colon. */
  readonly key: Uint8Array;

  constructor(name: string) {
    super();
    this.key = new Uint8Array(Buffer.from(`${quoted(name)}:`));
  }

  /** The member with this text, and a comma; copied where the same text came several times in a row. */
  text(json: JsonBytes, value: string): void {
    const { key, entry } = this;
    if (entry !== undefined && this.value === value) {
      json.raw(entry);
      return;
    }
    json.ensure(key.length);
    const start = json.pos;
    json.put(key);
    json.text(value);
    json.byte(COMMA);
    if (value.length <= MAX_REPEATED_LENGTH) this.saw(value, json.bytes, start, json.pos);
  }

  /** The member with this value, and a comma; NaN and infinities are texts, and -0 is 0. */
  scalar(json: JsonBytes, value: string | number | boolean): void {
    if (typeof value === 'string') this.text(json, value);
    else if (typeof value === 'number' && !Number.isFinite(value)) this.text(json, String(value));
    else {
      json.raw(this.key);
      if (typeof value === 'boolean') json.put(value ? TRUE : FALSE);
      else {
        json.number(value);
        json.byte(COMMA);
      }
    }
  }
}

/**
 * The names that an encoder has met; keep one for all of its batches.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { JsonNames } from '@telemetryflow/otlp';
 *
 * const names = new JsonNames();
 * assert.equal(Buffer.from(names.get('host').key).toString(), '"host":');
 * assert.equal(names.get('host'), names.get('host'));
 * ```
 */
export class JsonNames {
  readonly #names = new Map<string, JsonName>();

  get(name: string): JsonName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const made = new JsonName(name);
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(name, made);
    return made;
  }
}
