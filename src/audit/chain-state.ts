import type { ReadTx } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { CHAIN_START } from './audit-chain.ts';

/** Where a chain ends: `length` events, and the hash of the last one. */
export type ChainState = { readonly logpointId: LogpointId; readonly length: number; readonly head: string };

export async function chainState(tx: ReadTx, logpointId: LogpointId): Promise<ChainState> {
  const row = await tx.get<{ seq: number; hash: string }>('select seq, hash from audit_heads where logpoint_id = ?', [
    logpointId,
  ]);
  return { logpointId, length: row?.seq ?? 0, head: row?.hash ?? CHAIN_START };
}

/** Every chain that there is, with or without a head: one whose head was taken away is still found. */
export async function auditChains(tx: ReadTx): Promise<ChainState[]> {
  return tx.all<ChainState>(
    `select h.logpoint_id as "logpointId", h.seq as length, h.hash as head from audit_heads h
      union all
     select distinct e.logpoint_id as "logpointId", 0 as length, '' as head from audit_events e
      where not exists (select 1 from audit_heads h where h.logpoint_id = e.logpoint_id)
      order by 1`,
  );
}

/** The hash of one event; null when it is not there. */
export async function hashAt(
  tx: ReadTx,
  { logpointId, seq }: { readonly logpointId: LogpointId; readonly seq: number },
): Promise<string | null> {
  const row = await tx.get<{ hash: string }>('select hash from audit_events where logpoint_id = ? and seq = ?', [
    logpointId,
    seq,
  ]);
  return row?.hash ?? null;
}
