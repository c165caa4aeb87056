/** What the counters say: sessions that failed or were refused, and callers that were turned away. */
import { poolCommand } from '../view/command-line.js';
import type { Evidence } from './evidence.js';
import type { Step } from './step.js';

/** Fewer are no matter, however few sessions there were. */
const MANY = 10;

/** Callers without the right to call are turned away, more of them than are served. */
export function turnsCallersAway({ requests }: Pick<Evidence, 'requests'>): boolean {
  const { ok = 0, unauthorized = 0, forbidden = 0, 'rate-limited': limited = 0 } = requests ?? {};
  const away = unauthorized + forbidden + limited;
  return away >= MANY && away > ok;
}

export function counters(evidence: Evidence): Step {
  const { activeSessions, totalSessionsStarted, totalSessionFailures, refusals } =
    evidence.snapshot.totals;
  const refused = Object.entries(refusals).sort(([, a], [, b]) => b - a);
  const found = [
    `${activeSessions} sessions run; of ${totalSessionsStarted} started ${totalSessionFailures} failed.`,
  ];
  if (refused.length > 0) {
    const reasons = refused.map(([reason, count]) => `${count} ${reason}`).join(', ');
    found.push(`Refused: ${reasons}.`);
  }
  if (evidence.requests !== null) {
    const outcomes = Object.entries(evidence.requests).filter(([, count]) => count > 0);
    const text = outcomes.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    found.push(`Requests: ${text === '' ? 'none' : text}.`);
  }
  const refusedCount = refused.reduce((sum, [, count]) => sum + count, 0);
  const isMuch =
    totalSessionFailures * 10 > totalSessionsStarted ||
    refusedCount >= Math.max(MANY, totalSessionsStarted);
  const away = turnsCallersAway(evidence);
  const { socket } = evidence;
  const warnings = ['logs', '--level', 'warn', '--since', '10m'];
  return {
    step: 'counters',
    state: isMuch || away ? 'look' : 'ok',
    found,
    next: away ? poolCommand(socket, ...warnings) : isMuch ? poolCommand(socket, 'snapshot') : null,
  };
}
