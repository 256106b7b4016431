/** Reads the bodies of answers, leniently: proxies and other servers answer what they like. */

export interface HecAnswer {
  readonly code?: number;
  /** Number of the first event that Splunk could not take. */
  readonly event?: number;
  readonly ackId?: number;
}

const MAX_BYTES = 65_536;

export function readAnswer(body: Uint8Array): HecAnswer {
  const answer = objectOf(body);
  const code = integer(answer['code']);
  const event = integer(answer['invalid-event-number']);
  const ackId = integer(answer['ackId']);
  return {
    ...(code !== undefined && { code }),
    ...(event !== undefined && { event }),
    ...(ackId !== undefined && { ackId }),
  };
}

/** The ids an answer of the ack API confirms. */
export function readConfirmed(body: Uint8Array): number[] {
  const { acks } = objectOf(body) as { acks?: unknown };
  if (typeof acks !== 'object' || acks === null) return [];
  return Object.entries(acks).flatMap(([id, done]) => (done === true ? (integer(Number(id)) ?? []) : []));
}

function objectOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, MAX_BYTES)).toString('utf8');
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function integer(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
