/** Connectors join pipelines: each is an exporter of one and a receiver of another. */
import type { ConnectorDefinition } from '../component/definition.ts';
import type { DecodeContext } from './decode-context.ts';
import type { Configured, ConfiguredPipeline } from './resolved.ts';

type Connectors = ReadonlyMap<string, Configured<ConnectorDefinition>>;

/**
 * The pipelines that lead somewhere. Disabled exporters are gone already; a pipeline left without exporters goes,
 * and with it the connectors that only fed it or were only fed by it.
 */
export function pruneDeadEnds(
  pipelines: readonly ConfiguredPipeline[],
  connectors: Connectors,
): readonly ConfiguredPipeline[] {
  const wasUsed = (id: string, side: 'receivers' | 'exporters'): boolean =>
    pipelines.some((each) => each[side].includes(id));
  let kept = pipelines;
  for (;;) {
    const current = kept;
    const leads = (id: string): boolean =>
      !connectors.has(id) || !wasUsed(id, 'receivers') || current.some((each) => each.receivers.includes(id));
    const fed = (id: string): boolean =>
      !connectors.has(id) || !wasUsed(id, 'exporters') || current.some((each) => each.exporters.includes(id));
    const next = current
      .map((each) => ({ ...each, exporters: each.exporters.filter(leads), receivers: each.receivers.filter(fed) }))
      .filter((each) => each.exporters.length > 0 && !lostAll(each.receivers, originalOf(pipelines, each.id)));
    if (next.length === current.length && countIds(next) === countIds(current)) return next;
    kept = next;
  }
}

/** Reports connectors used on one side only, pairs of signals they do not support, and cycles. */
export function checkConnectors(
  pipelines: readonly ConfiguredPipeline[],
  connectors: Connectors,
  cx: DecodeContext,
): void {
  for (const [id, { definition }] of connectors) {
    const into = pipelines.filter((each) => each.exporters.includes(id));
    const outOf = pipelines.filter((each) => each.receivers.includes(id));
    if (into.length === 0 && outOf.length === 0) continue;
    if (into.length === 0 || outOf.length === 0) {
      const used = into.length > 0 ? 'exporter' : 'receiver';
      const missing = into.length > 0 ? 'receivers' : 'exporters';
      report('TFO_ERR_CONFIG_CONNECTOR_SIDE', [...into, ...outOf][0], cx, { id, used, missing });
      continue;
    }
    const supports = (from: ConfiguredPipeline, to: ConfiguredPipeline): boolean =>
      definition.pairs.some((pair) => pair[0] === from.signal && pair[1] === to.signal);
    const supported = definition.pairs.map(([from, to]) => `${from} to ${to}`).join(', ');
    const first = { into: into[0], outOf: outOf[0] };
    const lost = into.find((from) => !outOf.some((to) => supports(from, to)));
    const starved = outOf.find((to) => !into.some((from) => supports(from, to)));
    if (lost === undefined && starved === undefined) continue;
    const from = (lost ?? first.into)?.signal ?? '';
    const to = (lost === undefined ? starved : first.outOf)?.signal ?? '';
    report('TFO_ERR_CONFIG_CONNECTOR_PAIR', lost ?? starved, cx, { id, from, to, supported });
  }
  for (const cycle of findCycles(pipelines, connectors)) {
    report('TFO_ERR_CONFIG_CYCLE', cycle.at, cx, { cycle: cycle.text });
  }
}

interface Cycle {
  readonly at: ConfiguredPipeline;
  /** `traces -(forward)-> traces/b -(back)-> traces`. */
  readonly text: string;
}

function findCycles(pipelines: readonly ConfiguredPipeline[], connectors: Connectors): readonly Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  const visit = (at: ConfiguredPipeline, trail: readonly { readonly id: string; readonly by: string }[]): void => {
    const seen = trail.findIndex((step) => step.id === at.id);
    if (seen >= 0) {
      const [start, ...rest] = [...trail.slice(seen), { id: at.id, by: trail.at(-1)?.by ?? '' }];
      const hops = rest.map((step, index) => ` -(${trail[seen + index]?.by ?? ''})-> ${step.id}`);
      cycles.push({ at, text: `${start?.id ?? at.id}${hops.join('')}` });
      return;
    }
    if (done.has(at.id)) return;
    for (const id of at.exporters) {
      if (!connectors.has(id)) continue;
      for (const next of pipelines) {
        if (next.receivers.includes(id)) visit(next, [...trail, { id: at.id, by: id }]);
      }
    }
    done.add(at.id);
  };
  for (const pipeline of pipelines) visit(pipeline, []);
  return cycles;
}

function report(
  code: 'TFO_ERR_CONFIG_CONNECTOR_SIDE' | 'TFO_ERR_CONFIG_CONNECTOR_PAIR' | 'TFO_ERR_CONFIG_CYCLE',
  pipeline: ConfiguredPipeline | undefined,
  cx: DecodeContext,
  params: Readonly<Record<string, string>>,
): void {
  const path = ['pipelines', ...(pipeline === undefined ? [] : [pipeline.id])];
  const { node, keyPosition } = cx.nearestPlace(path);
  cx.fail(code, path, node, { position: keyPosition ?? node.position, params });
}

function originalOf(pipelines: readonly ConfiguredPipeline[], id: string): ConfiguredPipeline | undefined {
  return pipelines.find((each) => each.id === id);
}

function lostAll(receivers: readonly string[], original: ConfiguredPipeline | undefined): boolean {
  return receivers.length === 0 && (original?.receivers.length ?? 0) > 0;
}

function countIds(pipelines: readonly ConfiguredPipeline[]): number {
  return pipelines.reduce((sum, each) => sum + each.receivers.length + each.exporters.length, 0);
}
