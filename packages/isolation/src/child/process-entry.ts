/** The main thread of a child: supervises one thread isolate, runs no tenant code, ends with its parent. */
import net from 'node:net';
import process from 'node:process';
import { expose } from 'comlink';
import { ipcEndpoint } from '../wire/endpoints.js';
import { ChildSupervisor, endGroup } from './child-supervisor.js';

/** The frame stream, as `process-channel.ts` lays it out. */
const STREAM_FD = 3;

// However the parent died, its end of the channel is closed; this loop is free to notice at once.
process.on('disconnect', endGroup);
if (!process.connected) endGroup();

const supervisor = new ChildSupervisor(
  new net.Socket({ fd: STREAM_FD, readable: true, writable: true }),
);
expose(supervisor.api, ipcEndpoint(process));
