/** Which signals a configuration leaves on. */
import { isOff } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import type { ManageengineConfig } from './config.ts';
import { productOf } from './destination.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** Spans are an addition that is off until it is asked for: by `traces`, or by naming the collector that takes them. */
export function signalsOf(config: ManageengineConfig): Signal[] {
  const { traces } = config as { readonly traces?: unknown };
  const unasked =
    traces === undefined && !(productOf(config) === 'applications_manager' && config.otlp_endpoint !== '');
  return SIGNALS.filter((signal) => {
    if (isOff(config, signal)) return false;
    if (signal === 'logs') return config.logs_mode !== 'off';
    return signal !== 'traces' || !unasked;
  });
}
