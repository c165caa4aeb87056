/**
 * Which upgrades a server takes: WebSockets. Any other, such as the `h2c` that curl and Java's client
 * offer, is an ordinary request (RFC 9110, 7.8). Node has given its connection out of hand by then, so
 * it is put back, with a head that asks for no upgrade.
 */
import type http from 'node:http';
import type { Gateway } from './gateway.js';

export function acceptUpgrades(server: http.Server, gateway: Pick<Gateway, 'handleUpgrade'>): void {
  server.on('upgrade', (request, stream, head) => {
    if (request.headers.upgrade?.trim().toLowerCase() === 'websocket') {
      void gateway.handleUpgrade(request, stream, head);
      return;
    }
    stream.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
    server.emit('connection', stream);
  });
}

/** Node has read it as Latin-1 and checked it. */
function headWithoutUpgrade({
  method,
  url,
  httpVersion,
  rawHeaders,
}: http.IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1');
}
