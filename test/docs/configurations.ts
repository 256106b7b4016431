/** The configurations that documents show. */
import path from 'node:path';
import { parse } from 'yaml';
import { type CodeBlock, codeBlocks, root } from './blocks.ts';

const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions', 'service', 'integrations'];

/** True for blocks that are configurations, whole or in part; others are files of other programs. */
function isConfiguration({ language, text }: CodeBlock): boolean {
  if (language !== 'yaml' && language !== 'yml') return false;
  const keys = Object.keys((parse(text) as object | null) ?? {});
  return keys.length > 0 && keys.every((key) => SECTIONS.includes(key) || key === 'plugins');
}

export const configurations: readonly CodeBlock[] = codeBlocks().filter(isConfiguration);

/** The exporter of a third party that is an example, and that no package brings. */
export const EXAMPLE: string = path.join(root, 'examples/third-party-exporter/src/index.ts');

export function usesExample(text: string): boolean {
  return /^ +acme_cloud:/m.test(text);
}
