/**
 * What the exporter needs of a Kafka client, and nothing more. All batching, keying, partitioning, splitting and
 * retrying is ours, so drivers stay dumb: one call writes records to one partition, once.
 */
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '@telemetryflow/kernel';
import type { Acks, CompressionName } from '../config.ts';
import type { KafkaFailure } from './failure.ts';

/** One Kafka record. */
export interface KafkaRecord {
  /** `null`: no key. */
  readonly key: Buffer | null;
  readonly value: Buffer;
}

/** The records of one request: all for one partition. */
export interface ProduceRequest {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  /** On every record. */
  readonly headers: Readonly<Record<string, string>>;
  /** CreateTime of every record, milliseconds since the epoch. */
  readonly timestamp: number;
  readonly compression: CompressionName;
}

/** One entry of the broker's answer. */
export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0 is success. */
  readonly errorCode: number;
}

/** What a driver found about a topic. */
export interface TopicMetadata {
  readonly partitions: number;
  /** `host:port` of each leader, once; the advertised addresses. */
  readonly leaders: readonly string[];
}

/** A connected client. Calls may run at the same time. */
export interface ProducerDriver {
  /** Something happened after which only a new client can be relied on. */
  readonly broken: boolean;
  /** The topic as the brokers know it now. Rejects with an error that {@link Driver.failureOf} reads. */
  metadata(topic: string): Promise<TopicMetadata>;
  /** How many partitions the producer itself last saw, which may be older than {@link metadata}. */
  knownPartitions(topic: string): number | undefined;
  /**
   * Write once, without any retry inside. Resolves to what the broker answered, which the caller must check: an
   * empty list means that nothing was sent. With acks 0 the list is always empty.
   */
  send(request: ProduceRequest): Promise<readonly ProducedPartition[]>;
  /** Close every connection, hung ones too. Only after all sends have ended or been given up. */
  close(): Promise<void>;
}

/** How the connections are made; decoded from the configuration. */
export interface ConnectOptions {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly acks: Acks;
  readonly idempotent: boolean;
  readonly createTopics: boolean;
  /** Codec that this exporter starts with: it is loaded while connecting. */
  readonly compression: CompressionName;
  /** Milliseconds. */
  readonly connectionTimeout: number;
  /** Milliseconds of one request. */
  readonly requestTimeout: number;
  /** `undefined`: no TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly sasl: SaslOptions | undefined;
  readonly logger: Logger;
}

/** Credentials; `password` is the token for OAUTHBEARER. */
export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly username: string;
  readonly password: string;
}

/** A kind of client. The vendor's package is loaded by `connect`, not before; which rejects when its signal is aborted. */
export interface Driver {
  connect(options: ConnectOptions, signal: AbortSignal): Promise<ProducerDriver>;
  /** What an error that came out of this driver means. */
  failureOf(error: unknown): KafkaFailure;
}

/** How long the metadata of a producer may be used, in milliseconds. */
export const METADATA_MAX_AGE_MS = 30_000;
