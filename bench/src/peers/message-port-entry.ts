/** The worker of `message-port.ts`. */
import { workerData, type MessagePort } from 'node:worker_threads';

const port = workerData as MessagePort;
port.on('message', (message: unknown) => port.postMessage(message));
