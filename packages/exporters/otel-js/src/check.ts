/** Rules that a schema cannot state. */
import type { Problem } from '@telemetryflow/kernel';
import type { OtelJsConfig } from './config.ts';
import { locate } from './load.ts';

export function check(config: OtelJsConfig): readonly Problem[] {
  return [...moduleProblems(config), ...optionProblems(config)];
}

/** The module has to be there before anything starts. */
function* moduleProblems(config: OtelJsConfig): Generator<Problem> {
  if (locate(config.module) !== undefined) return;
  const isFile = /^\.{0,2}\//.test(config.module);
  yield {
    path: ['module'],
    message: `${isFile ? 'there is no file' : 'the package is not installed:'} ${config.module}`,
    hint: isFile ? `it is looked for from ${process.cwd()}` : `npm install ${config.module}`,
  };
}

/** What is within `options` may be printed: the kernel does not know which of it is secret. */
function* optionProblems({ options }: OtelJsConfig): Generator<Problem> {
  const { headers } = (options ?? {}) as { readonly headers?: unknown };
  if (headers === undefined) return;
  yield {
    path: ['options', 'headers'],
    message: 'headers within options are no secrets: print-config shows them',
    hint: 'write them under headers, beside options',
    severity: 'warning',
  };
}
