import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { checkShape } from '@telemetryflow/testkit';

test('it has the shape of a TelemetryFlow package', async () => {
  assert.deepEqual(await checkShape(path.join(import.meta.dirname, '..')), []);
});
