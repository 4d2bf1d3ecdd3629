import { command, query } from '../control/control-store.ts';
import {
  countOutbox,
  listDeadLetters,
  listIncidentDeliveries,
  listTargets,
  resendDeadLetter,
  sweepDeliveries,
} from './delivery-log.ts';
import { pinHostKey } from './host-key-pin.ts';
import { claimDeliveries, freeClaims } from './outbox-claims.ts';
import { finishAttempt } from './outbox-finish.ts';
import { loadSurroundings } from './surroundings.ts';

export const claimCommand = command('notify.claim', claimDeliveries);
export const finishCommand = command('notify.finish', finishAttempt);
export const freeClaimsCommand = command('notify.freeClaims', freeClaims);
export const sweepCommand = command('notify.sweep', sweepDeliveries);
export const resendCommand = command('notify.resend', resendDeadLetter);
export const pinHostKeyCommand = command('notify.pinHostKey', pinHostKey);
export const incidentDeliveriesQuery = query('notify.incidentDeliveries', listIncidentDeliveries);
export const deadLettersQuery = query('notify.deadLetters', listDeadLetters);
export const targetsQuery = query('notify.targets', listTargets, { slow: true });
export const countsQuery = query('notify.counts', countOutbox, { slow: true });
export const surroundingsQuery = query('notify.surroundings', loadSurroundings);

export const notifyEntries = [
  claimCommand,
  finishCommand,
  freeClaimsCommand,
  sweepCommand,
  resendCommand,
  pinHostKeyCommand,
  incidentDeliveriesQuery,
  deadLettersQuery,
  targetsQuery,
  countsQuery,
  surroundingsQuery,
] as const;
