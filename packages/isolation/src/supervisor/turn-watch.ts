/**
 * Has an isolate's loop watched from its start to its end: a thread by the observer of this process, a
 * child by its own supervising thread, which tells what it sees in notices.
 */
import type { IsolateIntrospection } from '@tenantry/core/internal';
import type { IsolateChannel } from '../host/isolate-channel.js';
import type { Isolate } from '../host/isolate.js';

export function watchTurns(
  introspection: IsolateIntrospection,
  isolate: Isolate,
  channel: IsolateChannel,
): void {
  const stopListening = introspection.onThreshold((thresholdMs) =>
    channel.slowSessionThreshold(thresholdMs),
  );
  const { turnCell } = channel;
  const threadId = isolate.identity?.threadId ?? 0;
  const stopWatching =
    turnCell === undefined ? () => {} : introspection.watch(isolate.id, turnCell, threadId);
  const { profile } = channel;
  const endOffer =
    profile === undefined ? () => {} : introspection.offerProfiles(isolate.id, profile);
  void channel.ended.then(() => {
    stopListening();
    stopWatching();
    endOffer();
    introspection.isolateEnded(isolate.id);
  });
}
