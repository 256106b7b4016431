/** Ways to spoil a configuration: what people do to YAML files by hand, one slip at a time. */
import { type Document, isCollection, isMap, isScalar, isSeq, type Node, Pair, parseDocument, visit } from 'yaml';

/** A configuration with one slip in it. */
export interface Mutant {
  /** What was done, and to which key. */
  readonly what: string;
  readonly text: string;
}

type KeyPath = readonly (string | number)[];

/** Changes the value at a path; false where the slip makes no sense there. */
type Slip = (document: Document, path: KeyPath, node: Node) => boolean;

const set =
  (value: unknown, where: (node: Node) => boolean = () => true): Slip =>
  (document, path, node) => {
    if (!where(node)) return false;
    document.setIn(path, document.createNode(value));
    return true;
  };
const isText = (node: Node): boolean => isScalar(node) && typeof node.value === 'string';
const isNumber = (node: Node): boolean => isScalar(node) && typeof node.value === 'number';
const isDuration = (node: Node): boolean => isScalar(node) && /^\d+(ms|s|m|h)$/.test(String(node.value));
const isUrl = (node: Node): boolean => isScalar(node) && String(node.value).startsWith('http');

const SLIPS: Readonly<Record<string, Slip>> = {
  'a list where one value belongs': set(['a', { b: 1 }], isScalar),
  'keys where one value belongs': set({ a: 1 }, isScalar),
  'text where keys or a list belong': set('text', isCollection),
  'a number where keys or a list belong': set(42, isCollection),
  'text where a number belongs': set('many', isNumber),
  'a negative number': set(-1, isNumber),
  'a fraction': set(0.5, isNumber),
  'a huge number': set(1e300, isNumber),
  'a duration without unit': set(30, isDuration),
  'a duration with an unknown unit': set('30 parsecs', isDuration),
  'a negative duration': set('-5s', isDuration),
  'a URL without scheme': set('example.com', isUrl),
  'a URL with another scheme': set('ftp://example.com', isUrl),
  'a URL with a port that is none': set('http://example.com:99999', isUrl),
  'a word nobody knows': set('zzz-not-a-choice', isText),
  'no value': set(null),
  'empty text': set('', isText),
  'a variable that is not set': set(`\${TELEMETRYFLOW_NOBODY_SETS_THIS}`, isScalar),
  'a reference that is not closed': set(`\${TELEMETRYFLOW_NOBODY`, isScalar),
  'a file that is not there': set(`\${file:not-there.txt}`, isText),
  'yes for true': set('yes', (node) => isScalar(node) && typeof node.value === 'boolean'),
  'the key is missing': (document, path) => document.deleteIn(path),
  'a letter too many in the key': (document, path) => rename(document, path, (key) => `${key}x`),
  'two letters swapped in the key': (document, path) =>
    rename(document, path, (key) => `${key.slice(0, -2)}${key.at(-1)}${key.at(-2)}`),
  'an unknown key beside it': (document, path) => {
    const parent = document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return false;
    parent.add(new Pair(document.createNode('nonsense'), document.createNode(1)));
    return true;
  },
  'a list item of another kind': (document, _path, node) => {
    if (!isSeq(node)) return false;
    node.add(document.createNode({ nonsense: true }));
    return true;
  },
};

/** Slips in the text itself, before any of it is YAML. */
const TYPOS: Readonly<Record<string, (lines: readonly string[], at: number) => readonly string[] | undefined>> = {
  'a tab for indentation': (lines, at) => replace(lines, at, (line) => line.replace(/^ +/, '\t')),
  'one space too many': (lines, at) => replace(lines, at, (line) => ` ${line}`),
  'a colon forgotten': (lines, at) => replace(lines, at, (line) => line.replace(':', '')),
  'a quote opened only': (lines, at) => replace(lines, at, (line) => line.replace(/: .*$/, ': "open')),
  'a bracket opened only': (lines, at) => replace(lines, at, (line) => line.replace(/: .*$/, ': [1, 2')),
  'the line twice': (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
};

/** Every slip at every place of a configuration, of which those are made that are `chosen` by their number. */
export function mutants(text: string, chosen: (at: number) => boolean): readonly Mutant[] {
  const made: Mutant[] = [];
  let at = 0;
  let untouched: Document | undefined;
  for (const path of paths(text)) {
    for (const [name, slip] of Object.entries(SLIPS)) {
      const document = untouched ?? parseDocument(text);
      if (slip(document, path, document.getIn(path, true) as Node)) {
        untouched = undefined;
        if (chosen(at++)) made.push({ what: `${name}: ${path.join('.')}`, text: document.toString() });
      } else {
        untouched = document;
      }
    }
  }
  const lines = text.split('\n');
  for (const [name, typo] of Object.entries(TYPOS)) {
    for (let line = 0; line < lines.length; line++) {
      const spoilt = typo(lines, line);
      if (spoilt !== undefined && chosen(at++))
        made.push({ what: `${name}: line ${line + 1}`, text: spoilt.join('\n') });
    }
  }
  return made;
}

function paths(text: string): readonly KeyPath[] {
  const found: KeyPath[] = [];
  visit(parseDocument(text), {
    Pair(_key, pair, ancestors) {
      found.push([...ancestors.flatMap((each, i) => stepInto(each, ancestors[i + 1])), keyOf(pair)]);
    },
  });
  return found;
}

/** How a path goes from a node of the ancestry to the next. */
function stepInto(ancestor: unknown, next: unknown): KeyPath {
  if (isSeq(ancestor)) return [ancestor.items.indexOf(next)];
  return ancestor instanceof Pair ? [keyOf(ancestor)] : [];
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function rename(document: Document, path: KeyPath, change: (key: string) => string): boolean {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (!isMap(parent) || typeof last !== 'string' || last.length < 3) return false;
  const pair = parent.items.find((each) => keyOf(each) === last);
  if (pair === undefined || change(last) === last) return false;
  pair.key = document.createNode(change(last));
  return true;
}

function replace(
  lines: readonly string[],
  at: number,
  change: (line: string) => string,
): readonly string[] | undefined {
  const line = lines[at] ?? '';
  const changed = change(line);
  return line.trim() === '' || line.trimStart().startsWith('#') || changed === line
    ? undefined
    : lines.with(at, changed);
}
