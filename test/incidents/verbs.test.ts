import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditList, auditVerify } from '../../src/audit/registry.ts';
import { command, query, type Tx } from '../../src/control/control-store.ts';
import type { IncidentDeps, VerbRequest } from '../../src/incidents/change-incident.ts';
import { COMMENT_CHARS_MAX } from '../../src/incidents/comment-text.ts';
import { incidentRowById } from '../../src/incidents/fetch-incidents.ts';
import type { IncidentStatus } from '../../src/incidents/incident.ts';
import type { IncidentChange } from '../../src/incidents/incident-change.ts';
import { closeIncident, reopenIncident, resolveIncident } from '../../src/incidents/set-status.ts';
import { commentIncident, reassignIncident, sendForInvestigation } from '../../src/incidents/work-incident.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { peopleMigrations, type Settlement, settle, type Who } from './people.ts';
import { aFiring, aRule, context, objectId, openWorld, raise, type World } from './world.ts';

type Action = 'resolve' | 'close' | 'reopen' | 'comment' | 'reassign' | 'sendForInvestigation';
type Asked = VerbRequest & { readonly action: Action; readonly comment: string; readonly newAssignee?: string };

let deps: IncidentDeps;
const changes: IncidentChange[] = [];
let deliveries = 1;
const strict = { closeUnresolved: false, resolvePolicy: 'manageable' } as const;
const listeners = [
  async (_tx: Tx, change: IncidentChange) => {
    changes.push(change);
    return change.kind === 'investigation' ? deliveries : 0;
  },
];

const VERBS = {
  resolve: resolveIncident,
  close: closeIncident,
  reopen: reopenIncident,
  comment: commentIncident,
  reassign: reassignIncident,
  sendForInvestigation,
};
const act = command('test.act', async (tx, asked: Asked) => (await VERBS[asked.action](tx, asked, deps)).status);
const put = command('test.put', async (tx, input: { id: string; status: number }) => {
  await tx.run('update incidents set status = ? where id = ?', [input.status, input.id]);
});
const show = query('test.show', (tx, input: { logpointId: string; id: string }) =>
  incidentRowById(tx, input.logpointId, input.id, context),
);

let world: World;
let at: Settlement;
let firings = 0;
beforeAll(async () => {
  world = await openWorld([settle, act, put, show], peopleMigrations);
  at = await world.store.write(settle, null);
});
afterAll(() => world.close());
beforeEach(() => {
  deps = { ...strict, listeners };
  deliveries = 1;
  changes.splice(0);
});

const STATUSES = ['unresolved', 'resolved', 'closed'] as const;

async function anIncident(status: IncidentStatus): Promise<string> {
  const { logpointId, users } = at;
  const rule = aRule({
    logpointId,
    ownerId: users.owner,
    assignedTo: users.assignee,
    manageableBy: [at.manageableBy],
    description: 'd'.repeat(50),
  });
  const firing = aFiring({ key: `verbs ${++firings}`, logpointId });
  const id = await world.store.write(raise, { rule, firing });
  await world.store.write(put, { id, status: STATUSES.indexOf(status) });
  changes.splice(0);
  world.clock.nowMs += 60_000;
  return id;
}

const row = async (id: string): Promise<JsonObject> =>
  (await world.store.read(show, { logpointId: at.logpointId, id })) ?? {};

const auditOf = async (id: string) =>
  (await world.store.read(auditList, { logpointId: at.logpointId, objectType: 'incident', objectId: id })).events;

/** The status after it, or the message that refused it. */
async function attempt(id: string, action: Action, who: Who, more: Partial<Asked> = {}): Promise<string> {
  const request = { logpointId: at.logpointId, incidentId: id, userId: at.users[who], actor: 'token', ...more };
  return world.store.write(act, { action, comment: 'looked at it', ...request }).catch((error: Error) => error.message);
}

// The tables of the contract, written down a second time: what is expected, not how it is done.
const LIFECYCLE: Record<IncidentStatus, Record<'resolve' | 'close' | 'reopen', string>> = {
  unresolved: {
    resolve: 'resolved',
    close: 'Only resolved incidents can be closed',
    reopen: 'Incident is not resolved or closed',
  },
  resolved: { resolve: 'Incident is already resolved', close: 'closed', reopen: 'unresolved' },
  closed: { resolve: 'Incident is already closed', close: 'Incident is already closed', reopen: 'unresolved' },
};
const MAY_WORK: readonly Who[] = ['assignee', 'manager', 'owner', 'administrator'];
const MAY_SETTLE: readonly Who[] = ['assignee', 'manager', 'administrator'];
const WHO: readonly Who[] = [...MAY_WORK, 'bystander', 'inactive', 'stranger'];
const ACTIONS: readonly Action[] = ['resolve', 'close', 'reopen', 'comment', 'reassign', 'sendForInvestigation'];

function expected(status: IncidentStatus, action: Action, who: Who): string {
  if (who === 'inactive' || who === 'stranger') return 'Invalid user id';
  if (action === 'reassign') return status;
  const settles = action === 'resolve' || action === 'close';
  if (!(settles ? MAY_SETTLE : MAY_WORK).includes(who)) {
    return `User is not allowed to ${action === 'sendForInvestigation' ? 'investigate' : action} the incident`;
  }
  if (action === 'comment') return status;
  if (action !== 'sendForInvestigation') return LIFECYCLE[status][action];
  return status === 'closed' ? 'Closed incidents cannot be sent for investigation' : status;
}

const TABLE = STATUSES.flatMap((status) =>
  ACTIONS.flatMap((action) => WHO.map((who) => [action, status, who, expected(status, action, who)] as const)),
);

const MARKS = {
  resolve: { kind: 'resolved', comment: 'Resolved', last: 'Resolved', audit: 'incident resolved' },
  close: { kind: 'closed', comment: 'Closed', last: 'Closed', audit: 'incident closed' },
  reopen: { kind: 'reopened', comment: 'Reopened', last: 'Reopened', audit: 'incident reopened' },
  comment: { kind: 'commented', comment: 'looked at it', last: 'Commented', audit: 'incident commented' },
  reassign: { kind: 'reassigned', comment: 'Reassigned', last: 'Reassigned', audit: 'incident reassigned' },
  sendForInvestigation: {
    kind: 'investigation',
    comment: null,
    last: 'Sent for investigation',
    audit: 'incident sent for investigation',
  },
} as const;

test.each(TABLE)('%s of an incident that is %s by its %s: %s', async (action, status, who, outcome) => {
  const id = await anIncident(status);
  const before = await row(id);
  expect(await attempt(id, action, who)).toBe(outcome);
  const after = await row(id);
  if (!STATUSES.some((known) => known === outcome)) {
    expect(after).toEqual(before);
    expect((await auditOf(id)).map((event) => event.action)).toEqual(['incident raised']);
    expect(changes.filter((change) => change.kind !== 'investigation')).toEqual([]);
    return;
  }
  const mark = MARKS[action];
  const time = world.clock.nowMs / 1000;
  const comment = mark.comment === null ? [] : [{ title: who, comment: mark.comment, time }];
  expect(after).toEqual({
    ...before,
    status: outcome,
    comments: comment,
    commentscount: comment.length,
    assigned_to: action === 'reassign' ? at.users[who] : before['assigned_to'],
    updated_at: time,
    lastaction: { action: mark.last, time, title: who },
  });
  const [event, ...earlier] = await auditOf(id);
  expect(event).toMatchObject({ action: mark.audit, actor: 'token', on_behalf_of: at.users[who] });
  expect(earlier.map((one) => one.action)).toEqual(['incident raised']);
  expect(changes).toMatchObject([{ kind: mark.kind, previousStatus: status, userId: at.users[who] }]);
});

test.each(ACTIONS)('%s of an unknown incident is refused before anything is said about the user', async (action) => {
  const id = await anIncident('unresolved');
  for (const unknown of [objectId(0xabc), 'not an id', '', id.toUpperCase(), `${id}0`]) {
    expect(await attempt(unknown, action, 'assignee')).toBe('Incident not found');
    expect(await attempt(unknown, action, 'stranger')).toBe('Incident not found');
  }
});

test.each(ACTIONS)('%s of an incident of another logpoint finds nothing, even for its own people', async (action) => {
  const id = await anIncident('resolved');
  const before = await row(id);
  for (const who of ['stranger', 'assignee', 'administrator'] as const) {
    expect(await attempt(id, action, who, { logpointId: at.otherLogpointId })).toBe('Incident not found');
  }
  expect(await row(id)).toEqual(before);
});

test('close_unresolved lets an unresolved incident be closed, and nothing else', async () => {
  deps = { ...deps, closeUnresolved: true };
  expect(await attempt(await anIncident('unresolved'), 'close', 'manager')).toBe('closed');
  expect(await attempt(await anIncident('closed'), 'close', 'manager')).toBe('Incident is already closed');
  expect(await attempt(await anIncident('resolved'), 'resolve', 'manager')).toBe('Incident is already resolved');
});

test('assignee-only leaves resolving and closing to the assignee alone', async () => {
  deps = { ...deps, resolvePolicy: 'assignee-only' };
  const id = await anIncident('unresolved');
  for (const who of ['manager', 'administrator', 'owner', 'bystander'] as const) {
    expect(await attempt(id, 'resolve', who)).toBe('Only the assigned user can resolve the incident');
    expect(await attempt(id, 'close', who)).toBe('Only the assigned user can close the incident');
  }
  expect(await attempt(id, 'comment', 'manager')).toBe('unresolved');
  expect(await attempt(id, 'resolve', 'assignee')).toBe('resolved');
  expect(await attempt(id, 'reopen', 'owner')).toBe('unresolved');
});

test('a reassignment with a new assignee needs the right of the one who acts', async () => {
  const id = await anIncident('closed');
  const newAssignee = at.users.bystander;
  expect(await attempt(id, 'reassign', 'bystander', { newAssignee })).toBe(
    'User is not allowed to reassign the incident',
  );
  expect(await attempt(id, 'reassign', 'owner', { newAssignee })).toBe('closed');
  expect(await row(id)).toMatchObject({
    assigned_to: newAssignee,
    comments: [{ title: 'owner', comment: 'Reassigned' }],
  });
  for (const who of ['inactive', 'stranger'] as const) {
    expect(await attempt(id, 'reassign', 'owner', { newAssignee: at.users[who] })).toBe('Invalid user id');
  }
  expect(await attempt(id, 'reassign', 'owner', { newAssignee: 'nobody' })).toBe('Invalid user id');
});

test('sending for investigation is refused, and leaves no trace, when the rule has no manual notification', async () => {
  deliveries = 0;
  const id = await anIncident('unresolved');
  const before = await row(id);
  expect(await attempt(id, 'sendForInvestigation', 'assignee')).toBe(
    'The alert rule of the incident has no manual notification',
  );
  expect(await row(id)).toEqual(before);
  expect(await auditOf(id)).toHaveLength(1);
});

test.each([
  ['emoji', 'done ✅ 👩🏽‍💻'],
  ['right to left', 'مرحبا \u202e שלום'],
  ['markup', '<img src=x onerror=alert(1)> & "quotes" \'too\''],
  ['lines and tabs', 'one\n\ttwo\r\nthree'],
  ['the longest', 'x'.repeat(COMMENT_CHARS_MAX)],
])('a comment with %s comes back as it was written', async (_what, comment) => {
  const id = await anIncident('unresolved');
  expect(await attempt(id, 'comment', 'assignee', { comment })).toBe('unresolved');
  expect(await row(id)).toMatchObject({ comments: [{ title: 'assignee', comment }], commentscount: 1 });
});

test.each([
  ['', 'Comment must not be empty'],
  [' \n\t ', 'Comment must not be empty'],
  ['x'.repeat(COMMENT_CHARS_MAX + 1), 'Comment is 32769 characters long, at most 32768 are allowed'],
  ['a\u0000b', 'Comment holds the control character U+0000 at position 1; only tab and line breaks are allowed'],
  ['bell\u0007', 'Comment holds the control character U+0007 at position 4; only tab and line breaks are allowed'],
  ['\u001b[2J', 'Comment holds the control character U+001B at position 0; only tab and line breaks are allowed'],
  ['c1 \u0085', 'Comment holds the control character U+0085 at position 3; only tab and line breaks are allowed'],
  ['half \ud83d!', 'Comment holds half a character at position 5'],
])('a comment that no one should have to read is refused', async (comment, message) => {
  const id = await anIncident('unresolved');
  expect(await attempt(id, 'comment', 'assignee', { comment })).toBe(message);
  expect((await row(id))['comments']).toEqual([]);
});

test('an incident with five thousand comments shows them all in order and goes on being worked', async () => {
  const id = await anIncident('unresolved');
  const writes = Array.from({ length: 5000 }, (_, n) =>
    attempt(id, 'comment', 'assignee', { comment: `comment ${n}` }),
  );
  expect(new Set(await Promise.all(writes))).toEqual(new Set(['unresolved']));
  expect(await attempt(id, 'resolve', 'assignee')).toBe('resolved');
  const shown = await row(id);
  const comments = shown['comments'] as readonly { comment: string }[];
  expect(shown['commentscount']).toBe(5001);
  expect(comments.map((one) => one.comment)).toEqual([
    ...Array.from({ length: 5000 }, (_, n) => `comment ${n}`),
    'Resolved',
  ]);
});

test('after all of this the audit chain is sound', async () => {
  const report = await world.store.read(auditVerify, at.logpointId);
  expect(report.fault).toBeNull();
  expect(report.events).toBeGreaterThan(5000);
});
