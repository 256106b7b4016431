/** Adds up the reports of the test runners, lists what was skipped, and prints `N passed, N failed, N skipped`. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './workspace.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

let [passed, failed, skipped] = [0, 0, 0];
for (const file of globSync('.cache/reports/*.json', { cwd: root }).sort()) {
  const report = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Report;
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  skipped += report.numPendingTests;
  for (const suite of report.testResults) {
    for (const result of suite.assertionResults) {
      if (result.status === 'pending') console.log(`skipped: ${path.relative(root, suite.name)}: ${result.fullName}`);
    }
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
