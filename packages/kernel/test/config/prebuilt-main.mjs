// Runs beside a bundled kernel; prints what it finds wrong with the configuration given as JSON.
import { resolveConfig } from './kernel/index.js';
import plug from './plugin/index.js';

const plugins = { find: () => Promise.resolve(plug), known: () => ['plug'] };
try {
  const { config } = await resolveConfig([{ object: JSON.parse(process.argv[2]) }], { plugins, env: {} });
  console.log(JSON.stringify([...config.exporters.keys()]));
} catch (error) {
  console.log(JSON.stringify(error.problems?.map((each) => `${each.path}: ${each.message}`) ?? String(error)));
}
