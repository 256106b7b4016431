/** Everything a component's author needs to test against the same rules as ours. */
export * from './backend/answer.ts';
export * from './backend/certificates.ts';
export * from './backend/http-backend.ts';
export type { RecordedRequest } from './backend/request.ts';
export * from './backend/tcp-backend.ts';
export * from './clock.ts';
export * from './data/attributes.ts';
export * from './data/freeze.ts';
export * from './data/items.ts';
export * from './data/logs.ts';
export * from './data/metrics.ts';
export * from './data/pairwise.ts';
export * from './data/resource.ts';
export * from './data/spans.ts';
export * from './golden.ts';
export * from './leaks.ts';
export * from './shape/conventions.ts';
export * from './shape/shape.ts';
