// The command of this agent. It finds the components that package.json lists.
import { main } from "@telemetryflow/cli";

await main(process.argv, { name: 'custom-agent', resolveFrom: import.meta.url });
