/** The public name of @tenantry/isolation: what a pool is given as its `isolates`. */
import type { IsolatesFactory } from '@tenantry/core';
import { IsolateExecutor } from './executor/isolate-executor.js';

/**
 * Runs tenants in isolates of their own: threads and child processes.
 *
 * `new AgentPool({ isolates, isolation: 'process' })`
 */
export const isolates: IsolatesFactory = (context) => new IsolateExecutor(context);
