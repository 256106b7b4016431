/** Items as alarms and messages that name them, so that a backend without attributes can be asked which it took. */
import {
  type Batch,
  batchFromRecords,
  type EncodeContext,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
} from '@telemetryflow/kernel';
import { DataPointType, type LogRecord, type MetricRecord, type ResourceMetricsRecord } from '@telemetryflow/otlp';
import { itemIds } from '@telemetryflow/testkit';

type Change = (batch: Batch, about: EncodeContext) => Batch;

/** The exporter, with every batch changed before it is encoded. */
function changing(definition: ExporterDefinition, change: Change): ExporterDefinition {
  const create = (config: unknown, context: ExporterContext): Exporter => {
    const exporter = definition.create(config, context);
    return { ...exporter, encode: (batch, about) => exporter.encode(change(batch, about), about) };
  };
  return { ...definition, create };
}

/** The exporter, with all log records of a batch raised to errors whose text is the ids of all that are one alarm. */
export function alarming(definition: ExporterDefinition): ExporterDefinition {
  return changing(definition, (batch) => {
    const records = (batch as Batch<'logs'>).records();
    const ids = new Map<string, string[]>();
    for (const record of records) ids.set(alarmOf(record), [...(ids.get(alarmOf(record)) ?? []), ...itemIds([record])]);
    const alarms = records.map((record) => {
      return { ...record, severityNumber: 17, body: ids.get(alarmOf(record))?.join(' ') };
    });
    return batchFromRecords('logs', alarms) as Batch;
  });
}

/** The exporter, with the id of every log record as its text. */
export function naming(definition: ExporterDefinition): ExporterDefinition {
  return changing(definition, (batch) => {
    const records = (batch as Batch<'logs'>).records();
    return batchFromRecords(
      'logs',
      records.map((record) => ({ ...record, body: itemIds([record]).join() })),
    ) as Batch;
  });
}

/** The metric of all points of {@link rising}. */
export const RISING = 'depth';

/** The exporter, with every data point made a series of {@link RISING} of its own, named by the id of the item. */
export function rising(definition: ExporterDefinition): ExporterDefinition {
  return changing(definition, (batch, { now }) => {
    const records = (batch as Batch<'metrics'>).records();
    return batchFromRecords(
      'metrics',
      records.map((record) => gaugesOf(record, now)),
    ) as Batch;
  });
}

function gaugesOf({ resource, scopeMetrics }: ResourceMetricsRecord, now: number): ResourceMetricsRecord {
  const gauge = ({ descriptor, dataPoints }: MetricRecord): MetricRecord => ({
    descriptor: { ...descriptor, name: RISING },
    aggregationTemporality: 0,
    dataPointType: DataPointType.GAUGE,
    dataPoints: dataPoints.map(({ attributes, value }) => ({
      startTime: [0, 0],
      endTime: [Math.floor(now / 1000), 0],
      attributes: { 'item.id': attributes['item.id'] },
      value: typeof value === 'number' ? value : 1,
    })),
  });
  return { resource, scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(gauge) })) };
}

/** Records of which this is equal are one event. */
function alarmOf({ resource, attributes, instrumentationScope: scope }: LogRecord): string {
  const { 'host.name': host, 'service.name': service } = resource.attributes;
  return JSON.stringify([host, service, attributes['exception.type'] ?? scope.name]);
}
