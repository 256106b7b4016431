/**
 * The fault run over every exporter that has an adapter: `npm run soak`, or `npm run soak -- otlp_http` for one.
 * `ITEMS` (default 100000) and `SEED` (default 1) come from the environment.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FaultReport, runFaults } from '@telemetryflow/testkit';
import type { SoakAdapter } from './adapter.ts';

const folder = new URL('adapters/', import.meta.url);

/** Types that have an adapter. */
export function soakTypes(): string[] {
  return readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** One run; rejects with everything that did not hold. */
export async function soak(type: string, items: number, seed: number): Promise<FaultReport> {
  const { default: adapter }: { default: SoakAdapter } = await import(new URL(`${type}.ts`, folder).href);
  return await runFaults({ ...adapter, items, seed });
}

async function main(chosen: readonly string[]): Promise<void> {
  const items = Number(process.env['ITEMS'] ?? 100_000);
  const seed = Number(process.env['SEED'] ?? 1);
  for (const type of chosen.length > 0 ? chosen : soakTypes()) {
    try {
      console.log(`${type}: held`, await soak(type, items, seed));
    } catch (error) {
      console.error(
        `${type}: broke (ITEMS=${items} SEED=${seed})\n${error instanceof Error ? error.stack : String(error)}`,
      );
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv.slice(2));
