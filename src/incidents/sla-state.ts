import type { Risk } from '../rules/alert-rule.ts';
import { BREACH, type Incident, type SlaState } from './incident.ts';
import type { SlaPolicy } from './sla-policy.ts';

/** The moment at which the next clock of the incident runs out, Unix ms; null when none runs. */
export function nextClockMs({
  sla,
  status,
  mergedInto,
}: Pick<Incident, 'sla' | 'status' | 'mergedInto'>): number | null {
  // A merged incident is worked as its parent: its clocks stand until it is taken out again.
  if (status !== 'unresolved' || mergedInto !== null) return null;
  const due = [
    sla.acknowledgedAtMs === null && (sla.breaches & BREACH.acknowledge) === 0 ? sla.acknowledgeDueMs : null,
    sla.resolvedAtMs === null && (sla.breaches & BREACH.resolve) === 0 ? sla.resolveDueMs : null,
  ].filter((ms) => ms !== null);
  return due.length === 0 ? null : Math.min(...due);
}

const MINUTE_MS = 60_000;
const after = (fromMs: number, minutes: number | null): number | null =>
  minutes === null ? null : fromMs + minutes * MINUTE_MS;

/** Clocks of an incident that is raised now. */
export function clocksOf(policy: SlaPolicy, risk: Risk, detectedAtMs: number) {
  const { acknowledgeMinutes, resolveMinutes } = policy[risk];
  const acknowledgeDueMs = after(detectedAtMs, acknowledgeMinutes);
  const resolveDueMs = after(detectedAtMs, resolveMinutes);
  const due = [acknowledgeDueMs, resolveDueMs].filter((ms) => ms !== null);
  return { acknowledgeDueMs, resolveDueMs, nextMs: due.length === 0 ? null : Math.min(...due) };
}

/** The clock of resolving starts again when the incident is reopened. */
export function reopenedClocks({ sla, source }: Incident, policy: SlaPolicy, nowMs: number): SlaState {
  return {
    ...sla,
    acknowledgedAtMs: sla.acknowledgedAtMs ?? nowMs,
    resolvedAtMs: null,
    resolveDueMs: after(nowMs, policy[source.risk].resolveMinutes),
    breaches: sla.breaches & ~BREACH.resolve,
  };
}
