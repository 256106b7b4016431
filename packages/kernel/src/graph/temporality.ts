/** In which temporality metrics are best handed to `pipeline.consume`. */
import type { ResolvedConfig } from '../config/resolved.ts';
import { deliverySettings } from '../delivery/settings.ts';

/**
 * `delta` where every exporter that gets metrics from `consume` asks for delta, so that nothing has to be converted;
 * else `cumulative`, from which each chain converts for itself. A connector takes cumulative metrics.
 */
export function feedTemporality(config: ResolvedConfig): 'cumulative' | 'delta' {
  const sinks = config.pipelines
    .filter(({ signal, receivers, implicit }) => signal === 'metrics' && (implicit === true || receivers.length === 0))
    .flatMap(({ exporters }) => exporters);
  const delta = (id: string): boolean => {
    const exporter = config.exporters.get(id);
    return (
      exporter !== undefined &&
      deliverySettings(exporter.definition, exporter.config, 'metrics').temporality === 'delta'
    );
  };
  return sinks.length > 0 && sinks.every(delta) ? 'delta' : 'cumulative';
}
