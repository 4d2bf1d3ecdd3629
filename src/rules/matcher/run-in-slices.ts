/** How long the thread is kept before others have a turn. */
const SLICE_MS = 5;

/** Runs a generator that yields often, a slice of time in each turn of the event loop. */
export async function runInSlices<T>(steps: Generator<void, T>): Promise<T> {
  let untilMs = performance.now() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < untilMs) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    untilMs = performance.now() + SLICE_MS;
  }
}

/** Runs it whole. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
