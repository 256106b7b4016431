/**
 * Every error and warning the kernel can raise about a configuration: stable code, message template, hint.
 * `{name}` in a template is filled in from the parameters of the occurrence. Templates never show a secret:
 * only what the schema marks as printable is handed in. `docs/reference/errors.md` lists the same codes.
 */

export interface ErrorEntry {
  /** What happened. */
  readonly message: string;
  /** What to do; an occurrence may give a better one. */
  readonly hint: string;
  /** For the reference page, where the message is written by the occurrence. */
  readonly about?: string;
}

/** Codes are never reused for another meaning. */
const ENTRIES = {
  TFO_ERR_CONFIG_READ: {
    message: 'cannot read {file}: {reason}',
    hint: 'check the path and that this process may read the file',
  },
  TFO_ERR_CONFIG_YAML: { message: 'not valid YAML: {reason}', hint: 'check indentation, brackets and quotes here' },
  TFO_ERR_CONFIG_FLOW_REFERENCE: {
    message: 'a reference must be quoted inside braces and brackets',
    hint: 'write "${NAME}" with double quotes around the whole value',
  },
  TFO_ERR_CONFIG_DUPLICATE_KEY: {
    message: 'key "{key}" is set twice',
    hint: 'keep one of them',
  },
  TFO_ERR_CONFIG_ALIAS_LIMIT: {
    message: 'the aliases of this file expand to more than {limit} values',
    hint: 'write the values out, or split the file',
  },
  TFO_ERR_CONFIG_SOURCE: {
    message: '{what} cannot be part of a configuration',
    hint: 'use plain objects, arrays, text, numbers and booleans',
  },
  TFO_ERR_CONFIG_NO_YAML: {
    message: 'reading YAML needs the package "yaml", which is not installed',
    hint: 'npm install yaml',
  },
  TFO_ERR_CONFIG_NO_VALIDATOR: {
    message: 'checking the configuration of {component} needs the package "ajv", which is not installed',
    hint: 'npm install ajv',
  },
  TFO_ERR_CONFIG_REFERENCE_SYNTAX: {
    message: 'malformed reference: {reason}',
    hint: 'write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:path}; $$ is a plain $',
  },
  TFO_ERR_CONFIG_UNSET: {
    message: '"{key}" needs the environment variable {variable}, which is not set',
    hint: 'set {variable}, or write ${{variable}:-default}',
  },
  TFO_ERR_CONFIG_UNSET_MESSAGE: {
    message: 'the environment variable {variable} is not set: {text}',
    hint: 'set {variable}',
  },
  TFO_ERR_CONFIG_REFERENCE_FILE: {
    message: 'cannot read the referenced file {file}: {reason}',
    hint: 'check the path; it is relative to the configuration file',
  },
  TFO_ERR_CONFIG_TYPE: { message: 'expected {expected}, got {actual}', hint: 'write {expected}' },
  TFO_ERR_CONFIG_DURATION: {
    message: '{reason}',
    hint: 'write a number with a unit, as 200ms, 30s, 5m or 1h30m',
    about: 'a duration has no unit, or is none',
  },
  TFO_ERR_CONFIG_SIZE: {
    message: '{reason}',
    hint: 'write a number with a unit, as 64MiB or 10MB, or a number of bytes',
    about: 'a size is none, or is too large',
  },
  TFO_ERR_CONFIG_UNKNOWN_KEY: { message: 'unknown key "{key}"', hint: 'remove it; the keys here are {known}' },
  TFO_ERR_CONFIG_KEY_TWICE: {
    message: '"{key}" and "{other}" are the same option',
    hint: 'keep only "{other}"',
  },
  TFO_ERR_CONFIG_REQUIRED: { message: '"{key}" is required', hint: 'add {key}: {description}' },
  TFO_ERR_CONFIG_VALUE: {
    message: '{reason}',
    hint: '{todo}',
    about:
      'a value has the right type but is not allowed: a word, number, list or text outside of what the option takes',
  },
  TFO_ERR_CONFIG_CHECK: {
    message: '{reason}',
    hint: 'see the reference page of {component}',
    about: 'options contradict each other, or name something that is not there; a rule of this component',
  },
  TFO_ERR_CONFIG_CHECK_FAILED: {
    message: 'checking {component} failed inside its package: {reason}',
    hint: 'this is a defect of the package; report it to its authors',
  },
  TFO_ERR_CONFIG_DURABLE_QUEUE: {
    message: 'the queue of exporter "{id}" cannot be kept in "{storage}": there is no durable queue yet',
    hint: 'remove "storage"; the queue is then in memory, and what it holds ends with the process',
  },
  TFO_ERR_CONFIG_ID: {
    message: '"{id}" is not a component id',
    hint: 'write type or type/name; a type is a letter followed by letters, digits or underscores',
  },
  TFO_ERR_CONFIG_COMPONENT: {
    message: '{reason}',
    hint: '{todo}',
    about:
      'a component has no package, or one that cannot be used (not installed, not a component, another plugin API)',
  },
  TFO_ERR_CONFIG_COMPONENT_TWICE: {
    message: '{kind} "{id}" is configured twice',
    hint: 'rename one of them, as {id}/second',
  },
  TFO_ERR_CONFIG_NO_EXPORTERS: {
    message: 'no exporter is configured',
    hint: 'add one under exporters (debug: prints what arrives)',
  },
  TFO_ERR_CONFIG_CONNECTOR_PIPELINES: {
    message: 'connectors need pipelines that say what they connect',
    hint: 'add service.pipelines',
  },
  TFO_ERR_CONFIG_PIPELINE_ID: {
    message: '"{id}" is not a pipeline id',
    hint: 'write traces, metrics or logs, optionally with a name as traces/prod',
  },
  TFO_ERR_CONFIG_REFERENCE: {
    message: '{kind} "{id}" is not configured',
    hint: 'add "{id}" under {section}, or remove it here',
  },
  TFO_ERR_CONFIG_LISTED_TWICE: { message: '"{id}" is listed twice', hint: 'remove one of the two' },
  TFO_ERR_CONFIG_NO_RECEIVER: {
    message: 'pipeline "{id}" has no receivers',
    hint: 'list at least one under receivers',
  },
  TFO_ERR_CONFIG_NO_EXPORTER: {
    message: 'pipeline "{id}" has no exporters',
    hint: 'list at least one under exporters',
  },
  TFO_ERR_CONFIG_SIGNAL: {
    message: '{kind} "{id}" does not support {signal}',
    hint: 'it supports {supported}; remove it from pipeline "{pipeline}"',
  },
  TFO_ERR_CONFIG_SIGNAL_OFF: {
    message: 'exporter "{id}" is in pipeline "{pipeline}", but its own configuration turns {signal} off',
    hint: 'set {signal}: true at the exporter, or remove it from the pipeline',
  },
  TFO_ERR_CONFIG_CONNECTOR_SIDE: {
    message: 'connector "{id}" is used only as {used}',
    hint: 'name it also under {missing} of another pipeline',
  },
  TFO_ERR_CONFIG_CONNECTOR_PAIR: {
    message: 'connector "{id}" cannot turn {from} into {to}',
    hint: 'it supports {supported}',
  },
  TFO_ERR_CONFIG_CYCLE: {
    message: 'the pipelines form a cycle: {cycle}',
    hint: 'remove one of these connectors',
  },
  TFO_ERR_CONFIG_PORT: {
    message: '{address} is already used by {other}',
    hint: 'give one of them another port',
  },
  TFO_WARN_CONFIG_UNSET: {
    message: 'the environment variable {variable} is not set; "{key}" is empty',
    hint: 'set {variable}, or write ${{variable}:-} to mean empty',
  },
  TFO_WARN_CONFIG_DEPRECATED: {
    message: '"{key}" is deprecated: {reason}',
    hint: 'change it before the next major version',
  },
  TFO_WARN_CONFIG_UNUSED: {
    message: '{kind} "{id}" is in no pipeline and will not run',
    hint: 'name it in service.pipelines, or remove it',
  },
  TFO_WARN_CONFIG_DISABLED: {
    message: 'pipeline "{id}" is left out: all of its exporters are disabled',
    hint: 'set enabled: true at one of them, or remove the pipeline',
  },
  TFO_WARN_CONFIG_NOTHING: {
    message: 'nothing will be sent: every exporter is disabled',
    hint: 'set enabled: true at one of them',
  },
  TFO_WARN_CONFIG_SIGNAL: {
    message: '{id} does not take {signal}; "{signal}: true" has no effect',
    hint: 'remove the key',
  },
  TFO_WARN_CONFIG_FEEDBACK: {
    message:
      '{exporter} sends {signal} to {address}, where {receiver} of the same pipeline listens: they come in again, endlessly',
    hint: 'set its endpoint to that of the backend, or let the receiver listen on another port',
  },
  TFO_WARN_CONFIG_CHECK: {
    message: '{reason}',
    hint: 'see the reference page of {component}',
    about: 'a rule of this component finds options that work but are hardly meant',
  },
  TFO_NOTICE_CONFIG_DEFAULT_RECEIVERS: {
    message: 'no receivers are configured; using the defaults: {ids}',
    hint: 'add a receivers block to choose your own',
  },
} as const;

/** `TFO_ERR_*` stops the start, `TFO_WARN_*` and `TFO_NOTICE_*` do not. */
export type ErrorCode = keyof typeof ENTRIES;

/**
 * The table of all errors and warnings.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ERRORS, type ErrorEntry } from '@telemetryflow/kernel';
 *
 * const entry: ErrorEntry = ERRORS.TFO_ERR_CONFIG_CYCLE;
 * assert.deepEqual(entry, { message: 'the pipelines form a cycle: {cycle}', hint: 'remove one of these connectors' });
 * ```
 */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = ENTRIES;
