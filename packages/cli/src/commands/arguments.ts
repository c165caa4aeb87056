/** Arguments that several commands take, as they are typed. Whether a pool knows the name is its to say. */
import { InvalidArgumentError } from 'commander';
import { SHORTEST_SESSION_PREFIX, parseTenantId } from '@tenantry/core/internal';

const SESSION_ID = /^[A-Za-z0-9_-]{1,128}$/;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws TENANTRY_TENANT_ID_INVALID */
export const tenantArgument = (text: string): string => parseTenantId(text);

/** The id, or enough of its beginning. */
export function sessionArgument(text: string): string {
  if (SESSION_ID.test(text) && text.length >= SHORTEST_SESSION_PREFIX) return text;
  throw new InvalidArgumentError(
    `Expected a session's id, or at least its first ${SHORTEST_SESSION_PREFIX} characters.`,
  );
}

/** The id of a job, or enough of its beginning. */
export function jobArgument(text: string): string {
  if (SESSION_ID.test(text) && text.length >= SHORTEST_SESSION_PREFIX) return text;
  throw new InvalidArgumentError(
    `Expected a job's id, or at least its first ${SHORTEST_SESSION_PREFIX} characters.`,
  );
}

/** Either; which one it is, the pool or the audit trail finds out. */
export function nameArgument(text: string): string {
  if (SESSION_ID.test(text)) return text;
  throw new InvalidArgumentError("Expected a tenant, or a session's id.");
}

/** Whole milliseconds out of `1500ms`, `30s`, `2m`, `1h`, `90d`. */
export function durationArgument(text: string, mostMs: number): number {
  const [, figure, unit] = DURATION.exec(text) ?? [];
  const ms = Math.round(Number(figure) * UNIT_MS[(unit ?? 'ms') as keyof typeof UNIT_MS]);
  if (ms <= mostMs) return ms;
  const most = mostMs > UNIT_MS.d ? `${mostMs / UNIT_MS.d}d` : `${mostMs / UNIT_MS.h}h`;
  throw new InvalidArgumentError(`Expected a time such as 500ms, 30s or 2m, at most ${most}.`);
}

/** One of a few words. */
export function wordArgument<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw new InvalidArgumentError(`Expected one of ${words.join(', ')}.`);
}

/** A whole number from `least` to `most`; `orElse` is said of what else the caller takes. */
export function wholeArgument(text: string, least: number, most: number, orElse = ''): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}${orElse}.`);
}

/** A variable of the shell that is not set must not mean the folder one happens to be in. */
export function folderArgument(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected a folder.');
}
