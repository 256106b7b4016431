/** Log records and spans as documents of the Elastic Common Schema: attributes at the root, dots as objects. */
import {
  type AttributeMap,
  type LogRecord,
  type SpanEventRecord,
  type SpanRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { type DocumentParts, document, hexId, isKnown } from './document.ts';
import { EcsTree } from './ecs-tree.ts';
import { jsonString } from './json-text.ts';
import { durationOf, kindOf } from './otel-span.ts';
import { timestamp } from './timestamp.ts';

/** Where attributes go that have a field of their own. */
const FIELDS: Readonly<Record<string, string>> = {
  'service.instance.id': 'service.node.name',
  'deployment.environment': 'service.environment',
  'deployment.environment.name': 'service.environment',
  'telemetry.sdk.language': 'service.language.name',
  'telemetry.sdk.version': 'service.language.version',
  'host.arch': 'host.architecture',
  'os.name': 'host.os.name',
  'os.type': 'host.os.platform',
  'os.version': 'host.os.version',
  'os.description': 'host.os.full',
  'exception.type': 'error.type',
  'exception.message': 'error.message',
  'exception.stacktrace': 'error.stack_trace',
  'k8s.namespace.name': 'kubernetes.namespace',
  'k8s.pod.name': 'kubernetes.pod.name',
  'k8s.pod.uid': 'kubernetes.pod.uid',
  'k8s.node.name': 'kubernetes.node.name',
  'k8s.container.name': 'kubernetes.container.name',
  'k8s.deployment.name': 'kubernetes.deployment.name',
  'k8s.statefulset.name': 'kubernetes.statefulset.name',
  'k8s.daemonset.name': 'kubernetes.daemonset.name',
  'k8s.replicaset.name': 'kubernetes.replicaset.name',
  'k8s.job.name': 'kubernetes.job.name',
  'k8s.cronjob.name': 'kubernetes.cronjob.name',
  'process.executable.path': 'process.executable',
  'process.runtime.name': 'service.runtime.name',
  'process.runtime.version': 'service.runtime.version',
};

/** Of OpenTelemetry's severity numbers, where a record has no text. */
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export function ecsLog(record: LogRecord, time: LogRecord['hrTime'], parts: DocumentParts, stream: string): string {
  const tree = treeOf(record, record.attributes, parts);
  const { severityText, severityNumber, spanContext, body } = record;
  const text = valueToText(body);
  if (text !== '') tree.set('message', jsonString(text));
  const level = LEVELS[Math.floor(((severityNumber ?? 0) - 1) / 4)];
  if (severityText !== undefined && severityText !== '') tree.set('log.level', jsonString(severityText));
  else if (level !== undefined) tree.set('log.level', jsonString(level));
  if (severityNumber !== undefined && severityNumber > 0)
    tree.set('event.severity', String(Math.trunc(severityNumber)));
  id(tree, 'trace.id', spanContext?.traceId);
  id(tree, 'span.id', spanContext?.spanId);
  const event = record.eventName ?? record.attributes['event.name'];
  if (typeof event === 'string' && event !== '') tree.set('event.action', jsonString(event));
  if (isKnown(record.hrTimeObserved)) tree.set('event.created', timestamp(record.hrTimeObserved));
  return document(time, `${stream}${tree.members()}`);
}

export function ecsSpan(span: SpanRecord, time: SpanRecord['startTime'], parts: DocumentParts, stream: string): string {
  const tree = treeOf(span, span.attributes, parts);
  const context = span.spanContext();
  id(tree, 'trace.id', context.traceId);
  id(tree, 'span.id', context.spanId);
  id(tree, 'parent.id', span.parentSpanContext?.spanId);
  tree.set('span.name', jsonString(span.name));
  tree.set('span.kind', `"${kindOf(span)}"`);
  tree.set('event.duration', durationOf(span));
  tree.set('event.outcome', ['"unknown"', '"success"', '"failure"'][span.status.code] ?? '"unknown"');
  const { message } = span.status;
  if (message !== undefined && message !== '') tree.set('event.reason', jsonString(message));
  const links = span.links.flatMap((link) => {
    const [trace, own] = [hexId(link.context.traceId), hexId(link.context.spanId)];
    return trace === undefined || own === undefined ? [] : `{"trace":{"id":"${trace}"},"span":{"id":"${own}"}}`;
  });
  if (links.length > 0) tree.set('span.links', `[${links.join(',')}]`);
  return document(time, `${stream}${tree.members()}`);
}

export function ecsSpanEvent(
  event: SpanEventRecord,
  time: SpanEventRecord['time'],
  span: SpanRecord,
  parts: DocumentParts,
  stream: string,
): string {
  const tree = treeOf(span, event.attributes ?? {}, parts);
  const context = span.spanContext();
  id(tree, 'trace.id', context.traceId);
  id(tree, 'span.id', context.spanId);
  if (event.name !== '') tree.set('event.action', jsonString(event.name));
  return document(time, `${stream}${tree.members()}`);
}

/** Resource, scope and attributes; the fields proper are set after them, and win. */
function treeOf(
  { resource, instrumentationScope }: Pick<LogRecord, 'resource' | 'instrumentationScope'>,
  attributes: AttributeMap,
  parts: DocumentParts,
): EcsTree {
  const tree = new EcsTree();
  const host = resource.attributes['host.name'];
  if (typeof host === 'string') tree.set('host.hostname', jsonString(host));
  if (instrumentationScope.name !== '') tree.set('scope.name', jsonString(instrumentationScope.name));
  const { version } = instrumentationScope;
  if (version !== undefined && version !== '') tree.set('scope.version', jsonString(version));
  for (const map of [instrumentationScope.attributes, resource.attributes, attributes]) {
    if (map === undefined) continue;
    for (const [key, text] of parts.entries(map)) tree.set(fieldOf(key), text);
  }
  return tree;
}

function fieldOf(key: string): string {
  if (Object.hasOwn(FIELDS, key)) return FIELDS[key] ?? key;
  return key.startsWith('os.') ? `host.${key}` : key.startsWith('k8s.') ? `kubernetes.${key.slice(4)}` : key;
}

function id(tree: EcsTree, field: string, value: string | undefined): void {
  const hex = hexId(value);
  if (hex !== undefined) tree.set(field, `"${hex}"`);
}
