/** `fromEnv`: telemetry as the environment variables of OpenTelemetry ask for it. */
import type { PipelineConfig } from '@telemetryflow/kernel';
import type { Converted } from './converted.ts';
import { configFromDeclarative } from './declarative-config.ts';
import { readDeclarative } from './declarative-file.ts';
import { disabledTelemetry } from './disabled.ts';
import { configFromEnv } from './env-config.ts';
import { sdkDisabled } from './environment.ts';
import { errorText } from './error-text.ts';
import { fromConfig } from './from-config.ts';
import { ownLogger } from './opening.ts';
import type { Telemetry, TelemetryOptions } from './telemetry.ts';

/**
 * `OTEL_CONFIG_FILE` where it is set, else the variables `OTEL_…_EXPORTER` and `OTEL_EXPORTER_OTLP_…`. Everything goes
 * through the exporters `otlp_http`, `otlp_grpc` and `debug`, whose packages have to be installed. What could not be
 * converted is logged once, as a warning. Throws nothing: see {@link Telemetry.pipeline}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { LoggerProvider } from '@opentelemetry/sdk-logs';
 * import { fromEnv } from '@telemetryflow/sdk';
 *
 * Object.assign(process.env, {
 *   OTEL_TRACES_EXPORTER: 'none',
 *   OTEL_METRICS_EXPORTER: 'none',
 *   OTEL_LOGS_EXPORTER: 'console',
 * });
 * const telemetry = fromEnv();
 * new LoggerProvider({ processors: telemetry.logRecordProcessors }).getLogger('shop').emit({ body: 'order taken' });
 * const { delivered } = await telemetry.shutdown();
 * assert.equal(delivered, 1);
 * ```
 */
export function fromEnv(options: TelemetryOptions = {}): Telemetry {
  if (sdkDisabled(process.env)) return disabledTelemetry();
  let converted: Converted;
  try {
    converted = convert();
  } catch (error) {
    return fromConfig(Promise.reject<PipelineConfig>(error), options);
  }
  if (converted.disabled) return disabledTelemetry();
  if (converted.unconverted.length > 0) {
    const parts = converted.unconverted.map(({ path, reason }) => `${path} (${reason})`);
    ownLogger(options).warn(`Not everything the environment asks for is done here: ${parts.join('; ')}`);
  }
  return fromConfig(converted.config, { ...converted.options, ...options });
}

function convert(): Converted {
  const file = process.env['OTEL_CONFIG_FILE']?.trim() ?? '';
  if (file === '') return configFromEnv(process.env);
  try {
    return configFromDeclarative(readDeclarative(file, process.env));
  } catch (cause) {
    throw new Error(`OTEL_CONFIG_FILE ${file}: ${errorText(cause)}`, { cause });
  }
}
