/** Data points for a metrics index. */
import type { HttpEncoder } from '@telemetryflow/http';
import { Clusters, renderCluster } from './clusters.ts';
import type { SplunkConfig } from './config.ts';
import { encoderOf } from './encoder.ts';
import { Envelopes } from './envelope.ts';
import { DIMENSIONS, FieldWriter } from './fields.ts';
import { measurementsOf, metricName, typeOf } from './measurements.ts';
import { hasNumber, NO_NUMBER, pointsOf } from './points.ts';
import { stampOf } from './time.ts';

/** Points between two turns of the event loop. */
const TURN = 256;
const CLASH = 'the name of another metric is the same but for characters that Splunk does not take';

export function metricsEncoder(config: SplunkConfig, hostname: string): HttpEncoder<'metrics'> {
  const envelopes = new Envelopes(config, 'metrics', { hostname });
  const writer = new FieldWriter(DIMENSIONS, envelopes.names);
  return encoderOf(config, envelopes, writer, function* writeMetrics(batch, { groups, refusals, requests }) {
    const clusters = new Clusters(config.multi_metric, config.max_content_length);
    const originals = new Map<string, string>();
    let turn = 0;
    for (const each of pointsOf(batch.records())) {
      const { item, resource, scope, metric, point } = each;
      if (++turn % TURN === 0) yield undefined;
      const { name: original } = metric.descriptor;
      const name = metricName(original);
      const first = originals.get(name) ?? original;
      originals.set(name, first);
      const measurements = hasNumber(each) ? measurementsOf(metric, name, point.value) : [];
      if (first !== original) refusals.add('unsupported', CLASH, item);
      else if (measurements.length === 0) refusals.add('unsupported', NO_NUMBER, item);
      else {
        const { attributes, endTime } = point;
        const group = groups.of(resource, scope);
        const { index, text } = groups.envelope(group, resource, attributes);
        const dimensions = writer.write(group.fields, attributes, `"metric_type":"${typeOf(metric)}"`);
        const head = `{${stampOf(endTime)}${text}"event":"metric","fields":{${dimensions}`;
        clusters.add(index, head, measurements, item);
      }
    }
    for (const cluster of clusters.all()) {
      const { text, events } = renderCluster(cluster);
      const full = requests.addEvents(cluster.index, text, events, cluster.items);
      if (full !== undefined) yield full;
      if (++turn % TURN === 0) yield undefined;
    }
  });
}
