/** Pipelines that feed themselves: an exporter that sends to where a receiver of the same pipeline listens. */
import type { ExporterDefinition } from '../component/exporter.ts';
import { type ConfigProblem, problem } from '../errors/problem.ts';
import { isWildcard, type Listener, splitAddress } from './ports.ts';
import type { Configured, ConfiguredPipeline } from './resolved.ts';

/** Each exporter once. `listening`: by id of the receiver. The configuration has no errors. */
export function feedbackLoops(
  pipelines: readonly ConfiguredPipeline[],
  exporters: ReadonlyMap<string, Configured<ExporterDefinition>>,
  listening: ReadonlyMap<string, readonly Listener[]>,
): readonly ConfigProblem[] {
  const found = new Map<string, ConfigProblem>();
  for (const { signal, receivers, exporters: ids } of pipelines) {
    const listeners = receivers.flatMap((id) => listening.get(id) ?? []);
    for (const id of ids) {
      const exporter = exporters.get(id);
      if (exporter === undefined || found.has(id)) continue;
      const targets = exporter.definition.sendsTo?.(exporter.config, signal) ?? [];
      const own = listeners.find(({ address }) => targets.some((target) => reaches(target, address)));
      if (own === undefined) continue;
      const params = { exporter: `exporter "${id}"`, signal, address: own.address, receiver: own.owner };
      const details = { position: exporter.position, path: ['exporters', id], params };
      found.set(id, problem('TFO_WARN_CONFIG_FEEDBACK', details));
    }
  }
  return [...found.values()];
}

/** True when a connection to `target` (a URL or `host:port`) ends at the listener. */
function reaches(target: string, listener: string): boolean {
  const text = target.includes('://') ? target : `http://${target}`;
  if (!URL.canParse(text)) return false;
  const { hostname, port, protocol } = new URL(text);
  const to = splitAddress(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`);
  const at = splitAddress(listener);
  if (to.port !== at.port || to.host === '') return false;
  return to.host === at.host || isWildcard(to.host) || (isWildcard(at.host) && isLoopback(to.host));
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
