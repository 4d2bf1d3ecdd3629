import { command, query } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { readChain } from './audit-chain.ts';
import { auditChains, chainState, hashAt } from './chain-state.ts';
import { type FeedRequest, readFeed } from './change-feed.ts';
import { type AuditFilter, listAudit } from './list-audit.ts';
import { chainsToHand, forgetOwnEventCounts, type HandedOver, markHandedOver, waitingOwnEvents } from './own-events.ts';
import { appendRefusal, type RefusalTimes, summarizeRefusals } from './refusals.ts';
import { verifyChain } from './verify-chain.ts';

/** With filters that few events pass it reads far back. */
export const auditList = query('audit.list', (tx, filter: AuditFilter) => listAudit(tx, filter), { slow: true });

export const auditVerify = query('audit.verify', (tx, logpointId: LogpointId) => verifyChain(tx, logpointId), {
  slow: true,
});

export const feedRead = query('audit.feed', (tx, request: FeedRequest) => readFeed(tx, request));

export const auditState = query('audit.state', (tx, logpointId: LogpointId) => chainState(tx, logpointId));
export const auditChainsList = query('audit.chains', (tx, _: Record<never, never>) => auditChains(tx));
export const auditHashAt = query('audit.hashAt', (tx, at: { logpointId: LogpointId; seq: number }) => hashAt(tx, at));

export const auditToHand = query('audit.toHand', (tx, limit: number) => chainsToHand(tx, limit));
export const auditEventsAfter = query(
  'audit.eventsAfter',
  (tx, from: { logpointId: LogpointId; afterSeq: number; limit: number }) =>
    readChain(tx, from.logpointId, from.afterSeq, from.limit),
);
export const ownEventsWaiting = query('audit.ownEventsWaiting', (tx, limit: number) => waitingOwnEvents(tx, limit));
export const auditHandedOver = command('audit.handedOver', (tx, handed: HandedOver) => markHandedOver(tx, handed));

export const auditRefused = command('audit.refused', async (tx, refusals: readonly RefusalTimes[]) => {
  for (const refusal of refusals) await appendRefusal(tx, refusal);
});
/** Once a minute. */
export const auditSummarizeRefusals = command('audit.summarizeRefusals', async (tx, _: Record<never, never>) => {
  await forgetOwnEventCounts(tx);
  return summarizeRefusals(tx);
});

export const auditEntries = [
  auditList,
  auditVerify,
  feedRead,
  auditState,
  auditChainsList,
  auditHashAt,
  auditToHand,
  auditEventsAfter,
  ownEventsWaiting,
  auditHandedOver,
  auditRefused,
  auditSummarizeRefusals,
];
