/** What all items of one resource and scope have in common, made once per batch. */
import type { AttributeMap, ResourceRecord, ScopeRecord } from '@telemetryflow/otlp';
import type { Envelope, Envelopes } from './envelope.ts';
import type { Field, FieldWriter, SharedFields } from './fields.ts';

/** The envelope and fields of a resource and scope. */
export interface Group {
  readonly envelope: Envelope;
  readonly fields: SharedFields;
}

export class Groups {
  readonly #envelopes: Envelopes;
  readonly #writer: FieldWriter;
  readonly #groups = new Map<ResourceRecord, Map<ScopeRecord, Group>>();
  #resource: ResourceRecord | undefined;
  #scope: ScopeRecord | undefined;
  #last: Group | undefined;

  constructor(envelopes: Envelopes, writer: FieldWriter) {
    this.#envelopes = envelopes;
    this.#writer = writer;
  }

  clear(): void {
    this.#groups.clear();
    this.#resource = undefined;
    this.#scope = undefined;
    this.#last = undefined;
  }

  of(resource: ResourceRecord, scope: ScopeRecord): Group {
    if (resource === this.#resource && scope === this.#scope && this.#last !== undefined) return this.#last;
    const scopes = this.#groups.get(resource) ?? new Map<ScopeRecord, Group>();
    this.#groups.set(resource, scopes);
    const group = scopes.get(scope) ?? this.#make(resource, scope);
    scopes.set(scope, group);
    this.#resource = resource;
    this.#scope = scope;
    this.#last = group;
    return group;
  }

  /** The envelope of an item of this group. */
  envelope(group: Group, resource: ResourceRecord, attributes: AttributeMap): Envelope {
    if (!this.#envelopes.chosenBy(attributes)) return group.envelope;
    return this.#envelopes.of(resource.attributes, attributes);
  }

  #make(resource: ResourceRecord, scope: ScopeRecord): Group {
    const own: Field[] = [];
    if (scope.name !== '') own.push(['otel.scope.name', JSON.stringify(scope.name)]);
    if (scope.version) own.push(['otel.scope.version', JSON.stringify(scope.version)]);
    return {
      envelope: this.#envelopes.of(resource.attributes),
      fields: this.#writer.shared(resource.attributes, own, scope.attributes),
    };
  }
}
