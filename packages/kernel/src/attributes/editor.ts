/**
 * Changes an attribute map without touching the original: copies on the first change, keeps the marks of integral
 * doubles true, and gives the original back when nothing changed.
 */
import {
  type AttributeMap,
  type AttributeValue,
  DOUBLES,
  emptyAttributes,
  type MutableAttributes,
} from '@telemetryflow/otlp';

export class AttributeEditor {
  readonly #original: AttributeMap;
  #copy: MutableAttributes | undefined;
  #doubles: Set<string> | undefined;

  constructor(original: AttributeMap) {
    this.#original = original;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#copy ?? this.#original, key);
  }

  get(key: string): AttributeValue {
    return this.has(key) ? (this.#copy ?? this.#original)[key] : undefined;
  }

  /** True when the value is an OTLP double that JavaScript cannot tell from an int. */
  isIntegralDouble(key: string): boolean {
    return (this.#doubles ?? this.#original[DOUBLES])?.has(key) === true;
  }

  keys(): readonly string[] {
    return Object.keys(this.#copy ?? this.#original);
  }

  /** `double` says that an integral number is an OTLP double. */
  set(key: string, value: AttributeValue, double = false): void {
    this.#change()[key] = value;
    if (double && typeof value === 'number' && Number.isInteger(value)) this.#marks().add(key);
    else if (this.isIntegralDouble(key)) this.#marks().delete(key);
  }

  delete(key: string): void {
    if (!this.has(key)) return;
    delete this.#change()[key];
    if (this.isIntegralDouble(key)) this.#marks().delete(key);
  }

  /** The changed map, or the original. */
  result(): AttributeMap {
    if (this.#copy === undefined) return this.#original;
    if (this.#doubles === undefined) return this.#copy;
    this.#copy[DOUBLES] = this.#doubles;
    return this.#copy;
  }

  #change(): MutableAttributes {
    this.#copy ??= Object.assign(emptyAttributes(), this.#original);
    return this.#copy;
  }

  #marks(): Set<string> {
    this.#doubles ??= new Set(this.#original[DOUBLES]);
    return this.#doubles;
  }
}
