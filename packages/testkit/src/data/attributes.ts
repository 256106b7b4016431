/** Attribute sets that cover what OTLP can carry and what real programs get wrong. */
import { type AttributeMap, type AttributeValue, DOUBLES } from '@telemetryflow/otlp';

/**
 * The attribute that names an item in everything the testkit makes: `item-0`, `item-1` and so on.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ITEM_ID, logs } from '@telemetryflow/testkit';
 *
 * assert.equal(logs(1)[0]?.attributes[ITEM_ID], 'item-0');
 * assert.equal(logs(1, { from: 7 })[0]?.attributes[ITEM_ID], 'item-7');
 * ```
 */
export const ITEM_ID = 'item.id';

/**
 * Which values the data makers put into attributes, bodies and points.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { logs, type Variety } from '@telemetryflow/testkit';
 *
 * const variety: Variety = 'plain';
 * assert.deepEqual(logs(1, { variety })[0]?.attributes, {
 *   'item.id': 'item-0',
 *   'http.request.method': 'GET',
 *   'http.response.status_code': 200,
 *   cached: true,
 *   ratio: 0.5,
 * });
 * ```
 */
export type Variety =
  /** Strings, booleans, integers and doubles every backend takes. */
  | 'plain'
  /** Every AnyValue type: nested maps and arrays, bytes, bigint, empty, mixed arrays, integral doubles. */
  | 'types'
  /** NaN and both infinities, as attribute and as point value. */
  | 'non_finite'
  /** Non-BMP characters, combining marks, right-to-left text, control characters and lone surrogates. */
  | 'unicode'
  /** Each of the above in turn. */
  | 'all';

/**
 * Strings that break careless encoders; the last two hold lone surrogates, which are not valid Unicode.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ODD_STRINGS } from '@telemetryflow/testkit';
 *
 * const quote = (text: string) => JSON.stringify(text); // the escaping under test
 * for (const text of ODD_STRINGS) assert.equal(JSON.parse(quote(text)), text);
 * ```
 */
export const ODD_STRINGS: readonly string[] = [
  '',
  ' leading and trailing ',
  'quotes " \' ` and \\ backslash',
  'line\nbreak\r\nand\ttab',
  'control \u0000 \u0001 \u001f \u007f \u0085 \u2028 \u2029',
  'äöü ß é e\u0301 日本語 한국어',
  'שלום مرحبا \u202eabc\u202c',
  '😀 👩‍👩‍👧‍👦 𝒳 🇩🇪',
  '{"json":"like"}, key=value {label="x"} $\u007bENV} $$ %s %n <b>&amp;</b>',
  '__proto__',
  'lone high \ud83d surrogate',
  '\udc00 lone low',
];

/**
 * One value of every AnyValue type.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { valueToText } from '@telemetryflow/otlp';
 * import { ALL_VALUE_TYPES } from '@telemetryflow/testkit';
 *
 * const texts = Object.entries(ALL_VALUE_TYPES).map(([type, value]) => [type, valueToText(value)]);
 * assert.deepEqual(Object.fromEntries(texts).int64_max, '9223372036854775807');
 * assert.ok(texts.every(([, text]) => typeof text === 'string'));
 * ```
 */
export const ALL_VALUE_TYPES: Readonly<Record<string, AttributeValue>> = {
  string: 'text',
  empty_string: '',
  boolean_true: true,
  boolean_false: false,
  zero: 0,
  integer: 42,
  negative: -7,
  max_safe: Number.MAX_SAFE_INTEGER,
  int64_max: 9_223_372_036_854_775_807n,
  int64_min: -9_223_372_036_854_775_808n,
  double: 3.25,
  tiny: 5e-324,
  huge: 1.7976931348623157e308,
  bytes: Uint8Array.of(0, 1, 127, 128, 255),
  empty_bytes: new Uint8Array(0),
  null: null,
  strings: ['a', 'b', ''],
  numbers: [1, 2.5, -3],
  booleans: [true, false],
  mixed: ['a', 1, true, null, ['nested', 2n]],
  empty_array: [],
  map: { key: 'value', deeper: { deepest: [1, { end: true }] } },
  empty_map: {},
};

/**
 * NaN, both infinities and minus zero.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { NON_FINITE } from '@telemetryflow/testkit';
 *
 * const inJson = NON_FINITE.map((value) => JSON.stringify(value));
 * assert.deepEqual(inJson, ['null', 'null', 'null', '0']); // why encoders must look at numbers
 * ```
 */
export const NON_FINITE: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];

const CYCLE: readonly Exclude<Variety, 'all'>[] = ['plain', 'types', 'non_finite', 'unicode'];

/** The variety of the item with this number. */
export function varietyOf(variety: Variety, index: number): Exclude<Variety, 'all'> {
  return variety === 'all' ? (CYCLE[index % CYCLE.length] ?? 'plain') : variety;
}

/** Attributes of item `index`, its {@link ITEM_ID} first. */
export function attributesFor(variety: Variety, index: number): AttributeMap {
  const attributes: Record<string, AttributeValue> = { [ITEM_ID]: `item-${index}` };
  switch (varietyOf(variety, index)) {
    case 'plain':
      attributes['http.request.method'] = index % 2 === 0 ? 'GET' : 'POST';
      attributes['http.response.status_code'] = 200 + (index % 5);
      attributes['cached'] = index % 3 === 0;
      attributes['ratio'] = 0.5 + (index % 7);
      return attributes;
    case 'types': {
      Object.assign(attributes, ALL_VALUE_TYPES, { integral_double: 1 });
      const doubles: ReadonlySet<string> = new Set(['integral_double']);
      return Object.assign(attributes, { [DOUBLES]: doubles });
    }
    case 'non_finite':
      NON_FINITE.forEach((value, at) => {
        attributes[`non_finite.${at}`] = value;
      });
      attributes['non_finite.array'] = [...NON_FINITE];
      return attributes;
    case 'unicode':
      ODD_STRINGS.forEach((value, at) => {
        attributes[`odd.${at}`] = value;
      });
      attributes['ключ 🔑 "quoted"'] = 'odd key';
      attributes['lone \ud83d key'] = 'odd key';
      return attributes;
  }
}
