/** What the encoders of one instance share. */
import type { Signal } from '@telemetryflow/otlp';
import type { ElasticsearchConfig } from './config.ts';
import type { DocumentIds } from './document-id.ts';
import { Target } from './target.ts';

export interface EncodingOptions {
  readonly config: ElasticsearchConfig;
  /** By kind of document: the events of spans are logs. */
  readonly targets: Readonly<Record<Signal, Target>>;
  readonly ids: DocumentIds;
}

export function encodingOptions(config: ElasticsearchConfig, ids: DocumentIds): EncodingOptions {
  return {
    config,
    ids,
    targets: {
      logs: new Target(config, 'logs'),
      metrics: new Target(config, 'metrics'),
      traces: new Target(config, 'traces'),
    },
  };
}
