/** What is to run on the host, as far as the host has to be ready for it. */
export interface Plan {
  /** Of the pool's own process; 0: none. */
  readonly memoryLimitMb: number;
  /** Memory limits of tenants with isolates of their own. */
  readonly tenantLimitsMb: readonly number[];
  /** Of a tenant that is moved. */
  readonly movedLimitMb: number;
  readonly maxConcurrentSessions: number;
  readonly maxIsolates: number;
  readonly hasThreads: boolean;
  readonly hasChildren: boolean;
  readonly enforcesEscalation: boolean;
  /** Null: nothing survives a restart. */
  readonly stateDir: string | null;
  /** Set where its hard limit has to hold for a child, or a thread. */
  readonly hasHardLimit: boolean;
}

/** A row of settings, from a running pool or of a configuration. */
interface Row {
  readonly setting: string;
  readonly requested: string;
}

/** @param rows as `pool.settings()` gives them */
export function planOf(rows: readonly Row[]): Plan {
  const values = new Map(rows.map(({ setting, requested }) => [setting, requested]));
  const tenants = new Set(
    rows.flatMap(({ setting }) => /^tenants\.([^.]+)\./.exec(setting)?.[1] ?? []),
  );
  const of = (tenant: string, name: string): string | undefined =>
    values.get(`tenants.${tenant}.${name}`) ?? values.get(name);
  const isolated = [...tenants].filter((tenant) => of(tenant, 'isolation') === 'process');
  const isThread = (tenant: string): boolean => of(tenant, 'isolate') === 'worker_threads';
  const escalates = values.get('escalation.enforce') === 'true';
  const limits = isolated.flatMap((tenant) => numbers(of(tenant, 'memoryLimitMb')));
  const poolWide = values.get('isolation') === 'process';
  const poolThread = values.get('isolate') === 'worker_threads';
  const stateDir = values.get('stateDir');
  return {
    memoryLimitMb: numbers(values.get('memoryLimitMb'))[0] ?? 0,
    tenantLimitsMb: limits,
    movedLimitMb: numbers(values.get('escalation.memoryLimitMb'))[0] ?? 0,
    maxConcurrentSessions: numbers(values.get('maxConcurrentSessions'))[0] ?? 0,
    maxIsolates: numbers(values.get('isolateOptions.maxIsolates'))[0] ?? 0,
    hasThreads: escalates || isolated.some(isThread) || (poolWide && poolThread),
    hasChildren:
      escalates || isolated.some((tenant) => !isThread(tenant)) || (poolWide && !poolThread),
    enforcesEscalation: escalates,
    stateDir: stateDir === undefined || stateDir === 'none' ? null : stateDir,
    hasHardLimit: isolated.some((tenant) => numbers(of(tenant, 'memoryHardLimitMb')).length > 0),
  };
}

function numbers(text: string | undefined): number[] {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? [] : [value];
}
