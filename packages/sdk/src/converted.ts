/** What the environment or a declarative file of OpenTelemetry comes to here. */
import type { TelemetryOptions } from './telemetry.ts';

/** A part that was not converted: where it stands, and why. */
export interface Unconverted {
  /** As `tracer_provider.sampler`, or the name of a variable. */
  readonly path: string;
  readonly reason: string;
}

/** The result of a conversion. Nothing in it was guessed: what has no counterpart is in `unconverted`. */
export interface Converted {
  /** For `fromConfig` or `createPipeline`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** For `fromConfig`, besides the configuration. */
  readonly options: Pick<TelemetryOptions, 'metricInterval' | 'temporality'>;
  /** The file switches everything off. */
  readonly disabled: boolean;
  readonly unconverted: readonly Unconverted[];
}
