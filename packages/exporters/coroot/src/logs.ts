/** What Coroot would misread in logs: bodies that are no text, and the last severity of each range. */
import { type ItemTransform, withLogFields } from '@telemetryflow/http';
import { hasField, someField, valueToText } from '@telemetryflow/otlp';

/** Field numbers of LogRecord, and of the text of AnyValue. */
const SEVERITY_NUMBER = 2;
const BODY = 5;
const STRING = 1;
/** FATAL4, the last severity number. */
const LAST = 24;

/** Coroot stores bodies of text only, and an empty one for all others. */
export const bodyAsText: ItemTransform<'logs'> = {
  concerns: hasField({ [BODY]: (bytes, start, end) => someField(bytes, start, end, (kind) => kind !== STRING) }),
  change(record) {
    const { body } = record;
    if (body === undefined || typeof body === 'string') return record;
    return withLogFields(record, { body: valueToText(body) });
  },
};

/** Coroot divides severities so that 4, 8, 12 and so on fall into the range above. */
export const severityInItsRange: ItemTransform<'logs'> = {
  concerns: hasField({ [SEVERITY_NUMBER]: (bytes, at) => isLastOfRange(bytes[at]) }),
  change(record) {
    const { severityNumber } = record;
    if (!isLastOfRange(severityNumber)) return record;
    return withLogFields(record, { severityNumber: (severityNumber ?? 0) - 1 });
  },
};

function isLastOfRange(severity: number | undefined): boolean {
  return severity !== undefined && severity > 0 && severity <= LAST && severity % 4 === 0;
}
