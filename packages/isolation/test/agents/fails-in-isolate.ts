/** Loads on the main thread only. */
import { isMainThread } from 'node:worker_threads';
import { defineAgent } from '@tenantry/core';

if (!isMainThread) throw new Error('not in here');

export default defineAgent({ name: 'fails-in-isolate', run: () => 'loaded' });
