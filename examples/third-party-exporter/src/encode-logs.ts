/** Log records as lines of JSON. */
import type { HttpEncoder } from '@telemetryflow/http';
import type { LogRecord } from '@telemetryflow/otlp';

/** Bytes of one request, before compression. */
export const MAX_REQUEST_BYTES: number = 1024 * 1024;

/** Records between two chances for the event loop. */
const SLICE = 256;

/** Cuts a batch into requests of at most {@link MAX_REQUEST_BYTES}; a record beyond it is dropped. */
export function logsEncoder(): HttpEncoder<'logs'> {
  return function* (batch) {
    let body = '';
    let bytes = 0;
    let items: number[] = [];
    for (const [index, record] of batch.records().entries()) {
      if (index > 0 && index % SLICE === 0) yield undefined;
      const line = lineOf(record);
      const length = Buffer.byteLength(line);
      if (length > MAX_REQUEST_BYTES) {
        yield { dropped: [index], reason: 'too_large', detail: `a record of ${length} bytes` };
        continue;
      }
      if (bytes + length > MAX_REQUEST_BYTES) {
        yield { body, items };
        body = '';
        bytes = 0;
        items = [];
      }
      body += line;
      bytes += length;
      items.push(index);
    }
    if (items.length > 0) yield { body, items };
  };
}

function lineOf(record: LogRecord): string {
  const [seconds, nanoseconds] = record.hrTime;
  const line = {
    time: String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)),
    level: levelOf(record.severityNumber ?? 0),
    event: record.eventName ?? '',
    body: record.body,
    attributes: record.attributes,
    resource: record.resource.attributes,
  };
  return `${JSON.stringify(line, plain)}\n`;
}

/** Acme Cloud knows four levels. */
function levelOf(severity: number): string {
  if (severity >= 17) return 'error';
  if (severity >= 13) return 'warning';
  return severity >= 9 || severity === 0 ? 'info' : 'debug';
}

/** What JSON cannot say, as text. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
