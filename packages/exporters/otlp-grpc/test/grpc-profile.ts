/** How OTLP/gRPC backends answer, for the testkit: the contract, the fault matrix and the fault run. */
import type { BackendProfile } from '@telemetryflow/testkit';
import { type GrpcAnswer, type GrpcRequest, idsOf, rejecting, startGrpcBackend } from './grpc-backend.ts';

export const GRPC_PROFILE: BackendProfile<GrpcRequest, GrpcAnswer> = {
  start: (script, { tls, forgetBodies }) => startGrpcBackend(script, { tls, forget: forgetBodies }),
  decode: idsOf,
  address: ({ metadata }) => JSON.stringify(metadata),
  success: () => ({}),
  /** UNAVAILABLE. */
  transient: () => ({ code: 14, text: 'not now' }),
  /** INVALID_ARGUMENT. */
  permanent: () => ({ code: 3, text: 'never' }),
  /** RESOURCE_EXHAUSTED means to come back only where it says when. */
  throttle: (_request, delayMs) =>
    delayMs === 0 ? { code: 14, text: 'slow down' } : { code: 8, text: 'slow down', retryDelayMs: delayMs },
  partial: (_request, refused) => ({ response: rejecting(refused.size, 'some are not valid') }),
  /** UNAUTHENTICATED. */
  auth: () => ({ code: 16, text: 'who are you' }),
  tooLarge: () => ({ code: 8, text: 'grpc: received message larger than max (5000000 vs. 4194304)' }),
  fault(answer, fault) {
    if (fault !== 'reset' && fault !== 'stall') throw new Error(`A gRPC answer has no fault "${fault}".`);
    return { ...answer, fault };
  },
  echo: (answer, request) => ({ ...answer, text: `refused: ${JSON.stringify(request.metadata)}` }),
};
