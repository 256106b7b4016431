/** Reads metric lines as Dynatrace does, by the grammar of its documentation: what breaks a rule is no line. */

/** A line that Dynatrace would take. */
export interface DynatraceLine {
  readonly key: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly type: 'gauge' | 'count';
  /** `value` of a plain gauge, `delta` of a count, `min`, `max`, `sum` and `count` of a summary. */
  readonly values: Readonly<Record<string, number>>;
  /** Milliseconds since the epoch; absent: the time of arrival. */
  readonly ms?: number;
}

/** What became of a request. */
export interface DynatraceLines {
  readonly lines: readonly DynatraceLine[];
  /** Unit and description by key, of the comment lines. */
  readonly described: Readonly<Record<string, string>>;
  /** Numbers of lines, the first is 0, with the sentence about each. */
  readonly invalid: readonly { readonly line: number; readonly error: string }[];
}

const MAX_LINE = 50_000;
const MAX_DIMENSIONS = 50;
const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;
const METRIC_KEY = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_][A-Za-z0-9_-]*)*$/;
const DIMENSION_KEY = /^[a-z_][a-z0-9_:-]*(\.[a-z_][a-z0-9_:-]*)*$/;
const NUMBER = /^-?\d+(\.\d+)?(E-?\d+)?$/;
const METADATA = /^#(\S+) (gauge|count) (dt\.meta\.[a-zA-Z]+=("([^"\\\n]|\\.)*"|[^",=\s\\]+)(,dt\.meta\.|$).*)$/;

class Refused extends Error {}

function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Refused(sentence);
}

/**
 * Every line of a request, read at `nowMs`.
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import {
 *   type DynatraceLine,
 *   type DynatraceLines,
 *   FAKE_EPOCH,
 *   readDynatraceLines,
 * } from '@telemetryflow/testkit';
 *
 * const { lines, invalid }: DynatraceLines = readDynatraceLines(
 *   'shop.orders,host=web-1 count,delta=3\nshop',
 *   FAKE_EPOCH,
 * );
 * const line: DynatraceLine | undefined = lines[0];
 * assert.deepEqual(
 *   [line?.key, line?.dimensions, line?.values],
 *   ['shop.orders', { host: 'web-1' }, { delta: 3 }],
 * );
 * assert.deepEqual(
 *   invalid.map((each) => each.line),
 *   [1],
 * );
 * ```
 */
export function readDynatraceLines(body: string, nowMs: number): DynatraceLines {
  const lines: DynatraceLine[] = [];
  const invalid: { line: number; error: string }[] = [];
  const described: Record<string, string> = {};
  for (const [line, text] of body.split('\n').entries()) {
    try {
      must(text.length <= MAX_LINE, 'the line is too long');
      if (text.startsWith('#')) {
        const [, key = '', , rest = ''] = METADATA.exec(text) ?? [];
        must(METRIC_KEY.test(key), 'the metadata line is malformed');
        described[key] = rest;
      } else lines.push(readLine(text, nowMs));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      invalid.push({ line, error: error.message });
    }
  }
  return { lines, described, invalid };
}

function readLine(text: string, nowMs: number): DynatraceLine {
  const parts = splitUnescaped(text, ' ');
  must(parts.length === 2 || parts.length === 3, 'the line is not: key and dimensions, payload, timestamp');
  const [series = '', payload = '', time] = parts;
  const [key = '', ...pairs] = splitUnescaped(series, ',');
  must(key.length >= 3 && key.length <= 255 && METRIC_KEY.test(key), `invalid metric key '${key}'`);
  must(!key.startsWith('dt.'), `the metric key '${key}' is reserved`);
  must(pairs.length <= MAX_DIMENSIONS, 'too many dimensions');
  const dimensions: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    const raw = pair.slice(at + 1);
    must(at > 0 && name.length <= 100 && DIMENSION_KEY.test(name), `invalid dimension key '${name}'`);
    must(!Object.hasOwn(dimensions, name), `the dimension '${name}' comes twice`);
    must(raw !== '' && raw.length <= 255, `the value of '${name}' is empty or too long`);
    must(/^([^,= \\"\p{Cc}]|\\[,= \\"])+$/u.test(raw), `the value of '${name}' is not escaped`);
    dimensions[name] = raw.replaceAll(/\\(.)/g, '$1');
  }
  const line = { key, dimensions, ...readPayload(payload) };
  return time === undefined ? line : { ...line, ms: readTime(time, nowMs) };
}

function readPayload(payload: string): Pick<DynatraceLine, 'type' | 'values'> {
  const [type, ...fields] = payload.split(',');
  must(type === 'gauge' || type === 'count', `unknown type '${type}'`);
  const values: Record<string, number> = {};
  for (const field of fields) {
    const [name = '', text = ''] = type === 'gauge' && fields.length === 1 ? ['value', field] : field.split('=');
    must(NUMBER.test(text) && Number.isFinite(Number(text)), `'${field}' is no number`);
    must(!Object.hasOwn(values, name), `'${name}' comes twice`);
    values[name] = Number(text);
  }
  const names = Object.keys(values).sort().join();
  must(
    type === 'count' ? names === 'delta' : names === 'value' || names === 'count,max,min,sum',
    `'${payload}' has the wrong fields`,
  );
  const { min = 0, max = 0, sum = 0, count = 1 } = values;
  if (names === 'count,max,min,sum') {
    must(count > 0 && Number.isInteger(count), 'inconsistent gauge fields: count');
    const mean = sum / count;
    const slack = 1e-6 * Math.max(1, Math.abs(min), Math.abs(max));
    must(min <= mean + slack && mean <= max + slack, `inconsistent gauge fields: min ${min}, mean ${mean}, max ${max}`);
  }
  return { type, values };
}

function readTime(text: string, nowMs: number): number {
  must(/^\d{12,14}$/.test(text), `'${text}' is no timestamp`);
  const ms = Number(text);
  must(ms >= nowMs - HOUR_MS, 'the timestamp is too far in the past');
  must(ms <= nowMs + TEN_MINUTES_MS, 'the timestamp is too far in the future');
  return ms;
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === separator) parts.push('');
    else parts[parts.length - 1] += character === '\\' ? character + (text[++i] ?? '') : character;
  }
  return parts;
}
