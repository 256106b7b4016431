import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPluginLookup, resolveConfig } from '@telemetryflow/kernel';
import acmeCloud from '../src/index.ts';

async function resolve(block: Record<string, unknown>) {
  const plugins = createPluginLookup({ plugins: [acmeCloud] });
  const { config } = await resolveConfig([{ object: { exporters: { acme_cloud: block } } }], { plugins });
  return config.exporters.get('acme_cloud')?.config as Record<string, unknown>;
}

test('an endpoint is enough', async () => {
  const { endpoint, timeout } = await resolve({ endpoint: 'https://acme-cloud.example' });
  assert.deepEqual({ endpoint, timeout }, { endpoint: 'https://acme-cloud.example', timeout: 30_000 });
});

test('without endpoint it is refused', async () => {
  await assert.rejects(resolve({}), /"endpoint" is required/);
});

test('the key is never printed', async () => {
  const config = await resolve({ endpoint: 'https://acme-cloud.example', api_key: 'top-secret' });
  assert.doesNotMatch(JSON.stringify(config), /top-secret/);
});
