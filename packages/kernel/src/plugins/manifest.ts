/**
 * What a plugin's `package.json` says, read before any of its code runs: the `telemetryflow` block, and which file
 * its `exports` name.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Signal } from '@telemetryflow/otlp';
import type { ComponentKind, SignalSupport, Stability } from '../component/definition.ts';

/** The `telemetryflow` block: one component a package provides. */
export interface PluginBlock {
  readonly kind: ComponentKind;
  readonly type: string;
  readonly apiVersion: number | undefined;
  /** A stability per signal where the block gives one, else undefined per signal. */
  readonly signals: Readonly<Partial<Record<Signal, Stability | undefined>>>;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The folder of the package, as found (a link is not followed). */
  readonly folder: string;
  /** Empty where the package has no `telemetryflow` block. */
  readonly blocks: readonly PluginBlock[];
  /** `exports`, else undefined. */
  readonly exports: unknown;
  readonly main: string | undefined;
}

const KINDS: readonly string[] = ['receiver', 'processor', 'exporter', 'connector', 'extension'];
const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** Reads a `package.json`. Throws what the file system and `JSON.parse` throw. */
export function readManifest(file: string): Manifest {
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const fields = isObject(json) ? json : {};
  const block = fields['telemetryflow'];
  return {
    name: typeof fields['name'] === 'string' ? fields['name'] : dirname(file),
    version: typeof fields['version'] === 'string' ? fields['version'] : 'unversioned',
    folder: dirname(file),
    blocks: (Array.isArray(block) ? block : [block]).flatMap(readBlock),
    exports: fields['exports'],
    main: typeof fields['main'] === 'string' ? fields['main'] : undefined,
  };
}

function readBlock(block: unknown): PluginBlock[] {
  if (!isObject(block)) return [];
  const { kind, type, apiVersion, signals } = block;
  if (typeof type !== 'string' || !isKind(kind)) return [];
  return [
    { kind, type, apiVersion: typeof apiVersion === 'number' ? apiVersion : undefined, signals: support(signals) },
  ];
}

function support(signals: unknown): PluginBlock['signals'] {
  if (Array.isArray(signals)) {
    return Object.fromEntries(
      SIGNALS.filter((signal) => signals.includes(signal)).map((signal) => [signal, undefined]),
    );
  }
  return isObject(signals) ? (signals as SignalSupport) : {};
}

/**
 * The file that `import` of the package would run; undefined when `exports` names none. A TypeScript source is taken
 * only where this kernel runs from source itself and Node will strip its types (never below `node_modules`).
 */
export function entryFile(manifest: Manifest, fromSource: boolean = runsFromSource): string | undefined {
  const target = (source: boolean): string | undefined => {
    if (manifest.exports === undefined) return manifest.main ?? 'index.js';
    const { exports } = manifest;
    const root = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.')) ? exports['.'] : exports;
    return pick(root, source ? [SOURCE_CONDITION, ...CONDITIONS] : CONDITIONS);
  };
  for (const source of fromSource ? [true, false] : [false, true]) {
    const path = target(source);
    if (path === undefined) continue;
    const file = join(manifest.folder, path);
    if (existsSync(file) && (!path.endsWith('.ts') || canRun(file))) return file;
  }
  const missing = target(false);
  return missing === undefined ? undefined : join(manifest.folder, missing);
}

const SOURCE_CONDITION = '@telemetryflow/source';
const CONDITIONS: readonly string[] = ['node', 'import', 'module-sync', 'default'];
const runsFromSource: boolean = import.meta.url.endsWith('.ts');

function canRun(file: string): boolean {
  return !realpathSync(file).includes(`${sep}node_modules${sep}`);
}

function pick(target: unknown, conditions: readonly string[]): string | undefined {
  if (typeof target === 'string') return target;
  if (Array.isArray(target)) return target.map((entry) => pick(entry, conditions)).find((path) => path !== undefined);
  if (!isObject(target)) return undefined;
  for (const [condition, value] of Object.entries(target)) {
    if (!conditions.includes(condition)) continue;
    const found = pick(value, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isKind(value: unknown): value is ComponentKind {
  return typeof value === 'string' && KINDS.includes(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
