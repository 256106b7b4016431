/** What a driver could not do, as the exporter reads it. */

/** What an error of a driver was about. */
export interface KafkaFailure {
  /** Error code of the protocol, where a broker answered with one. */
  readonly code?: number | undefined;
  /** What happened where there is no code. */
  readonly kind: 'protocol' | 'connection' | 'timeout' | 'authentication' | 'unsupported' | 'unknown';
  readonly message: string;
}

/** What an error says, whatever was thrown. */
export function errorText(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const message = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: unknown }).message : undefined;
  return typeof message === 'string' && message !== '' ? message : 'an error without a message';
}
