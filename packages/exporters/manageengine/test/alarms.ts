/** Log records as one alarm that names them all, so that a backend of events can be asked which it took. */
import {
  type Batch,
  batchFromRecords,
  type EncodeContext,
  type Exporter,
  type ExporterContext,
  type ExporterDefinition,
} from '@telemetryflow/kernel';
import { itemIds } from '@telemetryflow/testkit';

/** The exporter, with all log records of a batch raised to errors whose text is the ids of all. */
export function alarming(definition: ExporterDefinition): ExporterDefinition {
  const create = (config: unknown, context: ExporterContext): Exporter => {
    const exporter = definition.create(config, context);
    const encode = (batch: Batch, about: EncodeContext) => {
      const records = (batch as Batch<'logs'>).records();
      const body = itemIds(records).join(' ');
      const alarms = records.map((record) => ({ ...record, severityNumber: 17, body }));
      return exporter.encode(batchFromRecords('logs', alarms) as Batch, about);
    };
    return { ...exporter, encode };
  };
  return { ...definition, create };
}
