/** OTLP requests with what Instana wants to find in them: an origin per resource, and metrics and logs it can show. */
import { limitAge, type OtlpEncode, transformMetrics, transformResources, withLogFields } from '@telemetryflow/http';
import { type Batch, batchFromRecords } from '@telemetryflow/kernel';
import {
  hrTimeIsZero,
  hrTimeToNanoString,
  type LogRecord,
  type Signal,
  severityRange,
  withAttribute,
} from '@telemetryflow/otlp';
import type { InstanaConfig } from './config.ts';
import { placedResource } from './host.ts';
import { metricTransform } from './metrics.ts';

/** Instana stamps log records with the time of their arrival; their own is kept under this name, in nanoseconds. */
const TIME = 'log.time_unix_nano';
const TURN = 256;

/** The encoder of a signal. `plain` writes the requests. */
export function otlpEncoder(config: InstanaConfig, signal: Signal, hostId: string, plain: OtlpEncode): OtlpEncode {
  const placed = transformResources(plain, (resource) => placedResource(resource, hostId, config.zone));
  switch (signal) {
    case 'traces':
      return placed;
    case 'metrics': {
      const encode = transformMetrics(placed, metricTransform(config.convert_exponential));
      return limitAge(encode, config.max_metric_age, 'max_metric_age');
    }
    case 'logs':
      return withLevelAndTime(placed);
  }
}

function withLevelAndTime(encode: OtlpEncode): OtlpEncode {
  return function* (batch, context) {
    const changed: LogRecord[] = [];
    for (const record of (batch as Batch<'logs'>).records()) {
      changed.push(leveled(record));
      if (changed.length % TURN === 0) yield undefined;
    }
    yield* encode(batchFromRecords('logs', changed) as Batch, context);
  };
}

/** Instana reads the level from the text before it looks at the number. */
function leveled(record: LogRecord): LogRecord {
  const { severityText, severityNumber, attributes } = record;
  const time = hrTimeIsZero(record.hrTime) ? record.hrTimeObserved : record.hrTime;
  const level = severityText ? undefined : severityRange(severityNumber);
  const isTimed = hrTimeIsZero(time) || Object.hasOwn(attributes, TIME);
  if (level === undefined && isTimed) return record;
  return withLogFields(record, {
    ...(level !== undefined && { severityText: level }),
    ...(!isTimed && { attributes: withAttribute(attributes, TIME, hrTimeToNanoString(time)) }),
  });
}
