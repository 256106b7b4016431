/** CONNECT tunnels for https targets, through the optional peer `https-proxy-agent`, loaded on demand. */
import type { Agent } from 'node:http';
import type { AgentOptions } from 'node:https';

/** The agent that tunnels through `proxy`. Rejects with what to install when the package is missing. */
export async function tunnelAgent(proxy: URL, options: AgentOptions): Promise<Agent> {
  let module: typeof import('https-proxy-agent');
  try {
    module = await import('https-proxy-agent');
  } catch (cause) {
    throw new Error(
      `a proxy (${proxy.host}) is configured for an https endpoint, which needs the package https-proxy-agent: ` +
        'npm install https-proxy-agent, or set `proxy: none`',
      { cause },
    );
  }
  return new module.HttpsProxyAgent(proxy, options as ConstructorParameters<typeof module.HttpsProxyAgent>[1]);
}
