/** The worker of `comlink.ts`. */
import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';

expose({ echo: (message: unknown) => message }, nodeEndpoint(parentPort!));
