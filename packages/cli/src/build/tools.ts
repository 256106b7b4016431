/** The tools of a build, which only who builds needs: loaded on demand, from the project or beside the agent. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { BuildError } from './error.ts';

/** Throws a {@link BuildError} that says how to install it. */
export function loadTool<T>(name: string, folder: string, what: string): T {
  for (const from of [path.join(folder, 'package.json'), import.meta.url]) {
    const load = createRequire(from);
    try {
      return load(name) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new BuildError(`${what} needs the package ${name}, which is not installed; npm install --save-dev ${name}`);
}
