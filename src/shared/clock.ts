/** Time as a dependency: Unix milliseconds. Tests pass their own. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
