/** A graph as the lifecycle sees it: things that start and stop, in groups. */
import { withoutTracing } from '../delivery/suppression.ts';
import type { Unit, Units } from '../lifecycle/lifecycle.ts';
import type { ExtensionNode, Graph } from './build.ts';

interface Stoppable {
  start?(): Promise<void>;
  stop?(): Promise<void>;
}

/** The units of a graph. What a component starts runs out of sight of the host's tracing. */
export function unitsOf(graph: Graph): Units {
  const connectors = new Set(graph.connectors);
  const groups: Unit[][] = [];
  // A connector stops after every pipeline that feeds it: with the last one, as pipelines come upstream first.
  for (const [index, pipeline] of graph.pipelines.entries()) {
    const later = graph.pipelines.slice(index + 1);
    const last = pipeline.connectors.filter(
      (connector) => connectors.has(connector) && !later.some((other) => other.connectors.includes(connector)),
    );
    for (const stage of pipeline.stages) groups.push([unit(`processor:${stage.id}`, stage.processor)]);
    if (last.length > 0) groups.push(last.map(({ id, connector }) => unit(`connector:${id}`, connector)));
  }
  return {
    extensions: graph.extensions.map(extensionUnit),
    exporters: graph.chains.map((chain) => ({
      component: `exporter:${chain.id}`,
      start: () => chain.start(),
      stop: (deadline, remainingMs) => chain.shutdown(deadline, remainingMs),
    })),
    processors: groups,
    receivers: graph.receivers.map(({ id, receiver }) => unit(`receiver:${id}`, receiver)),
  };
}

function unit(component: string, target: Stoppable): Unit {
  return {
    component,
    start: () => withoutTracing(async () => target.start?.()),
    stop: () => withoutTracing(async () => target.stop?.()),
  };
}

function extensionUnit(node: ExtensionNode): Unit {
  return unit(`extension:${node.id}`, {
    async start() {
      await node.extension.start();
      node.running = true;
    },
    async stop() {
      node.running = false;
      await node.extension.stop();
    },
  });
}
