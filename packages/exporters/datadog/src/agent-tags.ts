/** Attributes as tags of the Agent's intake: what each is called there, worked out once. */
import type { AttributeMap } from '@telemetryflow/otlp';
import { packed } from './msgpack-writer.ts';

/** Tag of the first span of a trace, which says whether to keep it. */
export const PRIORITY = '_sampling_priority_v1';

/** Attributes that are fields of their own, or of which the fields are made. */
const FIELDS: ReadonlySet<string> = new Set(['service.name', 'operation.name', 'resource.name', 'span.type']);
/** Names of OpenTelemetry for which Datadog has its own. */
const TAGS: ReadonlyMap<string, string> = new Map([
  ['client.address', 'http.client_ip'],
  ['http.request.body.size', 'http.request.content_length'],
  ['http.request.header.referrer', 'http.referrer'],
  ['http.request.method', 'http.method'],
  ['http.response.body.size', 'http.response.content_length'],
  ['http.response.status_code', 'http.status_code'],
  ['network.protocol.version', 'http.version'],
  ['sampling.priority', PRIORITY],
  ['server.address', 'http.server_name'],
  ['url.full', 'http.url'],
  ['user_agent.original', 'http.useragent'],
]);
const HEADER = 'http.request.header.';
/** Names kept from batch to batch; a service has dozens, so only generated names ever fill it. */
const MAX_NAMES = 4096;

/** A tag, and which span was the last to have it. */
export interface Tag {
  readonly name: string;
  /** The name as MessagePack. */
  readonly bytes: Uint8Array;
  /** Number of that span. */
  span: number;
}

/** What becomes of an attribute; without a tag it is a field. */
interface Use {
  readonly tag: Tag | undefined;
  readonly isRenamed: boolean;
}

/** The tags of a batch. */
export class AgentTags {
  readonly #tags = new Map<string, Tag>();
  readonly #uses = new Map<string, Use>();

  /** To be called before each batch. */
  begin(): void {
    if (this.#tags.size < MAX_NAMES) return;
    this.#tags.clear();
    this.#uses.clear();
  }

  /** The tag of this name. */
  named(name: string): Tag {
    let tag = this.#tags.get(name);
    if (tag === undefined) {
      tag = { name, bytes: packed(name), span: 0 };
      this.#tags.set(name, tag);
    }
    return tag;
  }

  /** The tag that an attribute becomes; `undefined` for a field, or where another attribute is that tag itself. */
  of(attributes: AttributeMap, key: string): Tag | undefined {
    const { tag, isRenamed } = this.#uses.get(key) ?? this.#use(key);
    return isRenamed && tag !== undefined && attributes[tag.name] !== undefined ? undefined : tag;
  }

  #use(key: string): Use {
    const name = nameOf(key);
    const use: Use = { tag: FIELDS.has(key) ? undefined : this.named(name), isRenamed: name !== key };
    this.#uses.set(key, use);
    return use;
  }
}

function nameOf(key: string): string {
  const known = TAGS.get(key);
  if (known !== undefined) return known;
  return key.startsWith(HEADER) ? `http.request.headers.${key.slice(HEADER.length)}` : key;
}
