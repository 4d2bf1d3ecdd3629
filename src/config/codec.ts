/** How one option's value is read. Flags and environment give text, the settings file gives YAML values. */
export type Codec<T> = {
  /** What is expected, for messages and for the documentation. */
  readonly expected: string;
  /** The value, or `undefined` when `raw` is none. */
  parse(raw: unknown): T | undefined;
};

export const text = (expected = 'text'): Codec<string> => ({
  expected,
  parse: (raw) => (typeof raw === 'string' && raw.length > 0 ? raw : undefined),
});

export const optionalText = (expected: string): Codec<string | null> => ({
  expected,
  parse: (raw) => {
    if (raw === null || raw === '') return null;
    return typeof raw === 'string' ? raw : undefined;
  },
});

/** HTTPS, or HTTP to this machine. */
export const optionalUrl = (): Codec<string | null> => ({
  expected: 'a URL such as https://sso.example.org/',
  parse: (raw) => {
    if (raw === null || raw === '') return null;
    if (typeof raw !== 'string' || !URL.canParse(raw)) return undefined;
    const { protocol, hostname } = new URL(raw);
    const isHere = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
    return protocol === 'https:' || (protocol === 'http:' && isHere) ? raw : undefined;
  },
});

export const integer = (min: number, max: number): Codec<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (raw) => {
    const value = typeof raw === 'string' && /^-?\d{1,15}$/.test(raw.trim()) ? Number(raw) : raw;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  },
});

/** A whole number, or nothing: the feature behind it is off then. */
export const optionalInteger = (min: number, max: number): Codec<number | null> => ({
  expected: `a whole number from ${min} to ${max}, or "off"`,
  parse: (raw) => {
    if (raw === null || raw === '' || raw === 'off' || raw === false) return null;
    return integer(min, max).parse(raw);
  },
});

const SWITCH = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
  ['on', true],
  ['off', false],
  ['yes', true],
  ['no', false],
  ['1', true],
  ['0', false],
]);

export const onOff = (): Codec<boolean> => ({
  expected: 'on or off',
  parse: (raw) => SWITCH.get(typeof raw === 'string' ? raw.toLowerCase() : raw),
});

export const oneOf = <const T extends readonly string[]>(values: T): Codec<T[number]> => ({
  expected: `one of ${values.join(', ')}`,
  parse: (raw) => values.find((value) => value === raw),
});

/** A comma-separated text or a YAML list; each part must pass `isPart`. */
export const listOf = (what: string, isPart: (part: string) => boolean): Codec<readonly string[]> => ({
  expected: `${what}, separated by commas`,
  parse: (raw) => {
    const parts = typeof raw === 'string' ? raw.split(',') : raw;
    if (!Array.isArray(parts)) return undefined;
    const trimmed = parts.map((part) => (typeof part === 'string' ? part.trim() : '')).filter((part) => part !== '');
    if (trimmed.length !== parts.length && raw !== '') return undefined;
    return trimmed.every(isPart) ? trimmed : undefined;
  },
});
