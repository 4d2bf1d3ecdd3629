/** What the parent tells eventd, in one line of JSON on its standard input; any later line asks it to close. */
export type EventdConfig = {
  readonly dir: string;
  /** Null: listen on `port` of 127.0.0.1 instead; 0 picks a free one. */
  readonly socketPath: string | null;
  readonly port: number;
  readonly secret: string;
  readonly memoryBytesMax: number;
};

/** What eventd answers on its standard output. `port` is null on a Unix socket. */
export type EventdMessage =
  | { readonly kind: 'ready'; readonly port: number | null }
  | { readonly kind: 'failed'; readonly message: string };
