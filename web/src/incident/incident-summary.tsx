import { Fragment } from 'react';
import type { JsonObject } from '../../../src/shared/json.ts';
import { numberOf, objectOf, textOf, timeOf } from '../api/read-json.ts';
import { type Entity, entitiesOf } from '../incidents/incident-row.ts';
import { HostileText } from '../parts/hostile-text.tsx';
import { Clock, shortDuration } from '../parts/times.tsx';
import { rangeOf } from './event-range.ts';

/** How each kind of entity stands in a sentence, in the order of the sentence. */
const PHRASES = [
  ['host', 'on'],
  ['user', 'as'],
  ['address', 'from'],
  ['hash', 'with file'],
] as const;
/** Entities of one kind that the sentence names. */
const NAMED_MAX = 2;

/** One sentence: what happened, to whom, how much, when, by which rule; then why it matters. */
export function IncidentSummary({ incident }: { readonly incident: JsonObject }) {
  const entities = entitiesOf(incident['entities']);
  const rule = objectOf(incident['rule']);
  const at = timeOf(incident['detection_timestamp']);
  const author = textOf(rule['author']);
  const description = textOf(incident['description']);
  return (
    <div className="summary">
      <p>
        <HostileText text={textOf(incident['name']).replace(/\.$/, '')} />
        {PHRASES.map(([kind, word]) => (
          <Phrase key={kind} word={word} entities={entities.filter((entity) => entity.kind === kind)} />
        ))}
        <HowMuch incident={incident} />
        {at !== null && (
          <>
            {' '}
            at <Clock ms={at} />
          </>
        )}
        {textOf(rule['name']) !== '' && textOf(rule['name']) !== textOf(incident['name']) && (
          <>
            ; found by the rule <HostileText text={textOf(rule['name'])} />
          </>
        )}
        {author !== '' && (
          <>
            ; the rule is by <HostileText text={author} />
          </>
        )}
        .
      </p>
      {description !== '' && (
        <p className="why">
          <HostileText text={description} />
        </p>
      )}
    </div>
  );
}

function Phrase({ word, entities }: { readonly word: string; readonly entities: readonly Entity[] }) {
  if (entities.length === 0) return null;
  const more = entities.length - NAMED_MAX;
  return (
    <>
      {` ${word} `}
      {entities.slice(0, NAMED_MAX).map(({ value }, i) => (
        <Fragment key={value}>
          {i > 0 && (more > 0 ? ', ' : ' and ')}
          <strong>
            <HostileText text={value} />
          </strong>
        </Fragment>
      ))}
      {more > 0 && ` and ${more} more`}
    </>
  );
}

function HowMuch({ incident }: { readonly incident: JsonObject }) {
  const hits = numberOf(incident['hits'] ?? incident['rows_count']);
  const range = rangeOf(incident['time_range']);
  if (hits === 0) return null;
  const span = range === null ? 0 : range[1] - range[0];
  return `, ${hits.toLocaleString('en')} ${hits === 1 ? 'hit' : 'hits'}${span > 0 ? ` within ${shortDuration(span)}` : ''}`;
}
