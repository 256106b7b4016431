/** One log record as an entry of a stream: its line and its structured metadata. */
import {
  type AttributeMap,
  cutUtf8,
  hrTimeIsZero,
  hrTimeToNanoString,
  type LogRecord,
  valueToText,
} from '@telemetryflow/otlp';
import { MAX_PAIR_BYTES, MAX_PAIRS, Pairs } from './pairs.ts';

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
    pairs.addMap(record.attributes);
    addFields(pairs, record);
    const body = valueToText(record.body);
    const line = body === '' ? (record.eventName ?? '') : body;
    if (!this.#metadata) return this.#inLine(record, shared, line);
    const cut = cutUtf8(line, this.#maxLineBytes);
    const plain =
      cut.length === line.length &&
      pairs.lost + shared.pairs.lost === 0 &&
      pairs.count + shared.pairs.count <= MAX_PAIRS &&
      (pairs.characters + shared.characters) * 3 <= MAX_PAIR_BYTES &&
      !shared.clashesWith(pairs);
    return plain ? { line: cut, pairs, shared } : this.#fitted(record, shared, line);
  }

  /** Within the limits of Loki, and marked where something is lost. */
  #fitted(record: LogRecord, shared: SharedPairs, line: string): Entry {
    const pairs = this.#pairs;
    appendShared(pairs, shared.pairs);
    let whole = line;
    if (!pairs.fits(0)) {
      const stack = pairs.remove('exception_stacktrace');
      if (stack !== undefined) whole = `${line}\n${stack}`;
    }
    const cut = cutUtf8(whole, this.#maxLineBytes);
    const truncated = cut.length < whole.length ? 1 : 0;
    if (!pairs.fits(truncated + (pairs.lost > 0 ? 1 : 0))) {
      // What Loki gives a meaning comes first, since the last ones go.
      pairs.clear();
      addFields(pairs, record);
      pairs.addMap(record.attributes);
      appendShared(pairs, shared.pairs);
      if (whole !== line) pairs.remove('exception_stacktrace');
      pairs.trim(truncated + 1);
    }
    if (truncated > 0) put(pairs, 'truncated', 'true');
    countLost(pairs, record);
    return { line: cut, pairs, shared: undefined };
  }

  /** For servers without structured metadata: the pairs at the end of the line. */
  #inLine(record: LogRecord, shared: SharedPairs, line: string): Entry {
    const pairs = this.#pairs;
    appendShared(pairs, shared.pairs);
    countLost(pairs, record);
    let text = withFields(line, pairs);
    if (cutUtf8(text, this.#maxLineBytes).length < text.length) {
      put(pairs, 'truncated', 'true');
      const fields = logfmtOf(pairs);
      const room = this.#maxLineBytes - Buffer.byteLength(fields) - 1;
      text = cutUtf8(room > 0 ? `${cutUtf8(line, room)} ${fields}` : fields, this.#maxLineBytes);
    }
    pairs.clear();
    return { line: text, pairs, shared: undefined };
  }
}

/** The fields of a record, under their names: attributes that have one of those get another. */
function addFields(pairs: Pairs, record: LogRecord): void {
  const { spanContext: context, hrTime, hrTimeObserved, eventName } = record;
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
  if (eventName !== undefined && eventName !== '') put(pairs, 'event_name', eventName);
  if (record.droppedAttributesCount > 0) {
    put(pairs, LOST, String(record.droppedAttributesCount));
  }
}

const LOST = 'dropped_attributes_count';
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

/** What found no place is added to the count that the record brought. */
function countLost(pairs: Pairs, { droppedAttributesCount: before }: LogRecord): void {
  if (pairs.lost === 0) return;
  if (before > 0) pairs.remove(LOST);
  put(pairs, LOST, String(before + pairs.lost));
}

/** The pairs at the end of the line: inside a JSON object, else as logfmt. */
function withFields(line: string, pairs: Pairs): string {
  if (pairs.count === 0) return line;
  const json = line.startsWith('{') ? parsed(line) : undefined;
  if (json !== undefined) {
    const fields: Record<string, unknown> = Object.assign(Object.create(null), json);
    for (let i = 0; i < pairs.count; i++) {
      const name = pairs.names[i] ?? '';
      fields[Object.hasOwn(json, name) ? `attributes_${name}` : name] = pairs.values[i];
    }
    return JSON.stringify(fields);
  }
  return line === '' ? logfmtOf(pairs) : `${line} ${logfmtOf(pairs)}`;
}

function logfmtOf(pairs: Pairs): string {
  let text = '';
  for (let i = 0; i < pairs.count; i++)
    text += `${i === 0 ? '' : ' '}${pairs.names[i]}=${logfmt(pairs.values[i] ?? '')}`;
  return text;
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
