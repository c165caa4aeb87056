/** The jobs of a pool as the gateway asks for them. Another tenant's job is one that is not there. */
import { TenantryError, type AgentPool } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import type { GatewayJobs } from '../gateway/ports.js';

export function poolJobs({ jobs }: Pick<AgentPool, 'jobs'>): GatewayJobs {
  return {
    submit: (request) => jobs.submit(request),
    async get(id, tenant) {
      const job = jobs.get(id);
      if (job !== undefined && (tenant === null || job.tenant === tenant)) return job;
      throw new TenantryError('TENANTRY_JOB_UNKNOWN', `no job ${shown(id)} is kept`);
    },
  };
}
