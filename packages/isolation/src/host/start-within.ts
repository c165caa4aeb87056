/** A start that always comes to an end: ready, failed or late, and in the last two the isolate ends. */
import {
  TenantryError,
  codeOf,
  withDeadline,
  type Clock,
  type IsolateEnd,
} from '@tenantry/core/internal';

export interface StartRules {
  /** What starts, for the message. */
  readonly what: 'thread' | 'child';
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** The isolate's end, which a start does not outlive. */
  readonly ended: Promise<IsolateEnd>;
  end(cause: IsolateEnd): void;
}

/**
 * What `boot` answers.
 * @throws TENANTRY_ISOLATE_START_TIMEOUT, TENANTRY_ISOLATE_START_FAILED
 */
export async function startWithin<T>(rules: StartRules, boot: () => Promise<T>): Promise<T> {
  const { what, clock, deadlineMs } = rules;
  const failed = rules.ended.then(({ reason, detail }) => {
    throw new Error(`${reason} ${detail}`);
  });
  try {
    return await withDeadline(
      clock,
      Promise.race([boot(), failed]),
      deadlineMs,
      () =>
        new TenantryError(
          'TENANTRY_ISOLATE_START_TIMEOUT',
          `${what} not ready within ${deadlineMs} ms`,
        ),
    );
  } catch (error) {
    const isLate = codeOf(error) === 'TENANTRY_ISOLATE_START_TIMEOUT';
    const detail = (error as Error).message;
    rules.end({ reason: isLate ? 'start-timeout' : 'start-failed', detail });
    if (isLate) throw error;
    throw new TenantryError('TENANTRY_ISOLATE_START_FAILED', `${what} did not start: ${detail}`, {
      cause: error,
    });
  } finally {
    failed.catch(() => {});
  }
}
