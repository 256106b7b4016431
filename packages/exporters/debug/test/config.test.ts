import { describe, expect, test } from '@jest/globals';
import debug from '@telemetryflow/exporter-debug';
import { configureExporter } from '@telemetryflow/testkit';

describe('configuration', () => {
  test('needs nothing: every batch is printed to the standard output', async () => {
    expect(await configureExporter(debug, {})).toMatchObject({
      config: { verbosity: 'normal', sampling_initial: 2, sampling_thereafter: 1, output: 'stdout' },
      warnings: [],
    });
  });

  test('takes the options of the Collector exporter of this name', async () => {
    const block = { verbosity: 'detailed', sampling_initial: 5, sampling_thereafter: 200 };
    expect((await configureExporter(debug, block)).config).toMatchObject(block);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ verbosity: 'loud' }, /verbosity/],
    [{ output: 'file' }, /output/],
    [{ sampling_initial: -1 }, /sampling_initial/],
    [{ sampling_thereafter: 1.5 }, /sampling_thereafter/],
    [{ verbose: 'basic' }, /verbosity/],
  ])('refuses %j', async (block, message) => {
    await expect(configureExporter(debug, block)).rejects.toThrow(message);
  });
});
