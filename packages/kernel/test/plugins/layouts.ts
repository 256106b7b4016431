/** Real folders with real packages, for the tests of plugin discovery. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Layout {
  readonly root: string;
  /** Writes a file below the root. */
  file(path: string, text: string): string;
  /** Writes a package that exports one component. Returns its folder. */
  plugin(path: string, options: PluginOptions): string;
  link(path: string, target: string): void;
  remove(): void;
}

export interface PluginOptions {
  readonly name: string;
  readonly kind?: string;
  readonly type: string;
  readonly version?: string;
  readonly apiVersion?: number;
  readonly aliases?: readonly string[];
  /** The `telemetryflow` block; `null` for none. Default: says what the code says. */
  readonly block?: unknown;
  readonly manifest?: object;
  readonly code?: string;
}

export function createLayout(): Layout {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'plugins-')));
  const write = (path: string, text: string): string => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  return {
    root,
    file: write,
    plugin(path, { name, kind = 'exporter', type, version = '1.2.3', apiVersion = 1, aliases, block, manifest, code }) {
      const stated = block === undefined ? { kind, type, apiVersion, signals: ['logs'] } : block;
      const json = { name, version, type: 'module', exports: './index.js', ...manifest };
      write(`${path}/package.json`, JSON.stringify(stated === null ? json : { ...json, telemetryflow: stated }));
      write(`${path}/index.js`, code ?? moduleText({ kind, type, apiVersion, description: name, aliases }));
      return join(root, path);
    },
    link(path, target) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path), 'dir');
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A module made by another copy of the kernel: only the brand tells that its export is a definition. */
export function moduleText(definition: object): string {
  const fields = { signals: { logs: 'beta' }, config: { type: 'object', properties: {} }, ...definition };
  return `export default { ...${JSON.stringify(fields)}, [Symbol.for('telemetryflow.definition')]: true };`;
}
