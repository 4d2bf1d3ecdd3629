import type { LogEvent } from '../../src/events/event.ts';
import { decodeEntry } from '../../src/ingest/decode-entry.ts';
import { splitLines } from '../../src/ingest/split-records.ts';
import { eventAccess } from '../../src/query/access.ts';
import { closureOf } from '../../src/query/evaluate-condition.ts';
import { EventView } from '../../src/query/event-view.ts';
import { compileSigma } from '../../src/sigma/compile-rule.ts';
import { parseSigma, type SigmaContext } from '../../src/sigma/parse-sigma.ts';
import { formatProblem } from '../../src/sigma/problem.ts';
import { recordContext } from '../corpus/public-data.ts';

/** Events as ingest makes them of lines. */
export function eventsOf(bytes: Buffer): readonly LogEvent[] {
  return decodeEntry(recordContext, { bytes, spans: splitLines(bytes) }, 1).events;
}

export function eventOf(record: Readonly<Record<string, unknown>> | string): LogEvent {
  const [event] = eventsOf(Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)));
  if (event === undefined) throw new Error('no event');
  return event;
}

export const sysmon = (eventId: number, fields: Readonly<Record<string, unknown>>): LogEvent =>
  eventOf({ EventID: eventId, Channel: 'Microsoft-Windows-Sysmon/Operational', ...fields });

export const security = (eventId: number, fields: Readonly<Record<string, unknown>>): LogEvent =>
  eventOf({ EventID: eventId, Channel: 'Security', ...fields });

/** A rule about started processes, from its detection alone. */
export const processRule = (detection: string): string =>
  `title: t\nid: r\nlogsource: { product: windows, category: process_creation }\ndetection:\n${detection.replace(/^/gm, '  ')}\n`;

/** The test of an event that a rule file of one rule means; throws with what is wrong in the file. */
export function ruleTest(text: string, sigmaContext?: SigmaContext): (event: LogEvent) => boolean {
  const [parsed] = parseSigma('rule.yml', text, sigmaContext);
  if (parsed?.definition?.kind !== 'rule') throw new Error((parsed?.problems ?? []).map(formatProblem).join('\n'));
  const compiled = compileSigma(parsed.definition.logSource, parsed.definition.detection);
  if ('refused' in compiled) throw new Error(compiled.refused);
  const holds = closureOf(compiled.condition, eventAccess);
  return (event) => holds(new EventView().of(event));
}
