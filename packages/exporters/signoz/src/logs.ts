/** What SigNoz would lose in logs: the name of events (no column), and in JSON-body mode bodies that are no maps. */
import { eventNameAsAttribute, type ItemTransform, withLogFields } from '@telemetryflow/http';
import type { AttributeValue } from '@telemetryflow/otlp';

/** The changes for the option `log_body`. */
export function logTransforms(logBody: 'as_is' | 'wrap'): readonly ItemTransform<'logs'>[] {
  return logBody === 'wrap' ? [eventNameAsAttribute, wrapBody] : [eventNameAsAttribute];
}

const wrapBody: ItemTransform<'logs'> = {
  concerns: () => true,
  change: (record) => (isMap(record.body) ? record : withLogFields(record, { body: { message: record.body } })),
};

function isMap(body: AttributeValue): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && !(body instanceof Uint8Array);
}
