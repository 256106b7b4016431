/** Rules that a schema cannot state. */
import type { Problem } from '@telemetryflow/kernel';
import type { OtelJsConfig } from './config.ts';
import { locate } from './load.ts';

/** The module has to be there before anything starts. */
export function check(config: OtelJsConfig): readonly Problem[] {
  if (locate(config.module) !== undefined) return [];
  const isFile = /^\.{0,2}\//.test(config.module);
  return [
    {
      path: ['module'],
      message: `${isFile ? 'there is no file' : 'the package is not installed:'} ${config.module}`,
      hint: isFile ? `it is looked for from ${process.cwd()}` : `npm install ${config.module}`,
    },
  ];
}
