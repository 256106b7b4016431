/** OpenTelemetry names as Prometheus names, by the four translation strategies of Prometheus 3. */
import { unitWords } from './units.ts';

/**
 * How names become Prometheus names; the last two need a receiver of Prometheus 3 or newer.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type LabelOptions, metricName, TRANSLATION_STRATEGIES } from '@telemetryflow/remote-write';
 *
 * const isStrategy = (text: string): text is LabelOptions['translation'] =>
 *   TRANSLATION_STRATEGIES.some((strategy) => strategy === text);
 * assert.ok(isStrategy('NoTranslation') && !isStrategy('none'));
 * const names = TRANSLATION_STRATEGIES.map((strategy) => metricName('cpu.time', 's', 'counter', strategy));
 * assert.deepEqual(names, ['cpu_time_seconds_total', 'cpu_time', 'cpu.time_seconds_total', 'cpu.time']);
 * ```
 */
export const TRANSLATION_STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

/** One of {@link TRANSLATION_STRATEGIES}. */
export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

/** Kinds of metrics that names tell apart. */
export type NameKind = 'counter' | 'gauge' | 'other';

/**
 * The metric's name, or `undefined` when nothing of it is left.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { metricName, type NameKind, type TranslationStrategy } from '@telemetryflow/remote-write';
 *
 * const strategy: TranslationStrategy = 'UnderscoreEscapingWithSuffixes';
 * const kind: NameKind = 'counter';
 * assert.equal(metricName('http.server.io', 'By', kind, strategy), 'http_server_io_bytes_total');
 * assert.equal(metricName('http.server.io', 'By', kind, 'NoTranslation', 'shop'), 'shop_http.server.io');
 * ```
 */
export function metricName(
  name: string,
  unit: string,
  kind: NameKind,
  strategy: TranslationStrategy,
  namespace = '',
): string | undefined {
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
      return finished(suffixedTokens(name, unit, kind).join('_'), namespace);
    case 'UnderscoreEscapingWithoutSuffixes':
      return finished(
        name.replace(/^[^A-Za-z0-9:_]+|[^A-Za-z0-9:_]+$/gu, '').replace(/[^A-Za-z0-9:_]+/gu, '_'),
        namespace,
      );
    case 'NoUTF8EscapingWithSuffixes':
      return name === '' ? undefined : withSuffixes(namespace === '' ? name : `${namespace}_${name}`, unit, kind);
    case 'NoTranslation':
      return name === '' ? undefined : namespace === '' ? name : `${namespace}_${name}`;
  }
}

function finished(name: string, namespace: string): string | undefined {
  if (/^_*$/.test(name)) return undefined;
  const full = namespace === '' ? name : `${namespace}_${name}`;
  return /^[0-9]/.test(full) ? `_${full}` : full;
}

function suffixedTokens(name: string, unit: string, kind: NameKind): string[] {
  let tokens = name.split(/[^A-Za-z0-9:]+/u).filter((token) => token !== '');
  if (tokens.length === 0) return tokens;
  const { main, per } = unitWords(unit);
  const append: string[] = [];
  if (main !== '' && !tokens.includes(main)) append.push(main);
  if (per !== '' && !tokens.includes(per)) append.push('per', per);
  tokens.push(...append);
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  return tokens;
}

function withSuffixes(name: string, unit: string, kind: NameKind): string {
  const { main, per } = unitWords(unit);
  const last: string[] = [];
  let base = name;
  const move = (suffix: string): void => {
    // The suffix goes with whatever delimiter stands before it.
    if (base.endsWith(suffix) && base.length > suffix.length + 1) base = base.slice(0, -(suffix.length + 1));
    last.unshift(suffix);
  };
  if (kind === 'counter') move('total');
  if (kind === 'gauge' && unit === '1') move('ratio');
  if (per !== '') move(`per_${per}`);
  if (main !== '' && !base.endsWith(main)) base += `_${main}`;
  return [base, ...last].join('_');
}

/**
 * The label's name, or `undefined` when nothing of it is left or it is reserved.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { labelName } from '@telemetryflow/remote-write';
 *
 * assert.equal(labelName('http.route', 'UnderscoreEscapingWithSuffixes'), 'http_route');
 * assert.equal(labelName('http.route', 'NoTranslation'), 'http.route');
 * assert.equal(labelName('__name__', 'NoTranslation'), undefined);
 * ```
 */
export function labelName(name: string, strategy: TranslationStrategy): string | undefined {
  if (name === '' || name === '__name__') return undefined;
  if (strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation') return name.toWellFormed();
  const escaped = name.replace(/[^A-Za-z0-9]/gu, '_');
  if (/^_*$/.test(escaped) || escaped === '__name__') return undefined;
  if (/^[0-9]/.test(escaped)) return `key_${escaped}`;
  return escaped.startsWith('_') && !escaped.startsWith('__') ? `key${escaped}` : escaped;
}
