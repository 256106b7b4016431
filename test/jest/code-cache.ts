/**
 * Keeps in a process what V8 compiled of a module for the test files that come later. Jest gives every test file a
 * context of its own, in which it compiles all that the file loads anew, jest itself included.
 */
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

/** The processes that tests start from the sources keep theirs on disk. */
process.env['NODE_COMPILE_CACHE'] ??= path.join(import.meta.dirname, '../../.cache/compile');

interface Compiled {
  readonly code: string;
  cache?: Buffer | undefined;
}

const seen = new Map<string, Compiled>();

/** What was compiled under this name. Undefined the first time: most names are those of test files, and never return. */
function compiled(name: string | undefined, code: string): Compiled | undefined {
  if (name === undefined) return undefined;
  const known = seen.get(name);
  if (known?.code === code) return known;
  seen.set(name, { code });
  return undefined;
}

// V8's own cache keeps the context of whatever was compiled there by `eval` or `new Function`, and so every test file.
setFlagsFromString('--no-compilation-cache');

const { compileFunction, SourceTextModule } = vm;

const compileFunctionOnce: typeof compileFunction = (code, params, options) => {
  const known = compiled(options?.filename, code);
  if (known === undefined) return compileFunction(code, params, options);
  if (known.cache !== undefined) return compileFunction(code, params, { ...options, cachedData: known.cache });
  const result = compileFunction(code, params, { ...options, produceCachedData: true });
  known.cache = result.cachedData;
  return result;
};

type Cacheable = vm.SourceTextModule & { createCachedData(): Buffer };

const SourceTextModuleOnce = new Proxy(SourceTextModule, {
  construct(target, [code, options]: [string, vm.SourceTextModuleOptions?]) {
    const known = compiled(options?.identifier, code);
    if (known?.cache !== undefined) {
      try {
        return new target(code, { ...options, cachedData: known.cache });
      } catch {
        // V8 refuses what it compiled under other flags, and a test may have set flags of this process.
      }
    }
    const module = new target(code, options) as Cacheable;
    if (known !== undefined) known.cache = module.createCachedData();
    return module;
  },
});

Object.assign(vm, { compileFunction: compileFunctionOnce, SourceTextModule: SourceTextModuleOnce });
