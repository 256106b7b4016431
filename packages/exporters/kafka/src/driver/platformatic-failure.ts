/** What errors of @platformatic/kafka mean: a tree of errors, in which the first protocol error counts. */
import { errorText, type KafkaFailure } from './failure.ts';

interface Shape {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly apiCode?: unknown;
  readonly errors?: unknown;
  readonly cause?: unknown;
}

/** Errors of a tree that are looked at. */
const MAX_ERRORS = 50;
const UNKNOWN_TOPIC = 3;

export function platformaticFailure(thrown: unknown): KafkaFailure {
  const all = flat(thrown);
  const text = errorText(all.at(-1) ?? thrown);
  const protocol = all.find(({ apiCode }) => typeof apiCode === 'number');
  if (protocol !== undefined) {
    return { kind: 'protocol', code: protocol.apiCode as number, message: errorText(protocol) };
  }
  const unknownTopic = all.find(
    ({ code, message }) =>
      code === 'PLT_KFK_USER' && typeof message === 'string' && message.startsWith('Unknown topic '),
  );
  if (unknownTopic !== undefined) return { kind: 'protocol', code: UNKNOWN_TOPIC, message: errorText(unknownTopic) };
  const codes = new Set(all.map(({ code }) => (typeof code === 'string' ? code : '')));
  const names = new Set(all.map(({ name }) => (typeof name === 'string' ? name : '')));
  if (codes.has('PLT_KFK_AUTHENTICATION')) return { kind: 'authentication', message: text };
  if (codes.has('PLT_KFK_TIMEOUT') || names.has('TimeoutError') || names.has('AbortError')) {
    return { kind: 'timeout', message: text };
  }
  if (codes.has('PLT_KFK_UNSUPPORTED_API') || codes.has('PLT_KFK_UNSUPPORTED_COMPRESSION')) {
    return { kind: 'unsupported', message: text };
  }
  const network = [...codes].some((code) => code === 'PLT_KFK_NETWORK' || /^E[A-Z]+$|^ERR_(SSL|TLS)_/.test(code));
  return { kind: network ? 'connection' : 'unknown', message: text };
}

/** The error, what it was made of, and why, outermost first. */
function flat(thrown: unknown): Shape[] {
  const found: Shape[] = [];
  const waiting: unknown[] = [thrown];
  while (waiting.length > 0 && found.length < MAX_ERRORS) {
    const error = waiting.shift();
    if (typeof error !== 'object' || error === null) continue;
    const shape = error as Shape;
    found.push(shape);
    if (Array.isArray(shape.errors)) waiting.push(...shape.errors);
    if (shape.cause !== undefined) waiting.push(shape.cause);
  }
  return found;
}
