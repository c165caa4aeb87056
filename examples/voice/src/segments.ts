/**
 * From one verdict a frame to segments of speech. The detector flickers, so a segment starts and ends
 * only when most of a short window agrees. Pure: the same verdicts give the same segments everywhere.
 */

/** A stretch of speech, in milliseconds from the start of the audio. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
}

export type SpeechEvent =
  | { readonly kind: 'speech-started'; readonly atMs: number }
  | ({ readonly kind: 'speech-ended' } & Segment);

export interface Smoothing {
  readonly windowFrames: number;
  /** Voiced frames within the window that start a segment. */
  readonly startFrames: number;
  /** Unvoiced frames within the window that end it. */
  readonly endFrames: number;
}

/**
 * 120 of 150 ms either way: more than the three frames that WebRTC's detector takes for speech while
 * it adapts at the start of a call, and shorter than a pause between two phrases.
 */
const SMOOTHING: Smoothing = { windowFrames: 5, startFrames: 4, endFrames: 4 };

export class Segmenter {
  readonly #frameMs: number;
  readonly #smoothing: Smoothing;
  #frameCount = 0;
  /** Verdicts since the last start or end, newest last, at most a window of them. */
  #window: boolean[] = [];
  #startMs: number | undefined;
  #lastVoicedEndMs = 0;

  constructor(frameMs: number, smoothing: Smoothing = SMOOTHING) {
    this.#frameMs = frameMs;
    this.#smoothing = smoothing;
  }

  /** Takes the verdict on the next frame. */
  push(voiced: boolean): SpeechEvent | undefined {
    this.#frameCount += 1;
    if (voiced) this.#lastVoicedEndMs = this.#frameCount * this.#frameMs;
    this.#window.push(voiced);
    if (this.#window.length > this.#smoothing.windowFrames) this.#window.shift();
    return this.#startMs === undefined ? this.#start() : this.#stop(this.#startMs);
  }

  /** The audio is over: ends the segment that is still open. */
  end(): SpeechEvent | undefined {
    return this.#startMs === undefined ? undefined : this.#ended(this.#startMs);
  }

  #start(): SpeechEvent | undefined {
    if (this.#count(true) < this.#smoothing.startFrames) return undefined;
    const framesAgo = this.#window.length - this.#window.indexOf(true);
    this.#startMs = (this.#frameCount - framesAgo) * this.#frameMs;
    // Emptied at every change, so that no frame counts for two segments.
    this.#window = [];
    return { kind: 'speech-started', atMs: this.#startMs };
  }

  #stop(startMs: number): SpeechEvent | undefined {
    return this.#count(false) < this.#smoothing.endFrames ? undefined : this.#ended(startMs);
  }

  #ended(startMs: number): SpeechEvent {
    this.#startMs = undefined;
    this.#window = [];
    return { kind: 'speech-ended', startMs, endMs: this.#lastVoicedEndMs };
  }

  #count(voiced: boolean): number {
    return this.#window.filter((one) => one === voiced).length;
  }
}
