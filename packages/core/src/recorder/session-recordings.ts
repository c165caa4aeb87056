/** The recordings of a pool: of the sessions that run, and of the latest that have ended. */
import type { RecordedEnd, SessionRecorder } from './session-recorder.js';
import type { SessionRecording } from './session-recording.js';

/** Ended sessions whose recordings are kept, and how much of memory they may take. */
const MOST_ENDED = 50;
const MOST_ENDED_BYTES = 16 * 1_048_576;

export class SessionRecordings {
  readonly #live = new Map<string, SessionRecorder>();
  /** Oldest first. */
  readonly #ended = new Map<string, SessionRecorder>();
  #endedBytes = 0;

  begin(recorder: SessionRecorder): void {
    this.#live.set(recorder.session, recorder);
  }

  /** It never ran. */
  forget(recorder: SessionRecorder): void {
    this.#live.delete(recorder.session);
  }

  /** Kept where its options say so: usually where it failed. */
  ended(recorder: SessionRecorder, end: RecordedEnd): void {
    recorder.ended(end);
    this.#live.delete(recorder.session);
    if (!recorder.isKept) return;
    this.#ended.set(recorder.session, recorder);
    this.#endedBytes += recorder.bytes;
    for (const [session, { bytes }] of this.#ended) {
      if (this.#ended.size <= MOST_ENDED && this.#endedBytes <= MOST_ENDED_BYTES) break;
      this.#ended.delete(session);
      this.#endedBytes -= bytes;
    }
  }

  /** Of a session that runs or has ended lately; undefined where none is kept. */
  recordingOf(session: string): SessionRecording | undefined {
    return (this.#live.get(session) ?? this.#ended.get(session))?.recording();
  }
}
