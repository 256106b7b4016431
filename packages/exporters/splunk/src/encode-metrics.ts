/** Data points for a metrics index. */
import type { HttpEncoder } from '@telemetryflow/http';
import { Clusters, renderCluster } from './clusters.ts';
import type { SplunkConfig } from './config.ts';
import { Envelopes } from './envelope.ts';
import { DIMENSIONS, FieldWriter } from './fields.ts';
import { Groups } from './groups.ts';
import { measurementsOf, metricName, typeOf } from './measurements.ts';
import { hasNumber, NO_NUMBER, pointsOf } from './points.ts';
import { Requests } from './requests.ts';
import { secondsText } from './time.ts';

/** Points between two turns of the event loop. */
const TURN = 256;
const CLASH = 'the name of another metric is the same but for characters that Splunk does not take';

export function metricsEncoder(config: SplunkConfig, hostname: string): HttpEncoder<'metrics'> {
  const envelopes = new Envelopes(config, 'metrics', { hostname });
  const writer = new FieldWriter(DIMENSIONS, envelopes.names);
  return function* encodeMetrics(batch, { id }) {
    const groups = new Groups(envelopes, writer);
    const clusters = new Clusters(config.multi_metric);
    const originals = new Map<string, string>();
    const empty: number[] = [];
    const clashing: number[] = [];
    let turn = 0;
    for (const each of pointsOf(batch.records())) {
      const { item, resource, scope, metric, point } = each;
      if (++turn % TURN === 0) yield undefined;
      const { name: original } = metric.descriptor;
      const name = metricName(original);
      const first = originals.get(name) ?? original;
      originals.set(name, first);
      const measurements = first === original && hasNumber(each) ? measurementsOf(metric, name, point.value) : [];
      if (first !== original) clashing.push(item);
      else if (measurements.length === 0) empty.push(item);
      else {
        const group = groups.of(resource, scope);
        const { attributes } = point;
        const envelope = envelopes.chosenBy(attributes)
          ? envelopes.of(resource.attributes, attributes)
          : group.envelope;
        const time = secondsText(point.endTime) ?? secondsText(point.startTime);
        const stamp = time === undefined ? '' : `"time":${time},`;
        const dimensions = writer.write(group.fields, attributes, [['metric_type', `"${typeOf(metric)}"`]]);
        const head = `{${stamp}${envelope.text}"event":"metric","fields":{${dimensions}`;
        clusters.add(envelope.index, head, measurements, item);
      }
    }
    if (empty.length > 0) yield { dropped: empty, reason: 'unsupported', detail: NO_NUMBER };
    if (clashing.length > 0) yield { dropped: clashing, reason: 'unsupported', detail: CLASH };
    const requests = new Requests(config.max_content_length, id);
    for (const cluster of clusters.all()) {
      const { text, events } = renderCluster(cluster);
      const full = requests.add(cluster.index, text, events, cluster.items);
      if (full !== undefined) yield full;
      if (++turn % TURN === 0) yield undefined;
    }
    yield* requests.rest();
  };
}
