import { describe, expect, test } from '@jest/globals';
import { exporterContract } from '@telemetryflow/testkit';
import { toyContract } from './toy-contract.ts';
import { TOKEN, toy, toyBackend } from './toy-exporter.ts';

describe('an honest exporter', () => {
  for (const scenario of toyContract(toy)) test(scenario.name, scenario.run);
});

describe('the list of scenarios', () => {
  const options = { definition: toy, config: () => ({}), backend: toyBackend, secrets: [TOKEN] };

  test('has at least twenty scenarios for each signal', () => {
    const names = toyContract(toy).map((scenario) => scenario.name);
    for (const signal of ['traces', 'logs', 'metrics']) {
      expect(names.filter((name) => name.startsWith(`${signal}: `)).length).toBeGreaterThanOrEqual(20);
    }
    expect(new Set(names).size).toBe(names.length);
  });

  test('lists what does not apply, with the reason', () => {
    const excused = toyContract(toy).filter((scenario) => !scenario.applies);
    expect(excused.map((scenario) => scenario.name)).toContainEqual(
      expect.stringMatching(/partial answer refuses \[does not apply: the toy takes all or nothing\]/),
    );
  });

  test('fails for a capability that is neither provided nor excused', async () => {
    const [scenario] = exporterContract({ ...options, signals: ['logs'] }).filter((each) => !each.applies);
    expect(scenario?.name).toMatch(/no reason given/);
    await expect(scenario?.run()).rejects.toThrow(/say in notApplicable\.partial why/);
  });

  test('fails for a capability that is both provided and excused', async () => {
    const [scenario] = exporterContract({ ...options, signals: ['logs'], notApplicable: { throttle: 'never' } }).filter(
      (each) => each.name.includes('never'),
    );
    await expect(scenario?.run()).rejects.toThrow(/but the backend profile provides it/);
  });

  test('fails with what a user would see when the configuration is not valid', async () => {
    const bad = exporterContract({ ...options, signals: ['logs'], config: () => ({ endpont: 'x' }) });
    await expect(bad[0]?.run()).rejects.toThrow(/endpont/);
  });
});
