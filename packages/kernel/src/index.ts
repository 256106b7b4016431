export { type AttributeAction, attributeActionSchema, checkAttributeActions, compileAttributeActions } from './attributes/actions.ts';
export * from './component/context.ts';
export * from './component/definition.ts';
export * from './component/errors.ts';
export * from './component/outcome.ts';
export * from './component/reason.ts';
export * from './config/schema.ts';
export { REDACTED, Secret } from './config/secret.ts';
export type * from './data/batch.ts';
