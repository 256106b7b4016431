/** A span as Zipkin knows it, for both ways of writing it. */
import {
  PerGroup,
  parentOf,
  type ResourceRecord,
  type ScopeRecord,
  type SpanRecord,
  validIds,
} from '@telemetryflow/otlp';
import type { ZipkinConfig } from './config.ts';
import { annotationText } from './dialect.ts';
import { addressOf, calleeOf, callerOf, type Endpoint, serviceNameOf } from './endpoint.ts';
import { durationMicros, microsOf } from './micros.ts';
import { TagNames } from './tag-names.ts';
import { SharedTags, type SpanTags, sharedTags, type Tags } from './tags.ts';

/** Kinds by their OTel JS number; what is left out is local to the process. */
export const KINDS: readonly (string | undefined)[] = [undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const SERVER = 1;
const CONSUMER = 4;

export interface Annotation {
  readonly timestamp: number;
  readonly value: string;
}

/** Times in microseconds; what is empty, 0 or undefined is not written. */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly kind: number;
  readonly name: string;
  readonly timestamp: number;
  readonly duration: number;
  readonly group: SpanGroup;
  readonly remote: Endpoint | undefined;
  readonly annotations: readonly Annotation[];
  readonly tags: SpanTags;
}

/** What all spans of one resource and scope share. */
export interface SpanGroup {
  readonly local: Endpoint;
  readonly tags: Tags;
}

interface Group extends SpanGroup {
  readonly shared: SharedTags;
}

/** Makes spans, remembering the groups of a batch. */
export class SpanMaker {
  readonly #config: ZipkinConfig;
  readonly #local: Omit<Endpoint, 'serviceName'>;
  readonly #names = new TagNames();
  readonly #groups = new PerGroup((resource, scope) => this.#makeGroup(resource, scope));

  constructor(config: ZipkinConfig) {
    this.#config = config;
    this.#local = addressOf(config.local_endpoint ?? '') ?? { ipv4: '', ipv6: '', port: 0 };
  }

  /** Forget the groups. */
  clear(): void {
    this.#groups.clear();
  }

  /** `undefined` for a span whose ids Zipkin refuses. */
  make(span: SpanRecord): ZipkinSpan | undefined {
    const context = span.spanContext();
    if (!validIds(context)) return undefined;
    const { traceId, spanId: id } = context;
    const parent = parentOf(span);
    const { kind, attributes, startTime, events } = span;
    const group = this.#groups.of(span.resource, span.instrumentationScope);
    const timestamp = microsOf(startTime);
    const { dialect } = this.#config;
    return {
      traceId,
      id,
      parentId: parent === undefined || parent === id ? '' : parent,
      kind,
      name: span.name,
      timestamp,
      duration: durationMicros(span),
      group,
      remote: kind >= SERVER && kind <= CONSUMER ? (isIncoming(kind) ? callerOf : calleeOf)(attributes) : undefined,
      annotations:
        events.length === 0
          ? NONE
          : events.map((event) => ({
              // One without a time makes Zipkin refuse the list.
              timestamp: microsOf(event.time) || timestamp || 1,
              value: annotationText(event, dialect),
            })),
      tags: group.shared.of(span, dialect),
    };
  }

  #makeGroup(resource: ResourceRecord, scope: ScopeRecord): Group {
    const shared = new SharedTags(sharedTags(resource, scope, this.#config.resource_tags), this.#names);
    const serviceName = serviceNameOf(resource.attributes, this.#config.service_name);
    return { local: { serviceName, ...this.#local }, tags: shared.tags, shared };
  }
}

const NONE: readonly Annotation[] = [];

function isIncoming(kind: number): boolean {
  return kind === SERVER || kind === CONSUMER;
}
