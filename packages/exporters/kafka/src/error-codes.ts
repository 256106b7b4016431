/** The error codes of the Kafka protocol that a producer can meet, and what each means for the data. */

/**
 * - `retry` the brokers are busy with themselves (elections, restarts, replicas)
 * - `throttle` a quota
 * - `config` nothing will change until somebody changes something: keep the data and look again every minute
 * - `auth` credentials or permissions
 * - `split` too many bytes
 * - `refuse` this very data is refused for good
 * - `codec` the topic does not take this compression
 * - `reset` the producer's state on the broker is lost: take a new producer
 */
export type CodeClass = 'retry' | 'throttle' | 'config' | 'auth' | 'split' | 'refuse' | 'codec' | 'reset';

export interface ErrorCode {
  readonly name: string;
  readonly class: CodeClass;
  /** Drop after this many attempts, where the class alone would go on. */
  readonly maxAttempts?: number;
  /** What to do, for a person. */
  readonly hint?: string;
}

const RETRY = { class: 'retry' } as const;

/** By code. */
export const ERROR_CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [
    -1,
    {
      name: 'UNKNOWN_SERVER_ERROR',
      class: 'retry',
      maxAttempts: 3,
      hint: 'look into the log of the broker; a broken compression codec looks like this, too',
    },
  ],
  [2, { name: 'CORRUPT_MESSAGE', ...RETRY }],
  [
    3,
    {
      name: 'UNKNOWN_TOPIC_OR_PARTITION',
      ...RETRY,
      hint: 'create the topic, or let the brokers do it (auto.create.topics.enable and create_topics)',
    },
  ],
  [5, { name: 'LEADER_NOT_AVAILABLE', ...RETRY }],
  [6, { name: 'NOT_LEADER_OR_FOLLOWER', ...RETRY }],
  [7, { name: 'REQUEST_TIMED_OUT', ...RETRY }],
  [8, { name: 'BROKER_NOT_AVAILABLE', ...RETRY }],
  [
    10,
    {
      name: 'MESSAGE_TOO_LARGE',
      class: 'split',
      hint: 'raise max.message.bytes of the topic, or lower max_message_bytes here',
    },
  ],
  [13, { name: 'NETWORK_EXCEPTION', ...RETRY }],
  [17, { name: 'INVALID_TOPIC_EXCEPTION', class: 'config', hint: 'correct the name of the topic' }],
  [
    18,
    {
      name: 'RECORD_LIST_TOO_LARGE',
      class: 'split',
      hint: 'lower max_message_bytes below segment.bytes of the topic',
    },
  ],
  [19, { name: 'NOT_ENOUGH_REPLICAS', ...RETRY, hint: 'fewer replicas are in sync than min.insync.replicas' }],
  [20, { name: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', ...RETRY }],
  [21, { name: 'INVALID_REQUIRED_ACKS', class: 'config', hint: 'set acks to all, 1 or 0' }],
  [29, { name: 'TOPIC_AUTHORIZATION_FAILED', class: 'auth', hint: 'allow this user to write to the topic' }],
  [31, { name: 'CLUSTER_AUTHORIZATION_FAILED', class: 'auth', hint: 'allow this user IDEMPOTENT_WRITE' }],
  [
    32,
    {
      name: 'INVALID_TIMESTAMP',
      class: 'refuse',
      hint: 'the clock of this machine is off, or message.timestamp.after.max.ms of the topic is too small',
    },
  ],
  [33, { name: 'UNSUPPORTED_SASL_MECHANISM', class: 'auth', hint: 'choose a sasl_mechanism that the brokers enable' }],
  [34, { name: 'ILLEGAL_SASL_STATE', class: 'auth', hint: 'the listener wants another kind of connection' }],
  [35, { name: 'UNSUPPORTED_VERSION', class: 'config', hint: 'the brokers are too old or too new for this driver' }],
  [44, { name: 'POLICY_VIOLATION', class: 'throttle', maxAttempts: 5 }],
  [45, { name: 'OUT_OF_ORDER_SEQUENCE_NUMBER', class: 'reset' }],
  [46, { name: 'DUPLICATE_SEQUENCE_NUMBER', class: 'reset' }],
  [47, { name: 'INVALID_PRODUCER_EPOCH', class: 'reset' }],
  [53, { name: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', class: 'auth' }],
  [54, { name: 'SECURITY_DISABLED', class: 'config', hint: 'the brokers have no security enabled' }],
  [56, { name: 'KAFKA_STORAGE_ERROR', ...RETRY }],
  [
    58,
    { name: 'SASL_AUTHENTICATION_FAILED', class: 'auth', hint: 'check sasl_username, sasl_password, sasl_mechanism' },
  ],
  [59, { name: 'UNKNOWN_PRODUCER_ID', class: 'reset' }],
  [74, { name: 'FENCED_LEADER_EPOCH', ...RETRY }],
  [75, { name: 'UNKNOWN_LEADER_EPOCH', ...RETRY }],
  [76, { name: 'UNSUPPORTED_COMPRESSION_TYPE', class: 'codec', hint: 'set compression to gzip or none' }],
  [
    87,
    {
      name: 'INVALID_RECORD',
      class: 'refuse',
      hint: 'a compacted topic needs keys: set partition_key to one that is always there',
    },
  ],
  [89, { name: 'THROTTLING_QUOTA_EXCEEDED', class: 'throttle' }],
]);
