/**
 * Emits `dist/validate.js` for every package with a configuration: ajv's compiled validators, bundled so that the
 * file imports nothing and runs where code may not be generated from strings. `dist` must exist already.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  AJV_OPTIONS,
  type Definition,
  exporterOptionsSchema,
  type ObjectSchema,
  schemaFingerprint,
  serviceSchema,
  toJsonSchema,
} from '@telemetryflow/kernel';
import { Ajv } from 'ajv';
import { build } from 'esbuild';
import { components, root } from './workspace.ts';

type AnySchema = ObjectSchema<Record<string, unknown>>;
type Standalone = (ajv: Ajv, names: Readonly<Record<string, string>>) => string;

/** Compiles schemas into one file that exports `validators`, functions by schema fingerprint. */
export async function writeValidators(schemas: readonly AnySchema[], file: string): Promise<void> {
  const ajv = new Ajv({ ...AJV_OPTIONS, code: { source: true, esm: true, lines: false } });
  const names: Record<string, string> = {};
  const entries: string[] = [];
  for (const [index, schema] of schemas.entries()) {
    const name = `validate${index}`;
    ajv.addSchema(toJsonSchema(schema), name);
    names[name] = name;
    entries.push(`${JSON.stringify(schemaFingerprint(schema))}: ${name}`);
  }
  const { default: standalone } = createRequire(import.meta.url)('ajv/dist/standalone') as { default: Standalone };
  const source = standalone(ajv, names).replaceAll(/export const (validate\d+)/g, 'const $1');
  await build({
    stdin: {
      contents: `${source}\nexport const validators = {${entries.join(', ')}};\n`,
      resolveDir: root,
      loader: 'js',
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    outfile: file,
    logLevel: 'warning',
  });
}

/** The schemas that a component package's default export declares. */
async function schemasOf(dir: string): Promise<readonly AnySchema[]> {
  const module = (await import(pathToFileURL(path.join(root, dir, 'src/index.ts')).href)) as {
    default?: Definition | readonly Definition[];
  };
  const definitions: readonly Definition[] = [module.default ?? []].flat();
  return definitions.map((definition) => definition.config as AnySchema);
}

async function main(): Promise<void> {
  const own = [exporterOptionsSchema, serviceSchema] as unknown as readonly AnySchema[];
  await writeValidators(own, path.join(root, 'packages/kernel/dist/validate.js'));
  for (const { dir } of components()) {
    const schemas = await schemasOf(dir);
    if (schemas.length > 0) await writeValidators(schemas, path.join(root, dir, 'dist/validate.js'));
  }
}

if (import.meta.main) void main();
