import { query } from '../control/control-store.ts';
import type { LogpointId } from '../shared/ids.ts';
import { type FeedRequest, readFeed } from './change-feed.ts';
import { type AuditFilter, listAudit } from './list-audit.ts';
import { verifyChain } from './verify-chain.ts';

export const auditList = query('audit.list', (tx, filter: AuditFilter) => listAudit(tx, filter));

export const auditVerify = query('audit.verify', (tx, logpointId: LogpointId) => verifyChain(tx, logpointId), {
  slow: true,
});

export const feedRead = query('audit.feed', (tx, request: FeedRequest) => readFeed(tx, request));

export const auditEntries = [auditList, auditVerify, feedRead];
