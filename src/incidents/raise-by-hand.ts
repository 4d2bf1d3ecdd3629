import { getIncidentUserGroup } from '../accounts/incident-user-groups.ts';
import type { Tx } from '../control/control-store.ts';
import type { MetadataEntry, Risk } from '../rules/alert-rule.ts';
import { refuse } from '../shared/errors.ts';
import { digestHex, type LogpointId, newObjectId, type ObjectId } from '../shared/ids.ts';
import type { Author } from '../tenancy/author.ts';
import type { Incident, IncidentSource, IncidentType } from './incident.ts';
import type { IncidentListener } from './incident-change.ts';
import { saveSource } from './incident-source.ts';
import { insertIncident } from './raise-incident.ts';
import { findActingUser } from './rights.ts';

/** Longest text of a hand-made incident; those of rules are bounded the same way. */
const NAME_CHARS_MAX = 250;
const DESCRIPTION_CHARS_MAX = 10_000;
const GROUPS_MAX = 200;

/** An incident that no rule raised: made by a person from a search, or by what looks for unusual behaviour. */
export type HandMade = {
  readonly logpointId: LogpointId;
  readonly type: Exclude<IncidentType, 'Alert'>;
  readonly name: string;
  readonly description: string;
  readonly risk: Risk;
  /** Owner; works on it, too, when nobody else is named. */
  readonly userId: ObjectId;
  readonly assignedTo?: ObjectId | undefined;
  readonly manageableBy: readonly ObjectId[];
  readonly logSource: readonly string[];
  readonly metadata: readonly MetadataEntry[];
  readonly query: string;
  /** Names. */
  readonly repos: readonly string[];
  readonly limit: number;
  /** `[fromMs, toMs)` that the query looks at. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows that the query found. */
  readonly rowsCount: number;
  readonly by: Author;
};

/**
 * A new unresolved incident without a rule: `alert_obj_id` and `alertrule_id` are empty and `incident_id` digests its own
 * id (contract/incident-api.md, D-10). Notifications belong to rules, so there are none.
 *
 * @throws AppError `INCIDENT_INVALID`, `INCIDENT_USER_INVALID`
 */
export async function raiseByHand(tx: Tx, made: HandMade, listeners: readonly IncidentListener[]): Promise<Incident> {
  const { logpointId, type, risk, query, repos, limit, logSource, metadata } = made;
  const name = checkedText('name', made.name.trim(), NAME_CHARS_MAX);
  if (name === '') throw invalid('name', 'must not be blank');
  const owner = await findActingUser(tx, logpointId, made.userId);
  const assignee = made.assignedTo === undefined ? owner : await findActingUser(tx, logpointId, made.assignedTo);
  const manageableBy = [...new Set(made.manageableBy)];
  if (manageableBy.length > GROUPS_MAX) throw invalid('manageable_by', `names more than ${GROUPS_MAX} groups`);
  for (const group of manageableBy) {
    const known = await getIncidentUserGroup(tx, logpointId, group);
    if (known === null) throw invalid('manageable_by', `names ${group.slice(0, 40)}, which is no incident user group`);
  }
  const id = newObjectId(tx.nowMs);
  const source: IncidentSource = {
    logpointId,
    type,
    ruleId: '',
    ruleVersion: 0,
    alertRuleId: '',
    incidentId: digestHex([id], 32),
    ownerId: owner.id,
    name,
    description: checkedText('description', made.description, DESCRIPTION_CHARS_MAX),
    risk,
    query,
    repos,
    limit,
    throttleEnabled: false,
    attackIds: [],
    attackTags: [],
    attackCategories: [],
    logSource,
    metadata,
    manageableBy,
  };
  const moment = {
    firingKey: digestHex(['by hand', id], 32),
    detectedAtMs: tx.nowMs,
    windowFromMs: made.fromMs,
    windowToMs: made.toMs,
    rowsCount: made.rowsCount,
    hits: made.rowsCount,
    groupKey: '',
  };
  const sourceId = await saveSource(tx, source);
  const by = { ...made.by, onBehalfOf: owner.id };
  return insertIncident(tx, { id, sourceId, source, assignedTo: assignee.id, moment, by }, listeners);
}

function checkedText(field: string, text: string, charsMax: number): string {
  if (text.length > charsMax) throw invalid(field, `has ${text.length} characters, at most ${charsMax} are allowed`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no place in a text that lists and mails show
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text)) {
    throw invalid(field, 'must not hold control characters');
  }
  return text;
}

const invalid = (field: string, problem: string) =>
  refuse('INCIDENT_INVALID', `${field} ${problem}`, { [field]: [`${field} ${problem}`] });

/** Risk by quarters of the score 0 to 100; the end of one is the beginning of the next. @throws AppError `INCIDENT_INVALID` */
export function riskOfScore(score: number): Risk {
  if (!(score >= 0 && score <= 100)) throw invalid('score', `is ${score}, expected 0 to 100`);
  if (score < 25) return 'low';
  if (score < 50) return 'medium';
  return score < 75 ? 'high' : 'critical';
}
