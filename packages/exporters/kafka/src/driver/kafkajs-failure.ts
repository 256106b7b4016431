/**
 * What errors of kafkajs mean. It wraps them in up to two layers whose `retriable` says nothing, so only the deepest
 * cause counts, by its name and code.
 */
import { errorText, type KafkaFailure } from './failure.ts';

const KINDS: ReadonlyMap<string, KafkaFailure['kind']> = new Map<string, KafkaFailure['kind']>(
  Object.entries({
    KafkaJSConnectionError: 'connection',
    KafkaJSConnectionClosedError: 'connection',
    KafkaJSBrokerNotFound: 'connection',
    KafkaJSNoBrokerAvailableError: 'connection',
    KafkaJSMetadataNotLoaded: 'connection',
    KafkaJSTopicMetadataNotLoaded: 'connection',
    KafkaJSStaleTopicMetadataAssignment: 'connection',
    KafkaJSRequestTimeoutError: 'timeout',
    KafkaJSTimeout: 'timeout',
    KafkaJSLockTimeout: 'timeout',
    TimeoutError: 'timeout',
    AbortError: 'timeout',
    KafkaJSSASLAuthenticationError: 'authentication',
    KafkaJSServerDoesNotSupportApiKey: 'unsupported',
    KafkaJSNotImplemented: 'unsupported',
  } as const),
);

/** Layers looked through. */
const MAX_DEPTH = 6;

export function kafkajsFailure(thrown: unknown): KafkaFailure {
  const error = deepest(thrown);
  if (typeof error !== 'object' || error === null) return { kind: 'unknown', message: errorText(error) };
  const { name, code } = error as { name?: unknown; code?: unknown };
  const text = errorText(error);
  if (name === 'KafkaJSProtocolError' && typeof code === 'number') return { kind: 'protocol', code, message: text };
  const kind = typeof name === 'string' ? KINDS.get(name) : undefined;
  if (kind !== undefined) return { kind, message: text };
  // A packet that is cut short or is none at all makes the decoder throw.
  if (typeof code === 'string' && /^(E[A-Z]+|ERR_OUT_OF_RANGE|ERR_(SSL|TLS)_\w+)$/.test(code)) {
    return { kind: 'connection', message: text };
  }
  // The general error: the cluster has no leader for a partition, or the client is going away.
  return {
    kind: name === 'KafkaJSError' || name === 'KafkaJSNonRetriableError' ? 'connection' : 'unknown',
    message: text,
  };
}

function deepest(thrown: unknown): unknown {
  let error = thrown;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const cause = typeof error === 'object' && error !== null ? (error as { cause?: unknown }).cause : undefined;
    if (cause === undefined || cause === null) return error;
    error = cause;
  }
  return error;
}
