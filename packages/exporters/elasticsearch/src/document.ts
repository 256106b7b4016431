/** What documents of all signals have in common: where they go, and who made the telemetry. */
import { type AttributeMap, DOUBLES, type HrTime, type ResourceRecord, type ScopeRecord } from '@telemetryflow/otlp';
import { isChosenIndex } from './index-name.ts';
import { type JsonValues, jsonString, Names } from './json-text.ts';
import { timestamp } from './timestamp.ts';

const INDEX = 'elasticsearch.index';
const DOCUMENT_ID = 'elasticsearch.document_id';
/** Longer ids are refused, in bytes. */
const MAX_ID_BYTES = 512;

/** Attributes that say where a document goes; they are no part of it. */
const CONTROL: ReadonlySet<string> = new Set([
  INDEX,
  DOCUMENT_ID,
  'data_stream.type',
  'data_stream.dataset',
  'data_stream.namespace',
]);

/** The index that telemetry asks for by its attribute `elasticsearch.index`; names that are not legal are none. */
export function chosenIndex(attributes: AttributeMap): string | undefined {
  const name = attributes[INDEX];
  return name !== undefined && isChosenIndex(name) ? name : undefined;
}

/** The `_id` that telemetry asks for by its attribute `elasticsearch.document_id`. */
export function chosenId(attributes: AttributeMap): string | undefined {
  const id = attributes[DOCUMENT_ID];
  return typeof id === 'string' && id !== '' && Buffer.byteLength(id) <= MAX_ID_BYTES ? id : undefined;
}

/** Writes the members that documents share. Each begins with a comma; what is empty is left out. */
export class DocumentParts {
  readonly values: JsonValues;
  readonly #resources = new Map<ResourceRecord, string>();
  readonly #scopes = new Map<ScopeRecord, string>();

  constructor(values: JsonValues) {
    this.values = values;
  }

  /** `,"attributes":{…}`; `more` is a member that is written unless the map has it. */
  attributes(map: AttributeMap | undefined, more?: { readonly key: string; readonly text: string }): string {
    if (map === undefined) return more === undefined ? '' : `,"attributes":{"${more.key}":${jsonString(more.text)}}`;
    const { values } = this;
    const doubles = map[DOUBLES];
    const names = new Names(map);
    let text = '';
    for (const key of Object.keys(map)) {
      if (CONTROL.has(key)) continue;
      if (text !== '') text += ',';
      text += names.member(key) + values.value(map[key], doubles?.has(key) === true);
    }
    if (more !== undefined && !Object.hasOwn(map, more.key)) {
      text += `${text === '' ? '' : ','}"${more.key}":${jsonString(more.text)}`;
    }
    return text === '' ? '' : `,"attributes":{${text}}`;
  }

  /** The attributes that belong into documents, as key and JSON text. */
  *entries(map: AttributeMap): Generator<readonly [string, string]> {
    const doubles = map[DOUBLES];
    for (const key of Object.keys(map)) {
      if (!CONTROL.has(key)) yield [key, this.values.value(map[key], doubles?.has(key) === true)];
    }
  }

  /** `,"resource":{…}` */
  resource(resource: ResourceRecord): string {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    const text =
      string('schema_url', resource.schemaUrl) +
      this.attributes(resource.attributes) +
      count('dropped_attributes_count', resource.droppedAttributesCount);
    const member = object('resource', text);
    this.#resources.set(resource, member);
    return member;
  }

  /** `,"scope":{…}` */
  scope(scope: ScopeRecord): string {
    const known = this.#scopes.get(scope);
    if (known !== undefined) return known;
    const text =
      string('schema_url', scope.schemaUrl) +
      string('name', scope.name) +
      string('version', scope.version) +
      this.attributes(scope.attributes) +
      count('dropped_attributes_count', scope.droppedAttributesCount);
    const member = object('scope', text);
    this.#scopes.set(scope, member);
    return member;
  }
}

/** `,"key":"text"` */
export function string(key: string, text: string | undefined): string {
  return text === undefined || text === '' ? '' : `,"${key}":${jsonString(text)}`;
}

/** `,"key":7` */
export function count(key: string, value: number | undefined): string {
  return value === undefined || !(value > 0) ? '' : `,"${key}":${Math.trunc(value)}`;
}

/** `,"key":{…}` of members that begin with a comma. */
export function object(key: string, members: string): string {
  return members === '' ? '' : `,"${key}":{${members.slice(1)}}`;
}

/** The document of a time, and of members that begin with a comma. */
export function document(time: HrTime, members: string): string {
  return `{"@timestamp":${timestamp(time)}${members}}`;
}

/** An id in hex, unless it is none or all zeros. */
export function hexId(id: string | undefined): string | undefined {
  return id === undefined || !/^[\da-f]*[1-9a-f][\da-f]*$/i.test(id) ? undefined : id.toLowerCase();
}

/** The action line of a document. */
export function action(index: string, id: string | undefined): string {
  return id === undefined
    ? `{"create":{"_index":${jsonString(index)}}}`
    : `{"create":{"_index":${jsonString(index)},"_id":${jsonString(id)}}}`;
}

/** True for a time that is known. */
export function isKnown(time: HrTime | undefined): time is HrTime {
  return time !== undefined && (time[0] !== 0 || time[1] !== 0);
}
