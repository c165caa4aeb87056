/** Connections, listeners, datagrams and look-ups of names, refused. */
import type dgram from 'node:dgram';
import type dns from 'node:dns';
import type net from 'node:net';
import process from 'node:process';
import type { Attempts } from './attempts.js';
import { refuse, refuseToMake, replace, textOf, type Args } from './refusals.js';

export interface NetworkModules {
  readonly dgram: typeof dgram;
  readonly dns: typeof dns;
  readonly net: typeof net;
}

const OF_DATAGRAMS = ['bind', 'connect', 'send'] as const;

export function refuseNetwork(attempts: Attempts, modules: NetworkModules): void {
  const { Socket, Server } = modules.net;
  // What http, https, http2, tls and fetch connect by.
  replace(Socket.prototype, 'connect', () => {
    return function (this: net.Socket, ...args: unknown[]) {
      const error = attempts.refuse('net.connect', endpointOf(args));
      process.nextTick(() => this.destroy(error));
      return this;
    };
  });
  replace(Server.prototype, 'listen', () => {
    return function (this: net.Server, ...args: unknown[]) {
      const error = attempts.refuse('net.listen', endpointOf(args));
      process.nextTick(() => this.emit('error', error));
      return this;
    };
  });
  for (const name of OF_DATAGRAMS) {
    replace(modules.dgram.Socket.prototype, name, () => {
      return function (this: dgram.Socket, ...args: unknown[]) {
        const error = attempts.refuse(`dgram.${name}`, endpointOf(args.filter(isNoData)));
        const callback = args.findLast((arg) => typeof arg === 'function');
        process.nextTick(() => {
          if (callback !== undefined && name === 'send') (callback as (why: Error) => void)(error);
          else this.emit('error', error);
        });
        return this;
      };
    });
  }
  refuseNames(attempts, modules.dns);
  refuse(attempts, globalThis, { name: 'fetch', as: 'fetch', style: 'rejects' }, ([request]) =>
    originOf(request),
  );
  refuseToMake(attempts, globalThis, 'WebSocket', 'WebSocket');
  refuseToMake(attempts, globalThis, 'EventSource', 'EventSource');
}

function refuseNames(attempts: Attempts, names: typeof dns): void {
  const owners = [
    [names, 'calls-back'],
    [names.promises, 'rejects'],
    [names.Resolver.prototype, 'calls-back'],
    [names.promises.Resolver.prototype, 'rejects'],
  ] as const;
  for (const [owner, style] of owners) {
    const calls = Object.getOwnPropertyNames(owner).filter((name) =>
      /^(?:lookup|resolve|reverse)/.test(name),
    );
    // On `Resolver` they stand on the prototype above.
    const inherited = Object.getOwnPropertyNames(Object.getPrototypeOf(owner) as object).filter(
      (name) => /^(?:resolve|reverse)/.test(name),
    );
    for (const name of [...calls, ...inherited]) {
      refuse(attempts, owner, { name, as: `dns.${name}`, style }, ([host]) => textOf(host));
    }
  }
}

const isNoData = (value: unknown): boolean => !ArrayBuffer.isView(value) && !Array.isArray(value);

/** `host:port`, or the path of a local socket. */
function endpointOf(args: Args): string {
  const [first, host] = (Array.isArray(args[0]) ? args[0] : args) as Args;
  if (typeof first === 'object' && first !== null) {
    const options = first as Record<string, unknown>;
    if (typeof options['path'] === 'string' && options['port'] === undefined)
      return options['path'];
    return `${textOf(options['host'] ?? options['address']) || 'localhost'}:${textOf(options['port'])}`;
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return first;
  return `${typeof host === 'string' ? host : 'localhost'}:${textOf(first)}`;
}

/** The rest of a URL may be secret. */
function originOf(request: unknown): string {
  const url = (request as { url?: unknown } | null)?.url ?? request;
  try {
    return new URL(textOf(url) === '' ? String(url) : (url as string)).origin;
  } catch {
    return 'a URL';
  }
}
