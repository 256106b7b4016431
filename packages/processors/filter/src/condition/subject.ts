/** What a condition looks at: one item with everything around it. */
import type {
  DataPointRecord,
  LogRecord,
  MetricRecord,
  ResourceRecord,
  ScopeRecord,
  SpanEventRecord,
  SpanRecord,
} from '@telemetryflow/otlp';

/** The lists of conditions in the configuration, by what each of them looks at. */
export type ContextName = 'span' | 'spanevent' | 'metric' | 'datapoint' | 'log_record';

/** One object per batch, refilled for each item. */
export interface Subject {
  resource: ResourceRecord;
  scope: ScopeRecord;
  span?: SpanRecord;
  event?: SpanEventRecord;
  metric?: MetricRecord;
  point?: DataPointRecord<unknown>;
  log?: LogRecord;
}
