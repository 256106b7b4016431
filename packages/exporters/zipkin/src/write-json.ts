/** Spans as JSON v2. */
import { quoted } from '@telemetryflow/otlp';
import type { Endpoint } from './endpoint.ts';
import type { Tags } from './tags.ts';
import { KINDS, type SpanGroup, type ZipkinSpan } from './zipkin-span.ts';

/** Names of tags remembered; only generated ones ever fill it. */
const MAX_NAMES = 4096;

export class JsonWriter {
  readonly #names = new Map<string, string>();
  readonly #groups = new Map<SpanGroup, { readonly local: string; readonly tags: string }>();

  /** Forget what belongs to a batch. */
  clear(): void {
    this.#groups.clear();
  }

  write(span: ZipkinSpan): string {
    const { parentId, name, timestamp, duration, remote, annotations, tags, group } = span;
    const known = this.#groups.get(group) ?? this.#know(group);
    const kind = KINDS[span.kind];
    let text = `{"traceId":"${span.traceId}"`;
    if (parentId !== '') text += `,"parentId":"${parentId}"`;
    text += `,"id":"${span.id}"`;
    if (kind !== undefined) text += `,"kind":"${kind}"`;
    if (name !== '') text += `,"name":${quoted(name)}`;
    if (timestamp > 0) text += `,"timestamp":${timestamp}`;
    if (duration > 0) text += `,"duration":${duration}`;
    text += known.local;
    if (remote !== undefined) text += `,"remoteEndpoint":${endpointText(remote)}`;
    if (annotations.length > 0) {
      let list = '';
      for (const { timestamp: at, value } of annotations) list += `,{"timestamp":${at},"value":${quoted(value)}}`;
      text += `,"annotations":[${list.slice(1)}]`;
    }
    const own = this.#tags(tags);
    const shared = tags.shared === undefined ? '' : known.tags;
    if (own !== '' || shared !== '') text += `,"tags":{${own}${own === '' || shared === '' ? '' : ','}${shared}}`;
    return `${text}}`;
  }

  #know(group: SpanGroup): { readonly local: string; readonly tags: string } {
    const local = endpointText(group.local);
    const known = { local: local === '{}' ? '' : `,"localEndpoint":${local}`, tags: this.#tags(group.tags) };
    this.#groups.set(group, known);
    return known;
  }

  #tags({ names, values }: Tags): string {
    let text = '';
    for (let i = 0; i < names.length; i++) {
      const name = names[i] ?? '';
      const key = this.#names.get(name) ?? this.#name(name);
      text += `${i === 0 ? '' : ','}${key}${quoted(values[i] ?? '')}`;
    }
    return text;
  }

  #name(name: string): string {
    const text = `${quoted(name)}:`;
    if (this.#names.size >= MAX_NAMES) this.#names.clear();
    this.#names.set(name, text);
    return text;
  }
}

function endpointText({ serviceName, ipv4, ipv6, port }: Endpoint): string {
  let text = '';
  if (serviceName !== '') text += `,"serviceName":${quoted(serviceName)}`;
  if (ipv4 !== '') text += `,"ipv4":"${ipv4}"`;
  if (ipv6 !== '') text += `,"ipv6":"${ipv6}"`;
  if (port > 0) text += `,"port":${port}`;
  return `{${text.slice(1)}}`;
}

const SNIFFED = 'yAnnotations"';
/** Zipkin takes a body that holds these bytes anywhere for JSON v1, and refuses it; they only end a string. */
export function withoutSniffed(body: Buffer): Buffer {
  if (!body.includes(SNIFFED)) return body;
  return Buffer.from(body.toString().replaceAll(SNIFFED, 'yAnnotation\\u0073"'));
}
