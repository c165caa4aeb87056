/** One tenant: its settings, its cap, its config, its books. What they decide is left to admission. */
import { Cap } from '../limits/cap.js';
import { rungOf, type Rung } from '../vocabulary/rung.js';
import { emptyBooks, type BookTotals } from './tenant-books.js';
import { ladderBounds, type LadderBounds } from './tenant-escalation.js';
import type { TenantConfig } from './tenant-config.js';
import type { TenantSettings } from './tenant-options.js';

export class Tenant {
  readonly id: string;
  readonly settings: TenantSettings;
  readonly config: TenantConfig;
  readonly cap: Cap;
  readonly books: BookTotals = emptyBooks();
  readonly ladder: LadderBounds;
  /** Monotonic time until which the tenant is quarantined. */
  quarantinedUntilMs = 0;
  /** Drains of this tenant under way; none of its sessions starts meanwhile. */
  drains = 0;

  constructor(id: string, settings: TenantSettings, config: TenantConfig) {
    this.id = id;
    this.settings = settings;
    this.config = config;
    this.cap = new Cap(settings.maxSessions);
    this.ladder = ladderBounds(settings);
  }

  /** The rung its sessions are placed on while it is not quarantined. */
  get placedRung(): Rung {
    return rungOf(this.settings.isolation, this.settings.isolate);
  }

  quarantinedForMs(nowMs: number): number | null {
    const leftMs = this.quarantinedUntilMs - nowMs;
    return leftMs > 0 ? leftMs : null;
  }
}
