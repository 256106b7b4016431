/** Where the cluster is and who we are there: URLs of nodes, and the credentials. */
import { basicAuth, OTLP_PATHS, userinfoOf } from '@telemetryflow/http';
import type { Signal } from '@telemetryflow/otlp';
import type { ElasticsearchConfig } from './config.ts';

/** URLs of the nodes, without credentials and without a slash at their end; those that are none are left out. */
export function nodesOf(config: ElasticsearchConfig): string[] {
  return listed(config).map((url) => {
    const node = new URL(url);
    node.username = '';
    node.password = '';
    node.search = '';
    node.hash = '';
    return node.href.replace(/\/+$/, '');
  });
}

function listed({ endpoints, cloud_id }: ElasticsearchConfig): string[] {
  const urls = typeof endpoints === 'string' ? [endpoints] : [...(endpoints ?? [])];
  if (cloud_id !== undefined && cloud_id !== '') urls.push(cloudUrl(cloud_id) ?? '');
  return urls.filter((url) => URL.canParse(url));
}

/** The URL in a Cloud ID, `name:base64(host$elasticsearch$kibana)`; `undefined` when it is none. */
export function cloudUrl(cloudId: string): string | undefined {
  const encoded = cloudId.slice(cloudId.indexOf(':') + 1);
  const [host = '', elasticsearch = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$');
  const [domain = '', port = '443'] = host.split(':');
  if (!/^[\w.-]+$/.test(domain) || !/^[\w-]+$/.test(elasticsearch) || !/^\d{1,5}$/.test(port)) return undefined;
  return `https://${elasticsearch}.${domain}:${port}`;
}

/** True for the URL of a managed OTLP endpoint, `https://<project>.ingest.<region>.<provider>.elastic.cloud`. */
export function isManaged(node: string): boolean {
  return /\.ingest\.[a-z\d.-]+\.elastic\.cloud$/.test(new URL(node).hostname);
}

/** Where OTLP requests go; a node may be written with the path that other exporters want, `/_otlp`. */
export function otlpUrlOf(node: string, signal: Signal): string {
  const base = node.replace(/(?:\/_otlp)?(?:\/v1\/(?:traces|metrics|logs))?$/, '');
  return `${base}${isManaged(node) ? '' : '/_otlp'}${OTLP_PATHS[signal]}`;
}

/** The header `authorization`, of whichever credentials are set; those of a URL come last. */
export function authorization(config: ElasticsearchConfig): Record<string, string> {
  const { api_key, bearer_token, username, password } = config;
  if (api_key !== undefined && !api_key.empty) return { authorization: `ApiKey ${encodedKey(api_key.reveal())}` };
  if (bearer_token !== undefined && !bearer_token.empty) return { authorization: `Bearer ${bearer_token.reveal()}` };
  if (username !== undefined && username !== '') {
    return { authorization: basicAuth(username, password?.reveal() ?? '') };
  }
  for (const url of listed(config)) {
    const [user, secret] = userinfoOf(new URL(url));
    if (user !== '') return { authorization: basicAuth(user, secret) };
  }
  return {};
}

/** Base64 has no colon, so a key with one is `id:key`. */
function encodedKey(key: string): string {
  return key.includes(':') ? Buffer.from(key, 'utf8').toString('base64') : key;
}
