/**
 * Attributes as New Relic takes them over OTLP: texts, booleans, numbers, and arrays of one of these. What else OTLP
 * knows it would drop without a word.
 */
import {
  AttributeChanges,
  type AttributeMap,
  type AttributeValue,
  cutText,
  DOUBLES,
  isDouble,
  valueToText,
} from '@telemetryflow/otlp';

const MAX_KEY = 255;
const MAX_VALUE = 4095;
const MAX_ELEMENTS = 64;

/** The same object where nothing has to change. */
export function carriedAttributes(attributes: AttributeMap, lose: () => void): AttributeMap {
  const changes = new AttributeChanges(attributes);
  for (const name in attributes) {
    const value = attributes[name];
    if (name.length > MAX_KEY) {
      changes.delete(name);
      lose();
      continue;
    }
    const carried = carriedValue(value, lose);
    if (carried !== value) changes.set(name, carried);
  }
  return changes.result;
}

function carriedValue(value: AttributeValue, lose: () => void): AttributeValue {
  if (typeof value === 'string') {
    if (value.length <= MAX_VALUE) return value;
    lose();
    return cutText(value, MAX_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return carriedArray(value, lose);
  return carriedValue(valueToText(value), lose);
}

function carriedArray(array: readonly AttributeValue[], lose: () => void): AttributeValue {
  const type = typeof array[0];
  const simple = type === 'string' || type === 'boolean' || type === 'number' || type === 'bigint';
  if (array.length > 0 && !(simple && array.every((each) => typeof each === type))) {
    return carriedValue(valueToText(array), lose);
  }
  let carried = array;
  if (array.length > MAX_ELEMENTS) {
    lose();
    carried = array.slice(0, MAX_ELEMENTS);
  }
  if (type === 'string' && carried.some((each) => (each as string).length > MAX_VALUE)) {
    return carried.map((each) => carriedValue(each, lose));
  }
  return type === 'number' ? ofOneNumberType(array, carried) : carried;
}

/** Integers beside doubles are two types: all become doubles. `all` knows which elements are meant to be doubles. */
function ofOneNumberType(
  all: readonly AttributeValue[],
  carried: readonly AttributeValue[],
): readonly AttributeValue[] {
  const doubles = carried.filter((_, at) => isDouble(all, at)).length;
  if (doubles === 0 || (doubles === carried.length && carried === all)) return carried;
  return Object.assign([...carried], { [DOUBLES]: new Set(carried.keys()) });
}
