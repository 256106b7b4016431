export type * from './contracts.ts';
export { fromConfig } from './from-config.ts';
export { type Flushable, flushAfter } from './invocation.ts';
export type { Telemetry, TelemetryOptions } from './telemetry.ts';
export type { TemporalityPreference } from './temporality.ts';
