/** Says why no component was found: what was tried, where, and what to do. */
import type { ComponentKind, Definition } from '../component/definition.ts';
import { didYouMean } from '../config/nearest.ts';
import { canonicalType, OFFICIAL_TYPES, officialType, packageNames } from './catalogue.ts';
import type { PluginProblem } from './load.ts';
import { locatePackage } from './locate.ts';

interface Search {
  readonly kind: ComponentKind;
  /** As written in the configuration. */
  readonly name: string;
  /** After aliases. */
  readonly type: string;
  readonly tried: readonly string[];
  readonly folders: readonly string[];
  readonly definitions: readonly Definition[];
}

const KINDS: readonly ComponentKind[] = ['receiver', 'processor', 'exporter', 'connector', 'extension'];

/** The problem and hint for a component that nothing provides. */
export function explainMissing(search: Search): PluginProblem {
  const { kind, name, type, tried, folders } = search;
  const called = name === type ? `"${name}"` : `"${name}" (type ${type})`;
  if (officialType(kind, type) !== undefined) {
    return {
      problem: `the package of ${kind} ${called} is not installed; tried ${tried.join(' and ')} from ${folders.join(', ')}`,
      hint: `npm install ${tried[0]}`,
    };
  }
  const hints = [
    didYouMean(name, namesOf(search)),
    otherKind(search),
    `if it is a plugin, npm install its package (${tried.join(' or ')}), or name the package under plugins`,
  ].filter((hint) => hint !== undefined);
  return {
    problem: `unknown ${kind} ${called}; tried ${tried.join(' and ')} from ${folders.join(', ')}`,
    hint: hints.join(' '),
  };
}

/** What to do about a component that a program with fixed components lacks. */
export const REBUILD = 'add its package to the manifest and run telemetryflow build again';

/** The problem and hint for a component that was not built in. */
export function explainNotBuiltIn(kind: ComponentKind, name: string, given: readonly Definition[]): PluginProblem {
  const known = given.filter((each) => each.kind === kind);
  const meant = didYouMean(
    name,
    known.flatMap((each) => [each.type, ...(each.aliases ?? [])]),
  );
  const there = known.map(({ type }) => type).join(', ') || 'none';
  const hint = [meant, `This program has these ${kind}s: ${there}. For another one ${REBUILD}`];
  return { problem: `${kind} "${name}" is not built in`, hint: hint.filter((each) => each !== undefined).join(' ') };
}

function namesOf({ kind, definitions }: Search): string[] {
  const known = [...definitions, ...OFFICIAL_TYPES].filter((entry) => entry.kind === kind);
  return known.flatMap((entry) => [entry.type, ...(entry.aliases ?? [])]);
}

function otherKind({ kind, name, folders, definitions }: Search): string | undefined {
  for (const other of KINDS) {
    if (other === kind) continue;
    const type = canonicalType(other, name);
    const exists =
      officialType(other, type) !== undefined ||
      definitions.some((entry) => entry.kind === other && (entry.type === name || entry.aliases?.includes(name))) ||
      packageNames(other, type).some((pkg) => folders.some((folder) => locatePackage(pkg, folder) !== undefined));
    if (exists) return `"${name}" is ${article(other)} ${other}, and you asked for ${article(kind)} ${kind}.`;
  }
  return undefined;
}

function article(kind: ComponentKind): string {
  return kind === 'exporter' || kind === 'extension' ? 'an' : 'a';
}
