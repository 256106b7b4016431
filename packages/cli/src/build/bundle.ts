/** Makes one file of an entry and everything it imports, with esbuild. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as Esbuild from 'esbuild';
import { PACKAGES_MARK } from './entry.ts';
import { BuildError } from './error.ts';

export interface BundleOptions {
  readonly source: string;
  /** What the imports of the source are resolved from. */
  readonly folder: string;
  readonly outfile: string;
  /** For a first line of the file. */
  readonly title: string;
}

/** Never part of a bundle: `telemetryflow build` is for where they are installed. */
const BUILD_TOOLS = ['esbuild', 'postject'];
/** CommonJS, so that the same file is the main script of a single executable. */
const FORMAT = { format: 'cjs', platform: 'node', target: 'node22' } as const;
const runsFromSource: boolean = import.meta.url.endsWith('.ts');

/** Throws a {@link BuildError} with what esbuild objects to. */
export async function bundle(esbuild: typeof Esbuild, options: BundleOptions): Promise<void> {
  const { source, folder, outfile, title } = options;
  const built = await esbuild
    .build({
      ...FORMAT,
      stdin: { contents: source, resolveDir: folder, sourcefile: 'entry.js', loader: 'js' },
      outfile,
      absWorkingDir: folder,
      bundle: true,
      write: false,
      metafile: true,
      keepNames: true,
      legalComments: 'eof',
      logLevel: 'silent',
      external: BUILD_TOOLS,
      plugins: [nativeLeftOut, missingOptional],
      conditions: runsFromSource ? ['@telemetryflow/source'] : [],
      banner: {
        js: `#!/usr/bin/env node\n// ${title}\nconst __url = require('node:url').pathToFileURL(__filename).href;`,
      },
      define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname', 'import.meta.main': 'false' },
    })
    .catch((error: Esbuild.BuildFailure) => {
      throw new BuildError(`esbuild cannot make one file of it:\n${error.message}`);
    });
  const text = built.outputFiles[0]?.text ?? '';
  const names = [...packagesIn(Object.keys(built.metafile.inputs))].map((name) => JSON.stringify(name)).join(', ');
  mkdirSync(path.dirname(outfile), { recursive: true });
  writeFileSync(outfile, text.replace(JSON.stringify(PACKAGES_MARK), names));
  chmodSync(outfile, 0o755);
}

/** Native code cannot be part of a JavaScript file; who uses it has a way without. */
const nativeLeftOut: Esbuild.Plugin = {
  name: 'native-left-out',
  setup(build) {
    build.onLoad({ filter: /\.node$/ }, () => ({
      contents: "throw new Error('native code is not part of a bundle');",
    }));
  },
};

/** What a package can do without, and is not installed, stays an import, which fails when it is asked for. */
const missingOptional: Esbuild.Plugin = {
  name: 'missing-optional',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path: name, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === ASKED || kind === 'entry-point') return undefined;
      const found = await build.resolve(name, { importer, kind, resolveDir, pluginData: ASKED });
      if (found.errors.length === 0) return found;
      // Left to esbuild, which forgives what stands in a try block.
      return isOptional(name, importer) ? { path: name, external: true } : undefined;
    });
  },
};

const ASKED: unique symbol = Symbol('asked');

/** True when the package of `importer` says so. */
function isOptional(name: string, importer: string): boolean {
  const [wanted = ''] = /^(?:@[^/]+\/)?[^/]+/.exec(name) ?? [];
  const { optionalDependencies = {}, peerDependenciesMeta = {} } = manifestOf(importer);
  return wanted in optionalDependencies || peerDependenciesMeta[wanted]?.optional === true;
}

interface PackageManifest {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The manifest of the package that a file belongs to; folders of a package may hold a nameless one. */
function manifestOf(file: string): PackageManifest {
  for (let folder = path.dirname(file); path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const json = JSON.parse(readFileSync(manifest, 'utf8')) as PackageManifest & { readonly name?: string };
    if (json.name !== undefined) return json;
  }
  return {};
}

function packagesIn(files: readonly string[]): ReadonlySet<string> {
  const names = files.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? '');
  return new Set(names.filter((name) => name !== '').sort());
}
