import type { ErrorData } from '../../shared/errors.ts';
import type { Signal } from './sqlite-tx.ts';

/** What a thread of the store is started with. */
export type ThreadStart = {
  readonly role: 'writer' | 'reader';
  readonly dir: string;
  /** Module with `createRegistry(settings)` and `migrations`. */
  readonly registryUrl: string;
  readonly settings: unknown;
  readonly nowMs: number;
};

/** One command or query, by name. */
export type ThreadCall = {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
  readonly nowMs: number;
};

export type ToThread = { readonly type: 'calls'; readonly calls: readonly ThreadCall[] } | { readonly type: 'close' };

export type ThreadReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown; readonly signals: readonly Signal[] }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData };

export type FromThread =
  | { readonly type: 'ready' }
  /** The thread cannot start: wrong schema, unreadable file. */
  | { readonly type: 'refused'; readonly error: ErrorData }
  | { readonly type: 'replies'; readonly replies: readonly ThreadReply[] };
