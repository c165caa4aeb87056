/**
 * One thread of this process as V8's inspector shows it to another one, without a debugger port: the
 * main thread, or a worker through the thread that owns it. Connections are short: one that is open
 * while the process exits delays the exit.
 */
import inspector from 'node:inspector';
import { threadId as ownThreadId } from 'node:worker_threads';

/** A connection to one thread's inspector. */
export interface InspectorTarget {
  /** Answers as the protocol does, when the thread gets to it. */
  post<T = unknown>(method: string, params?: object): Promise<T>;
  on(event: string, listener: (params: unknown) => void): void;
  close(): void;
}

/** From a worker to the main thread, whatever that is doing. */
export function mainThreadTarget(): InspectorTarget {
  const session = new inspector.Session();
  session.connectToMainThread();
  return sessionTarget(session);
}

/** The calling thread itself: the way to the workers it owns. */
export function ownThreadTarget(): InspectorTarget {
  const session = new inspector.Session();
  session.connect();
  return sessionTarget(session);
}

/**
 * A worker of the thread at the other end of `owner`, which is closed with it. What is asked of a
 * worker that has ended, or ends before it answers, fails.
 */
export function workerTarget(owner: InspectorTarget, workerThreadId: number): InspectorTarget {
  const listeners = new Map<string, (params: unknown) => void>();
  const pending = new Map<number, Settle>();
  let nextId = 1;
  let ownSessionId: string | undefined;
  let gone: (error: Error) => void = () => {};
  const attached = new Promise<string>((resolve, reject) => {
    gone = reject;
    owner.on('NodeWorker.attachedToWorker', (params) => {
      const { sessionId, workerInfo } = params as Attached;
      if (threadIdOf(workerInfo) === workerThreadId) resolve((ownSessionId = sessionId));
      // Least of all may a worker stay attached to itself.
      else void owner.post('NodeWorker.detach', { sessionId }).catch(() => {});
    });
  });
  owner.on('NodeWorker.receivedMessageFromWorker', (params) => {
    const said = JSON.parse((params as { message: string }).message) as WorkerMessage;
    if (said.id === undefined) {
      listeners.get(said.method!)?.(said.params);
      return;
    }
    const settle = pending.get(said.id);
    pending.delete(said.id);
    if (said.error === undefined) settle?.resolve(said.result as never);
    else settle?.reject(new Error(said.error.message));
  });
  let hasEnded = false;
  const end = (): void => {
    hasEnded = true;
    gone(ended(workerThreadId));
    for (const settle of pending.values()) settle.reject(ended(workerThreadId));
    pending.clear();
  };
  attached.catch(() => {});
  owner.on('NodeWorker.detachedFromWorker', (params) => {
    if ((params as Attached).sessionId === ownSessionId) end();
  });
  // Those that there are have been attached when this is answered.
  const enabled = owner.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  enabled.then(() => ownSessionId ?? end(), end);
  return {
    post: async <T>(method: string, params: object = {}) => {
      const sessionId = await attached;
      if (hasEnded) throw ended(workerThreadId);
      const id = nextId++;
      const answer = new Promise<T>((resolve, reject) => {
        pending.set(id, { resolve, reject });
      });
      const message = JSON.stringify({ id, method, params });
      await owner.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      return answer;
    },
    on: (event, listener) => void listeners.set(event, listener),
    close: () => owner.close(),
  };
}

function ended(workerThreadId: number): Error {
  return new Error(`thread ${workerThreadId} has ended`);
}

/** A worker of the main thread, seen from another worker. */
export function siblingTarget(workerThreadId: number): InspectorTarget {
  if (workerThreadId === ownThreadId) throw new Error('a thread cannot pause itself');
  const target = workerTarget(mainThreadTarget(), workerThreadId);
  // What comes through the main thread does not wake this one: it is found at the next timer.
  const awake = setInterval(() => {}, 1);
  return {
    ...target,
    close: () => {
      clearInterval(awake);
      target.close();
    },
  };
}

interface Settle {
  resolve(result: never): void;
  reject(error: Error): void;
}

/** What the NodeWorker domain tells of a worker. */
export interface WorkerInfo {
  readonly title: string;
}

interface Attached {
  readonly sessionId: string;
  readonly workerInfo: WorkerInfo;
}

/** Node's `threadId`, which the title alone has: `workerId` counts what has been attached. */
export function threadIdOf({ title }: WorkerInfo): number | undefined {
  const [, id] = /^\[worker (\d+)\]/.exec(title) ?? [];
  return id === undefined ? undefined : Number(id);
}

interface WorkerMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

function sessionTarget(session: inspector.Session): InspectorTarget {
  const emitter = session as unknown as NodeJS.EventEmitter;
  return {
    post: <T>(method: string, params: object = {}) =>
      new Promise<T>((resolve, reject) => {
        session.post(method, params, (error, result) => {
          // The inspector's own errors are plain objects.
          if (error === null) resolve(result as T);
          else reject(new Error(error.message));
        });
      }),
    on: (event, listener) =>
      void emitter.on(event, ({ params }: { params: unknown }) => listener(params)),
    close: () => session.disconnect(),
  };
}
