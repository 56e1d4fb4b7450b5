/** RFC 8482, 4.2: an answer to ANY that is as short as it is useless. */
export const ANY_ANSWER = { type: 'HINFO', cpu: 'RFC8482', os: '' } as const;
