/** A recording as it may leave its host: every value of a tenant on its own without its secrets. */
import { maskText } from '../secrets/mask-text.js';
import { maskValue } from '../secrets/mask-value.js';
import type { RecordedEvent, SessionRecording } from './session-recording.js';

/** Values that were masked are not what the agent had: a replay of them may go another way. */
export function maskedRecording(recording: SessionRecording): SessionRecording {
  const { input, metadata, events, end } = recording;
  return {
    ...recording,
    input: maskValue(input),
    metadata: maskValue(metadata),
    events: events.map(maskedEvent),
    end: end === null ? null : (maskValue(end) as NonNullable<typeof end>),
  };
}

function maskedEvent(event: RecordedEvent): RecordedEvent {
  if (event.kind === 'in' || event.kind === 'out') {
    return { ...event, value: maskValue(event.value) };
  }
  if (event.kind === 'attempt') return { ...event, target: maskText(event.target) };
  // The value of an effect may be a secret for no other reason than the effect's name.
  return event.kind === 'effect' ? (maskValue(event) as RecordedEvent) : event;
}
