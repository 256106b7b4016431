/** The command line of `npm create @telemetryflow/agent`. */
import { type ComponentKind, canonicalType, didYouMean, OFFICIAL_TYPES } from '@telemetryflow/kernel';

export const USAGE = `Usage: npm create @telemetryflow/agent [folder] -- --exporters <types> [--receivers <types>] [--processors <types>]

  --exporters <types>   where telemetry goes, as loki,datadog
  --receivers <types>   where it comes from (default: otlp,hostmetrics)
  --processors <types>  what it passes through, in order (default: none)
  --help                this text
`;

/** What was asked for; every type is a known one, under its own name. */
export interface ChoiceFlags {
  readonly folder: string | undefined;
  readonly exporters: readonly string[];
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
}

/** The command line is wrong; `message` says how to put it right. */
export class FlagError extends Error {}

const KIND_OF: Readonly<Record<string, ComponentKind>> = {
  '--exporters': 'exporter',
  '--receivers': 'receiver',
  '--processors': 'processor',
};
const FLAGS: readonly string[] = [...Object.keys(KIND_OF), '--help'];

/** Throws a {@link FlagError} that names the nearest known word. */
export function readFlags(argv: readonly string[]): ChoiceFlags | 'help' {
  const chosen: Partial<Record<ComponentKind, readonly string[]>> = {};
  let folder: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--help' || word === '-h') return 'help';
    if (!word.startsWith('-')) {
      if (folder !== undefined) throw new FlagError(`two folders are named: ${folder} and ${word}`);
      folder = word;
      continue;
    }
    const [flag = '', inline] = word.split('=', 2);
    const kind = KIND_OF[flag];
    if (kind === undefined) {
      throw new FlagError(
        [`unknown option ${flag};`, didYouMean(flag, FLAGS) ?? `there are ${FLAGS.join(', ')}`].join(' '),
      );
    }
    const value = inline ?? argv[++i];
    if (value === undefined || value.startsWith('-')) throw new FlagError(`${flag} needs types, as ${flag} otlp`);
    chosen[kind] = typesOf(kind, value);
  }
  const { exporter = [], receiver = ['otlp', 'host_metrics'], processor = [] } = chosen;
  return { folder, exporters: exporter, receivers: receiver, processors: processor };
}

/** Known types in the order given, each once. */
export function typesOf(kind: ComponentKind, text: string): readonly string[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const known = OFFICIAL_TYPES.filter((each) => each.kind === kind);
  const types = words.map((word) => {
    const type = canonicalType(kind, word.replaceAll('-', '_'));
    if (known.some((each) => each.type === type)) return type;
    const names = known.flatMap((each) => [each.type, ...each.aliases]);
    const meant = didYouMean(word, names) ?? `there are ${known.map((each) => each.type).join(', ')}`;
    throw new FlagError(`unknown ${kind} "${word}"; ${meant}`);
  });
  return [...new Set(types)];
}
