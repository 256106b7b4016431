/**
 * Run as a program: puts a bundled kernel, a plugin and the validators of both into the folder it is given, the way
 * published packages lie on disk, but with neither ajv nor yaml in reach.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exporterOptionsSchema, type ObjectSchema, serviceSchema } from '@telemetryflow/kernel';
import { build } from 'esbuild';
import { writeValidators } from '../../../../scripts/build-validators.ts';

type AnySchema = ObjectSchema<Record<string, unknown>>;

const target = String(process.argv[2]);
const schema: AnySchema = {
  type: 'object',
  required: ['endpoint'],
  properties: {
    endpoint: { type: 'string', format: 'url', description: 'URL.' },
    level: { type: 'integer', minimum: 1, maximum: 9, description: 'Level.' },
    site: { type: 'string', enum: ['us1', 'eu1'], description: 'Site.' },
    hosts: {
      type: 'array',
      minItems: 1,
      description: 'Hosts.',
      items: { type: 'string', pattern: '^[a-z]+$', description: 'Host.' },
    },
    switched: {
      description: 'Either.',
      oneOfTypes: [
        { type: 'boolean', description: 'Switch.' },
        {
          type: 'object',
          description: 'More.',
          properties: { size: { type: 'number', minimum: 0, description: 'Size.' } },
        },
      ],
    },
  },
};

writeFileSync(join(target, 'package.json'), '{"type":"module"}');
await build({
  entryPoints: [join(import.meta.dirname, '../../src/index.ts')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  conditions: ['@telemetryflow/source'],
  external: ['ajv', 'yaml'],
  outfile: join(target, 'kernel/index.js'),
});
await writeValidators(
  [exporterOptionsSchema, serviceSchema] as unknown as AnySchema[],
  join(target, 'kernel/validate.js'),
);
await writeValidators([schema], join(target, 'plugin/validate.js'));
writeFileSync(
  join(target, 'plugin/index.js'),
  `import { defineExporter } from '../kernel/index.js';
export default defineExporter({
  type: 'plug', description: 'x', module: import.meta.url, signals: { logs: 'stable' }, reads: 'records',
  config: ${JSON.stringify(schema)}, create: () => ({}),
});\n`,
);
cpSync(join(import.meta.dirname, 'prebuilt-main.mjs'), join(target, 'main.mjs'));
