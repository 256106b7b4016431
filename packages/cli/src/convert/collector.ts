/**
 * A configuration of the OpenTelemetry Collector as one of ours. What exists here is carried over, what does not is
 * left out and told; nothing is guessed. Pure.
 */
import type { ComponentKind } from '@telemetryflow/kernel';
import { Document, isScalar, isSeq, type Node, type Pair, visit, YAMLMap, YAMLSeq } from 'yaml';
import { convertBlock } from './block.ts';
import { EXPORTERS } from './exporter-rules.ts';
import { EXTENSIONS, PROCESSORS, RECEIVERS, TELEMETRY } from './pipeline-rules.ts';
import type { Remark } from './remark.ts';
import type { Rule } from './rule.ts';
import { keyOf, pairsOf, readSource, type Source } from './source.ts';

export interface Converted {
  readonly yaml: string;
  /** In order of their lines. */
  readonly remarks: readonly Remark[];
  /** What the configuration names, each type once. */
  readonly components: readonly ConvertedComponent[];
}

export interface ConvertedComponent {
  readonly kind: ComponentKind;
  readonly type: string;
}

const SECTIONS: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  receivers: RECEIVERS,
  processors: PROCESSORS,
  exporters: EXPORTERS,
  extensions: EXTENSIONS,
  connectors: {},
};
const SIGNALS = ['traces', 'metrics', 'logs'];

/** Throws a `SourceError` for text that is no Collector configuration. */
export function convertCollector(text: string): Converted {
  const source = readSource(text);
  return new Conversion(source).run();
}

class Conversion {
  readonly #source: Source;
  readonly #target = new Document(new YAMLMap());
  readonly #remarks: Remark[] = [];
  /** By section: id there → id here. */
  readonly #ids = new Map<string, Map<string, string>>();

  constructor(source: Source) {
    this.#source = source;
  }

  run(): Converted {
    const { contents } = this.#source.document;
    const sections = pairsOf(this.#source, contents);
    this.#target.commentBefore = contents?.commentBefore ?? null;
    for (const pair of sections) {
      const rules = SECTIONS[keyOf(pair)];
      if (rules !== undefined) this.#section(pair, rules);
      else if (keyOf(pair) !== 'service') this.#remark(pair.key, keyOf(pair), 'there is no such section here');
    }
    // Last, as it names what the sections hold.
    for (const pair of sections) if (keyOf(pair) === 'service') this.#service(pair);
    this.#foreignReferences();
    const remarks = this.#remarks.sort((a, b) => a.line - b.line);
    return { yaml: this.#target.toString({ lineWidth: 0 }), remarks, components: this.#components() };
  }

  #components(): readonly ConvertedComponent[] {
    return [...this.#ids].flatMap(([section, ids]) => {
      const types = new Set([...ids.values()].map((id) => id.split('/', 1)[0] ?? ''));
      return [...types].map((type) => ({ kind: section.slice(0, -1) as ComponentKind, type }));
    });
  }

  #remark(node: unknown, path: string, what: string): void {
    this.#remarks.push({ line: this.#source.lineOf(node), path, what });
  }

  #section(section: Pair, rules: Readonly<Record<string, Rule>>): void {
    const name = keyOf(section);
    const ids = new Map<string, string>();
    const result = new YAMLMap();
    for (const pair of pairsOf(this.#source, section.value)) {
      const id = keyOf(pair);
      const [type = '', ...rest] = id.split('/');
      const rule = Object.hasOwn(rules, type) ? rules[type] : undefined;
      if (rule === undefined) {
        this.#remark(pair.key, `${name}.${id}`, `there is no ${name.slice(0, -1)} "${type}" here`);
        continue;
      }
      const wanted = [rule.type, ...rest].join('/');
      const own = result.has(wanted) ? `${rule.type}/${id.replaceAll('/', '_')}` : wanted;
      ids.set(id, own);
      const block = convertBlock(this.#source, pair.value as Node | null, rule, this.#target, (path, key, advice) => {
        const what = advice ?? 'there is no such option here';
        this.#remark(key, `${name}.${id}.${path}`, what);
      });
      const key = this.#target.createNode(own) as Node;
      key.commentBefore = (pair.key as Node).commentBefore ?? null;
      result.set(key, block ?? this.#target.createNode(null));
    }
    this.#ids.set(name, ids);
    result.commentBefore = (section.value as Node | null)?.commentBefore ?? null;
    if (result.items.length > 0) this.#target.set(name, result);
  }

  #service(section: Pair): void {
    const service = new YAMLMap();
    for (const pair of pairsOf(this.#source, section.value)) {
      const name = keyOf(pair);
      if (name === 'extensions') {
        const list = this.#listed(pair, 'service.extensions', [this.#ids.get('extensions')]);
        if (list.items.length > 0) service.set(name, list);
      } else if (name === 'pipelines') {
        service.set(name, this.#pipelines(pair));
      } else if (name === 'telemetry') {
        const block = convertBlock(this.#source, pair.value as Node, TELEMETRY, this.#target, (path, key, advice) =>
          this.#remark(key, `service.telemetry.${path}`, advice ?? 'there is no such option here'),
        );
        if (block !== null) service.set(name, block);
      } else {
        this.#remark(pair.key, `service.${name}`, 'there is no such option here');
      }
    }
    if (service.items.length > 0) this.#target.set('service', service);
  }

  #pipelines(pipelines: Pair): YAMLMap {
    const result = new YAMLMap();
    for (const pair of pairsOf(this.#source, pipelines.value)) {
      const id = keyOf(pair);
      const path = `service.pipelines.${id}`;
      if (!SIGNALS.includes(id.split('/')[0] ?? '')) {
        this.#remark(pair.key, path, 'only traces, metrics and logs flow here');
        continue;
      }
      const lists = new YAMLMap();
      for (const list of pairsOf(this.#source, pair.value)) {
        const role = keyOf(list);
        const kinds = role === 'processors' ? ['processors'] : [role, 'connectors'];
        lists.set(
          role,
          this.#listed(
            list,
            `${path}.${role}`,
            kinds.map((kind) => this.#ids.get(kind)),
          ),
        );
      }
      const missing = ['receivers', 'exporters'].filter(
        (role) => (lists.get(role) as YAMLSeq | undefined)?.items.length === 0,
      );
      if (missing.length > 0) this.#remark(pair.key, path, `left out: none of its ${missing.join(' and ')} is here`);
      else result.set(this.#target.createNode(id), lists);
    }
    return result;
  }

  /** A list of ids, without those that are not here. */
  #listed(pair: Pair, path: string, known: readonly (ReadonlyMap<string, string> | undefined)[]): YAMLSeq {
    const list = new YAMLSeq();
    list.flow = true;
    for (const item of isSeq(pair.value) ? pair.value.items : []) {
      const id = String(isScalar(item) ? item.value : item);
      const own = known.map((ids) => ids?.get(id)).find((each) => each !== undefined);
      if (own === undefined) this.#remark(item, path, `${id} is left out`);
      else list.add(this.#target.createNode(own));
    }
    return list;
  }

  /** References to providers that exist only there, in what was carried over. */
  #foreignReferences(): void {
    visit(this.#target, {
      Scalar: (_key, node) => {
        const [, scheme] = /\$\{([a-z0-9]+):/i.exec(String(node.value)) ?? [];
        if (scheme === undefined || scheme === 'env' || scheme === 'file') return;
        this.#remark(node, String(node.value), `references by "${scheme}:" are not read here: use env: or file:`);
      },
    });
  }
}
