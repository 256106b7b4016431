/** Per backend and signal, what the exporter was proven against. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExporterDefinition } from '@telemetryflow/kernel';
import type { Signal } from '@telemetryflow/otlp';
import { WITNESSES, type Witness } from '../../test/e2e/witnesses.ts';
import { components, root } from '../workspace.ts';

/** An exporter of this repository. */
export interface OfficialExporter {
  /** Relative to the root. */
  readonly dir: string;
  readonly definition: ExporterDefinition;
}

/** Every exporter that has a definition, by type. */
export async function officialExporters(): Promise<readonly OfficialExporter[]> {
  const found: OfficialExporter[] = [];
  for (const { dir, manifest } of components()) {
    if (manifest.telemetryflow?.kind !== 'exporter') continue;
    const { default: definition } = await import(pathToFileURL(path.join(root, dir, 'src/index.ts')).href);
    if (definition !== undefined) found.push({ dir, definition });
  }
  return found;
}

/** Printing to the terminal has no backend. */
const NO_BACKEND: ReadonlySet<string> = new Set(['debug']);

/** Those that have a backend. */
export async function backendExporters(): Promise<readonly OfficialExporter[]> {
  return (await officialExporters()).filter(({ definition }) => !NO_BACKEND.has(definition.type));
}

/** One row per backend. */
export async function supportTable(): Promise<string> {
  const rows = (await backendExporters()).map(({ dir, definition: { type, signals } }) => {
    const cells = (['traces', 'metrics', 'logs'] as const).map((signal) =>
      signals[signal] === undefined ? '' : provenAgainst(type, signal),
    );
    return `| [\`${type}\`](${dir}) | ${cells.join(' | ')} |`;
  });
  return ['| Exporter | Traces | Metrics | Logs |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** As `Prometheus 3.14.0, 2.42.0`. Throws for a signal that has no witness: there is no default for what was shown. */
export function provenAgainst(type: string, signal: Signal): string {
  const witnesses = WITNESSES[type]?.[signal] ?? [];
  if (witnesses.length === 0)
    throw new Error(`test/e2e/witnesses.ts does not say what ${type} ${signal} was proven against.`);
  const byName = Map.groupBy(witnesses, ({ name, kind }) => (kind === 'server' ? `**${name}**` : name));
  return [...byName].map(([name, each]) => [name, versionsOf(each)].join(' ').trim()).join('; ');
}

function versionsOf(witnesses: readonly Witness[]): string {
  return witnesses.flatMap((witness) => ('version' in witness ? [witness.version] : [])).join(', ');
}
