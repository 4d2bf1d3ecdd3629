import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTenant } from '../app/session-context.ts';
import { RiskBadge } from '../parts/badges.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { RelativeTime } from '../parts/times.tsx';
import { NoiseForecast } from './noise-forecast.tsx';
import type { RuleRow } from './rule-row.ts';
import type { RuleSort, RulesParams } from './rules-params.ts';
import { ACTIVITY_DAYS, type Activity, type RuleDays } from './use-activity.ts';

type RuleTableProps = {
  readonly rows: readonly RuleRow[];
  readonly activity: Activity | undefined;
  readonly sort: Sort;
  readonly onSort: (sort: { readonly sort: RuleSort; readonly up: true | undefined }) => void;
  readonly onToggle: (rule: RuleRow) => void;
};

type Sort = Pick<RulesParams, 'sort' | 'up'>;

/** What each column sorts by. */
const KEYS: Readonly<Record<RuleSort, (rule: RuleRow) => number | string>> = {
  name: ({ name }) => name.toLowerCase(),
  risk: ({ risk }) => ['low', 'medium', 'high', 'critical'].indexOf(risk),
  last: ({ lastHitAtMs }) => lastHitAtMs ?? 0,
  hits: ({ hits }) => hits,
  incidents: ({ raised }) => raised,
  left: ({ throttled, suppressed }) => throttled + suppressed,
  cost: ({ costUs }) => costUs ?? -1,
  false: ({ falsePositiveRatio }) => falsePositiveRatio ?? -1,
  gaps: ({ gaps }) => gaps,
};

type Head = {
  readonly name: string;
  readonly title?: string;
  readonly sort?: RuleSort;
  readonly isNumber?: boolean;
};
const HEADS: readonly Head[] = [
  { name: 'Rule', sort: 'name' },
  { name: 'Risk', sort: 'risk' },
  { name: 'State' },
  { name: 'Runs', title: 'On the stream as events come, or on a schedule; then when it last ran' },
  { name: '14 days', title: 'Hits by day; what became incidents is in colour' },
  { name: 'Last hit', sort: 'last' },
  { name: 'Hits', title: 'Times that the condition held', sort: 'hits', isNumber: true },
  { name: 'Incidents', title: 'Raised so far', sort: 'incidents', isNumber: true },
  {
    name: 'Left out',
    title: 'Hits that a throttling or an exception kept from raising',
    sort: 'left',
    isNumber: true,
  },
  { name: 'µs/event', title: 'What the rule costs for each event', sort: 'cost', isNumber: true },
  { name: 'False', title: 'Share of the judged incidents that were false', sort: 'false', isNumber: true },
  { name: 'Gaps', title: 'Times that the rule could not look at', sort: 'gaps', isNumber: true },
];

function sorted(rows: readonly RuleRow[], { sort = 'last', up }: Sort): readonly RuleRow[] {
  const key = KEYS[sort];
  const sign = up === true ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}

/** Every rule with what it is, did and costs; each opens into its forecast. */
export function RuleTable({ rows, activity, sort, onSort, onToggle }: RuleTableProps) {
  const [open, setOpen] = useState<string | null>(null);
  const shown = useMemo(() => sorted(rows, sort), [rows, sort]);
  return (
    <section className="results rule-table" tabIndex={0} aria-label="Rules">
      <table>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <HeadCell key={head.name} head={head} sort={sort} onSort={onSort} />
            ))}
            <th scope="col">
              <span className="sr">Noise forecast</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((rule) => (
            <RuleLine
              key={rule.id}
              rule={rule}
              days={activity?.get(rule.id)}
              isOpen={open === rule.id}
              onToggle={() => onToggle(rule)}
              onOpen={() => setOpen(open === rule.id ? null : rule.id)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

type HeadCellProps = Pick<RuleTableProps, 'sort' | 'onSort'> & { readonly head: Head };

function HeadCell({ head, sort: { sort = 'last', up }, onSort }: HeadCellProps) {
  const { name, title, isNumber } = head;
  const isBy = head.sort === sort;
  const flip = (): void => {
    const isUp = isBy ? up !== true : head.sort === 'name';
    onSort({ sort: head.sort ?? 'last', up: isUp ? true : undefined });
  };
  return (
    <th
      scope="col"
      className={isNumber === true ? 'num' : undefined}
      title={title}
      aria-sort={!isBy ? undefined : up === true ? 'ascending' : 'descending'}
    >
      {head.sort === undefined ? (
        name
      ) : (
        <button type="button" className="sort" onClick={flip}>
          {name}
          {isBy && <span aria-hidden="true"> {up === true ? '↑' : '↓'}</span>}
        </button>
      )}
    </th>
  );
}

type RuleLineProps = {
  readonly rule: RuleRow;
  readonly days: RuleDays | undefined;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onOpen: () => void;
};

const NO_DAYS: readonly number[] = Array.from({ length: ACTIVITY_DAYS }, () => 0);
const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

function RuleLine({ rule, days, isOpen, onToggle, onOpen }: RuleLineProps) {
  const { pool, logpoint } = useTenant();
  const { hits = NO_DAYS, raised = NO_DAYS } = days ?? {};
  const params = { pool, logpoint };
  return (
    <>
      <tr className={rule.isActive ? undefined : 'off'}>
        <th scope="row" title={rule.attackTags.join(', ')}>
          <Link to="/p/$pool/$logpoint/rules/$id" params={{ ...params, id: rule.id }}>
            <HostileText text={rule.name} />
          </Link>
          {rule.author !== null && <small className="author">by {visibleText(rule.author)}</small>}
          {rule.lastError !== null && (
            <em className="trouble">
              ▲ <HostileText text={rule.lastError} />
            </em>
          )}
        </th>
        <td>
          <RiskBadge risk={rule.risk} />
        </td>
        <td>
          <button
            type="button"
            role="switch"
            aria-checked={rule.isActive}
            aria-label={`${visibleText(rule.name)} is active`}
            onClick={onToggle}
          >
            {rule.isActive ? '● on' : '○ off'}
          </button>
        </td>
        <td className="nowrap">
          {rule.mode}
          {rule.lastRunAtMs !== null && (
            <>
              {' · '}
              <RelativeTime ms={rule.lastRunAtMs} />
            </>
          )}
        </td>
        <td>
          <Sparkline
            label={`${sumOf(hits).toLocaleString('en')} hits and ${sumOf(raised).toLocaleString('en')} incidents in ${ACTIVITY_DAYS} days`}
            counts={hits}
            marked={raised}
          />
        </td>
        <td className="nowrap">
          {rule.lastHitAtMs === null ? <span className="quiet">never</span> : <RelativeTime ms={rule.lastHitAtMs} />}
        </td>
        <Figure value={rule.hits} />
        <td className="num">
          {rule.raised === 0 ? (
            <span className="quiet">0</span>
          ) : (
            <Link to="/p/$pool/$logpoint/incidents" params={params} search={{ rule: rule.id }}>
              {rule.raised.toLocaleString('en')}
            </Link>
          )}
        </td>
        <Figure
          value={rule.throttled + rule.suppressed}
          title={`${rule.throttled} throttled, ${rule.suppressed} by exceptions`}
        />
        <td className="num">{rule.costUs === null ? <span className="quiet">–</span> : rule.costUs.toFixed(2)}</td>
        <td className="num">
          {rule.falsePositiveRatio === null ? (
            <span className="quiet">–</span>
          ) : (
            <Link
              to="/p/$pool/$logpoint/incidents"
              params={params}
              search={{ rule: rule.id, disposition: 'false_positive' }}
            >
              {Math.round(rule.falsePositiveRatio * 100)} %
            </Link>
          )}
        </td>
        <td className={rule.gaps > 0 ? 'num late' : 'num quiet'}>{rule.gaps}</td>
        <td>
          <button type="button" aria-expanded={isOpen} onClick={onOpen}>
            Forecast
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr className="opened">
          <td colSpan={HEADS.length + 1}>
            <NoiseForecast ruleId={rule.id} />
          </td>
        </tr>
      )}
    </>
  );
}

/** A number that is quiet when it is nothing. */
function Figure({ value, title }: { readonly value: number; readonly title?: string }) {
  return (
    <td className={value === 0 ? 'num quiet' : 'num'} title={title}>
      {value.toLocaleString('en')}
    </td>
  );
}
