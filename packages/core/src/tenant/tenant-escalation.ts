/**
 * Between which rungs a tenant may be moved, as its options say it and with the defaults filled in.
 * When it is moved is left to the escalation.
 */
import { z } from 'zod';
import { TenantryError, shown } from '../errors/errors.js';
import {
  RUNGS,
  compareRungs,
  rungOf,
  type IsolateKind,
  type Isolation,
  type Rung,
} from '../vocabulary/rung.js';

/** The tenant's own bounds on the ladder. */
export const TenantEscalation = z.strictObject({
  /** Lowest rung it is ever placed on. By default the rung of its isolation settings. */
  floor: z.enum(['coroutine', 'thread', 'process']).optional(),
  /** Highest rung it is ever moved to. By default `quarantined`. */
  ceiling: z.enum(RUNGS).optional(),
  /** The rung it stays on whatever it does. By default none: it is moved. */
  pin: z.enum(RUNGS).optional(),
});
export type TenantEscalation = Readonly<z.output<typeof TenantEscalation>>;

/** The bounds with every default. floor <= start <= ceiling, and the pin lies between them. */
export interface LadderBounds {
  /** The rung of the tenant's isolation settings: where it begins. */
  readonly start: Rung;
  readonly floor: Rung;
  readonly ceiling: Rung;
  readonly pin: Rung | null;
}

export function ladderBounds(settings: {
  readonly isolation: Isolation;
  readonly isolate: IsolateKind;
  readonly escalation: TenantEscalation;
}): LadderBounds {
  const start = rungOf(settings.isolation, settings.isolate);
  const { floor = start, ceiling = 'quarantined', pin = null } = settings.escalation;
  return { start, floor, ceiling, pin };
}

/**
 * Refuses bounds that contradict each other or the isolation settings.
 * @param path of the tenant's options, for the message: `tenants.acme`
 * @throws TENANTRY_OPTIONS_INVALID
 */
export function checkLadderBounds(
  { start, floor, ceiling, pin }: LadderBounds,
  path: string,
): void {
  const at = path === '' ? 'escalation' : `${path}.escalation`;
  const faults: string[] = [];
  const refuse = (field: string, why: string, received: Rung): void => {
    faults.push(`${at}.${field}: ${why}, received ${shown(received)}`);
  };
  if (compareRungs(floor, ceiling) > 0) refuse('floor', `above the ceiling ${ceiling}`, floor);
  if (pin !== null && compareRungs(pin, floor) < 0) refuse('pin', `below the floor ${floor}`, pin);
  if (pin !== null && compareRungs(pin, ceiling) > 0) {
    refuse('pin', `above the ceiling ${ceiling}`, pin);
  }
  if (compareRungs(start, floor) < 0) {
    refuse('floor', `above ${start}, where its isolation settings place it`, floor);
  }
  if (compareRungs(start, ceiling) > 0) {
    refuse('ceiling', `below ${start}, where its isolation settings place it`, ceiling);
  }
  if (faults.length === 0) return;
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', `pool options: ${faults.join('; ')}`, {
    details: { issues: faults },
  });
}
