import { ACCOUNTS_MAX } from './accounts/console-accounts.ts';
import { SESSIONS_MAX } from './accounts/console-sessions.ts';
import { USERS_MAX } from './accounts/users.ts';
import { STREAMED_SEARCHES_MAX } from './apis/director/search-stream.ts';
import { HEADERS_TIMEOUT_MS, PARAM_LENGTH_MAX, REQUEST_TIMEOUT_MS } from './apis/http/create-server.ts';
import { FEED_ROWS_MAX } from './audit/change-feed.ts';
import { AUDIT_PAGE_ROWS_MAX } from './audit/list-audit.ts';
import { REFUSALS_PER_CALLER_MINUTE_MAX, REFUSALS_PER_NAME_MINUTE_MAX } from './audit/refusals.ts';
import type { FixedLimit } from './config/settings-page.ts';
import { LIST_ROWS_MAX, PAGE_ROWS_MAX } from './control/list-page.ts';
import { FRESH_WAIT_MS_MAX } from './events/fresh-wait.ts';
import { BULK_INCIDENTS_MAX } from './incidents/bulk-change.ts';
import { BULK_REFUSED_SHOWN_MAX } from './incidents/bulk-refusals.ts';
import { COMMENT_CHARS_MAX, COMMENTS_MAX } from './incidents/comment-text.ts';
import { FETCH_CHARS_MAX } from './incidents/fetch-incidents.ts';
import { FILTER_VALUES_MAX, NAME_PATTERN_CHARS_MAX } from './incidents/incident-filter.ts';
import { METRICS_INCIDENTS_MAX } from './incidents/incident-metrics.ts';
import { TIMELINE_ENTRIES_MAX } from './incidents/incident-timeline.ts';
import { LIST_ROWS_MAX as INCIDENT_ROWS_MAX } from './incidents/list-incidents.ts';
import { NAME_SCAN_MS_MAX } from './incidents/matching-sources.ts';
import { MERGE_CHILDREN_MAX } from './incidents/merge-incidents.ts';
import { ORDERS_OPEN_MAX } from './orders/accept-order.ts';
import { BATCH_MAX } from './orders/node-orders.ts';
import { IDEMPOTENCY_KEY_CHARS_MAX, WAIT_MS_MAX } from './orders/order-service.ts';
import { WAITERS_MAX } from './orders/order-waiters.ts';
import { ORDERS_PAGE_MAX } from './orders/read-orders.ts';
import { BACKTEST_MS_MAX } from './rules/backtest/play.ts';
import { RULE_FILE_LENGTH_MAX } from './rules/rule-file.ts';
import { QUERY_CHARS_MAX } from './rules/rule-input.ts';
import { RULES_MAX } from './rules/rule-store.ts';
import { UPLOADS_MAX } from './rules/rule-uploads.ts';

const count = (n: number): string => n.toLocaleString('en');

/** Limits of the API that no option changes, for docs/configuration.md. */
export const FIXED_LIMITS: readonly FixedLimit[] = [
  { what: 'a segment of a path', most: PARAM_LENGTH_MAX, unit: 'characters', beyond: '404' },
  {
    what: 'a request that arrives slowly',
    most: REQUEST_TIMEOUT_MS / 1000,
    unit: `s, its headers ${HEADERS_TIMEOUT_MS / 1000} s`,
    beyond: 'the connection is closed',
  },
  { what: '`Idempotency-Key`', most: IDEMPOTENCY_KEY_CHARS_MAX, unit: 'characters', beyond: '400' },
  { what: '`wait` of a poll', most: WAIT_MS_MAX / 1000, unit: 's', beyond: 'answered then as it is' },
  { what: 'polls that wait at one time', most: WAITERS_MAX, unit: 'polls', beyond: 'answered at once as it is' },
  { what: 'orders of a logpoint that are not carried out yet', most: ORDERS_OPEN_MAX, unit: 'orders', beyond: '429' },
  {
    what: 'rows of a page of a list; of a list without `limit`',
    most: PAGE_ROWS_MAX,
    unit: `rows; ${count(LIST_ROWS_MAX)}`,
    beyond: '400; `x-next-cursor`',
  },
  { what: 'rows of `GET Incidents`', most: INCIDENT_ROWS_MAX, unit: 'rows', beyond: '400; `x-next-cursor`' },
  {
    what: 'rows of a page of orders; of the audit',
    most: ORDERS_PAGE_MAX,
    unit: `rows; ${count(AUDIT_PAGE_ROWS_MAX)}`,
    beyond: '400; a cursor',
  },
  {
    what: 'one answer of FetchIncidents',
    most: FETCH_CHARS_MAX,
    unit: 'characters',
    beyond: '`next_cursor` and a message',
  },
  {
    what: 'pattern of `name`',
    most: NAME_PATTERN_CHARS_MAX,
    unit: `characters, ${count(NAME_SCAN_MS_MAX)} ms`,
    beyond: 'the order fails with a message',
  },
  { what: 'values of one filter', most: FILTER_VALUES_MAX, unit: 'values', beyond: '400' },
  {
    what: 'wait of fetchIncidentData for events on their way into the store',
    most: FRESH_WAIT_MS_MAX / 1000,
    unit: 's',
    beyond: '`is_fresh: false` and a message',
  },
  {
    what: 'incidents of a bulk change; refused ones that it names',
    most: BULK_INCIDENTS_MAX,
    unit: `incidents; ${count(BULK_REFUSED_SHOWN_MAX)}`,
    beyond: 'the order fails; `refused_count`',
  },
  { what: 'incidents of one request of the node API', most: BATCH_MAX, unit: 'incidents', beyond: '`success: false`' },
  { what: 'incidents merged into one', most: MERGE_CHILDREN_MAX, unit: 'incidents', beyond: 'the order fails' },
  {
    what: 'a comment; comments of an incident',
    most: COMMENT_CHARS_MAX,
    unit: `characters; ${count(COMMENTS_MAX)}`,
    beyond: 'the order fails',
  },
  {
    what: 'entries of each kind in a timeline',
    most: TIMELINE_ENTRIES_MAX,
    unit: 'entries',
    beyond: 'the newest are shown',
  },
  { what: 'incidents that metrics look at', most: METRICS_INCIDENTS_MAX, unit: 'incidents', beyond: '`isCut`' },
  { what: 'changes that the feed reaches back', most: FEED_ROWS_MAX, unit: 'changes', beyond: '`event: reset`' },
  {
    what: 'refusals told one by one in a minute: of a caller; of a name',
    most: REFUSALS_PER_CALLER_MINUTE_MAX,
    unit: `events; ${count(REFUSALS_PER_NAME_MINUTE_MAX)}`,
    beyond: '`refusals counted`',
  },
  { what: 'searches streamed at one time', most: STREAMED_SEARCHES_MAX, unit: 'searches', beyond: '429' },
  { what: 'time of a backtest', most: BACKTEST_MS_MAX / 1000, unit: 's', beyond: '`cut`' },
  { what: 'query of a rule', most: QUERY_CHARS_MAX, unit: 'characters', beyond: 'the order fails' },
  {
    what: 'file of rules; files of a logpoint',
    most: RULE_FILE_LENGTH_MAX,
    unit: `characters; ${count(UPLOADS_MAX)}`,
    beyond: 'the order fails',
  },
  { what: 'rules of a logpoint', most: RULES_MAX, unit: 'rules', beyond: 'the order fails' },
  { what: 'users of a logpoint', most: USERS_MAX, unit: 'users', beyond: 'the order fails' },
  {
    what: 'console accounts; sessions of one',
    most: ACCOUNTS_MAX,
    unit: `accounts; ${count(SESSIONS_MAX)}`,
    beyond: '409; the oldest ends',
  },
];
