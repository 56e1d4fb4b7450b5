/** What answers the usual question: the little that a worker thread has to load. */
export * from './answers/answer-table.ts';
export * from './answers/answer-writer.ts';
export { ForwardedKey } from './answers/forwarded-key.ts';
export * from './answers/kept-writer.ts';
export type { Switchboard } from './batch/switchboard.ts';
export * from './by-network.ts';
export * from './edns/cookie.ts';
export * from './edns/reply-options.ts';
export { ANSWER_KINDS, type AnswerKind } from './forward/kept-answer.ts';
export * from './message/constants.ts';
export * from './message/query.ts';
export * from './message/reply.ts';
export * from './network.ts';
export { Relay, type RelayMemory, type RelayParts } from './relay/relay.ts';
export type { RelayEvents } from './relay/replies.ts';
export * from './responder.ts';
