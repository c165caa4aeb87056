/**
 * What sessions have cost that end with their isolate, or are left behind in it: their guest does not
 * say it any more. An isolate's figures are a session's only while nobody else has been in it; of one
 * that has shared it, only what its last report says is known.
 */
import type { PlaceReport, SessionCost } from '@tenantry/core/internal';
import type { IsolateUse } from '../wire/messages.js';

export class LostCosts {
  readonly #use: () => IsolateUse;
  #report: PlaceReport | undefined;
  /** Who has had it to itself, and what the isolate had used before. */
  #alone: { readonly session: string; readonly cpuMs: number | null } | undefined;

  constructor(use: () => IsolateUse) {
    this.#use = use;
  }

  reported(report: PlaceReport): void {
    this.#report = report;
  }

  /** `isAlone`: no other code is in it. */
  admitted(session: string, isAlone: boolean): void {
    this.#alone = isAlone ? { session, cpuMs: this.#use().cpuMs } : undefined;
  }

  of(session: string): SessionCost | undefined {
    const own = this.#report?.sessions.find((one) => one.session === session)?.usage ?? undefined;
    const reportedMs = own?.totalMs ?? null;
    if (this.#alone?.session !== session) {
      return reportedMs === null ? undefined : { cpuMs: reportedMs, blockedMs: null };
    }
    const { cpuMs, memoryBytes } = this.#use();
    // Since its last report, where there is one: between sessions an isolate uses a little as well.
    const sinceMs = own === undefined ? this.#alone.cpuMs : (this.#report?.figures.cpuMs ?? null);
    const isKnown = cpuMs !== null && sinceMs !== null;
    const measuredMs = isKnown ? (reportedMs ?? 0) + Math.max(0, cpuMs - sinceMs) : null;
    return { cpuMs: measuredMs ?? reportedMs, blockedMs: null, memoryBytes };
  }
}
