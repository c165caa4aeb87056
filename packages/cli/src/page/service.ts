/// <reference lib="dom" />
/** What the page asks the service for. The credential stays in this tab and goes nowhere but its header. */
import { EventStream, type StreamEvent } from './event-stream.js';

export interface Me {
  readonly id: string;
  readonly role: 'tenant' | 'viewer' | 'operator' | 'admin';
}

/** What was done, or in a dry run would be. */
export interface ActReply {
  readonly said: string;
  readonly changed: boolean;
}

/** A refusal of the service, as RFC 9457 has it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const CREDENTIAL = 'tenantry-credential';

export class Service {
  #credential = sessionStorage.getItem(CREDENTIAL);

  signIn(credential: string): void {
    this.#credential = credential;
    sessionStorage.setItem(CREDENTIAL, credential);
  }

  signOut(): void {
    this.#credential = null;
    sessionStorage.removeItem(CREDENTIAL);
  }

  me(): Promise<Me> {
    return this.#json('/v1/me');
  }

  explain(name: string): Promise<{ readonly sentences: readonly string[] }> {
    return this.#json(`/v1/explain/${encodeURIComponent(name)}`);
  }

  act(request: object, dryRun: boolean): Promise<ActReply> {
    return this.#json('/v1/control', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, dryRun }),
    });
  }

  /**
   * Hands over what happens until the connection ends.
   * @throws Refusal also later on, when the credential is good no longer
   */
  async events(take: (event: StreamEvent) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#ask('/v1/events', { signal });
    const stream = new EventStream();
    const text = response.body!.pipeThrough(new TextDecoderStream());
    const reader = text.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of stream.push(value)) {
        if (event.event === 'refused') throw refusalOf(JSON.parse(event.data) as Problem);
        take(event);
      }
    }
  }

  async #json<Reply>(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await this.#ask(path, init);
    return (await response.json()) as Reply;
  }

  /** @throws Refusal */
  async #ask(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#credential !== null) headers.set('authorization', `Bearer ${this.#credential}`);
    const response = await fetch(path, { ...init, headers, cache: 'no-store' });
    if (response.ok) return response;
    const { status, statusText } = response;
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    throw refusalOf({ title: statusText, ...problem, status });
  }
}

interface Problem {
  readonly status: number;
  readonly code?: string;
  readonly detail?: string;
  readonly title?: string;
}

function refusalOf({
  status,
  code = 'TENANTRY_INTERNAL',
  title = '',
  detail = title,
}: Problem): Refusal {
  return new Refusal(status, code, detail);
}
