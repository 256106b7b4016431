/** What all items of one resource and scope have in common, made once per batch. */
import { type AttributeMap, PerGroup, quoted, type ResourceRecord, type ScopeRecord } from '@telemetryflow/otlp';
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
  readonly #groups = new PerGroup((resource, scope) => this.#make(resource, scope));

  constructor(envelopes: Envelopes, writer: FieldWriter) {
    this.#envelopes = envelopes;
    this.#writer = writer;
  }

  clear(): void {
    this.#groups.clear();
  }

  of(resource: ResourceRecord, scope: ScopeRecord): Group {
    return this.#groups.of(resource, scope);
  }

  /** The envelope of an item of this group. */
  envelope(group: Group, resource: ResourceRecord, attributes: AttributeMap): Envelope {
    if (!this.#envelopes.chosenBy(attributes)) return group.envelope;
    return this.#envelopes.of(resource.attributes, attributes);
  }

  #make(resource: ResourceRecord, scope: ScopeRecord): Group {
    const own: Field[] = [];
    if (scope.name !== '') own.push(['otel.scope.name', quoted(scope.name)]);
    if (scope.version) own.push(['otel.scope.version', quoted(scope.version)]);
    return {
      envelope: this.#envelopes.of(resource.attributes),
      fields: this.#writer.shared(resource.attributes, own, scope.attributes),
    };
  }
}
