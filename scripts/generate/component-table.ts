/** The table of all components with their stability per signal, from their definitions. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { components, root } from '../workspace.ts';

const KINDS = ['receiver', 'processor', 'exporter', 'connector', 'extension'] as const;
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

/** One table, grouped by kind in the order data flows. */
export async function componentTable(): Promise<string> {
  const lines = ['| Component | Type | Traces | Metrics | Logs | Package |', '| --- | --- | --- | --- | --- | --- |'];
  const all = components();
  for (const kind of KINDS) {
    for (const { dir, manifest } of all.filter((c) => c.manifest.telemetryflow?.kind === kind)) {
      const { default: definition } = await import(pathToFileURL(path.join(root, dir, 'src/index.ts')).href);
      const cells = SIGNALS.map((signal) => definition?.signals?.[signal] ?? '');
      const link = `[\`${manifest.name}\`](${dir})`;
      lines.push(`| ${kind} | \`${manifest.telemetryflow?.type}\` | ${cells.join(' | ')} | ${link} |`);
    }
  }
  return lines.join('\n');
}
