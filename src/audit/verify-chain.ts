import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { type AuditRow, CHAIN_START, hashOf, readChain } from './audit-chain.ts';

const PAGE_ROWS = 1_000;

/** How a chain is broken, at the first place where it is. */
export type ChainFault = {
  readonly seq: number;
  /** `edited`: the event does not give its own hash. `unlinked`: it does not follow its predecessor (inserted, replaced or
   * reordered). `missing`: events between two numbers, or at the end, are gone. `head`: the head names another last event. */
  readonly kind: 'edited' | 'unlinked' | 'missing' | 'head';
  readonly message: string;
};

export type ChainReport = {
  readonly logpointId: LogpointId;
  /** Events read up to the end or the first fault. */
  readonly events: number;
  readonly headHash: string;
  readonly fault: ChainFault | null;
};

type Link = { readonly seq: number; readonly hash: string };

function checkLink(before: Link, row: AuditRow): ChainFault | null {
  const { seq } = row;
  if (seq !== before.seq + 1) {
    return { seq: before.seq + 1, kind: 'missing', message: `expected event ${before.seq + 1}, found ${seq}` };
  }
  if (hashOf(row) !== row.hash) {
    return { seq, kind: 'edited', message: `event ${seq} was changed: its content does not give its hash` };
  }
  if (row.prev_hash !== before.hash) {
    return { seq, kind: 'unlinked', message: `event ${seq} does not follow event ${before.seq}` };
  }
  return null;
}

function checkHead(head: Link | undefined, last: Link): ChainFault | null {
  if (head === undefined) {
    return last.seq === 0
      ? null
      : { seq: last.seq, kind: 'head', message: `the chain of ${last.seq} events has no head` };
  }
  if (head.seq > last.seq) {
    return { seq: last.seq + 1, kind: 'missing', message: `the chain ends at ${last.seq}, its head at ${head.seq}` };
  }
  if (head.seq === last.seq && head.hash === last.hash) return null;
  return { seq: last.seq, kind: 'head', message: `event ${last.seq} is not the one that the head names` };
}

/** Recomputes the whole chain of a logpoint. Reads every event: a slow query, in pages. */
export async function verifyChain(tx: ReadTx, logpointId: LogpointId): Promise<ChainReport> {
  let last: Link = { seq: 0, hash: CHAIN_START };
  let events = 0;
  for (;;) {
    const page = await readChain(tx, logpointId, last.seq, PAGE_ROWS);
    for (const row of page) {
      const fault = checkLink(last, row);
      if (fault !== null) return { logpointId, events, headHash: last.hash, fault };
      last = { seq: row.seq, hash: row.hash };
      events += 1;
    }
    if (page.length < PAGE_ROWS) break;
  }
  const head = await tx.get<Link>('select seq, hash from audit_heads where logpoint_id = ?', [logpointId]);
  return { logpointId, events, headHash: last.hash, fault: checkHead(head, last) };
}
