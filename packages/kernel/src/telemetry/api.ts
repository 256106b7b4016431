/**
 * The OpenTelemetry API, loaded when a pipeline starts: a program that imports us and creates a pipeline, and perhaps
 * never starts one, does not pay for it.
 */
import type * as Api from '@opentelemetry/api';

let loaded: typeof Api | undefined;

/** Loads the API; done before anything of a pipeline runs. */
export async function loadApi(): Promise<typeof Api> {
  loaded ??= await import('@opentelemetry/api');
  return loaded;
}

/** The API, or undefined before {@link loadApi}. */
export function loadedApi(): typeof Api | undefined {
  return loaded;
}
