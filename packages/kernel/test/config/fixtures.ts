/** Resolves YAML text the way a file would be, and gives the error of text that must be refused. */
import {
  ConfigError,
  type Environment,
  type Resolution,
  type ResolveOptions,
  resolveConfig,
} from '@telemetryflow/kernel';
import { lookup } from './definitions.ts';

/** Resolves one YAML text named `t.yaml`. */
export function resolveText(
  text: string,
  env: Environment = {},
  options: Partial<ResolveOptions> = {},
): Promise<Resolution> {
  return resolveConfig([{ text, name: 't.yaml' }], { plugins: lookup(), env, ...options });
}

/** The error of a text that must be refused. */
export async function refused(
  text: string,
  env: Environment = {},
  options: Partial<ResolveOptions> = {},
): Promise<ConfigError> {
  try {
    await resolveText(text, env, options);
  } catch (error) {
    if (ConfigError.is(error)) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** `line:column CODE` of each problem. */
export function places(error: ConfigError): readonly string[] {
  return error.problems.map((each) => `${each.line}:${each.column} ${each.code}`);
}

/** The decoded configuration of one exporter. */
export function exporterConfig<T = Readonly<Record<string, unknown>>>({ config }: Resolution, id: string): T {
  const exporter = config.exporters.get(id);
  if (exporter === undefined) throw new Error(`no exporter ${id}`);
  return exporter.config as T;
}
