/** Thrown for a configuration that cannot be used, with every problem found. */
import { codeFrame } from './code-frame.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';

const BRAND: unique symbol = Symbol.for('telemetryflow.config-error');
const MOST_SHOWN = 50;

/**
 * What the message of a `ConfigError` needs besides the problems.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ConfigError, type ConfigErrorOptions, type ConfigProblem } from '@telemetryflow/kernel';
 *
 * const problem: ConfigProblem = {
 *   code: 'TFO_ERR_CONFIG_YAML',
 *   severity: 'error',
 *   file: 'jobs.yaml',
 *   line: 2,
 *   column: 3,
 *   path: 'jobs',
 *   message: 'not valid YAML: the quote is not closed',
 *   hint: 'close it',
 * };
 * const options: ConfigErrorOptions = { texts: new Map([['jobs.yaml', 'jobs:\n  "nightly\n']]) };
 * assert.match(new ConfigError([problem], options).message, /jobs\.yaml:2:3 jobs: not valid YAML[^]*"nightly/);
 * ```
 */
export interface ConfigErrorOptions {
  /** Text of each file, for the code frames. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Removes secrets from the finished message. */
  readonly scrub?: (text: string) => string;
}

/**
 * `message` prints up to 50 problems with code frames; `problems` holds all of them, in order of position.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { ConfigError, createPluginLookup, type ErrorCode, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { name: 'telemetry.yaml', text: 'exporters:\n  debug:\n    verbosty: basic\n' };
 * const failure: unknown = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) }).catch(
 *   (error: unknown) => error,
 * );
 * assert.ok(ConfigError.is(failure));
 * const [problem] = failure.problems;
 * const code: ErrorCode | undefined = problem?.code;
 * assert.deepEqual(
 *   [code, problem?.line, problem?.hint],
 *   ['TFO_ERR_CONFIG_UNKNOWN_KEY', 3, 'did you mean "verbosity"?'],
 * );
 * ```
 */
export class ConfigError extends Error {
  readonly code = 'TFO_ERR_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], options: ConfigErrorOptions = {}) {
    const scrub = options.scrub ?? ((text: string) => text);
    const ordered = [...problems].sort(byPosition).map((found) => ({
      ...found,
      message: scrub(found.message),
      hint: scrub(found.hint),
    }));
    super(scrub(describe(ordered, options.texts ?? new Map())));
    this.name = 'ConfigError';
    this.problems = ordered;
  }

  /** True for errors of any copy of the kernel. */
  static is(error: unknown): error is ConfigError {
    return typeof error === 'object' && error !== null && (error as { [BRAND]?: true })[BRAND] === true;
  }
}
Object.defineProperty(ConfigError.prototype, BRAND, { value: true });

function describe(problems: readonly ConfigProblem[], texts: ReadonlyMap<string, string>): string {
  const lines = [
    problems.length === 1 ? 'the configuration has a problem:' : `the configuration has ${problems.length} problems:`,
  ];
  for (const found of problems.slice(0, MOST_SHOWN)) {
    lines.push('', `${formatProblem(found)} [${found.code}]`);
    const text = found.file === undefined ? undefined : texts.get(found.file);
    const frame = text === undefined ? '' : codeFrame(text, found.line, found.column);
    if (frame !== '') lines.push(frame);
  }
  if (problems.length > MOST_SHOWN) lines.push('', `and ${problems.length - MOST_SHOWN} more`);
  return lines.join('\n');
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  if (a.file !== b.file) return (a.file ?? '') < (b.file ?? '') ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
