/** Names for our own packages that an isolate never loads: what stands here may bring a schema library. */
export { Admission } from './admission/admission.js';
export { Breaker } from './breaker/breaker.js';
export { TenantRegistry } from './tenant/tenant-registry.js';
export { agentVersion } from './recorder/agent-version.js';
export { parseSessionRecording } from './recorder/session-recording.js';
export { fromTagged, toTagged } from './recorder/tagged-value.js';
export { configHash } from './pool/recording.js';
export { explainSession, explainTenant } from './explain/explanation.js';
export type { AuditRecord } from './state/audit-entry.js';
export { verifyAuditFile } from './state/verify-audit.js';
