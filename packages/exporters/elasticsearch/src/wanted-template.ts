/** Which index template the documents of a signal need. */
import type { Signal } from '@telemetryflow/otlp';
import { type ElasticsearchConfig, indexPattern } from './config.ts';
import { IndexNamer } from './index-name.ts';

export interface WantedTemplate {
  readonly name: string;
  /** Of the indices it applies to. */
  readonly pattern: string;
}

/** Data streams of the server's own templates have names like `logs-app-prod`. */
const DATA_STREAM_TYPES = ['logs-', 'metrics-', 'traces-', 'synthetics-'] as const;

/** The template that an index needs; `undefined` where none is wanted, or it would apply to foreign data streams. */
export function wantedTemplate(config: ElasticsearchConfig, signal: Signal): WantedTemplate | undefined {
  const index = indexPattern(config, signal);
  // Its aliases would stand where documents of the Elastic Common Schema have fields.
  if (config.template === 'off' || config.mapping === 'ecs' || index === undefined) return undefined;
  const { prefix } = new IndexNamer(index);
  if (coversDataStreams(index)) return undefined;
  const stem = prefix.replace(/[-_.]+$/, '');
  return {
    name: stem === 'telemetryflow' ? stem : `telemetryflow-${stem}`,
    pattern: prefix === index ? index : `${prefix}*`,
  };
}

/** True when the template of an index would apply to data streams of the server, and make plain indices of them. */
export function coversDataStreams(index: string): boolean {
  const { prefix } = new IndexNamer(index);
  const dated = prefix !== index;
  return DATA_STREAM_TYPES.some((type) => index.startsWith(type) || (dated && type.startsWith(prefix)));
}
