/** Clients of the bench `gateway`, all in the process that measures. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

export interface Server {
  readonly child: ChildProcess;
  readonly url: string;
}

export async function startServer(...what: string[]): Promise<Server> {
  const entry = fileURLToPath(new URL('../gateway-server-entry.js', import.meta.url));
  const child = fork(entry, what);
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

export async function rssMbOf({ child }: Server): Promise<number> {
  child.send('rss');
  const [{ rssMb }] = (await once(child, 'message')) as [{ readonly rssMb: number }];
  return rssMb;
}

/** A session at our gateway with its socket open. */
export async function openSession(url: string): Promise<WebSocket> {
  const response = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"agent":"echo"}',
  });
  if (response.status !== 201) throw new Error(`status ${response.status}`);
  const opened = (await response.json()) as { readonly url: string };
  const socket = made(`${url}${opened.url}?received=0`);
  await once(socket, 'message');
  return socket;
}

export async function connect(url: string): Promise<WebSocket> {
  const socket = made(url);
  await once(socket, 'open');
  return socket;
}

function made(url: string): WebSocket {
  return new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
}

/** Exchanges `count` messages over all sockets, one under way on each. */
export function exchange(
  sockets: readonly WebSocket[],
  count: number,
  frame: string,
  onRoundTrip: (tookMs: number) => void = () => {},
): Promise<void> {
  let unsent = count;
  let unheard = count;
  return new Promise((resolve) => {
    for (const socket of sockets) {
      let sentMs = 0;
      const send = (): void => {
        if (unsent <= 0) return;
        unsent -= 1;
        sentMs = performance.now();
        socket.send(frame);
      };
      const hear = acknowledging(socket, () => {
        onRoundTrip(performance.now() - sentMs);
        unheard -= 1;
        send();
        if (unheard === 0) {
          for (const each of sockets) each.removeAllListeners('message');
          resolve();
        }
      });
      socket.on('message', hear);
      send();
    }
  });
}

const ACK_EVERY = 32;
const receivedBy = new WeakMap<WebSocket, number>();

/** Counts echoes, and says so to a gateway now and then, as its client does. Others take no notice. */
function acknowledging(socket: WebSocket, onEcho: () => void): (data: Buffer) => void {
  return (data) => {
    // {"type":"message"…, as a plain echo answers; acks are for the client alone.
    if (data[9] !== MESSAGE) return;
    const received = (receivedBy.get(socket) ?? 0) + 1;
    receivedBy.set(socket, received);
    if (received % ACK_EVERY === 0 && isOurs.has(socket)) {
      socket.send(`{"type":"ack","received":${received}}`);
    }
    onEcho();
  };
}

const MESSAGE = 'm'.charCodeAt(0);

/** Sockets of our gateway, to which acknowledgements are sent. */
export const isOurs = new WeakSet<WebSocket>();
