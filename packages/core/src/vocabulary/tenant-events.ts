/** What can become of a tenant, as events, metrics and the audit trail name it. */

export const TENANT_EVENTS = [
  'tenant.escalated',
  'tenant.quarantined',
  'tenant.probation',
  'tenant.relapsed',
  'tenant.stepped-down',
  'tenant.released',
  'tenant.isolated',
  'tenant.pinned',
  'tenant.unpinned',
] as const;
