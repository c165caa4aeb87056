/** Names for our own packages that an isolate never loads: what stands here may bring a schema library. */
export { Admission } from './admission/admission.js';
export { Breaker } from './breaker/breaker.js';
export { TenantRegistry } from './tenant/tenant-registry.js';
export { explainSession, explainTenant } from './explain/explanation.js';
export type { AuditRecord } from './state/audit-entry.js';
export { verifyAuditFile } from './state/verify-audit.js';
export { METRICS } from './exposition/metric-table.js';
