/** Data points as metrics of processes, one process each, so that an acceptor of snapshots can be asked which it took. */
import { type Batch, batchFromRecords, type ExporterDefinition } from '@telemetryflow/kernel';
import {
  type AttributeMap,
  DataPointType,
  type HrTime,
  type MetricRecord,
  type ResourceMetricsRecord,
} from '@telemetryflow/otlp';
import { itemIds } from '@telemetryflow/testkit';
import { TIME } from './setup.ts';

/** What is known of a process, of the ten seconds before a time. */
export function processMetrics(
  pid: number | undefined,
  values: Readonly<Record<string, number>>,
  more: AttributeMap = {},
  [seconds, nanos]: HrTime = TIME,
): ResourceMetricsRecord {
  const attributes = { 'service.name': 'shop', ...(pid !== undefined && { 'process.pid': pid }), ...more };
  const metrics = Object.entries(values).map(([name, value]): MetricRecord => {
    const [metric = '', mode] = name.split('|');
    const about = mode === undefined ? {} : { 'cpu.mode': mode };
    return {
      descriptor: { name: metric, description: '', unit: '1', valueType: 1 },
      aggregationTemporality: 0,
      dataPointType: DataPointType.SUM,
      isMonotonic: mode !== undefined,
      dataPoints: [{ startTime: [seconds - 10, nanos], endTime: [seconds, nanos], value, attributes: about }],
    };
  });
  return { resource: { attributes }, scopeMetrics: [{ scope: { name: '' }, metrics }] };
}

/** The exporter, with every data point made the memory of a process whose pid is the number of the item, plus one. */
export function aboutProcesses(definition: ExporterDefinition): ExporterDefinition {
  return {
    ...definition,
    create(config, context) {
      const exporter = definition.create(config, context);
      const encode: typeof exporter.encode = (batch, about) => {
        const records = (batch as Batch<'metrics'>).records();
        const pids = itemIds(records).map((id) => Number(id.replace('item-', '')) + 1);
        const now: HrTime = [Math.floor(about.now / 1000), 0];
        const points = records.flatMap(({ resource, scopeMetrics }) =>
          scopeMetrics.flatMap(({ metrics }) =>
            metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => ({ resource, value }))),
          ),
        );
        const made = points.map(({ resource, value }, i) => {
          const level = typeof value === 'number' ? value : 1;
          return processMetrics(pids[i], { 'process.memory.usage': level }, resource.attributes, now);
        });
        return exporter.encode(batchFromRecords('metrics', made) as Batch, about);
      };
      return { ...exporter, encode };
    },
  };
}
