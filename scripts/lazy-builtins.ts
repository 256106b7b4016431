/**
 * Loads the modules of Node.js when something of them is used first, and not with the package that may use it: an
 * import of node:https takes 15 ms, with TLS and all; one of node:http 40, as an import evaluates every export, and one
 * of these is undici. The sources import them as everybody does.
 */
import type { Plugin } from 'esbuild';

/** Node.js has these before it runs anything; of node:timers we want what it was then, where a test fakes it later. */
const LOADED = ['buffer', 'events', 'path', 'timers', 'url'];

/** For bundles that esbuild makes. Every access looks the export up, so a module that was patched is seen as it is. */
export const lazyBuiltins: Plugin = {
  name: 'lazy builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) =>
      LOADED.includes(path.slice('node:'.length)) ? { path, external: true } : { path, namespace: 'builtin' },
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: lazyModule(path) }));
  },
};

/** esbuild copies what a module has of its own, and keeps its prototype: there the look-up stands. */
function lazyModule(id: string): string {
  return `let loaded;
    const get = (_, name) => (loaded ??= process.getBuiltinModule(${JSON.stringify(id)}))[name];
    module.exports = Object.create(new Proxy({}, { get }));`;
}
