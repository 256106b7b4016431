/**
 * Credentials of a role, by AssumeRole of AWS STS. The provider of the AWS SDK for this lives in a package that would
 * double what is installed; the signer is here anyway.
 */
import type { CloudWatchClientResolvedConfig } from '@aws-sdk/client-cloudwatch';
import { createHttpClient, describe } from '@telemetryflow/http';

/** What the call needs of a client of the SDK: credentials that may take on the role, and where it is. */
type Source = Pick<CloudWatchClientResolvedConfig, 'credentials' | 'region' | 'sha256'>;
type Identity = Awaited<ReturnType<Source['credentials']>>;

/** The role, and what its owner demanded to be told. */
export interface Role {
  readonly arn: string;
  readonly externalId: string | undefined;
}

const TIMEOUT_MS = 10_000;
const SESSION_NAME = 'telemetryflow';

/**
 * Credentials for an hour (the default of STS). Where it listens: `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`, as the
 * SDK reads them, else the region's own. Rejects with a `CredentialsProviderError` whatever the reason is.
 */
export async function assumeRole({ arn, externalId }: Role, source: Source): Promise<Identity> {
  const region = await source.region();
  const url = new URL(stsUrl(region, process.env));
  const form = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: arn,
    RoleSessionName: SESSION_NAME,
    ...(externalId && { ExternalId: externalId }),
  });
  const body = Buffer.from(form.toString());
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { credentials, sha256 } = source;
  const { headers } = await new SignatureV4({ service: 'sts', region, credentials, sha256 }).sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  });
  const client = createHttpClient();
  try {
    const result = await client.request({ url: url.href, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (result.kind === 'failure') throw refused(arn, result.message);
    const identity = result.status === 200 ? identityIn(Buffer.from(result.body).toString('utf8')) : undefined;
    if (identity === undefined) throw refused(arn, describe(result));
    return identity;
  } finally {
    client.close();
  }
}

function stsUrl(region: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const configured = env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL'];
  return configured || `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}

/** Reads an AssumeRoleResponse; `undefined` where something else answered. */
export function identityIn(xml: string): Identity | undefined {
  const text = (element: string): string =>
    new RegExp(`<${element}>\\s*([^<\\s]+)\\s*</${element}>`).exec(xml)?.[1] ?? '';
  const accessKeyId = text('AccessKeyId');
  const secretAccessKey = text('SecretAccessKey');
  const sessionToken = text('SessionToken');
  const expiration = new Date(text('Expiration'));
  if (accessKeyId === '' || secretAccessKey === '' || sessionToken === '') return undefined;
  if (Number.isNaN(expiration.getTime())) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}

function refused(arn: string, message: string): Error {
  const error = new Error(`the role ${arn} could not be assumed: ${message}`);
  error.name = 'CredentialsProviderError';
  return error;
}
