/** The smallest tracer and context manager that the OpenTelemetry API takes: keeps its spans. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  context,
  trace,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
  type SpanContext,
  type SpanStatus,
  type Tracer,
} from '@opentelemetry/api';

export interface KeptSpan {
  readonly name: string;
  readonly spanContext: SpanContext;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  status: SpanStatus | undefined;
  isEnded: boolean;
}

class Storage implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => run.apply(self, args));
  }
  bind<T>(_active: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    this.#storage.disable();
    return this;
  }
}

/** Registers both; `fails` is thrown by the tracer from then on. */
export function keepSpans(): { readonly spans: KeptSpan[]; fails: Error | undefined } {
  const kept: { readonly spans: KeptSpan[]; fails: Error | undefined } = {
    spans: [],
    fails: undefined,
  };
  const tracer = {
    startSpan(name: string, { attributes = {} } = {}, active: Context = context.active()): Span {
      if (kept.fails !== undefined) throw kept.fails;
      const parent = trace.getSpanContext(active);
      const number = (kept.spans.length + 1).toString(16);
      const span: KeptSpan = {
        name,
        spanContext: {
          traceId: parent?.traceId ?? number.padStart(32, 'a'),
          spanId: number.padStart(16, 'b'),
          traceFlags: 1,
        },
        parent: parent?.spanId,
        attributes: { ...attributes },
        status: undefined,
        isEnded: false,
      };
      kept.spans.push(span);
      return handleOf(span);
    },
  } as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager(new Storage());
  return kept;
}

export function forgetSpans(): void {
  trace.disable();
  context.disable();
}

function handleOf(span: KeptSpan): Span {
  const handle = {
    spanContext: () => span.spanContext,
    setAttributes: (more: Attributes) => Object.assign(span.attributes, more) && handle,
    setStatus: (status: SpanStatus) => (span.status = status) && handle,
    end: () => void (span.isEnded = true),
  } as unknown as Span;
  return handle;
}
