/** Orders pipelines so that each comes before those it feeds through connectors. */
import type { ConfiguredPipeline } from '../config/resolved.ts';

/** Upstream first. Pipelines of a cycle keep their written order: a configuration with one was refused before. */
export function upstreamFirst(
  pipelines: readonly ConfiguredPipeline[],
  isConnector: (id: string) => boolean,
): readonly ConfiguredPipeline[] {
  const ordered: ConfiguredPipeline[] = [];
  const visited = new Set<ConfiguredPipeline>();
  const visit = (pipeline: ConfiguredPipeline): void => {
    if (visited.has(pipeline)) return;
    visited.add(pipeline);
    for (const id of pipeline.exporters) {
      if (!isConnector(id)) continue;
      for (const fed of pipelines) if (fed.receivers.includes(id)) visit(fed);
    }
    ordered.unshift(pipeline);
  };
  for (const pipeline of pipelines.toReversed()) visit(pipeline);
  return ordered;
}
