/** What can make an incident bundle be made, as its name, its manifest, events and tables say it. */
export const TRIGGERS = [
  'escalated',
  'quarantined',
  'isolate-ended',
  'block',
  'memory-limit',
  'manual',
] as const;
export type TriggerKind = (typeof TRIGGERS)[number];
