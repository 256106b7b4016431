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

/** Reads a file by a schema. Throws a {@link ConfigError} that names everything wrong with it. */
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
