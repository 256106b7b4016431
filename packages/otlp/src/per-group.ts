/** What encoders work out of a resource and a scope, once for all the items that share them. */
import type { ResourceRecord, ScopeRecord } from './records.ts';

/**
 * Remembers what was made of each pair of resource and scope, by identity. It holds on to both until it is cleared:
 * use one per batch, or clear it before each.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { PerGroup, valueToText } from '@telemetryflow/otlp';
 *
 * const labels = new PerGroup((resource, scope) => `${valueToText(resource.attributes['service.name'])}/${scope.name}`);
 * const [resource, scope] = [{ attributes: { 'service.name': 'shop' } }, { name: 'queue' }];
 * assert.equal(labels.of(resource, scope), 'shop/queue');
 * ```
 */
export class PerGroup<T> {
  readonly #make: (resource: ResourceRecord, scope: ScopeRecord) => T;
  readonly #known = new Map<ResourceRecord, Map<ScopeRecord, T>>();
  /** Items of one group mostly follow each other. */
  #last: { readonly resource: ResourceRecord; readonly scope: ScopeRecord; readonly made: T } | undefined;

  constructor(make: (resource: ResourceRecord, scope: ScopeRecord) => T) {
    this.#make = make;
  }

  of(resource: ResourceRecord, scope: ScopeRecord): T {
    const last = this.#last;
    if (last !== undefined && last.resource === resource && last.scope === scope) return last.made;
    const made = this.#find(resource, scope);
    this.#last = { resource, scope, made };
    return made;
  }

  clear(): void {
    this.#known.clear();
    this.#last = undefined;
  }

  #find(resource: ResourceRecord, scope: ScopeRecord): T {
    let scopes = this.#known.get(resource);
    if (scopes === undefined) {
      scopes = new Map();
      this.#known.set(resource, scopes);
    }
    let made = scopes.get(scope);
    if (made === undefined) {
      made = this.#make(resource, scope);
      scopes.set(scope, made);
    }
    return made;
  }
}
