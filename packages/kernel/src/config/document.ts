/** Other YAML files than configurations, read in the same way: with positions, nearest names and all errors at once. */
import { ConfigError } from '../errors/config-error.ts';
import type { ConfigPath, ConfigProblem } from '../errors/problem.ts';
import { decodeOwn } from './component-block.ts';
import type { AnyObjectSchema } from './decode.ts';
import { DecodeContext } from './decode-context.ts';
import { type LoadOptions, loadConfigSources } from './load.ts';
import type { SourcePosition } from './resolved.ts';
import type { ObjectSchema } from './schema.ts';
import { SecretRegistry } from './secret-registry.ts';

/** A YAML file of another shape than a configuration, decoded by a schema. */
export interface YamlDocument<C> {
  /** Decoded, defaults filled in. */
  readonly value: C;
  /** Where a value was written, or the nearest part around it that was. */
  position(path: ConfigPath): SourcePosition | undefined;
}

/**
 * Reads a file by a schema. Throws a {@link ConfigError} that names everything wrong with it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import path from 'node:path';
 * import { type Environment, type LoadOptions, readDocument, type YamlDocument } from '@telemetryflow/kernel';
 *
 * interface Job {
 *   name: string;
 *   every: number;
 * }
 * const folder = mkdtempSync(path.join(tmpdir(), 'job-'));
 * const file = path.join(folder, 'job.yaml');
 * writeFileSync(file, 'name: ${JOB}\nevery: 5m\n');
 * const env: Environment = { JOB: 'backup' };
 * const options: LoadOptions = { env };
 * const job: YamlDocument<Job> = await readDocument<Job>(
 *   {
 *     type: 'object',
 *     properties: {
 *       name: { type: 'string', description: 'Its name.' },
 *       every: { type: 'string', unit: 'duration', description: 'Time between two runs.' },
 *     },
 *   },
 *   file,
 *   options,
 * );
 * rmSync(folder, { recursive: true });
 * assert.deepEqual(job.value, { name: 'backup', every: 300_000 });
 * assert.equal(job.position(['every'])?.line, 2);
 * ```
 */
export async function readDocument<C>(
  schema: ObjectSchema<C>,
  file: string,
  options: LoadOptions = {},
): Promise<YamlDocument<C>> {
  const { root, texts } = await loadConfigSources([file], options);
  const problems: ConfigProblem[] = [];
  const secrets = new SecretRegistry();
  const cx = new DecodeContext({ problems, origins: new Map(), secrets, warned: new Set() }, []);
  const entry = { key: '', keyPosition: root.position, value: root };
  const value = await decodeOwn(schema as AnyObjectSchema, entry, cx, file);
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ConfigError(errors, { texts, scrub: (text) => secrets.scrub(text) });
  return { value: value as C, position: (path) => cx.nearestPlace(path).node.position };
}
