/** With what a service ends. The numbers are a contract: docs/cli/serve.md has them. */
export const SERVICE_EXIT = {
  /** It was told to. */
  ended: 0,
  /** It could not start, or gave up. */
  failed: 1,
  /** Its configuration is wrong. */
  configuration: 2,
  /** Its memory passed `memoryLimitMb`: it is to be started again. EX_TEMPFAIL of sysexits.h. */
  memory: 75,
  /** It was killed, at a deadline or by a second signal. */
  killed: 137,
} as const;

/** Codes of errors that are about what was configured. */
const CONFIGURATION_CODES: ReadonlySet<string> = new Set([
  'TENANTRY_CONFIG_FAILED',
  'TENANTRY_OPTIONS_INVALID',
  'TENANTRY_TENANT_ID_INVALID',
  'TENANTRY_ISOLATES_MISSING',
]);

export function exitCodeOf(code: string | undefined): number {
  return code !== undefined && CONFIGURATION_CODES.has(code)
    ? SERVICE_EXIT.configuration
    : SERVICE_EXIT.failed;
}
