/**
 * Spans of sessions through `@opentelemetry/api`, where the host has it: one from open to end, active
 * while the agent is entered on the shared loop, so that what the agent traces lies inside it. Which
 * tracer that is, and where spans go, is the host's business; a fault there is no fault of a session.
 */
import type * as otel from '@opentelemetry/api';
import { toWireError } from '../errors/wire-error.js';
import type { Log } from '../log/log.js';

/** The package, as it is loaded. */
type Api = typeof otel;
type Metadata = Readonly<Record<string, unknown>>;

const TRACER = '@tenantry/core';
/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** What a span says of its session from the start. */
export interface TracedSession {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly rung: string;
  /** A `traceparent` in it is the span's parent where no span is active. */
  readonly metadata: Metadata;
}

/** What a span says of its session's end. */
export interface TracedEnd {
  readonly isolation: string;
  readonly reason: string;
  readonly status: string;
  readonly code: string | null;
  readonly cpuMs: number | null;
  readonly blockedMs: number | null;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

export class Tracing {
  readonly #api: Api;
  readonly #tracer: otel.Tracer;
  readonly #log: Log;
  #hasComplained = false;

  constructor(api: Api, version: string, log: Log) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(TRACER, version);
    this.#log = log;
  }

  /** Undefined where the API is not installed, which is said once in the log. */
  static async load(
    version: string,
    log: Log,
    load: () => Promise<Api> = () => import('@opentelemetry/api'),
  ): Promise<Tracing | undefined> {
    try {
      return new Tracing(await load(), version, log);
    } catch (error) {
      const err = toWireError(error);
      log.warn({ err }, '[telemetry] no spans: @opentelemetry/api is not installed');
      return undefined;
    }
  }

  /** Begins the span of a session; undefined where the host's tracer fails. */
  session(traced: TracedSession): SessionSpan | undefined {
    return this.safely(() => {
      const parent = this.#parentOf(traced.metadata);
      const { session, tenant, agent, rung } = traced;
      const attributes = {
        'tenantry.tenant': tenant,
        'tenantry.agent': agent,
        'tenantry.session': session,
        'tenantry.rung': rung,
      };
      const span = this.#tracer.startSpan(`session ${agent}`, { attributes }, parent);
      return new SessionSpan(this, this.#api, span, this.#api.trace.setSpan(parent, span));
    });
  }

  /** What the host's tracing throws is told once and ends there. */
  safely<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      if (!this.#hasComplained) this.#log.warn({ err: toWireError(error) }, '[telemetry] failed');
      this.#hasComplained = true;
      return undefined;
    }
  }

  #parentOf({ traceparent }: Metadata): otel.Context {
    const { context, trace } = this.#api;
    const active = context.active();
    if (typeof traceparent !== 'string' || trace.getSpan(active) !== undefined) return active;
    const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
    if (traceId === undefined) return active;
    const traceFlags = Number.parseInt(flags!, 16);
    return trace.setSpanContext(active, { traceId, spanId: spanId!, traceFlags, isRemote: true });
  }
}

export class SessionSpan {
  readonly #tracing: Tracing;
  readonly #api: Api;
  readonly #span: otel.Span;
  readonly #context: otel.Context;

  constructor(tracing: Tracing, api: Api, span: otel.Span, context: otel.Context) {
    this.#tracing = tracing;
    this.#api = api;
    this.#span = span;
    this.#context = context;
  }

  /** Runs `enter`, and everything it starts, inside the span. */
  run<T>(enter: () => T): T {
    return this.#api.context.with(this.#context, enter);
  }

  /** With the span as `traceparent`, for an agent on a loop that knows no active span. */
  carriedBy(metadata: Metadata): Metadata {
    const context = this.#tracing.safely(() => this.#span.spanContext());
    if (context === undefined || !this.#api.isSpanContextValid(context)) return metadata;
    const { traceId, spanId, traceFlags } = context;
    const flags = traceFlags.toString(16).padStart(2, '0');
    return Object.freeze({ ...metadata, traceparent: `00-${traceId}-${spanId}-${flags}` });
  }

  ended(end: TracedEnd): void {
    this.#tracing.safely(() => {
      const { cpuMs, blockedMs, code, status } = end;
      this.#span.setAttributes({
        'tenantry.rung': end.isolation,
        'tenantry.reason': end.reason,
        'tenantry.status': status,
        'tenantry.messages.in': end.messagesIn,
        'tenantry.messages.out': end.messagesOut,
        ...(cpuMs === null ? {} : { 'tenantry.cpu_ms': cpuMs }),
        ...(blockedMs === null ? {} : { 'tenantry.blocked_ms': blockedMs }),
        ...(code === null ? {} : { 'error.type': code }),
      });
      // Never the error's message: it may hold what the tenant keeps secret.
      if (status === 'failed') this.#fail(code ?? end.reason);
      this.#span.end();
    });
  }

  /** Its agent was never entered. */
  notPlaced(code: string | undefined): void {
    this.#tracing.safely(() => {
      this.#fail(code ?? 'not placed');
      this.#span.end();
    });
  }

  #fail(message: string): void {
    this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message });
  }
}
