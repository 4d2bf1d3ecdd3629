import type { Migration } from '../control/control-store.ts';

// Times are Unix ms; status, risk, type, last_action, disposition are places in the lists of incident.ts. `change_no` counts
// what people changed; `sla_at` is the moment at which the next clock of the incident runs out.
//
// What a rule gives to its incidents is kept once (incident_sources, named by the digest of its content), with its
// labels: a filter on names or labels is decided over some thousand sources and not over a million incidents. Pages are
// read newest first from incidents_page, incidents_source or incidents_assignee; what they check is in the index, too:
// a row of the table costs ten times an entry of the index, and every change of an incident writes these indexes anyway.
export const incidentMigrations: readonly Migration[] = [
  {
    id: 5,
    name: 'incidents: incidents, sources, labels, comments, data',
    statements: [
      `create table incident_sources (
        id text primary key,
        logpoint_id text not null,
        type integer not null,
        risk integer not null,
        rule_id text not null,
        alertrule_id text not null,
        incident_id text not null,
        name text not null,
        manageable_by text not null,
        owner_id text not null,
        source_json text not null
      )`,
      'create index incident_sources_type on incident_sources (logpoint_id, type)',
      'create index incident_sources_name on incident_sources (logpoint_id, name, type, risk, id)',
      'create index incident_sources_rule on incident_sources (logpoint_id, alertrule_id, id)',
      'create index incident_sources_series on incident_sources (logpoint_id, incident_id, id)',
      `create table incident_labels (
        logpoint_id text not null,
        kind integer not null,
        value text not null,
        source_id text not null references incident_sources (id),
        primary key (logpoint_id, kind, value, source_id)
      )`,
      `create table incident_counters (
        logpoint_id text primary key,
        last_number bigint not null
      )`,
      `create table incidents (
        id text primary key,
        logpoint_id text not null,
        number bigint not null,
        source_id text not null references incident_sources (id),
        risk integer not null,
        status integer not null,
        assigned_to text not null,
        detected_at bigint not null,
        window_from bigint not null,
        window_to bigint not null,
        events_from bigint not null,
        events_to bigint not null,
        group_key text not null,
        firing_key text not null,
        rows_count bigint not null,
        hits bigint not null,
        last_hit_at bigint not null,
        updated_at bigint not null,
        comments_count integer not null,
        comments_chars bigint not null,
        last_action integer,
        last_action_at bigint,
        last_action_by text,
        change_no integer not null default 0,
        disposition integer,
        disposition_reason text,
        merged_into text,
        acknowledged_at bigint,
        resolved_at bigint,
        acknowledge_due bigint,
        resolve_due bigint,
        sla_at bigint,
        breaches integer not null default 0
      )`,
      'create unique index incidents_number on incidents (logpoint_id, number)',
      'create unique index incidents_firing on incidents (logpoint_id, firing_key)',
      `create index incidents_page on incidents
        (logpoint_id, risk, status, detected_at, id, source_id, assigned_to, merged_into, disposition, breaches)`,
      `create index incidents_source on incidents
        (source_id, detected_at, id, status, assigned_to, merged_into, disposition, breaches)`,
      `create index incidents_assignee on incidents
        (logpoint_id, assigned_to, status, detected_at, id, source_id, risk, merged_into, disposition, breaches)`,
      `create index incidents_disposed on incidents
        (logpoint_id, disposition, detected_at, id, source_id, status, risk, assigned_to, breaches, merged_into)
        where disposition is not null`,
      'create index incidents_merged on incidents (merged_into, detected_at, id) where merged_into is not null',
      `create index incidents_merged_page on incidents
        (logpoint_id, detected_at, id, source_id, status, risk, assigned_to, disposition, breaches, merged_into)
        where merged_into is not null`,
      'create index incidents_clock on incidents (sla_at) where sla_at is not null',
      'create index incidents_clock_page on incidents (logpoint_id, sla_at, detected_at, id) where sla_at is not null',
      `create index incidents_breached on incidents
        (logpoint_id, detected_at, id, source_id, status, risk, assigned_to, disposition, merged_into) where breaches > 0`,
      `create index incidents_updated on incidents
        (logpoint_id, updated_at, detected_at, id, source_id, status, risk, assigned_to, merged_into, disposition,
         breaches)`,
      `create table incident_comments (
        incident_id text not null references incidents (id),
        seq integer not null,
        title text not null,
        user_id text not null,
        comment text not null,
        at_ms bigint not null,
        primary key (incident_id, seq)
      )`,
      `create table incident_data (
        incident_id text primary key references incidents (id),
        fetched_at bigint not null,
        rows_json text not null
      )`,
    ],
  },
  {
    id: 29,
    name: 'incidents: entities, bulk changes, SLA policies, saved filters',
    statements: [
      `create table incident_entities (
        scope_id text not null,
        value text not null,
        at_ms bigint not null,
        incident_id text not null references incidents (id),
        kind integer not null,
        primary key (scope_id, value, at_ms, incident_id, kind)
      )`,
      'create index incident_entities_incident on incident_entities (incident_id, kind, value, scope_id)',
      `create table incident_bulks (
        id text primary key,
        logpoint_id text not null,
        action text not null,
        user_id text not null,
        at_ms bigint not null,
        done integer not null,
        undone_at bigint
      )`,
      // What undoing needs of some hundred incidents at a time: a row for each would be a tenth of a bulk change.
      `create table incident_bulk_parts (
        bulk_id text not null references incident_bulks (id),
        part integer not null,
        items_json text not null,
        primary key (bulk_id, part)
      )`,
      `create table sla_policies (
        logpoint_id text not null,
        risk integer not null,
        acknowledge_minutes integer,
        resolve_minutes integer,
        primary key (logpoint_id, risk)
      )`,
      `create table saved_filters (
        id text primary key,
        logpoint_id text not null,
        owner text not null,
        name text not null,
        filter_json text not null,
        shared integer not null,
        updated_at bigint not null
      )`,
      'create unique index saved_filters_name on saved_filters (logpoint_id, owner, name)',
    ],
  },
  {
    id: 52,
    name: 'incidents: the rows of a scheduled rule that each is about',
    statements: [
      `create table incident_rows (
        incident_id text primary key references incidents (id),
        rows_json text not null
      )`,
    ],
  },
];
