import { FLAG } from '../message/constants.ts';
import { lowerName, questionNameEnd } from '../message/question.ts';

const RD_AD_CD = FLAG.RD | FLAG.AD | FLAG.CD;

/** A question as others are asked it. */
export class ForwardedQuestion {
  /** A whole message with one question, which nobody writes to any more; its id does not matter. */
  readonly message: Buffer;
  /** Equal for questions that have one answer: name whatever its case, type, class, RD, AD, CD, EDNS and DO. */
  readonly key: string;

  constructor(message: Buffer) {
    const behindName = message.toString('latin1', questionNameEnd(message));
    this.message = message;
    this.key = `${message.readUInt16BE(2) & RD_AD_CD} ${behindName} ${lowerName(message)}`;
  }
}
