/** The main thread of a child: supervises one thread isolate, runs no tenant code, ends with its parent. */
import process from 'node:process';
import { expose } from 'comlink';
import { ipcEndpoint } from '../wire/endpoints.js';
import { ChildSupervisor, endGroup } from './child-supervisor.js';

// However the parent died, its end of the channel is closed; this loop is free to notice at once.
process.on('disconnect', endGroup);
if (!process.connected) endGroup();

expose(new ChildSupervisor().api, ipcEndpoint(process));
