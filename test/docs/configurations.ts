/** The configurations that documents show. */
import { parse } from 'yaml';
import { type CodeBlock, codeBlocks } from './blocks.ts';

const SECTIONS = ['receivers', 'processors', 'exporters', 'connectors', 'extensions', 'service', 'integrations'];

/** True for blocks that are configurations, whole or in part; others are files of other programs. */
function isConfiguration({ language, text }: CodeBlock): boolean {
  if (language !== 'yaml' && language !== 'yml') return false;
  const keys = Object.keys((parse(text) as object | null) ?? {});
  return keys.length > 0 && keys.every((key) => SECTIONS.includes(key) || key === 'plugins');
}

export const configurations: readonly CodeBlock[] = codeBlocks().filter(isConfiguration);
