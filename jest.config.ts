import { asBundles, LIBRARIES, librariesFor } from './test/jest/libraries.ts';

const shared = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@telemetryflow/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/', '/\\.cache/'],
  modulePathIgnorePatterns: ['/dist/'],
  injectGlobals: false,
  globalSetup: '<rootDir>/test/jest/setup.ts',
};

/** The tests of one library, or of everything else: each against the bundles that leave one copy of every module. */
const tests = (testMatch: string[], libraries: readonly string[]) => ({
  ...shared,
  testMatch,
  moduleNameMapper: asBundles(libraries),
});

const projects = [
  ...LIBRARIES.map((library) => tests([`<rootDir>/packages/${library}/test/**/*.test.ts`], librariesFor(library))),
  {
    ...tests(
      ['<rootDir>/packages/**/test/**/*.test.ts', '<rootDir>/test/{repo,docs,spec-configs}/**/*.test.ts'],
      LIBRARIES,
    ),
    testPathIgnorePatterns: ['/node_modules/', `<rootDir>/packages/(${LIBRARIES.join('|')})/`],
  },
];

export default { maxWorkers: '100%', testTimeout: 120_000, projects };
