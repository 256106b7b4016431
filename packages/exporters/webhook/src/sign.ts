/** Signatures of requests: Standard Webhooks 1.0.0, or the GitHub style of a hex HMAC over the body. */
import { createHmac } from 'node:crypto';

export interface Signing {
  readonly scheme: 'standard_webhooks' | 'hmac_hex';
  /** Key bytes; several while they are being rotated. */
  readonly keys: readonly Buffer[];
  /** Header of `hmac_hex`, in lower case. */
  readonly header: string;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The key of a Standard Webhooks secret: padded base64 of 24 to 64 bytes, with or without `whsec_`; `undefined` for
 * anything else. The reference libraries decode whatever they get, so a typing error would weaken the key in silence.
 */
export function standardKey(secret: string): Buffer | undefined {
  const text = secret.replace(/^whsec_/, '');
  if (!BASE64.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** The signature headers of one attempt; the body is signed before it is compressed. */
export function signatureHeaders(
  signing: Signing,
  message: { readonly id: string; readonly seconds: number; readonly body: Uint8Array | string },
): Record<string, string> {
  if (signing.scheme === 'hmac_hex') {
    const digests = signing.keys.map((key) => `sha256=${createHmac('sha256', key).update(message.body).digest('hex')}`);
    return { [signing.header]: digests.join(' ') };
  }
  const signatures = signing.keys.map((key) => {
    const hmac = createHmac('sha256', key).update(`${message.id}.${message.seconds}.`).update(message.body);
    return `v1,${hmac.digest('base64')}`;
  });
  return { 'webhook-signature': signatures.join(' ') };
}
