/** What a pool can be asked on its socket: one request line, one reply line, then the connection ends. */
import { z } from 'zod';

export const InspectorRequest = z.strictObject({ command: z.enum(['snapshot']) });
export type InspectorRequest = z.output<typeof InspectorRequest>;

/** A request is one short line; a longer one is no request of ours. */
export const LONGEST_REQUEST_BYTES = 65_536;
