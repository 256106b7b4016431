/** Meters of a provider that may come after the pipeline was created. */
import type { Meter } from '@opentelemetry/api';

/**
 * A meter that asks for the real one at every call, so that instruments made at `start` are those of a provider the
 * host registered after `createPipeline`. The API itself has no such proxy for metrics, unlike for traces.
 */
export function lateMeter(meter: () => Meter): Meter {
  return {
    createGauge: (...instrument) => meter().createGauge(...instrument),
    createCounter: (...instrument) => meter().createCounter(...instrument),
    createUpDownCounter: (...instrument) => meter().createUpDownCounter(...instrument),
    createHistogram: (...instrument) => meter().createHistogram(...instrument),
    createObservableGauge: (...instrument) => meter().createObservableGauge(...instrument),
    createObservableCounter: (...instrument) => meter().createObservableCounter(...instrument),
    createObservableUpDownCounter: (...instrument) => meter().createObservableUpDownCounter(...instrument),
    addBatchObservableCallback: (...callback) => meter().addBatchObservableCallback(...callback),
    removeBatchObservableCallback: (...callback) => meter().removeBatchObservableCallback(...callback),
  };
}
