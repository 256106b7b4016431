/** Says on stdout, a line each, what became of connections to hosts that do not exist. */
import dgram from 'node:dgram';
import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

const say = (what: string, got: unknown): void => console.log(`${what}: ${got instanceof Error ? got.message : got}`);

async function get(client: typeof http | typeof https, url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = client.get(url, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    request.on('error', reject);
  });
}

async function main(): Promise<void> {
  say('http', await get(http, 'http://plain.example:8088/a'));
  say('https', await get(https, 'https://secure.example/b'));
  say('fetch', await (await fetch('http://plain.example:8088/c')).text());
  const socket = net.connect(8088, 'plain.example');
  say(
    'net',
    await new Promise((resolve, reject) => socket.once('connect', () => resolve('connected')).once('error', reject)),
  );
  socket.destroy();
  const { address } = await dns.promises.lookup('plain.example');
  say('resolved', await get(http, `http://${address}:8088/d`));
  const secured = tls.connect({ host: 'secure.example', port: 443, servername: 'secure.example' });
  say(
    'tls',
    await new Promise((resolve) => secured.once('error', resolve).once('secureConnect', () => resolve('trusted'))),
  );
  secured.destroy();
  const udp = dgram.createSocket('udp4');
  await new Promise<void>((resolve) => udp.send('ping', 8125, 'statsd.example', () => resolve()));
  udp.close();
  say('elsewhere', await get(http, 'http://elsewhere.example/').catch((error: unknown) => error));
}

void main();
