/** What `encode` hands to `send`. */
import type { HttpMessage } from '@telemetryflow/http';

/** One request to Datadog, or two where one point is a series and a distribution at once. */
export interface DatadogMessage {
  /** Sent one after the other, those that may be repeated without harm first. */
  readonly requests: readonly HttpMessage[];
  /** The batch it is of: how often that was cut is counted. */
  readonly batchId: string;
  /** A remark for the log, made once. */
  readonly warning?: string;
}
