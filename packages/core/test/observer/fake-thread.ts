/** A thread's inspector in memory: a test says what it answers, and reads what it was asked. */
import type { InspectorTarget } from '../../src/observer/inspector-target.js';

export class FakeThread implements InspectorTarget {
  readonly asked: { readonly method: string; readonly params: unknown }[] = [];
  isClosed = false;
  /** Answers beside the empty one; a promise that stays pending is a native call. */
  answers: Record<string, () => unknown> = {
    'Profiler.stop': () => ({ profile: { nodes: [], samples: [1], startTime: 0, endTime: 7_000 } }),
    'HeapProfiler.stopSampling': () => ({ profile: { head: {}, samples: [] } }),
  };

  get methods(): string[] {
    return this.asked.map(({ method }) => method);
  }

  async post<T>(method: string, params: object = {}): Promise<T> {
    if (this.isClosed) throw new Error('Session was closed');
    this.asked.push({ method, params });
    return (await this.answers[method]?.()) as T;
  }

  on(): void {}

  close(): void {
    this.isClosed = true;
  }
}
