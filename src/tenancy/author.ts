import type { AuditEntry } from '../audit/audit-chain.ts';

/** Who makes a change and in which request: the part of an audit event that a feature only passes on. */
export type Author = Pick<AuditEntry, 'actor' | 'onBehalfOf' | 'requestId' | 'orderId'>;
