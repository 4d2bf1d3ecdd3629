import type { ReadTx, Tx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';

/** What a change is about. `config`: users, groups, lists, settings. Places are what the store keeps: append only. */
export const FEED_TYPES = ['incident', 'rule', 'order', 'delivery', 'source', 'config'] as const;
export type FeedType = (typeof FEED_TYPES)[number];

/** Changes of one logpoint that the feed reaches back; older ones go, and a reader that wants them is told so. */
export const FEED_ROWS_MAX = 100_000;
/** Every so many changes the old ones are removed. */
const SWEEP_EVERY = 1_000;
/** Changes of one statement. */
const ROWS_PER_STATEMENT = 100;

/** Topic of `Tx.signal` after a change; the payload is the logpoint's id. */
export const FEED_CHANGED = 'feed.changed';

/** One change as its feature tells it. */
export type FeedEntry = {
  readonly type: FeedType;
  readonly objectId: string;
  /** Past participle, e.g. `resolved`. */
  readonly action: string;
  /** Name of the caller, or the part of the server that acted by itself. */
  readonly by: string;
};

export type FeedChange = FeedEntry & { readonly seq: number; readonly atMs: number };

/** Adds changes to the logpoint's feed, in the transaction that makes them: no change is without its line, no line without its change. */
export async function appendFeed(tx: Tx, logpointId: LogpointId, entries: readonly FeedEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const first = (await headOf(tx, logpointId)) + 1;
  for (let start = 0; start < entries.length; start += ROWS_PER_STATEMENT) {
    const part = entries.slice(start, start + ROWS_PER_STATEMENT);
    await tx.run(
      `insert into change_feed (logpoint_id, seq, at_ms, type, object_id, action, by_name)
       values ${part.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
      part.flatMap(({ type, objectId, action, by }, place) => [
        logpointId,
        first + start + place,
        tx.nowMs,
        FEED_TYPES.indexOf(type),
        objectId,
        action,
        by,
      ]),
    );
  }
  const last = first + entries.length - 1;
  if (Math.floor(last / SWEEP_EVERY) > Math.floor((first - 1) / SWEEP_EVERY)) {
    await tx.run('delete from change_feed where logpoint_id = ? and seq <= ?', [logpointId, last - FEED_ROWS_MAX]);
  }
  tx.signal(FEED_CHANGED, logpointId);
}

/** Number of the newest change, which no sweep takes; 0 when there is none yet. */
async function headOf(tx: ReadTx, logpointId: LogpointId): Promise<number> {
  const head = await tx.get<{ seq: number | null }>('select max(seq) as seq from change_feed where logpoint_id = ?', [
    logpointId,
  ]);
  return head?.seq ?? 0;
}

export type FeedRequest = {
  readonly logpointId: LogpointId;
  /** Number of the last change that is known; null = only what follows now. */
  readonly afterSeq: number | null;
  readonly limit: number;
};

export type FeedPage = {
  readonly changes: readonly FeedChange[];
  /** Number of the newest change. */
  readonly headSeq: number;
  /** True when changes after `afterSeq` are gone, or it is none of this feed: what the reader keeps is to be read anew. */
  readonly isReset: boolean;
};

/** The changes that follow one, oldest first. */
export async function readFeed(tx: ReadTx, { logpointId, afterSeq, limit }: FeedRequest): Promise<FeedPage> {
  const headSeq = await headOf(tx, logpointId);
  if (afterSeq === null) return { changes: [], headSeq, isReset: false };
  const rows = await tx.all<{
    seq: number;
    at_ms: number;
    type: number;
    object_id: string;
    action: string;
    by_name: string;
  }>(
    `select seq, at_ms, type, object_id, action, by_name from change_feed
      where logpoint_id = ? and seq > ? order by seq limit ?`,
    [logpointId, afterSeq, limit],
  );
  const first = rows[0];
  const isReset = afterSeq > headSeq || (first === undefined ? afterSeq < headSeq : first.seq > afterSeq + 1);
  const changes = rows.map((row) => ({
    seq: row.seq,
    atMs: row.at_ms,
    type: FEED_TYPES[row.type] ?? 'config',
    objectId: row.object_id,
    action: row.action,
    by: row.by_name,
  }));
  return { changes: isReset ? [] : changes, headSeq, isReset };
}

const TYPES_OF_OBJECTS: Readonly<Record<string, FeedType>> = {
  incident: 'incident',
  'alert rule': 'rule',
  'alert rule upload': 'rule',
  exception: 'rule',
  notification: 'rule',
  'log source': 'source',
  source: 'source',
  repo: 'source',
};

/** The line of the feed for an audit event: its object's kind, and the action without the kind's name. */
export function feedEntryOf(entry: {
  readonly objectType: string;
  readonly objectId: string;
  readonly action: string;
  readonly actor: string;
}): FeedEntry {
  const { objectType, objectId, action, actor } = entry;
  const verb = action.startsWith(`${objectType} `) ? action.slice(objectType.length + 1) : action;
  return { type: TYPES_OF_OBJECTS[objectType] ?? 'config', objectId, action: verb, by: actor };
}
