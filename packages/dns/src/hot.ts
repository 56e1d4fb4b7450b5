/** What answers the usual question: the little that a worker thread has to load. */
export * from './answers/answer-bytes.ts';
export * from './answers/answer-table.ts';
export * from './answers/answer-writer.ts';
export * from './answers/forwarded-key.ts';
export * from './answers/kept-writer.ts';
export * from './answers/stamps.ts';
export * from './constants.ts';
export * from './cookie.ts';
export { ANSWER_KINDS, type AnswerKind } from './forward/kept-answer.ts';
export * from './network.ts';
export * from './query.ts';
export * from './reply.ts';
export * from './reply-options.ts';
export * from './responder.ts';
