/**
 * What one loop publishes in shared memory while it runs: whose turn it is, since when, how late its
 * timers are. Another thread reads it whenever it likes, also while the loop is blocked; what it makes
 * of it is left to the observer.
 */

const HEADER_FIELDS = 16;
const HEADER_BYTES = HEADER_FIELDS * 8;

const FIELD = {
  /** How often the owner of the turn has changed; moves whenever anyone else runs. */
  switches: 0,
  slot: 1,
  /** Monotonic time of the last switch, on the clock that all threads share. */
  sinceMs: 2,
  beats: 3,
  kernelThreadId: 4,
  heapUsedBytes: 5,
  isWatched: 6,
  hasDebugger: 7,
  lagMs: 8,
  thresholdMs: 9,
  /** `switches` of a block that the observer has told: the loop says how it ends. */
  toldSwitches: 10,
  /** Inspector connections that an observer has open to the loop's thread. */
  connections: 11,
  isEnding: 12,
} as const;

/** Enough to see a threshold of 50 ms passed in time, and nothing to be measured in a bench. */
const LONGEST_BEAT_MS = 20;

/** How often a loop shows that it turns: twice before a block of it is one. */
export function beatPeriodMs(thresholdMs: number): number {
  return Math.max(2, Math.min(LONGEST_BEAT_MS, thresholdMs / 2.5));
}

/** Id, tenant and agent of a slot, apart by line ends: 36 + 128 + 64 characters at most. */
const RECORD_BYTES = 232;

export interface SlotOwner {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
}

export class LoopCell {
  readonly buffer: SharedArrayBuffer;
  readonly #fields: Float64Array;
  readonly #records: Buffer;
  readonly #recordCount: number;

  /** A new one, with names for so many slots at once, or the other side of an existing one. */
  constructor(buffer: SharedArrayBuffer | number = 1_024) {
    this.buffer =
      typeof buffer === 'number'
        ? new SharedArrayBuffer(HEADER_BYTES + buffer * RECORD_BYTES)
        : buffer;
    this.#fields = new Float64Array(this.buffer, 0, HEADER_FIELDS);
    if (typeof buffer === 'number') this.told(-1);
    this.#records = Buffer.from(this.buffer, HEADER_BYTES);
    this.#recordCount = Math.floor(this.#records.length / RECORD_BYTES);
  }

  get switches(): number {
    return this.#fields[FIELD.switches]!;
  }

  get slot(): number {
    return this.#fields[FIELD.slot]!;
  }

  get sinceMs(): number {
    return this.#fields[FIELD.sinceMs]!;
  }

  /** On the path of every turn: nothing but three stores. */
  switched(slot: number, sinceMs: number): void {
    this.#fields[FIELD.slot] = slot;
    this.#fields[FIELD.sinceMs] = sinceMs;
    this.#fields[FIELD.switches]! += 1;
  }

  get heapUsedBytes(): number {
    return this.#fields[FIELD.heapUsedBytes]!;
  }

  get kernelThreadId(): number {
    return this.#fields[FIELD.kernelThreadId]!;
  }

  set kernelThreadId(id: number) {
    this.#fields[FIELD.kernelThreadId] = id;
  }

  /** Whether the loop beats; one that does not is not judged. */
  get isWatched(): boolean {
    return this.#fields[FIELD.isWatched] === 1;
  }

  set isWatched(is: boolean) {
    this.#fields[FIELD.isWatched] = is ? 1 : 0;
  }

  /** Whether a debugger may be attached: a loop that stands at a breakpoint is not blocked. */
  get hasDebugger(): boolean {
    return this.#fields[FIELD.hasDebugger] === 1;
  }

  set hasDebugger(has: boolean) {
    this.#fields[FIELD.hasDebugger] = has ? 1 : 0;
  }

  get connections(): number {
    return this.#fields[FIELD.connections]!;
  }

  set connections(count: number) {
    this.#fields[FIELD.connections] = count;
  }

  /** Whether the process exits: Node waits, and says so, for connections that are open then. */
  get isEnding(): boolean {
    return this.#fields[FIELD.isEnding] === 1;
  }

  set isEnding(is: boolean) {
    this.#fields[FIELD.isEnding] = is ? 1 : 0;
  }

  get thresholdMs(): number {
    return this.#fields[FIELD.thresholdMs]!;
  }

  set thresholdMs(thresholdMs: number) {
    this.#fields[FIELD.thresholdMs] = thresholdMs;
  }

  /** Whether the turn that runs has been told as a block. */
  get isTold(): boolean {
    return this.#fields[FIELD.toldSwitches] === this.#fields[FIELD.switches];
  }

  told(switches: number): void {
    this.#fields[FIELD.toldSwitches] = switches;
  }

  beat(heapUsedBytes: number, lagMs: number): void {
    this.#fields[FIELD.heapUsedBytes] = heapUsedBytes;
    this.#fields[FIELD.lagMs] = Math.max(this.#fields[FIELD.lagMs]!, lagMs);
    this.#fields[FIELD.beats]! += 1;
  }

  /** The latest it was since this was last asked. */
  takeLagMs(): number {
    const lagMs = this.#fields[FIELD.lagMs]!;
    this.#fields[FIELD.lagMs] = 0;
    return lagMs;
  }

  /** Slots beyond the records have no name until their block has ended. */
  nameSlot(slot: number, { session, tenant, agent }: SlotOwner): void {
    if (slot >= this.#recordCount) return;
    const start = slot * RECORD_BYTES;
    const written = this.#records.write(`${session}\n${tenant}\n${agent}\n`, start, 'latin1');
    this.#records[start + written] = 0;
  }

  nameOf(slot: number): SlotOwner | undefined {
    if (slot <= 0 || slot >= this.#recordCount) return undefined;
    const start = slot * RECORD_BYTES;
    // A copy: a text decoder does not read shared memory.
    const text = Buffer.from(this.#records.subarray(start, start + RECORD_BYTES)).toString(
      'latin1',
    );
    const [session, tenant, agent] = text.split('\n');
    if (agent === undefined || session === undefined || tenant === undefined) return undefined;
    return { session, tenant, agent };
  }
}

/** Milliseconds on the monotonic clock that all threads of the process share. */
export function sharedNowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
