/** A records-backed batch, as far as an encoder looks at it. */
import type { Batch } from '@telemetryflow/kernel';
import type { RecordOf, Signal } from '@telemetryflow/otlp';
import { itemIds } from '@telemetryflow/testkit';

export function batchOf<S extends Signal>(signal: S, records: readonly RecordOf[S][]): Batch<S> {
  const absent = (): never => {
    throw new Error('the debug exporter reads records only');
  };
  return {
    signal,
    count: itemIds(records).length,
    bytes: 0,
    records: () => records,
    otlp: absent,
    otlpParts: absent,
    select: absent,
    mapResources: absent,
    hasOtlp: false,
    hasRecords: true,
  };
}
