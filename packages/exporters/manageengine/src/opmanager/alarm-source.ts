/** What a resource says about the events of its items; worked out once per resource and batch. */
import { type ResourceRecord, valueToText } from '@telemetryflow/otlp';
import type { ManageengineConfig } from '../config.ts';

export interface AlarmSource {
  /** The device. */
  readonly device: string;
  /** `service.name`; `''` without. */
  readonly service: string;
  /** The configured tags with the values that the resource has for them. */
  readonly tags: readonly (readonly [name: string, value: string])[];
}

export class AlarmSources {
  readonly #config: Pick<ManageengineConfig, 'device_name' | 'tags'>;
  readonly #host: string;
  readonly #known = new WeakMap<ResourceRecord, AlarmSource>();

  /** `host`: the device of telemetry that names none. */
  constructor(config: Pick<ManageengineConfig, 'device_name' | 'tags'>, host: string) {
    this.#config = config;
    this.#host = host;
  }

  of(resource: ResourceRecord): AlarmSource {
    let known = this.#known.get(resource);
    if (known === undefined) {
      known = this.#read(resource);
      this.#known.set(resource, known);
    }
    return known;
  }

  #read({ attributes }: ResourceRecord): AlarmSource {
    const text = (name: string): string => valueToText(attributes[name]);
    const { device_name: device, tags } = this.#config;
    return {
      device: device || text('host.name') || this.#host,
      service: text('service.name'),
      tags: Object.keys(tags).flatMap((name) => (text(name) === '' ? [] : [[name, text(name)] as const])),
    };
  }
}
