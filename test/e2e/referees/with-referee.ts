/** Registers tests that need a ready binary; without it they are counted as skipped, never as passed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe } from '@jest/globals';
import { cacheDir } from './cache.ts';

/** True when the binary (`loki3`, `prometheus3`, `otelcol-referee`) is at hand or was unpacked before. */
export function atHand(binary: string): boolean {
  const source = process.env['TELEMETRYFLOW_REFEREES'];
  const ready = source !== undefined && existsSync(path.join(source, `${binary}.xz`));
  return ready || existsSync(path.join(cacheDir, binary, binary));
}

/** A `describe` whose tests are skipped, with the reason in their name, where the binary is missing. */
export function describeWithBinary(binary: string, name: string, tests: () => void): void {
  if (atHand(binary)) describe(name, tests);
  else describe.skip(`${name} (no ${binary}: set TELEMETRYFLOW_REFEREES to a folder that holds ${binary}.xz)`, tests);
}
