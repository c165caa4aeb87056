/** The environment a guest sees: what the tenant's allow-list names, and nothing else of the host's. */
import process from 'node:process';

export function guestEnv(
  allowed: readonly string[] | Readonly<Record<string, string>>,
): Record<string, string> {
  if (!Array.isArray(allowed)) return { ...(allowed as Readonly<Record<string, string>>) };
  const env: Record<string, string> = {};
  for (const name of allowed as readonly string[]) {
    // Not `process.env[name]` alone, which knows `constructor` and the like.
    if (Object.hasOwn(process.env, name)) env[name] = process.env[name]!;
  }
  return env;
}
