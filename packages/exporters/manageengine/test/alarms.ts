/** Log records as alarms that name all of theirs, so that a backend of events can be asked which it took. */
import {
  type Batch,
  batchFromRecords,
  type EncodeContext,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
} from '@telemetryflow/kernel';
import type { LogRecord } from '@telemetryflow/otlp';
import { itemIds } from '@telemetryflow/testkit';

/** The exporter, with all log records of a batch raised to errors whose text is the ids of all that are one alarm. */
export function alarming(definition: ExporterDefinition): ExporterDefinition {
  const create = (config: unknown, context: ExporterContext): Exporter => {
    const exporter = definition.create(config, context);
    const encode = (batch: Batch, about: EncodeContext) => {
      const records = (batch as Batch<'logs'>).records();
      const ids = new Map<string, string[]>();
      for (const record of records)
        ids.set(alarmOf(record), [...(ids.get(alarmOf(record)) ?? []), ...itemIds([record])]);
      const alarms = records.map((record) => {
        return { ...record, severityNumber: 17, body: ids.get(alarmOf(record))?.join(' ') };
      });
      return exporter.encode(batchFromRecords('logs', alarms) as Batch, about);
    };
    return { ...exporter, encode };
  };
  return { ...definition, create };
}

/** Records of which this is equal are one event. */
function alarmOf({ resource, attributes, instrumentationScope: scope }: LogRecord): string {
  const { 'host.name': host, 'service.name': service } = resource.attributes;
  return JSON.stringify([host, service, attributes['exception.type'] ?? scope.name]);
}
