/** Candidates beyond this are not compared: suggestions are a courtesy, not a search. */
const candidatesMax = 2000;

/** The candidate that differs from `word` by at most a third of its letters, the closest first; null when none does. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > 64) return null;
  const distanceMax = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  let bestDistance = distanceMax + 1;
  for (const candidate of candidates.slice(0, candidatesMax)) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(above, column) + 1, at(line, column - 1) + 1, at(above, column - 1) + (same ? 0 : 1));
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, at(before, column - 2) + 1);
      line.push(cost);
    }
    before = above;
    above = line;
  }
  return at(above, b.length);
}

const at = (line: readonly number[], index: number): number => line[index] ?? Number.POSITIVE_INFINITY;
