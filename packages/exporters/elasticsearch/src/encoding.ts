/** What the encoders of one instance share. */
import type { Signal } from '@telemetryflow/otlp';
import type { ElasticsearchConfig } from './config.ts';
import type { DocumentIds } from './document-id.ts';
import type { ClusterMode } from './mode.ts';
import { Target } from './target.ts';

export interface EncodingOptions {
  readonly config: ElasticsearchConfig;
  /** By kind of document: the events of spans are logs. */
  readonly targets: Readonly<Record<Signal, Target>>;
  readonly ids: DocumentIds;
  /** Longest attribute value in characters. */
  maxText(mode: ClusterMode): number;
}

/** `flat_object` of OpenSearch has no `ignore_above`: it refuses terms over 32766 bytes. */
const OPENSEARCH_TEXT = 8191;

export function encodingOptions(config: ElasticsearchConfig, ids: DocumentIds): EncodingOptions {
  return {
    config,
    ids,
    targets: {
      logs: new Target(config, 'logs'),
      metrics: new Target(config, 'metrics'),
      traces: new Target(config, 'traces'),
    },
    maxText: ({ opensearch }) => (opensearch ? OPENSEARCH_TEXT : Number.POSITIVE_INFINITY),
  };
}
