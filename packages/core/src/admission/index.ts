/**
 * Decisions without a pool, for our own benchmarks; no promise is made about it to anyone else. Apart
 * from `internal.ts`, which every isolate loads and which therefore imports no schema.
 */
export { Admission } from './admission.js';
export { Breaker } from '../breaker/breaker.js';
export { TenantRegistry } from '../tenant/tenant-registry.js';
