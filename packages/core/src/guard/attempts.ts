/** What code tried to do in a dry run: refused with one error, counted, and told with its place. */
import type { ProbedFrame } from '../attribution/turn-probe.js';
import { TenantryError, shown } from '../errors/errors.js';
import { blamed, toPlace } from '../observer/code-place.js';
import type { AttemptFact } from '../recorder/session-facts.js';

/** False where nobody was there to be told; it is told again then. */
export type AttemptListener = (attempt: AttemptFact) => boolean;

/** Each of the first attempts is told, and of what goes on and on every tenfold one. */
const MOST_TOLD = 100;
const MOST_KEPT = 1_000;

export class Attempts {
  readonly #counts = new Map<string, number>();
  #listener: AttemptListener = () => false;
  #untold: AttemptFact[] = [];

  hear(listener: AttemptListener): void {
    this.#listener = listener;
    this.flush();
  }

  /** Tells what nobody was there to hear. */
  flush(): void {
    for (const attempt of this.#untold.splice(0)) this.#tell(attempt);
  }

  /** Counts an attempt, and answers what it is refused with. */
  refuse(call: string, target: string): TenantryError {
    const where = callingPlace();
    const key = `${call}\0${target}\0${where ?? ''}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (this.#counts.size < MOST_KEPT || count > 1) this.#counts.set(key, count);
    const isTold = count <= MOST_TOLD || Number.isInteger(Math.log10(count));
    if (isTold) this.#tell({ kind: 'attempt', call, target, where, count });
    return new TenantryError(
      'TENANTRY_DRY_RUN_REFUSED',
      `${call} ${shown(target)}: refused in a dry run`,
      { details: { call, target: shown(target) } },
    );
  }

  #tell(attempt: AttemptFact): void {
    if (!this.#listener(attempt) && this.#untold.length < MOST_KEPT) this.#untold.push(attempt);
  }
}

/** Function, file and line of the user's code that called; null where no frame is theirs. */
function callingPlace(): string | null {
  const frames = callSites().map((site): ProbedFrame => {
    const file = site.getFileName() ?? '';
    return {
      functionName: site.getFunctionName() ?? '',
      url: file,
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
      isAsync: site.isAsync(),
    };
  });
  const frame = blamed(frames);
  if (frame === undefined) return null;
  const place = toPlace(frame);
  return `${place.function} (${place.file}:${place.line})`;
}

function callSites(): readonly NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace');
  try {
    Error.stackTraceLimit = 50;
    Error.prepareStackTrace = (_error, sites) => sites;
    const { stack } = new Error() as unknown as { stack: NodeJS.CallSite[] };
    return Array.isArray(stack) ? stack : [];
  } catch {
    // Frozen intrinsics: nothing is known of the place.
    return [];
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
