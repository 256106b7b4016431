/** The URL of a webhook in messages: chat services put the secret into its path. */

/** The URL without userinfo and query, and with its path hidden after the second segment. */
export function redactWebhookUrl(text: string): string {
  if (!URL.canParse(text)) return '[invalid url]';
  const url = new URL(text);
  const segments = url.pathname.split('/').slice(1);
  const shown = segments.slice(0, 2).join('/');
  return `${url.protocol}//${url.host}/${shown}${segments.length > 2 ? '/…' : ''}${url.search === '' ? '' : '?…'}`;
}
