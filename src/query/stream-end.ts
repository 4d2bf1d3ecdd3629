const STREAM_END = /^(?:having\s+same\s|within\s+\d+\s+(?:second|minute|hour|day)s?\b)/i;

/** Whether a stream's search expression is over: `having same …` or `within 5 minutes` follows. */
export const isStreamEnd = (text: string, at: number): boolean => STREAM_END.test(text.slice(at, at + 60));
