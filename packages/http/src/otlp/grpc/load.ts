/** The optional peer `@grpc/grpc-js`, loaded when an exporter over gRPC starts. */
import { findPackageJSON } from 'node:module';
import type { Problem } from '@telemetryflow/kernel';

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

/** The same as a problem of the configuration. */
export function checkGrpcInstalled(): Problem[] {
  if (installed()) return [];
  return [{ path: ['protocol'], message: MISSING, hint: INSTALL }];
}

const MISSING = '`protocol: grpc` needs the package @grpc/grpc-js, which is not installed';
const INSTALL = 'npm install @grpc/grpc-js';

function installed(): boolean {
  try {
    return findPackageJSON('@grpc/grpc-js', import.meta.url) !== undefined;
  } catch {
    return false;
  }
}
