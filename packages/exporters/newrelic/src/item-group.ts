/** The `common` block of a request: what all items of a resource and scope share, written once. */
import {
  type AttributeMap,
  type AttributeValue,
  type JsonBytes,
  PerGroup,
  type ResourceRecord,
  type ScopeRecord,
} from '@telemetryflow/otlp';
import type { AttributeWriter } from './json-attributes.ts';
import type { Losses } from './losses.ts';
import { withEnvironment } from './resource.ts';

/** A group of items with equal resource and scope. */
export interface Group {
  /** `[{"common":{…},"spans":[`, as a request begins with it. */
  readonly open: Uint8Array;
  /** `]},{"common":{…},"spans":[`, behind the items of another group. */
  readonly next: Uint8Array;
  /** How many attributes an item of it may have. */
  readonly room: number;
  /** What its items share. */
  readonly attributes: AttributeMap;
}

/** Attributes that say what the resource is go first where there is no room for all. */
const IDENTITY = /^(service|host|k8s|container|deployment|cloud)\./;

export interface GroupOptions {
  /** Name of the list of items. */
  readonly list: 'metrics' | 'logs' | 'spans';
  readonly attributes: AttributeWriter;
  /** Most attributes of an item, those of its resource included. */
  readonly maxAttributes: number;
  readonly environment: string;
}

/** The request at hand. */
interface Request {
  readonly losses: Losses;
  readonly json: JsonBytes;
}

/** The groups of one batch. */
export class ItemGroups {
  readonly #options: GroupOptions;
  readonly #request: Request;
  readonly #groups = new PerGroup((resource, scope) => this.#make(resource, scope));

  /** What a block loses is added to the losses of the request. */
  constructor(options: GroupOptions, request: Request) {
    this.#options = options;
    this.#request = request;
  }

  clear(): void {
    this.#groups.clear();
  }

  /** `own`: a name that no attribute may have. */
  of(resource: ResourceRecord, scope: ScopeRecord, own?: string): Group {
    const group = this.#groups.of(resource, scope);
    return own !== undefined && Object.hasOwn(group.attributes, own) ? this.#make(resource, scope, own) : group;
  }

  #make(resource: ResourceRecord, scope: ScopeRecord, own?: string): Group {
    const { list, attributes, maxAttributes, environment } = this.#options;
    const all: Record<string, AttributeValue> = Object.assign(
      Object.create(null),
      withEnvironment(resource.attributes, environment),
      scope.attributes,
      scope.name !== '' && { 'otel.library.name': scope.name },
      scope.version && { 'otel.library.version': scope.version },
      { 'instrumentation.provider': 'opentelemetry' },
    );
    // A third stays for the items.
    const room = Math.floor((maxAttributes * 2) / 3);
    const { json, losses } = this.#request;
    // Written behind what is there, and taken back.
    const { pos } = json;
    const count = attributes.write(json, identityFirst(all), room, losses, { fields: 0, own });
    const members = Buffer.from(json.bytes.subarray(pos, json.pos - 1)).toString();
    json.pos = pos;
    const head = `{"common":{"attributes":{${members}}},"${list}":[`;
    return {
      open: Buffer.from(`[${head}`),
      next: Buffer.from(`]},${head}`),
      room: maxAttributes - count,
      attributes: all,
    };
  }
}

function identityFirst(attributes: AttributeMap): AttributeMap {
  const entries = Object.entries(attributes);
  const identity = entries.filter(([name]) => IDENTITY.test(name));
  return Object.fromEntries([...identity, ...entries]);
}
