import type { User } from '../accounts/user.ts';
import { command, query } from '../control/control-store.ts';
import { type PageOf, readPage } from '../control/list-page.ts';
import { applyMatches } from '../rules/apply-matches.ts';
import { applyWindow, type WindowOutcome } from '../rules/apply-window.ts';
import type { MatchBatch } from '../rules/match.ts';
import type { HealthReport } from '../rules/rule-health.ts';
import { settleMatches } from '../rules/stateful/settle-matches.ts';
import { StateCache } from '../rules/stateful/state-cache.ts';
import { LATENESS_MS_DEFAULT } from '../rules/stateful/stateful-rule.ts';
import { waitingLogpoints } from '../rules/stateful/stateful-store.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import { bulkIds } from './bulk-change.ts';
import type { IncidentDeps } from './change-incident.ts';
import { countIncidents, incidentFacets, incidentHistogram } from './count-incidents.ts';
import { type FetchAnswer, type FetchRequest, fetchIncidents, incidentRowById } from './fetch-incidents.ts';
import { firingSink } from './firing-sink.ts';
import { reportHealth } from './health-incident.ts';
import { incidentDataText } from './incident-data.ts';
import { incidentDetail } from './incident-detail.ts';
import { type FetchIncidentsInput, filterOf } from './incident-filter.ts';
import { incidentCounts, incidentMetrics, type MetricsRequest } from './incident-metrics.ts';
import { getIncident } from './incident-record.ts';
import type { RowContext } from './incident-row.ts';
import { ownRowsOfIncident } from './incident-rows.ts';
import { type IncidentAuditAsked, incidentAudit, incidentTimeline } from './incident-timeline.ts';
import { mayView } from './incident-view-right.ts';
import { readIncidentWindow, type WindowAnswer, type WindowRequest } from './incident-window.ts';
import { type ListRequest, listIncidents } from './list-incidents.ts';
import { type Relation, relatedIncidents } from './related-incidents.ts';
import { falsePositiveRatios } from './rule-verdicts.ts';
import { storedFilters } from './saved-filters.ts';
import { breachClocks, nextBreachMs } from './sla-breach.ts';
import { loadSlaPolicy, slaPolicyRow } from './sla-policy.ts';

type IncidentKey = { readonly logpointId: LogpointId; readonly incidentId: ObjectId };

/** A page as JSON text: written by the thread that reads it, copied to where it goes. */
export type FetchText = Omit<FetchAnswer, 'rows'> & { readonly rowsJson: string };

export const incidentsFetch = query(
  'incidents.fetch',
  async (tx, request: FetchRequest): Promise<FetchText> => {
    const { rows, nextCursor, cut } = await fetchIncidents(tx, request);
    return { rowsJson: JSON.stringify(rows), nextCursor, cut };
  },
  { slow: true },
);
export const incidentsGet = query('incidents.get', (tx, key: IncidentKey) =>
  getIncident(tx, key.logpointId, key.incidentId),
);
export const incidentsOwnRows = query('incidents.ownRows', (tx, incidentId: ObjectId) =>
  ownRowsOfIncident(tx, incidentId),
);
export const incidentsRow = query('incidents.row', (tx, key: IncidentKey & { readonly context: RowContext }) =>
  incidentRowById(tx, key.logpointId, key.incidentId, key.context),
);
type Filtered = { readonly logpointId: LogpointId; readonly input: FetchIncidentsInput };

export const incidentsList = query('incidents.list', (tx, request: ListRequest) => listIncidents(tx, request), {
  slow: true,
});
/** The same with the total, which counts all that fits. */
export const incidentsListCounted = query(
  'incidents.listCounted',
  (tx, request: ListRequest) => listIncidents(tx, request),
  { slow: 'counts' },
);
/** How many incidents a filter leaves. */
export const incidentsCount = query(
  'incidents.count',
  (tx, { logpointId, input }: Filtered) => countIncidents(tx, logpointId, filterOf(input)),
  { slow: 'counts' },
);
export const incidentsFacets = query(
  'incidents.facets',
  (tx, { logpointId, input }: Filtered) => incidentFacets(tx, logpointId, filterOf(input)),
  { slow: 'counts' },
);
export const incidentsHistogram = query(
  'incidents.histogram',
  (tx, { logpointId, input, buckets }: Filtered & { readonly buckets: number }) =>
    incidentHistogram(tx, logpointId, filterOf(input), buckets),
  { slow: 'counts' },
);
export const incidentsDetail = query('incidents.detail', (tx, key: IncidentKey & { readonly context: RowContext }) =>
  incidentDetail(tx, key.logpointId, key.incidentId, key.context),
);
export const incidentsBulkIds = query(
  'incidents.bulkIds',
  (tx, { logpointId, input }: Filtered) => bulkIds(tx, logpointId, input),
  { slow: true },
);
export const slaPolicyGet = query('incidents.slaPolicy', async (tx, logpointId: LogpointId) =>
  slaPolicyRow(await loadSlaPolicy(tx, logpointId)),
);
export const slaNext = query('incidents.slaNext', (tx, _: Record<never, never>) => nextBreachMs(tx));
export const slaBreach = (deps: Pick<IncidentDeps, 'listeners' | 'latenessMs'>) =>
  command('incidents.slaBreach', (tx, _: Record<never, never>) => breachClocks(tx, deps.listeners));
export const incidentsTimeline = query('incidents.timeline', (tx, key: IncidentKey) =>
  incidentTimeline(tx, key.logpointId, key.incidentId),
);
export const incidentsAudit = query(
  'incidents.audit',
  (tx, { logpointId, incidentId, ...asked }: IncidentKey & IncidentAuditAsked) =>
    incidentAudit(tx, logpointId, incidentId, asked),
);
export const incidentsRelated = query(
  'incidents.related',
  (tx, key: IncidentKey & { readonly by: Relation }) => relatedIncidents(tx, key.logpointId, key.incidentId, key.by),
  { slow: true },
);
export const incidentsMetrics = query(
  'incidents.metrics',
  (tx, request: MetricsRequest) => incidentMetrics(tx, request),
  {
    slow: 'counts',
  },
);
export const incidentsCounts = query('incidents.counts', (tx, _: Record<never, never>) => incidentCounts(tx), {
  slow: 'counts',
});
export const savedFilters = query(
  'incidents.savedFilters',
  (tx, { logpointId, owner, ...page }: PageOf & { readonly owner: string }) =>
    readPage(tx, storedFilters, { logpointId, owner }, page),
);
/** GetIncidentData: JSON text of a bare array; null when the logpoint has no such incident. */
export const incidentsData = query(
  'incidents.data',
  (tx, key: IncidentKey) => incidentDataText(tx, key.logpointId, key.incidentId),
  { slow: true },
);

/** A window as JSON text, as `FetchText`. */
export type WindowText = Omit<WindowAnswer, 'rows'> & { readonly rowsJson: string };

export const incidentsWindow = query(
  'incidents.window',
  async (tx, request: WindowRequest): Promise<WindowText> => {
    const { rows, nextFromMs } = await readIncidentWindow(tx, request);
    return { rowsJson: JSON.stringify(rows), nextFromMs };
  },
  { slow: true },
);
/** The incident, when the logpoint has it and the user may see it; else null, which tells neither from the other. */
export const incidentsVisible = query('incidents.visible', async (tx, key: IncidentKey & { readonly user: User }) => {
  const incident = await getIncident(tx, key.logpointId, key.incidentId);
  return incident !== null && (await mayView(tx, incident, key.user)) ? incident : null;
});
/**
 * Changes nothing: resolves when every change that was asked for before it has been made or refused. A read after it
 * shows what was stamped before it, which a caller that goes on from its own clock relies on.
 */
export const incidentsSettled = command('incidents.settled', async (_tx, _: Record<never, never>) => null);

/** For lists of rules: what people found their incidents to be. */
export const incidentVerdicts = query(
  'incidents.verdicts',
  (tx, logpointId: LogpointId) => falsePositiveRatios(tx, logpointId),
  { slow: true },
);

/** What the rules' outcomes do: firings become incidents in the transaction that moves the rules' cursors. */
export function incidentCommands(deps: Pick<IncidentDeps, 'listeners' | 'latenessMs'>) {
  const sink = firingSink(deps.listeners);
  const settling = { latenessMs: deps.latenessMs ?? LATENESS_MS_DEFAULT, cache: new StateCache() };
  return {
    applyMatches: command('incidents.applyMatches', async (tx, batch: MatchBatch) => {
      const applied = await applyMatches(tx, batch, sink, settling);
      return { ...applied, states: settling.cache.status() };
    }),
    /** Up to the receipt of the oldest event that waits; up to now without one. */
    settleMatches: command('incidents.settleMatches', async (tx, waitingSinceMs: number | null) => {
      for (const logpointId of await waitingLogpoints(tx)) {
        await settleMatches(tx, logpointId, waitingSinceMs ?? tx.nowMs, sink, settling);
      }
      return settling.cache.status();
    }),
    ruleHealth: command('incidents.ruleHealth', (tx, report: HealthReport) => reportHealth(tx, report, deps.listeners)),
    applyWindow: command('incidents.applyWindow', (tx, outcome: WindowOutcome) => applyWindow(tx, outcome, sink)),
  };
}

export function incidentEntries(deps: Pick<IncidentDeps, 'listeners' | 'latenessMs'>) {
  const { applyMatches: matches, settleMatches: settle, applyWindow: window, ruleHealth } = incidentCommands(deps);
  return [
    incidentsFetch,
    incidentsTimeline,
    incidentsAudit,
    incidentsRelated,
    incidentsMetrics,
    incidentsCounts,
    savedFilters,
    incidentsBulkIds,
    slaPolicyGet,
    slaNext,
    slaBreach(deps),
    incidentsList,
    incidentsListCounted,
    incidentsCount,
    incidentsFacets,
    incidentsHistogram,
    incidentsDetail,
    incidentsGet,
    incidentsOwnRows,
    incidentsRow,
    incidentsData,
    incidentsWindow,
    incidentsVisible,
    incidentsSettled,
    matches,
    settle,
    window,
    ruleHealth,
    incidentVerdicts,
  ];
}
