import { isolates } from '@tenantry/isolation';

export const options = {
  name: 'voice',
  isolates,
  stateDir: '/var/lib/voice',
  escalation: { enforce: true },
  circuitBreaker: { enforce: true },
  tenants: {
    acme: { maxSessions: 50 },
    newcomer: {
      isolation: 'process', // where it begins: a child process of its own
      memoryLimitMb: 256,
      env: [], // no environment variable of the service
      maxSessions: 2,
      rateLimit: { sessionsPerSecond: 5 },
      maxDurationMs: 3_600_000,
      idleTimeoutMs: 300_000,
      escalation: { floor: 'coroutine', pin: 'process' }, // may come down, and not by itself
    },
  },
};
