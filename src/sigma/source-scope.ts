import {
  plainWindowsName,
  type WindowsNormId,
  type WindowsShape,
  windowsFieldNames,
  windowsShapes,
} from '../events/taxonomy.ts';
import { allOf, negate } from '../query/join-conditions.ts';
import type { Condition } from '../query/plan.ts';
import { isOneOf } from './conditions.ts';

/** Stored names of a field, the most usual first. */
export type FieldNames = (field: string) => readonly [string, ...string[]];

/** The events of a log source as far as they store fields under the same names. */
export type SourceShape = {
  /** Which of the source's events these are. */
  readonly condition: Condition;
  readonly names: FieldNames;
  /** Whether an event of this shape may have the event id; for all that is not Windows, yes. */
  readonly mayHaveEventId: (eventId: string) => boolean;
  readonly isWindows: boolean;
};

/** The events that a log source means, in one or more shapes. Every event of it has exactly one. */
export type SourceScope = { readonly condition: Condition; readonly shapes: readonly SourceShape[] };

/** A log source whose events all store fields under the same names. */
export const plainScope = (condition: Condition, names: FieldNames): SourceScope => ({
  condition,
  shapes: [{ condition, names, mayHaveEventId: () => true, isWindows: false }],
});

export type WindowsEvents = {
  readonly normId: WindowsNormId;
  /** Null: all of the norm id. */
  readonly channels: readonly string[] | null;
  readonly eventIds: readonly string[] | null;
};

/** Windows events of some channels and ids. */
export function windowsScope({ normId, channels, eventIds }: WindowsEvents): SourceScope {
  const condition = allOf([
    isOneOf('norm_id', [normId]),
    ...(channels === null ? [] : [isOneOf('channel', channels)]),
    ...(eventIds === null ? [] : [isOneOf('event_id', eventIds)]),
  ]);
  const parts = windowsShapes
    .filter((shape) => shape.normId === normId)
    .flatMap((shape) => narrow(shape, channels, eventIds));
  return { condition, shapes: parts };
}

/** What of a shape lies in the channels and ids; nothing when they have nothing in common. */
function narrow(
  shape: WindowsShape,
  channels: readonly string[] | null,
  eventIds: readonly string[] | null,
): readonly SourceShape[] {
  const siblings = windowsShapes.filter((other) => other.normId === shape.normId);
  const own = shape.channel;
  const named = new Set(siblings.flatMap(({ channel }) => channel ?? []));
  const left = channels?.filter((channel) =>
    own === null ? !named.has(channel.toLowerCase()) : channel.toLowerCase() === own,
  );
  if (left !== undefined && left.length === 0) return [];
  const taken = new Set(
    siblings.flatMap((other) => (other.channel === own && other !== shape ? (other.eventIds ?? []) : [])),
  );
  const mayHaveEventId = (eventId: string): boolean =>
    (eventIds === null || eventIds.includes(eventId)) &&
    (shape.eventIds === null ? !taken.has(eventId) : shape.eventIds.includes(eventId));
  const ids = shape.eventIds === null ? eventIds : (eventIds ?? shape.eventIds);
  const possible = ids?.filter(mayHaveEventId);
  if (possible !== undefined && possible.length === 0) return [];
  const channelCondition =
    left !== undefined
      ? [isOneOf('channel', left)]
      : own !== null
        ? [isOneOf('channel', [own])]
        : notOf('channel', named);
  const idCondition = possible !== undefined ? [isOneOf('event_id', possible)] : notOf('event_id', taken);
  const absent = own === 'security' ? SECURITY_LACKS : NONE;
  const table = windowsFieldNames(shape.normId, own ?? '', shape.eventIds?.[0] ?? '');
  return [
    {
      condition: allOf([isOneOf('norm_id', [shape.normId]), ...channelCondition, ...idCondition]),
      names: (field) => [absent.has(field) ? field : (table.get(field) ?? plainWindowsName(field))],
      mayHaveEventId,
      isWindows: true,
    },
  ];
}

/**
 * Fields that Sysmon events have and Security events do not, although something else is stored under the name that they
 * would have: the account and logon of a 4688 are those of its subject. Nothing is stored under the names themselves.
 */
const SECURITY_LACKS: ReadonlySet<string> = new Set(['LogonId', 'User']);
const NONE: ReadonlySet<string> = new Set();

const notOf = (field: string, values: ReadonlySet<string>): readonly Condition[] =>
  values.size === 0 ? [] : [negate(isOneOf(field, [...values]))];
