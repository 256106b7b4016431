export {
  type AttributeAction,
  attributeActionSchema,
  checkAttributeActions,
  compileAttributeActions,
} from './attributes/actions.ts';
export * from './component/context.ts';
export {
  API_VERSION,
  type ComponentKind,
  type ComponentState,
  type ComponentStatus,
  type Connector,
  type ConnectorDefinition,
  type Consumer,
  type Definition,
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
  type Extension,
  type ExtensionDefinition,
  type PipelineStatus,
  type PipelineView,
  type Problem,
  type ProcessOptions,
  type Processor,
  type ProcessorDefinition,
  type Receiver,
  type ReceiverContext,
  type ReceiverDefinition,
  type SignalSupport,
  type Stability,
} from './component/definition.ts';
export * from './component/errors.ts';
export type * from './component/exporter.ts';
export * from './component/outcome.ts';
export * from './component/reason.ts';
export * from './component/refusals.ts';
export { parseComponentId, parsePipelineId } from './config/component-id.ts';
export { readDocument, type YamlDocument } from './config/document.ts';
export { editorSchema } from './config/editor-schema.ts';
export {
  type ExporterOptions,
  enabledSignals,
  exporterOptionsSchema,
  exporterSchema,
  type OnFull,
  type QueueOptions,
  type RetryOptions,
  type SignalOptions,
} from './config/exporter-options.ts';
export { type JsonSchema, schemaFingerprint, toJsonSchema } from './config/json-schema.ts';
export { type ConfigSource, type LoadedConfig, type LoadOptions, loadConfigSources } from './config/load.ts';
export { didYouMean } from './config/nearest.ts';
export { describeOrigin, nearestOrigin, type Origin, type Origins } from './config/origin.ts';
export { nativeConfig, printConfig } from './config/print.ts';
export { printOrigins } from './config/print-origin.ts';
export { type Resolution, type ResolveOptions, resolveConfig } from './config/resolve.ts';
export type * from './config/resolved.ts';
export * from './config/schema.ts';
export { REDACTED, Secret } from './config/secret.ts';
export { SecretRegistry } from './config/secret-registry.ts';
export { type ServiceOptions, serviceSchema } from './config/service-options.ts';
export type { Environment } from './config/substitute.ts';
export { formatDuration, formatSize, type Parsed, parseDuration, parseSize } from './config/units.ts';
export { AJV_OPTIONS } from './config/validator.ts';
export type * from './data/batch.ts';
export { countItems } from './data/items.ts';
export { batchFromOtlp, batchFromRecords, concatBatches } from './data/segmented.ts';
export { giveBytes, takeBytes } from './data/spare-bytes.ts';
export { admit } from './delivery/admission.ts';
export { MemoryBudget } from './delivery/budget.ts';
export type { Admission, ExporterChain, Ledger, Ticket } from './delivery/chain.ts';
export { createExporterChain, type ExporterChainOptions } from './delivery/exporter-chain.ts';
export type { DeliveryHooks, PayloadTap, SendEvent } from './delivery/hooks.ts';
export { ConfigError, type ConfigErrorOptions } from './errors/config-error.ts';
export { type ConfigPath, type ConfigProblem, formatPath, formatProblem } from './errors/problem.ts';
export { ERRORS, type ErrorCode, type ErrorEntry } from './errors/table.ts';
export type { PipelineLedger } from './graph/pipeline-ledger.ts';
export { systemClock } from './lifecycle/clock.ts';
export { LIFECYCLE_ERRORS, LifecycleError, type LifecycleErrorCode } from './lifecycle/error.ts';
export type { DeliveryReport } from './lifecycle/flush.ts';
export { holdProcess, type Waited, waitAtMost } from './lifecycle/step.ts';
export {
  type MemoryLevel,
  type MemoryLimits,
  type MemoryPressure,
  type MemoryUsage,
  memoryPressureOf,
} from './memory/pressure.ts';
export {
  createPipeline,
  createPipelineFrom,
  type Pipeline,
  type PipelineConfig,
  type PipelineInput,
  type PipelineLedgers,
  type PipelineOptions,
  type TimeLimit,
} from './pipeline.ts';
export { adoptBundle, type Bundle, isInstalled } from './plugins/bundled.ts';
export { canonicalType, OFFICIAL_TYPES, type OfficialType, packageNames } from './plugins/catalogue.ts';
export type { InstalledComponent } from './plugins/installed.ts';
export type { PluginProblem } from './plugins/load.ts';
export { createPluginLookup, type PluginLookupOptions, type Plugins } from './plugins/lookup.ts';
export type { StatusEvent, StatusListener } from './status/board.ts';
export { consoleLogger, type LogLevel } from './telemetry/log.ts';
