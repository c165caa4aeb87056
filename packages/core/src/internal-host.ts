/** Names for our own packages that an isolate never loads: what stands here may bring a schema library. */
export { Admission } from './admission/admission.js';
export { Breaker } from './breaker/breaker.js';
export { TenantRegistry } from './tenant/tenant-registry.js';
export { explainSession, explainTenant } from './explain/explanation.js';
export type { AuditRecord } from './state/audit-entry.js';
export { writeWhole } from './state/file-pieces.js';
export { nodeStateDisk } from './state/node-state-disk.js';
export { privateFolder } from './state/state-dir.js';
export { StateLock } from './state/state-lock.js';
export { stateFailed } from './state/state-trouble.js';
export { withoutStack } from './errors/errors.js';
export { TokenBucket } from './limits/token-bucket.js';
export { invalid } from './pool/pool-options.js';
export { isTenantId } from './vocabulary/names.js';
export { verifyAuditFile } from './state/verify-audit.js';
