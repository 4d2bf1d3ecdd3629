import type { FiringSink } from '../rules/firing-sink.ts';
import { getRule } from '../rules/rule-store.ts';
import { present } from '../shared/assert.ts';
import { reportHealth } from './health-incident.ts';
import type { IncidentListener } from './incident-change.ts';
import { extendIncident, raiseIncident } from './raise-incident.ts';

/** Where the rules' firings go: incidents with what the rule gives as it stands in this transaction. */
export const firingSink = (listeners: readonly IncidentListener[]): FiringSink => ({
  async raise(tx, firing) {
    const rule = present(await getRule(tx, firing.logpointId, firing.ruleId), `rule ${firing.ruleId} of a firing`);
    return raiseIncident(tx, firing, rule, listeners);
  },
  health: (tx, report) => reportHealth(tx, report, listeners),
  extend: (tx, incidentId, firing) => extendIncident(tx, incidentId, firing, listeners),
});
