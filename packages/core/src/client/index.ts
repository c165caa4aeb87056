/** The client of a gateway, and the protocol it speaks. Needs nothing of Node: it works in browsers. */
export {
  BEARER_PROTOCOL_PREFIX,
  CLOSE_CODES,
  SESSION_PROTOCOL,
  TICKET_PROTOCOL_PREFIX,
  type ClientFrame,
  type ServerFrame,
  type WireOutcome,
  type WireProblem,
} from './protocol.js';
