/** Conventions about package.json. */
import type { Convention } from './conventions.ts';
import { field, type PackageView } from './package-view.ts';

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

function kebab(type: unknown): string {
  return String(type).replaceAll('_', '-');
}

export const MANIFEST_CONVENTIONS: readonly Convention[] = [
  {
    id: 'package-name',
    states: 'A component is named @telemetryflow/<kind>-<type> or telemetryflow-<kind>-<type>, with dashes.',
    breaches(view) {
      if (view.block === undefined) return [];
      const tail = `${String(view.block['kind'])}-${kebab(view.block['type'])}`;
      const name = String(view.manifest['name']);
      const right =
        name === `telemetryflow-${tail}` ||
        /^@[^/]+\/(telemetryflow-)?/.exec(name)?.[0] === name.slice(0, -tail.length);
      return right && name.endsWith(tail)
        ? []
        : [`package.json: the name is "${name}", its telemetryflow block says ${tail}`];
    },
  },
  {
    id: 'package-fields',
    states:
      'package.json has version, description, license, repository, keywords, type module, sideEffects false and engines.',
    breaches(view) {
      const { manifest } = view;
      const problems = ['version', 'description', 'license', 'repository', 'keywords']
        .filter((name) => manifest[name] === undefined)
        .map((name) => `package.json has no ${name}`);
      if (manifest['type'] !== 'module') problems.push('package.json: type is not "module"');
      if (manifest['sideEffects'] !== false) problems.push('package.json: sideEffects is not false');
      if (typeof field(manifest['engines'], 'node') !== 'string')
        problems.push('package.json: engines.node is missing');
      return problems;
    },
  },
  {
    id: 'package-exports',
    states: 'exports are "." with types, @telemetryflow/source and default in this order, and "./package.json".',
    breaches(view) {
      const exported = view.manifest['exports'];
      const problems: string[] = [];
      if (field(exported, './package.json') !== './package.json')
        problems.push('package.json: exports has no "./package.json"');
      const conditions = Object.keys((field(exported, '.') as object | undefined) ?? {});
      const order = conditions.filter((name) => ['types', '@telemetryflow/source', 'default'].includes(name));
      if (order[0] !== 'types' || order.at(-1) !== 'default') {
        problems.push(`package.json: exports["."] has the conditions ${conditions.join(', ')}`);
      }
      return problems;
    },
  },
  {
    id: 'no-install-scripts',
    states: 'No package runs anything at installation.',
    breaches: (view) =>
      INSTALL_SCRIPTS.filter((name) => field(view.manifest['scripts'], name) !== undefined).map(
        (name) => `package.json has a ${name} script`,
      ),
  },
  {
    id: 'peers',
    states:
      'The kernel and @opentelemetry/api are peers, never dependencies, as a second copy of either is blind to the first.',
    breaches(view) {
      const problems = ['@telemetryflow/kernel', '@opentelemetry/api']
        .filter((name) => field(view.manifest['dependencies'], name) !== undefined && !isHost(view))
        .map((name) => `package.json: ${name} is a dependency instead of a peer`);
      const peer = field(view.manifest['peerDependencies'], '@telemetryflow/kernel');
      if (view.block !== undefined && peer === undefined)
        problems.push('package.json: @telemetryflow/kernel is not a peer');
      return problems;
    },
  },
];

/** Programs bring the kernel along; libraries and components do not. */
function isHost(view: PackageView): boolean {
  return view.manifest['bin'] !== undefined || view.manifest['name'] === '@telemetryflow/sdk';
}
