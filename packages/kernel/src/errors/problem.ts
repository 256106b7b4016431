/** One thing wrong with a configuration: what, where, and what to do. */
import type { SourcePosition } from '../config/resolved.ts';
import { ERRORS, type ErrorCode, type ErrorEntry } from './table.ts';

/** Keys from the root of a configuration down to a value. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a configuration, or worth saying about it. */
export interface ConfigProblem {
  readonly code: ErrorCode;
  readonly severity: 'error' | 'warning' | 'notice';
  /** Undefined for values of a JS object. */
  readonly file: string | undefined;
  /** From 1; 0 where there is no file. */
  readonly line: number;
  /** From 1; 0 where there is no file. */
  readonly column: number;
  /** As written, `exporters.loki.timeout`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** What an occurrence adds to its entry in the table. */
export interface ProblemDetails {
  readonly position?: SourcePosition | undefined;
  readonly path?: ConfigPath | undefined;
  readonly hint?: string | undefined;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Builds a problem from its table entry. */
export function problem(code: ErrorCode, details: ProblemDetails = {}): ConfigProblem {
  const entry: ErrorEntry = ERRORS[code];
  const params = details.params ?? {};
  return {
    code,
    severity: severityOf(code),
    file: details.position?.file,
    line: details.position?.line ?? 0,
    column: details.position?.column ?? 0,
    path: formatPath(details.path ?? []),
    message: fill(entry.message, params),
    hint: details.hint ?? fill(entry.hint, params),
  };
}

/**
 * `exporters.webhook.endpoints[0].url`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { type ConfigPath, formatPath } from '@telemetryflow/kernel';
 *
 * const path: ConfigPath = ['exporters', 'webhook', 'endpoints', 0, 'url'];
 * assert.equal(formatPath(path), 'exporters.webhook.endpoints[0].url');
 * ```
 */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/**
 * `file:line:column path: what; what to do`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import debug from '@telemetryflow/exporter-debug';
 * import { createPluginLookup, formatProblem, resolveConfig } from '@telemetryflow/kernel';
 *
 * const source = { object: { exporters: { debug: { enabled: false } } } };
 * const { warnings } = await resolveConfig([source], { plugins: createPluginLookup({ plugins: [debug] }) });
 * assert.deepEqual(warnings.map(formatProblem), [
 *   'exporters: nothing will be sent: every exporter is disabled; set enabled: true at one of them',
 * ]);
 * ```
 */
export function formatProblem(found: ConfigProblem): string {
  const where = found.file === undefined ? '' : `${found.file}:${found.line}:${found.column} `;
  const path = found.path === '' ? '' : `${found.path}: `;
  return `${where}${path}${found.message}; ${found.hint}`;
}

function severityOf(code: ErrorCode): ConfigProblem['severity'] {
  if (code.startsWith('TFO_WARN_')) return 'warning';
  return code.startsWith('TFO_NOTICE_') ? 'notice' : 'error';
}

function fill(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    return value === undefined ? whole : String(value);
  });
}
