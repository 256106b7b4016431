/** One log record as an entry of a stream: its line and its structured metadata. */
import {
  type AttributeMap,
  cutUtf8,
  hrTimeIsZero,
  hrTimeToNanoString,
  type LogRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { MAX_PAIR_BYTES, Pairs } from './pairs.ts';

/** Pairs that all entries of a resource and scope share. */
export class SharedPairs {
  readonly pairs: Pairs = new Pairs();
  /** UTF-16 units of all of them. */
  readonly characters: number;
  readonly #names: ReadonlySet<string>;
  /** Names that do not clash: those of one record, which are mostly those of the next. */
  #free: readonly string[] = [];

  constructor(
    resource: AttributeMap,
    promoted: ReadonlySet<string>,
    scope: { readonly name: string; readonly version?: string | undefined; readonly attributes?: AttributeMap },
  ) {
    this.pairs.addMap(resource, promoted);
    if (scope.name !== '') this.pairs.add('scope_name', scope.name);
    if (scope.version !== undefined && scope.version !== '') this.pairs.add('scope_version', scope.version);
    if (scope.attributes !== undefined) this.pairs.addMap(scope.attributes);
    this.#names = new Set(this.pairs.names);
    this.characters = this.pairs.characters;
  }

  clashesWith({ names, count }: Pairs): boolean {
    const free = this.#free;
    let known = 0;
    if (count === free.length) while (known < count && names[known] === free[known]) known++;
    if (known === count) return false;
    for (let i = 0; i < count; i++) if (this.#names.has(names[i] ?? '')) return true;
    this.#free = names.slice(0, count);
    return false;
  }
}

/** What {@link EntryMaker} has made of a record; valid until the next one. */
export interface Entry {
  readonly line: string;
  /** The entry's own pairs. */
  readonly pairs: Pairs;
  /** The pairs of resource and scope that follow; `undefined` when they are among the own. */
  readonly shared: SharedPairs | undefined;
}

/** Makes entries, one at a time, in the same lists. */
export class EntryMaker {
  readonly #pairs = new Pairs();
  readonly #maxLineBytes: number;
  #metadata = true;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Whether entries may have structured metadata from now on. */
  begin(metadata: boolean): void {
    this.#metadata = metadata;
  }

  make(record: LogRecord, shared: SharedPairs): Entry {
    const pairs = this.#pairs;
    pairs.clear();
    addOwn(pairs, record);
    const body = valueToText(record.body);
    let line = body === '' ? (record.eventName ?? '') : body;
    let separate: SharedPairs | undefined = shared;
    const simple = pairs.count + shared.pairs.count < 100 && pairs.lost === 0 && !shared.clashesWith(pairs);
    if (!simple || shared.pairs.lost > 0 || !this.#metadata) {
      appendShared(pairs, shared.pairs);
      separate = undefined;
    }
    if (!this.#metadata) return { line: this.#cut(withFields(line, pairs)), pairs: emptied(pairs), shared: undefined };
    if (!fit(pairs, separate)) {
      if (separate !== undefined) appendShared(pairs, separate.pairs);
      separate = undefined;
      const stack = pairs.remove('exception_stacktrace');
      if (stack !== undefined) line = `${line}\n${stack}`;
      if (!pairs.fits()) pairs.trim();
    }
    const cut = this.#cut(line);
    if (cut.length < line.length) pairs.add('truncated', 'true');
    if (pairs.lost > 0) countLost(pairs, record.droppedAttributesCount);
    return { line: cut, pairs, shared: separate };
  }

  #cut(line: string): string {
    return cutUtf8(line, this.#maxLineBytes);
  }
}

/** The pairs of the record itself; Loki's own names are spoken for before the attributes come. */
function addOwn(pairs: Pairs, record: LogRecord): void {
  const { spanContext: context, hrTime, hrTimeObserved } = record;
  const event = record.eventName !== undefined && record.eventName !== '' ? record.eventName : undefined;
  pairs.addMap(record.attributes);
  if (!hrTimeIsZero(hrTime) && !hrTimeIsZero(hrTimeObserved)) {
    put(pairs, 'observed_timestamp', hrTimeToNanoString(hrTimeObserved));
  }
  if (record.severityNumber !== undefined && record.severityNumber !== 0) {
    put(pairs, 'severity_number', String(record.severityNumber));
  }
  if (record.severityText !== undefined && record.severityText !== '') {
    put(pairs, 'severity_text', record.severityText);
  }
  if (context !== undefined) {
    if (!isZero(context.traceId)) put(pairs, 'trace_id', context.traceId);
    if (!isZero(context.spanId)) put(pairs, 'span_id', context.spanId);
  }
  const flags = record.flags ?? context?.traceFlags ?? 0;
  if (flags !== 0) put(pairs, 'flags', String(flags));
  if (event !== undefined) put(pairs, 'event_name', event);
  if (record.droppedAttributesCount > 0) {
    put(pairs, 'dropped_attributes_count', String(record.droppedAttributesCount));
  }
}

const ZERO = 0x30;

function isZero(id: string): boolean {
  return id === '' || (id.charCodeAt(0) === ZERO && /^0*$/.test(id));
}

/** Under exactly this name; an attribute that has it gets another. */
function put(pairs: Pairs, name: string, value: string): void {
  const before = pairs.remove(name);
  pairs.add(name, value);
  if (before !== undefined) pairs.add(name, before);
}

function appendShared(pairs: Pairs, shared: Pairs): void {
  for (let i = 0; i < shared.count; i++) pairs.add(shared.names[i] ?? '', shared.values[i] ?? '');
  pairs.lost += shared.lost;
}

function fit(own: Pairs, shared: SharedPairs | undefined): boolean {
  if (shared === undefined) return own.fits();
  return (own.characters + shared.characters) * 3 <= MAX_PAIR_BYTES;
}

function countLost(pairs: Pairs, dropped: number): void {
  pairs.remove('dropped_attributes_count');
  pairs.add('dropped_attributes_count', String(dropped + pairs.lost));
}

/** The pairs at the end of the line: inside a JSON object, else as logfmt. */
function withFields(line: string, pairs: Pairs): string {
  if (pairs.count === 0) return line;
  const names = pairs.names.slice(0, pairs.count);
  const json = line.startsWith('{') ? parsed(line) : undefined;
  if (json !== undefined) {
    const fields: Record<string, unknown> = Object.assign(Object.create(null), json);
    names.forEach((name, i) => {
      fields[Object.hasOwn(json, name) ? `attributes_${name}` : name] = pairs.values[i];
    });
    return JSON.stringify(fields);
  }
  const text = names.map((name, i) => `${name}=${logfmt(pairs.values[i] ?? '')}`).join(' ');
  return line === '' ? text : `${line} ${text}`;
}

function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function logfmt(value: string): string {
  return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
}

function emptied(pairs: Pairs): Pairs {
  pairs.clear();
  return pairs;
}
