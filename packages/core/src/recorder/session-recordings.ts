/** The recordings of a pool: of the sessions that run, and of the latest that failed. */
import type { RecordedEnd, SessionRecorder } from './session-recorder.js';
import type { SessionRecording } from './session-recording.js';

/** Failed sessions whose recordings are kept, and how much of memory they may take. */
const MOST_FAILED = 50;
const MOST_FAILED_BYTES = 16 * 1_048_576;

export class SessionRecordings {
  readonly #live = new Map<string, SessionRecorder>();
  /** Oldest first. */
  readonly #failed = new Map<string, SessionRecorder>();
  #failedBytes = 0;

  begin(recorder: SessionRecorder): void {
    this.#live.set(recorder.session, recorder);
  }

  /** It never ran. */
  forget(recorder: SessionRecorder): void {
    this.#live.delete(recorder.session);
  }

  /** Kept where it failed. */
  ended(recorder: SessionRecorder, end: RecordedEnd): void {
    recorder.ended(end);
    this.#live.delete(recorder.session);
    if (!recorder.hasFailed) return;
    this.#failed.set(recorder.session, recorder);
    this.#failedBytes += recorder.bytes;
    for (const [session, { bytes }] of this.#failed) {
      if (this.#failed.size <= MOST_FAILED && this.#failedBytes <= MOST_FAILED_BYTES) break;
      this.#failed.delete(session);
      this.#failedBytes -= bytes;
    }
  }

  /** Of a session that runs or has failed lately; undefined where none is kept. */
  recordingOf(session: string): SessionRecording | undefined {
    return (this.#live.get(session) ?? this.#failed.get(session))?.recording();
  }
}
