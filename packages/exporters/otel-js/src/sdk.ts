/** What exporters of OpenTelemetry JS look like, by shape. */

/** 0 is success, 1 failure. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error | undefined;
}

/** A `SpanExporter`, `LogRecordExporter` or `PushMetricExporter`. */
export interface SdkExporter {
  /** Some return a promise, although the contract is not async. */
  export(exported: unknown, resultCallback: (result: ExportResult) => void): void | Promise<void>;
  shutdown(): Promise<void>;
}

/** A resource, as exporters of the SDK read it. */
export interface SdkResource {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly schemaUrl?: string | undefined;
  readonly asyncAttributesPending: boolean;
  waitForAsyncAttributes(): Promise<void>;
  getRawAttributes(): readonly (readonly [string, unknown])[];
  merge(other: SdkResource | null): SdkResource;
}
