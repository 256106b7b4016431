/** Loads the packages and files of the `plugins:` list before any type is looked for. */
import { problem } from '../errors/problem.ts';
import type { DecodeShared } from './decode-context.ts';
import type { PluginLookup } from './resolved.ts';
import type { ListedPlugin } from './sections.ts';
import { directoryOf } from './substitute.ts';

/** Paths are relative to the file that lists them; in a JS object to `baseDir`. */
export async function loadListedPlugins(
  listed: readonly ListedPlugin[],
  plugins: PluginLookup,
  baseDir: string | undefined,
  shared: DecodeShared,
): Promise<void> {
  if (plugins.load === undefined) return;
  for (const { name, position, path } of listed) {
    const from = position?.file === undefined ? baseDir : directoryOf(position.file);
    const [failed] = await plugins.load([name], from);
    if (failed === undefined) continue;
    const params = { reason: failed.problem, todo: failed.hint };
    shared.problems.push(problem('TFO_ERR_CONFIG_COMPONENT', { position, path, params }));
  }
}
