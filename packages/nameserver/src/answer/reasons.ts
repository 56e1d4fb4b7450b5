import { type ExtendedError, INFO_CODE } from '@callsign/dns';

/** What clients that ask by EDNS are told when they get no answer. */
export const REASONS = {
  notReady: { code: INFO_CODE.NOT_READY, text: 'the store has not been read yet' },
  notOurs: { code: INFO_CODE.NOT_AUTHORITATIVE, text: 'not in our zones, and nothing is forwarded' },
  aliasOutside: { code: INFO_CODE.OTHER, text: 'an ALIAS leads out of our zones, and nothing is forwarded' },
  noTransfer: { code: INFO_CODE.PROHIBITED, text: 'no zone transfers to this client' },
  unsigned: { code: INFO_CODE.PROHIBITED, text: 'zone transfers have to be signed with a key of ours' },
  noStream: { code: INFO_CODE.OTHER, text: 'zone transfers go over TCP or TLS' },
  noSuchZone: { code: INFO_CODE.NOT_AUTHORITATIVE, text: 'not the name of a zone of ours' },
  manyTransfers: { code: INFO_CODE.OTHER, text: 'too many zone transfers at the same time' },
  otherClass: { code: INFO_CODE.OTHER, text: 'only questions of the class IN' },
  loop: { code: INFO_CODE.OTHER, text: 'the names lead round in a circle' },
  fault: { code: INFO_CODE.OTHER, text: 'a fault of this server: see its log' },
  upstreamSilent: { code: INFO_CODE.NO_REACHABLE_AUTHORITY, text: 'no upstream gave an answer' },
  upstreamUnreachable: { code: INFO_CODE.NETWORK_ERROR, text: 'no upstream can be reached' },
  upstreamLoop: { code: INFO_CODE.OTHER, text: 'the upstreams lead back to this server' },
  busy: { code: INFO_CODE.OTHER, text: 'too many questions are under way' },
  noRecursion: { code: INFO_CODE.PROHIBITED, text: 'recursion is not allowed from this address' },
} as const satisfies Record<string, ExtendedError>;
