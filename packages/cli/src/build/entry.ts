/** The entry file of a distribution: static imports of its components, and nothing to be looked for at run time. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from './manifest.ts';
import type { BuiltComponent } from './resolve-components.ts';

const HEAD = '// Written by `telemetryflow build`; change the manifest and build again.';

/** Imports packages by name: it runs where they are installed. */
export function entrySource(dist: Manifest['dist'], components: readonly BuiltComponent[]): string {
  const imports = components.map((each, index) => `import component${index} from ${JSON.stringify(each.package)};`);
  return `${HEAD}
import { main } from "@telemetryflow/cli";
${imports.join('\n')}

main(process.argv, ${distroSource(dist, components)});
`;
}

/** Replaced in the finished bundle by the names of the packages in it. Put together, since this code is in it too. */
export const PACKAGES_MARK: string = ['packages', 'of', 'this', 'bundle'].join('-');

/** For a bundler: the prebuilt validators of the packages become part of the file. `folders`: of kernel and components. */
export function bundleSource(
  dist: Manifest['dist'],
  components: readonly BuiltComponent[],
  kernelFolder: string,
): string {
  const files = [kernelFolder, ...components.map(({ folder }) => folder)]
    .map((folder) => path.join(folder, 'dist', 'validate.js'))
    .filter((file) => existsSync(file));
  const validators = files.map(
    (file, index) => `import { validators as validators${index} } from ${JSON.stringify(file)};`,
  );
  const all = files.map((_, index) => `...validators${index}`).join(', ');
  const bundle = `bundle: { packages: ${JSON.stringify([PACKAGES_MARK])}, validators: { ${all} } },`;
  return `${validators.join('\n')}\n${entrySource(dist, components).replace(/\n\}\);\n$/, `\n  ${bundle}\n});\n`)}`;
}

function distroSource({ name, version, description }: Manifest['dist'], components: readonly BuiltComponent[]): string {
  const listed = components.map(
    (each, index) =>
      `    { definition: component${index}, package: ${JSON.stringify(each.package)}, version: ${JSON.stringify(each.version)} },`,
  );
  const said = description === undefined ? '' : `\n  description: ${JSON.stringify(description)},`;
  return `{
  name: ${JSON.stringify(name)},
  version: ${JSON.stringify(version)},${said}
  components: [
${listed.join('\n')}
  ],
}`;
}
