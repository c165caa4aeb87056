/** The client of a gateway, and the protocol it speaks. Needs nothing of Node: it works in browsers. */
export {
  TenantryClient,
  type AgentTypes,
  type ClientOptions,
  type OpenedSession,
  type RemoteOpenRequest,
} from './tenantry-client.js';
export { RemoteSession, type SessionNotice, type Trouble } from './remote-session.js';
export { JobsClient, type RemoteJob, type RemoteJobRequest } from './jobs-client.js';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js';
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
export { TenantryError, codeOf, hasCode, isTenantryError } from '../errors/errors.js';
/** For the gateway's side of the same protocol. */
export { Acks } from './acks.js';
export { jsonText } from './json-text.js';
export { UnackedFrames, type Frame } from './unacked.js';
