/**
 * Writes what is derived: the options table of each component's README, the table of all components in the root
 * README, what was tested against what, the page of all backends, the error codes, the
 * index of the documents and llms.txt, the example of a custom agent. `--check` writes nothing and fails when
 * something is stale.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { backendsPage } from './generate/backends-page.ts';
import { componentTable } from './generate/component-table.ts';
import { customAgent } from './generate/custom-agent.ts';
import { documentList, llmsText } from './generate/documents.ts';
import { configErrorTable, lifecycleErrorTable } from './generate/error-tables.ts';
import { optionsTable } from './generate/options-table.ts';
import { ownTelemetryTable } from './generate/own-telemetry.ts';
import { supportTable } from './generate/support-table.ts';
import { components, read, root } from './workspace.ts';

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function fill(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) return text;
  return `${text.slice(0, from + open.length)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

const check = process.argv.includes('--check');
const stale: string[] = [];

function write(file: string, text: string): void {
  if (read(file) === text) return;
  stale.push(file);
  if (check) return;
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

for (const { dir } of components()) {
  const readme = read(`${dir}/README.md`);
  if (readme === undefined) continue;
  const { default: definition } = await import(pathToFileURL(path.join(root, dir, 'src/index.ts')).href);
  write(`${dir}/README.md`, fill(readme, 'options', optionsTable(definition.config)));
}
const errors = read('docs/reference/errors.md');
if (errors !== undefined) {
  const configuration = fill(errors, 'configuration', configErrorTable('TFO_ERR_'));
  const warnings = fill(configuration, 'warnings', configErrorTable('TFO_WARN_'));
  const notices = fill(warnings, 'notices', configErrorTable('TFO_NOTICE_'));
  write('docs/reference/errors.md', fill(notices, 'lifecycle', lifecycleErrorTable()));
}
const readme = read('README.md');
if (readme !== undefined) {
  write('README.md', fill(fill(readme, 'components', await componentTable()), 'support', await supportTable()));
}
const backends = read('docs/reference/backends.md');
if (backends !== undefined) write('docs/reference/backends.md', fill(backends, 'backends', await backendsPage()));
const metrics = 'docs/reference/own-telemetry.md';
const page = read(metrics);
if (page !== undefined) write(metrics, fill(page, 'metrics', ownTelemetryTable()));

const index = read('docs/README.md');
if (index !== undefined) {
  let filled = index;
  for (const kind of ['guides', 'reference', 'decisions'] as const) filled = fill(filled, kind, documentList(kind));
  write('docs/README.md', filled);
}
write('llms.txt', llmsText());
for (const [file, text] of Object.entries(await customAgent())) write(`examples/custom-agent/${file}`, text);

if (stale.length > 0) {
  console.log(`${check ? 'stale' : 'written'}: ${stale.join(', ')}`);
  if (check) {
    console.error('Run `npm run generate` and commit the result.');
    process.exit(1);
  }
}
