/** The optional peer `@grpc/grpc-js`, loaded when an exporter over gRPC starts. */
import { isInstalled, type Problem } from '@telemetryflow/kernel';

/** The library. */
export type GrpcJs = typeof import('@grpc/grpc-js');

/** Loads the library. Rejects with what to install when it is missing. */
export async function loadGrpcJs(): Promise<GrpcJs> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    throw new Error(`${MISSING}: ${INSTALL}`, { cause });
  }
}

/**
 * The same as a problem of the configuration.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkGrpcInstalled } from '@telemetryflow/http';
 *
 * assert.deepEqual(checkGrpcInstalled(), []); // else a problem that says what to install
 * ```
 */
export function checkGrpcInstalled(): Problem[] {
  if (isInstalled('@grpc/grpc-js', import.meta.url)) return [];
  return [{ path: ['protocol'], message: MISSING, hint: INSTALL }];
}

const MISSING = '`protocol: grpc` needs the package @grpc/grpc-js, which is not installed';
const INSTALL = 'npm install @grpc/grpc-js';
