/**
 * About how many steps a pattern is compiled to: its characters, with everything that `{n,m}` repeats counted as often.
 * Repeats inside of repeats multiply only as far as RE2 lets them (1,000 in all), so the sum bounds the whole.
 */
export function regexSize(pattern: string): number {
  let size = pattern.length;
  const open: number[] = [];
  let atomAt = 0;
  for (let at = 0; at < pattern.length; ) {
    const start = at;
    const char = pattern.charAt(at);
    if (char === '{') {
      const [repeat, least, most] = /^\{(\d{1,6})(?:,(\d{0,6}))?\}/.exec(pattern.slice(at, at + 16)) ?? [];
      if (repeat !== undefined) {
        size += Math.max(Number(least), Number(most ?? 0)) * (at - atomAt);
        at += repeat.length;
        continue;
      }
    }
    if (char === '(') open.push(at);
    atomAt = char === ')' ? (open.pop() ?? start) : start;
    at = char === '\\' ? at + 2 : char === '[' ? classEnd(pattern, at) : at + 1;
  }
  return size;
}

/** Behind the `]` that closes a class; one right after the opening stands for itself. */
function classEnd(pattern: string, from: number): number {
  const body = /\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]?/sy;
  body.lastIndex = from;
  return from + Math.max(1, body.exec(pattern)?.[0].length ?? 1);
}
