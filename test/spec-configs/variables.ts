/** Harmless values for the variables that configurations of the specification and the documents refer to. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const configs = new URL('configs/', import.meta.url);

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/ACCOUNT_ID$/, '1234567'],
  [/ENV_ID$/, 'abc12345'],
  [/^HOSTNAME$/, 'host-1'],
  [/_ORG$/, 'acme'],
  [/USERNAME$/, 'user@example.com'],
  [/WEBHOOK_SECRET$/, 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3'],
  [/(SPACE|ROOM)_ID$/, '6f1ed002-ab55-49a1-b1bb-0123456789ab'],
];

/** A value that the backend's rules for this variable allow. */
export function harmless(variable: string): string {
  return SHAPES.find(([name]) => name.test(variable))?.[1] ?? 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
}

/** A value for every variable without default in any block. */
export function environment(): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const file of globSync('*.yaml', { cwd: fileURLToPath(configs) })) {
    const text = readFileSync(new URL(file, configs), 'utf8').replaceAll(/^\s*#.*$/gm, '');
    for (const [, variable = ''] of text.matchAll(/\$\{([A-Z0-9_]+)\}/g)) env[variable] = harmless(variable);
  }
  return env;
}
