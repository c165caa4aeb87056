/** Never finishes loading, except on the main thread. */
import { isMainThread } from 'node:worker_threads';
import { defineAgent } from '@tenantry/core';

if (!isMainThread) await new Promise(() => {});

export default defineAgent({ name: 'hangs-in-isolate', run: () => 'loaded' });
