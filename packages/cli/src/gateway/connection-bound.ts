/**
 * At most so many connections at once. A few more are let in to be told so, with their first request;
 * what comes beyond those is closed without a word. What the telling says is left to the server.
 */
import type http from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '@tenantry/core';
import { ownSoftLimit } from '../source/process-limits.js';
import type { Gateway } from './gateway.js';

/** Not ready before the first connection is turned away. */
const CROWDED_RATIO = 0.9;
/** What is left is for files, isolates and the inspector. */
const SHARE_OF_DESCRIPTORS = 0.8;
/** Where the system does not say how many descriptors there are. */
const USUAL_DESCRIPTORS = 1_024;
/** Where there is no limit. */
const MOST_DESCRIPTORS = 1_000_000;
/** Of those that are told, beyond the bound: a tenth of it, and no more than this. */
const MOST_TOLD = 32;
const SHARE_TOLD = 0.1;

/** Whether this connection is one of those that are only told. */
export type IsOver = (stream: object) => boolean;

export function boundConnections(server: http.Server, gateway: Gateway, log: Log): IsOver {
  const maxConnections = gateway.options.maxConnections ?? usualMaxConnections();
  const open = new Set<Socket>();
  const over = new WeakSet<object>();
  const turnedAway = (): void =>
    log.warn({ maxConnections }, '[gateway] takes no more connections');
  server.maxConnections =
    maxConnections + Math.min(MOST_TOLD, Math.ceil(maxConnections * SHARE_TOLD));
  server.on('connection', (socket) => {
    // One that asked for an upgrade that is none comes twice.
    if (open.has(socket)) return;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size <= maxConnections) return;
    over.add(socket);
    turnedAway();
  });
  server.on('drop', turnedAway);
  gateway.crowdedWhen(() => open.size >= maxConnections * CROWDED_RATIO);
  return (stream) => over.has(stream);
}

function usualMaxConnections(): number {
  return Math.floor(
    Math.min(ownSoftLimit('Max open files') ?? USUAL_DESCRIPTORS, MOST_DESCRIPTORS) *
      SHARE_OF_DESCRIPTORS,
  );
}
