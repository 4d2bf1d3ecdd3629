// What every operation of the API takes and answers.
// Made by `npm run gen` from openapi.json; not edited by hand. Why this long: an entry for every operation.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
/** The outcome of an order whose answer says no more. */
export type OrderDone = JsonObject & { readonly success: true; readonly message?: string };

export type Account = {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly role: "root" | "admin" | "engineer" | "readonly";
  /** null = every pool. */
  readonly pools: readonly string[] | null;
  /** A one-time code is asked for beside the password. */
  readonly totp: boolean;
  readonly active: boolean;
  /** Too many logins failed in a row. */
  readonly locked: boolean;
  /** ISO 8601. */
  readonly locked_until: string | null;
  /** ISO 8601. */
  readonly last_login_at: string | null;
  /** The identity provider that the account signs in through. */
  readonly oidc: string | null;
};

export type AttackTechnique = {
  /** Such as T1003.001. */
  readonly attack_id: string;
  /** Name of the tactic. */
  readonly attack_category: string;
  /** Name of the technique. */
  readonly attack_tag: string;
  readonly description: string;
  readonly url: string;
  readonly version: string;
  readonly grouping: string;
  readonly attack_framework: string;
  /** What rules name. */
  readonly hash: string;
  /** Object id. */
  readonly id: string;
};

export type AuditEvent = {
  /** Its number in the chain, from 1. */
  readonly seq: number;
  /** When; ISO, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly request_id: string | null;
  readonly order_id: string | null;
  readonly prev_hash: string;
  readonly hash: string;
};

export type AuditState = {
  /** Events of the chain. */
  readonly length: number;
  /** Hash of the last one. */
  readonly head: string;
  readonly public_key: string;
  readonly checkpoint: Checkpoint | null;
};

/** Give it to `tocsin verify --checkpoint`. */
export type Checkpoint = {
  readonly logpoint_identifier: string;
  readonly length: number;
  readonly head: string;
  readonly at: string;
  /** Raw Ed25519 key, base64. */
  readonly public_key: string;
  /** Base64, over the canonical JSON of the other members. */
  readonly signature: string;
};

export type Delivery = {
  readonly delivery_id: string;
  /** Of a digest the first one. */
  readonly incident_id: string;
  /** Changes that a digest tells of; 0 = no digest. */
  readonly digest_items: number;
  readonly rule_id: string;
  readonly channel: "email" | "http" | "syslog" | "snmp" | "ssh" | "sms";
  /** The change that it tells. */
  readonly cause: string;
  readonly target: string;
  readonly state: "queued" | "delivered" | "dead" | "suppressed";
  /** Why it is dead, suppressed or waits. */
  readonly reason: string | null;
  /** Epoch seconds. */
  readonly enqueued_at: number;
  /** Epoch seconds. */
  readonly finished_at: number | null;
  /** Epoch seconds. */
  readonly next_attempt_at: number | null;
  /** Oldest first. */
  readonly attempts: readonly {
    readonly attempt: number;
    /** Epoch seconds. */
    readonly started_at: number;
    readonly duration_ms: number | null;
    readonly outcome: "running" | "delivered" | "retry" | "dead" | "lost";
    readonly status: number | null;
    readonly request: string | null;
    readonly answer: string | null;
    readonly error: string | null;
  }[];
};

export type Entity = {
  readonly kind: "user" | "host" | "address" | "hash";
  readonly value: string;
};

export type Exception = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  /** Null = all rules. */
  readonly rule_ids: readonly string[] | null;
  readonly query: string;
  /** Id of the user. */
  readonly owner: string;
  readonly reason: string;
  /** Epoch seconds; null = never. */
  readonly expires_at: number | null;
  readonly expired: boolean;
  readonly action: string;
  /** Hits that it took. */
  readonly suppressed: number;
  /** Epoch seconds. */
  readonly last_suppressed_at: number | null;
  /** Epoch seconds. */
  readonly created_at: number;
  /** Epoch seconds. */
  readonly updated_at: number;
};

export type FetchedIncident = {
  /** Alert, Search or UEBA. */
  readonly type: string;
  /** Id of the rule; empty when no rule raised it. */
  readonly alert_obj_id: string;
  readonly alertrule_id: string;
  readonly incident_id: string;
  readonly name: string;
  readonly description: string;
  readonly username: string;
  /** Id of the rule's owner. */
  readonly user_id: string;
  /** Id of the user. */
  readonly assigned_to: string;
  readonly detection_timestamp: number;
  readonly loginspect_ip_dns: string;
  readonly logpoint_name: string;
  readonly status: "unresolved" | "resolved" | "closed";
  readonly comments: readonly {
    readonly title: string;
    readonly comment: string;
    readonly time: number;
  }[];
  readonly commentscount: number;
  readonly query: string;
  /** Addresses. */
  readonly repos: readonly string[];
  /** Epoch seconds. */
  readonly time_range: readonly number[];
  readonly throttle_enabled: boolean;
  readonly attack_id: readonly string[];
  readonly attack_tag: readonly string[];
  readonly attack_category: readonly string[];
  readonly metadata: readonly {
    readonly field: string;
    readonly value: string;
  }[];
  readonly log_source: readonly string[];
  /** Always empty. */
  readonly notifications: readonly null[];
  readonly manageable_by: readonly string[];
  readonly risk: "low" | "medium" | "high" | "critical";
  readonly id: string;
  readonly search_link: string;
  /** Such as INC-7; stands for the id in every path. */
  readonly number: string;
  readonly hits: number;
  readonly rows_count: number;
  readonly updated_at: number;
  readonly lastaction?: LastAction;
};

export type FetchedRule = {
  readonly id: string;
  readonly name: string;
  readonly settings: RuleSettings;
  readonly rbac_config: Shares;
  readonly mode: "stream" | "schedule";
  /** Empty before the rule was looked at for the first time. */
  readonly statistics: RuleStatistics;
  /** Times that it did not look at. */
  readonly gaps: readonly Gap[];
};

export type Gap = {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
};

export type GeneralSettings = {
  /** Object id. */
  readonly id: string;
  readonly logpoint_name: string;
  readonly identifier: string;
  readonly timezone: string;
  readonly timestamp_on: string;
  readonly enable_soar: boolean;
};

export type IncidentDetail = {
  /** Alert, Search or UEBA. */
  readonly type: string;
  /** Id of the rule; empty when no rule raised it. */
  readonly alert_obj_id: string;
  readonly alertrule_id: string;
  readonly incident_id: string;
  readonly name: string;
  readonly description: string;
  readonly username: string;
  /** Id of the rule's owner. */
  readonly user_id: string;
  /** Id of the user. */
  readonly assigned_to: string;
  readonly detection_timestamp: number;
  readonly loginspect_ip_dns: string;
  readonly logpoint_name: string;
  readonly status: "unresolved" | "resolved" | "closed";
  readonly comments: readonly {
    readonly title: string;
    readonly comment: string;
    readonly time: number;
  }[];
  readonly commentscount: number;
  readonly query: string;
  /** Addresses. */
  readonly repos: readonly string[];
  /** Epoch seconds. */
  readonly time_range: readonly number[];
  readonly throttle_enabled: boolean;
  readonly attack_id: readonly string[];
  readonly attack_tag: readonly string[];
  readonly attack_category: readonly string[];
  readonly metadata: readonly {
    readonly field: string;
    readonly value: string;
  }[];
  readonly log_source: readonly string[];
  /** Always empty. */
  readonly notifications: readonly null[];
  readonly manageable_by: readonly string[];
  readonly risk: "low" | "medium" | "high" | "critical";
  readonly id: string;
  readonly search_link: string;
  /** Such as INC-7; stands for the id in every path. */
  readonly number: string;
  readonly hits: number;
  readonly rows_count: number;
  readonly updated_at: number;
  readonly lastaction: LastAction | null;
  /** Empty when no rule raised it. */
  readonly rule_id: string;
  readonly disposition: "true_positive" | "false_positive" | "benign" | null;
  readonly disposition_reason: string | null;
  readonly sla: SlaClock | null;
  readonly merged_into: string | null;
  readonly children: readonly {
    readonly id: string;
    readonly number: string;
    readonly status: "unresolved" | "resolved" | "closed";
  }[];
  readonly entities: readonly Entity[];
  /** Null of an incident that was made by hand. */
  readonly rule: RuleOfIncident | null;
};

export type IncidentEvent = {
  /** Its number in the chain of the logpoint. */
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly action: string;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly request_id: string | null;
  readonly order_id: string | null;
  readonly hash: string;
};

export type IncidentFacets = {
  readonly status: {
    readonly unresolved: number;
    readonly resolved: number;
    readonly closed: number;
  };
  readonly risk: {
    readonly low: number;
    readonly medium: number;
    readonly high: number;
    readonly critical: number;
  };
  readonly type: {
    readonly Alert: number;
    readonly Search: number;
    readonly UEBA: number;
  };
  readonly assigned_to: readonly {
    readonly value: string;
    readonly count: number;
  }[];
  readonly rule: readonly {
    readonly value: string;
    readonly count: number;
    readonly name: string;
  }[];
  readonly attack_tag: readonly {
    readonly value: string;
    readonly count: number;
  }[];
  readonly log_source: readonly {
    readonly value: string;
    readonly count: number;
  }[];
  readonly total: number;
  /** Only the newest of a status and risk are counted. */
  readonly isCut: boolean;
};

export type IncidentHistogram = {
  readonly from: number;
  readonly to: number;
  readonly step_s: number;
  readonly buckets: readonly {
    readonly at: number;
    readonly low: number;
    readonly medium: number;
    readonly high: number;
    readonly critical: number;
  }[];
  readonly isCut: boolean;
};

export type IncidentRow = {
  readonly id: string;
  /** Such as INC-7; stands for the id in every path. */
  readonly number: string;
  readonly name: string;
  readonly status: "unresolved" | "resolved" | "closed";
  readonly risk: "low" | "medium" | "high" | "critical";
  /** Alert, Search or UEBA. */
  readonly type: string;
  readonly detection_timestamp: number;
  readonly updated_at: number;
  /** Id of the user. */
  readonly assigned_to: string;
  /** Empty when no rule raised it. */
  readonly rule_id: string;
  readonly alertrule_id: string;
  readonly attack_id: readonly string[];
  readonly attack_tag: readonly string[];
  readonly log_source: readonly string[];
  readonly sigma_id: string | null;
  readonly author: string | null;
  readonly licence: string | null;
  readonly hits: number;
  readonly rows_count: number;
  readonly commentscount: number;
  readonly disposition: "true_positive" | "false_positive" | "benign" | null;
  readonly sla: SlaClock | null;
  readonly merged_into: string | null;
  readonly entities: readonly Entity[];
  readonly lastaction: LastAction | null;
};

export type IncidentUserGroup = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  /** Always empty. */
  readonly tid: string;
  /** Always empty. */
  readonly user: string;
  /** Id of the user group. */
  readonly usergroup: string;
  readonly users: readonly {
    /** Object id. */
    readonly id: string;
    readonly name: string;
  }[];
};

export type IssuedToken = {
  /** Shown this once. */
  readonly token: string;
  /** Buys a new pair once; shown this once. */
  readonly secret_key: string;
  /** ISO, UTC. */
  readonly expires_at: string | null;
  readonly id: string;
};

export type LabelPackage = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly version: number;
  readonly definitions: readonly {
    readonly query: string;
    readonly labels: readonly string[];
  }[];
  /** Epoch seconds. */
  readonly created_at: number;
  /** Epoch seconds. */
  readonly updated_at: number;
};

export type LastAction = {
  readonly action: string;
  readonly time: number;
  readonly title: string;
};

export type List = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly type: "static" | "dynamic";
  readonly description: string;
  readonly items: readonly string[];
  /** Seconds that a value of a dynamic list lives; null = for ever. */
  readonly age_limit: number | null;
  readonly version: number;
  /** Epoch seconds. */
  readonly created_at: number;
  /** Epoch seconds. */
  readonly updated_at: number;
};

export type LogSource = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly hosts: readonly string[];
  /** Always empty. */
  readonly tid: string;
};

export type NotificationTarget = {
  readonly target: string;
  readonly queued: number;
  readonly dead: number;
  /** In a row. */
  readonly failures: number;
  readonly circuit: "open" | "closed";
  /** Epoch seconds. */
  readonly open_until: number | null;
  /** Epoch seconds. */
  readonly failing_since: number | null;
  /** Epoch seconds. */
  readonly last_delivered_at: number | null;
  readonly last_error: string | null;
};

export type PermissionGroup = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly {
    readonly entity: string;
    readonly permission: string;
  }[];
  /** Names that a search reaches; null = every one. */
  readonly repos: readonly string[] | null;
  /** Addresses or networks; null = every one. */
  readonly devices: readonly string[] | null;
  readonly built_in: boolean;
  /** Always empty. */
  readonly tid: string;
};

export type RelatedIncident = {
  readonly id: string;
  /** Such as INC-7; stands for the id in every path. */
  readonly number: string;
  readonly name: string;
  readonly status: "unresolved" | "resolved" | "closed";
  readonly risk: "low" | "medium" | "high" | "critical";
  /** Alert, Search or UEBA. */
  readonly type: string;
  readonly detection_timestamp: number;
  readonly updated_at: number;
  /** Id of the user. */
  readonly assigned_to: string;
  /** Empty when no rule raised it. */
  readonly rule_id: string;
  readonly alertrule_id: string;
  readonly attack_id: readonly string[];
  readonly attack_tag: readonly string[];
  readonly log_source: readonly string[];
  readonly sigma_id: string | null;
  readonly author: string | null;
  readonly licence: string | null;
  readonly hits: number;
  readonly rows_count: number;
  readonly commentscount: number;
  readonly disposition: "true_positive" | "false_positive" | "benign" | null;
  readonly sla: SlaClock | null;
  readonly merged_into: string | null;
  readonly entities: readonly Entity[];
  readonly lastaction: LastAction | null;
  /** What it has in common with the incident. */
  readonly because: readonly string[];
};

export type Repo = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  /** ip:port/name. */
  readonly address: string;
  /** Days. */
  readonly retention: number;
  readonly built_in: boolean;
};

export type RuleOfIncident = {
  readonly id: string;
  readonly alertrule_id: string;
  readonly name: string;
  readonly description: string;
  readonly query: string;
  readonly version: number;
  readonly active: boolean;
  /** The rule is no more: what the incident kept of it. */
  readonly is_gone: boolean;
  readonly sigma_id: string | null;
  readonly author: string | null;
  readonly licence: string | null;
  readonly references: readonly string[];
};

export type RuleRow = {
  readonly id: string;
  readonly alertrule_id: string;
  readonly name: string;
  readonly mode: "stream" | "schedule";
  readonly active: boolean;
  readonly risk: "low" | "medium" | "high" | "critical";
  readonly source: "lpql" | "sigma";
  readonly sigma_id: string | null;
  readonly author: string;
  readonly licence: string;
  readonly references: readonly string[];
  readonly owner: string;
  /** The rule that it follows. */
  readonly used_from: string | null;
  readonly version: number;
  /** Epoch seconds. */
  readonly updated_at: number;
  readonly matches: number;
  readonly hits: number;
  readonly raised: number;
  readonly extended: number;
  readonly throttled: number;
  readonly suppressed: number;
  readonly overflowed: number;
  readonly late: number;
  readonly failures: number;
  /** Epoch seconds. */
  readonly last_hit_at: number | null;
  /** Epoch seconds. */
  readonly last_run_at: number | null;
  readonly last_error: string | null;
  readonly gaps: number;
  /** Microseconds for each event. */
  readonly cost_us: number | null;
  readonly false_positive_ratio: number | null;
  readonly attack_id: readonly string[];
  readonly attack_tag: readonly string[];
  readonly log_source: readonly string[];
  /** The fields of CreateAlertRule that would make it. */
  readonly fields?: JsonObject;
};

export type RuleSettings = {
  readonly active: boolean;
  readonly aggregate: string;
  readonly alertrule_id: string;
  readonly assigned_to: string;
  /** Hashes of ATT&CK entries. */
  readonly attack_tag: readonly string[];
  readonly condition: {
    readonly condition_option: string;
    readonly condition_value: number;
  };
  readonly context_template: string;
  readonly data_privacy_request: boolean;
  readonly delay_interval_minute: number;
  readonly description: string;
  readonly extra_config: {
    readonly query: string;
  };
  readonly flush_on_trigger: boolean;
  readonly is_context_template_enabled: boolean;
  readonly livesearch_data: {
    readonly generated_by: string;
    readonly limit: number;
    readonly query: string;
    readonly search_interval_minute: number;
    readonly searchname: string;
    readonly timerange_day: number;
    readonly timerange_hour: number;
    readonly timerange_minute: number;
  };
  readonly log_source: readonly string[];
  readonly metadata: readonly {
    readonly field: string;
    readonly value: string;
  }[];
  /** Addresses. */
  readonly repos: readonly string[];
  readonly risk: "low" | "medium" | "high" | "critical";
  readonly throttling_enabled: boolean;
  readonly throttling_field: string;
  /** Minutes. */
  readonly throttling_time_range: number;
  readonly tid: string;
  readonly time_range_seconds: number;
  readonly used_from: string;
  /** Id of the owner. */
  readonly user: string;
  readonly version: number;
  readonly vid: string;
  readonly visible_to: readonly string[];
  readonly visible_to_users: readonly string[];
};

/** Empty before the rule was looked at for the first time. */
export type RuleStatistics = {
  readonly matches?: number;
  readonly hits?: number;
  readonly raised?: number;
  readonly extended?: number;
  readonly throttled?: number;
  readonly ignored?: number;
  readonly outdated?: number;
  readonly windows?: number;
  readonly failures?: number;
  readonly cut?: number;
  readonly suppressed?: number;
  readonly overflowed?: number;
  readonly late?: number;
  /** Epoch seconds. */
  readonly last_hit?: number | null;
  /** Epoch seconds. */
  readonly evaluated_to?: number | null;
  readonly last_error?: string | null;
};

export type RuleUpload = {
  /** Object id. */
  readonly id: string;
  readonly file_name: string;
  readonly file_location: string;
  /** Characters. */
  readonly size: number;
  readonly rules: number;
  /** Epoch seconds. */
  readonly uploaded_at: number;
  readonly uploaded_by: string;
};

export type SavedFilter = {
  readonly id: string;
  /** Name of the token or account. */
  readonly owner: string;
  readonly name: string;
  readonly filter: {
    /** Ids of assignees, any of. */
    readonly assigned_to_users?: readonly string[];
    /** Names of tactics, all of. */
    readonly attack_category?: readonly string[];
    /** Names of techniques, all of. */
    readonly attack_tag?: readonly string[];
    /** Names of log sources, all of. */
    readonly log_source?: readonly string[];
    /** All of. */
    readonly metadata?: readonly {
      readonly field: string;
      readonly value: string;
    }[];
    /** Name, alert rule id or incident id, or a pattern (RE2) found in the name. */
    readonly name?: string;
    /** low, medium, high, critical; any of. */
    readonly risk?: readonly string[];
    /** resolved, unresolved, closed; any of. */
    readonly status?: readonly string[];
    /** alert, search, UEBA; any of, in any case. */
    readonly type?: readonly string[];
    /** Epoch seconds, inclusive; with end_date. */
    readonly start_date?: number;
    /** Epoch seconds, inclusive; with start_date. */
    readonly end_date?: number;
    /** Epoch seconds, inclusive. */
    readonly updated_since?: number;
    /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
    readonly q?: string;
    /** Ids or alertrule_ids of rules, any of. */
    readonly rule?: readonly string[];
    /** Values, or kind:value with user, host, address, hash; all of. */
    readonly entity?: readonly string[];
    /** true_positive, false_positive, benign, none; any of. */
    readonly disposition?: readonly string[];
    /** breached, or soon: a clock runs out within 15 minutes. */
    readonly sla?: string;
    /** no: without those merged into another; only: only those; any. */
    readonly merged?: string;
    /** Most rows of the answer. */
    readonly limit?: number;
    /** `next_cursor` of the answer before. */
    readonly cursor?: string;
  };
  readonly shared: boolean;
  readonly updated_at: number;
};

export type Shares = {
  readonly group_permissions: readonly {
    readonly group_id: string;
    readonly permission: string;
  }[];
  readonly user_permissions: readonly {
    readonly user_id: string;
    readonly permission: string;
  }[];
};

export type SlaClock = {
  readonly due_at: number | null;
  readonly breached: boolean;
  /** The clock that runs out next, or the one that has. */
  readonly clock: "acknowledge" | "resolve";
  readonly acknowledge_due_at: number | null;
  readonly resolve_due_at: number | null;
  readonly acknowledged_at: number | null;
  readonly resolved_at: number | null;
};

export type SlaPolicy = {
  readonly low: {
    /** Minutes; null = no clock. */
    readonly acknowledge: number | null;
    /** Minutes; null = no clock. */
    readonly resolve: number | null;
  };
  readonly medium: {
    /** Minutes; null = no clock. */
    readonly acknowledge: number | null;
    /** Minutes; null = no clock. */
    readonly resolve: number | null;
  };
  readonly high: {
    /** Minutes; null = no clock. */
    readonly acknowledge: number | null;
    /** Minutes; null = no clock. */
    readonly resolve: number | null;
  };
  readonly critical: {
    /** Minutes; null = no clock. */
    readonly acknowledge: number | null;
    /** Minutes; null = no clock. */
    readonly resolve: number | null;
  };
};

export type SmtpSettings = {
  /** Object id. */
  readonly id: string;
  readonly login_required: boolean;
  readonly smtp_port: number;
  readonly smtp_security: string;
  readonly smtp_sender_email: string;
  readonly smtp_sender_name: string;
  readonly smtp_server: string;
  readonly smtp_username: string;
  readonly username_in_email_field: string;
  readonly password_set: boolean;
};

export type Table = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows_count: number;
  readonly version: number;
  /** Epoch seconds. */
  readonly created_at: number;
  /** Epoch seconds. */
  readonly updated_at: number;
};

export type TimelineEntry = {
  readonly at: number;
  /** events, comment, change or delivery. */
  readonly kind: string;
  readonly who: string;
  readonly text: string;
  /** Id of what it tells of. */
  readonly ref: string;
};

export type Token = {
  readonly id: string;
  readonly name: string;
  readonly identifier: string;
  readonly always_active: boolean;
  readonly role: "root" | "admin" | "engineer" | "readonly";
  /** Ids; null = every pool. */
  readonly pools: readonly string[] | null;
  /** ISO, UTC. */
  readonly created_at: string | null;
  /** ISO, UTC. */
  readonly expires_at: string | null;
  /** ISO, UTC. */
  readonly last_used_at: string | null;
  /** ISO, UTC. */
  readonly revoked_at: string | null;
  readonly revoked_reason: string | null;
};

export type User = {
  readonly active: boolean;
  readonly email: string;
  readonly failed_login_count: number;
  readonly firstname: string;
  readonly lastname: string;
  readonly fullname: string;
  /** Object id. */
  readonly id: string;
  /** Epoch seconds; null before the first login. */
  readonly last_login: number | null;
  readonly locked: boolean;
  readonly timezone: string;
  /** Ids of user groups. */
  readonly usergroup: readonly string[];
  readonly username: string;
  /** Always empty. */
  readonly tid: string;
};

export type UserGroup = {
  /** Object id. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly lpadmin: boolean;
  readonly useradmin: boolean;
  /** Ids of members. */
  readonly users: readonly string[];
  /** Id of the permission group; empty without one. */
  readonly roles: string;
  /** Always empty. */
  readonly tid: string;
};

export type Operations = {
  /** Lets the rule raise incidents. */
  ActivateAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Turns rules on. */
  ActivateRulesSigned: {
    kind: 'change';
    body: {
      readonly ids: readonly string[];
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Lets the user act again. */
  ActivateUser: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Where the chain ends, and its checkpoint. */
  AuditState: {
    kind: 'read';
    answer: AuditState;
  };
  /** The ways in which people sign in here. */
  AuthMethods: {
    kind: 'read';
    answer: {
      readonly password: boolean;
      readonly oidc: readonly {
        readonly id: string;
        readonly name: string;
      }[];
    };
  };
  /** Raises the incidents that the rule would have raised over a past range, marked as backfilled. */
  BackfillAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Epoch seconds or ISO time. */
      readonly from: number | string;
      /** Epoch seconds or ISO time. */
      readonly to: number | string;
      /** Whether the notifications of the rule are sent, too; they are not when not given. */
      readonly notify?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly raised: number;
      readonly repeated: number;
      /** What is missing. */
      readonly cut: string | null;
    };
  };
  /** What a rule would have done over a past range, and what a throttling or an exception would leave. */
  BacktestAlertRule: {
    kind: 'order';
    data: {
      /** Id of the rule. */
      readonly rule_id?: string | undefined;
      /** Or the fields of POST AlertRules. */
      readonly rule?: JsonObject | undefined;
      /** Epoch seconds or ISO time. */
      readonly from: number | string;
      /** Epoch seconds or ISO time. */
      readonly to: number | string;
      /** Tried instead of its own. */
      readonly throttle?: {
        /** Name. */
        readonly field: string;
        /** Minutes. */
        readonly range_minute: number;
      } | undefined;
      /** Tried beside the others. */
      readonly exception?: {
        /** A search expression. */
        readonly query: string;
      } | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly incidents: number;
      readonly hits: number;
      readonly suppressed: number;
      readonly throttled: number;
      /** What was not looked at. */
      readonly cut: {
        readonly reason: string;
        readonly reached_at?: number;
      } | null;
      readonly rule: {
        readonly id: string;
        readonly name: string;
        readonly mode: string;
        readonly author: string;
        readonly licence: string;
      };
      readonly per_day: readonly {
        readonly day: string;
        readonly hits: number;
        readonly incidents: number;
      }[];
      readonly noisiest: readonly {
        readonly field: string;
        readonly value: string;
        readonly count: number;
      }[];
      readonly without_exceptions: {
        readonly incidents: number;
        readonly hits: number;
        readonly suppressed: number;
        readonly throttled: number;
        /** What was not looked at. */
        readonly cut: {
          readonly reason: string;
          readonly reached_at?: number;
        } | null;
      };
      readonly as_is: {
        readonly incidents: number;
        readonly hits: number;
        readonly suppressed: number;
        readonly throttled: number;
        /** What was not looked at. */
        readonly cut: {
          readonly reason: string;
          readonly reached_at?: number;
        } | null;
      };
      readonly from: number;
      readonly to: number;
    };
  };
  /** Freezes events and cursors, and holds deliveries; lines and orders are accepted as before. */
  BeginBackup: {
    kind: 'change';
    body: {
      /** The process on this machine that copies. */
      readonly pid: number;
    };
    answer: {
      readonly id: string;
      /** In the data folder: what was frozen. */
      readonly folder: string;
      /** Seal within this time; deliveries go on by themselves afterwards. */
      readonly hold_ms: number;
    };
  };
  /** Changes many incidents, by id or by filter, in one order. */
  BulkChange: {
    kind: 'order';
    data: {
      readonly action: "resolve" | "close" | "reopen" | "reassign" | "comment" | "disposition";
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
      /** Ids or numbers; or `filter`. */
      readonly ids?: readonly string[] | undefined;
      readonly filter?: {
        /** Ids of assignees, any of. */
        readonly assigned_to_users?: readonly string[] | undefined;
        /** Names of tactics, all of. */
        readonly attack_category?: readonly string[] | undefined;
        /** Names of techniques, all of. */
        readonly attack_tag?: readonly string[] | undefined;
        /** Names of log sources, all of. */
        readonly log_source?: readonly string[] | undefined;
        /** All of. */
        readonly metadata?: readonly {
          readonly field: string;
          readonly value: string;
        }[] | undefined;
        /** Name, alert rule id or incident id, or a pattern (RE2) found in the name. */
        readonly name?: string | undefined;
        /** low, medium, high, critical; any of. */
        readonly risk?: readonly string[] | undefined;
        /** resolved, unresolved, closed; any of. */
        readonly status?: readonly string[] | undefined;
        /** alert, search, UEBA; any of, in any case. */
        readonly type?: readonly string[] | undefined;
        /** Epoch seconds, inclusive; with end_date. */
        readonly start_date?: number | undefined;
        /** Epoch seconds, inclusive; with start_date. */
        readonly end_date?: number | undefined;
        /** Epoch seconds, inclusive. */
        readonly updated_since?: number | undefined;
        /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
        readonly q?: string | undefined;
        /** Ids or alertrule_ids of rules, any of. */
        readonly rule?: readonly string[] | undefined;
        /** Values, or kind:value with user, host, address, hash; all of. */
        readonly entity?: readonly string[] | undefined;
        /** true_positive, false_positive, benign, none; any of. */
        readonly disposition?: readonly string[] | undefined;
        /** breached, or soon: a clock runs out within 15 minutes. */
        readonly sla?: string | undefined;
        /** no: without those merged into another; only: only those; any. */
        readonly merged?: string | undefined;
        /** Most rows of the answer. */
        readonly limit?: number | undefined;
        /** `next_cursor` of the answer before. */
        readonly cursor?: string | undefined;
      } | undefined;
      /** Of `comment`. */
      readonly comment?: string | undefined;
      /** Of `reassign`: id of the new assignee. */
      readonly new_assignee?: string | undefined;
      /** true_positive, false_positive, benign; null takes it back. */
      readonly disposition?: "true_positive" | "false_positive" | "benign" | null | undefined;
      /** Of `disposition`. */
      readonly reason?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Incidents that are changed. */
      readonly done: number;
      /** Incidents that stay as they were, the first of them. */
      readonly refused: readonly {
        /** As it was named, or the id. */
        readonly id: string;
        /** Such as INC-7. */
        readonly number: string | null;
        /** Why. */
        readonly message: string;
      }[];
      readonly refused_count: number;
      /** For undo. */
      readonly bulk_id: string;
    };
  };
  /** Changes of the logpoint as they happen (server-sent events). */
  ChangeFeed: {
    kind: 'stream';
    query?: {
      /** As the header, for clients that cannot set it. */
      readonly last_event_id?: string | undefined;
    };
  };
  /** Another password. Every session of the account ends; the answer starts a new one. */
  ChangeOwnPassword: {
    kind: 'change';
    body: {
      readonly old: string;
      /** 8 to 1024 characters. */
      readonly new: string;
    };
    answer: {
      readonly status: "Success";
      readonly account: Account;
      /** End of the session at the latest, ISO 8601. */
      readonly expires_at: string;
    };
  };
  /** Sets a new password. */
  ChangePassword: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Kept only as a hash. */
      readonly new_password: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Closes a resolved incident. */
  Close: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly audit_data: readonly {
        readonly action: string;
        readonly document: string;
      }[];
    };
  };
  /** Adds a comment. */
  Comment: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Text of the comment. */
      readonly comment: string;
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** From now on logins ask for a code. Answers the recovery codes, shown this once. */
  ConfirmTotp: {
    kind: 'change';
    body: {
      readonly code: string;
    };
    answer: {
      readonly status: "Success";
      readonly recovery_codes: readonly string[];
    };
  };
  /** Gives the user a new access key in place of the one before; shown this once. */
  CreateAccessKey: {
    kind: 'change';
    path: {
      /** Object id of the user. */
      readonly id: string;
    };
    answer: {
      readonly id: string;
      readonly username: string;
      readonly access_key: string;
    };
  };
  /** Creates a console account. Only root creates one with the role root. */
  CreateAccount: {
    kind: 'change';
    body: {
      /** 2 to 50 characters, unique in the server. */
      readonly username: string;
      /** What the person is called. */
      readonly name?: string | undefined;
      readonly role: "root" | "admin" | "engineer" | "readonly";
      /** Pool UUIDs; engineer and readonly need one or more. */
      readonly pools?: readonly string[] | undefined;
      /** 8 to 1024 characters; kept only as a hash. */
      readonly password: string;
    };
    answer: Account;
  };
  /** Creates an alert rule. */
  CreateAlertRule: {
    kind: 'order';
    data: {
      /** Name, unique in the logpoint. */
      readonly searchname: string;
      /** Id of the owner. */
      readonly owner: string;
      /** Names or addresses of repos. */
      readonly repos: readonly string[];
      /** Rows that an incident of a plain search shows. */
      readonly limit: number;
      /** greaterthan, lessthan, equalsto, lessequal, moreequal, notequal, equals */
      readonly condition_option: string;
      /** Rows. */
      readonly condition_value: number;
      /** low, medium, high, critical */
      readonly risk: string;
      /** min, max, avg */
      readonly aggregate: string;
      /** LPQL; empty matches every event. */
      readonly query?: string | undefined;
      /** Range of the rule; one of the three. */
      readonly timerange_minute?: number | undefined;
      /** Range of the rule in hours. */
      readonly timerange_hour?: number | undefined;
      /** Range of the rule in days. */
      readonly timerange_day?: number | undefined;
      /** Divides the range. */
      readonly search_interval_minute?: number | undefined;
      /** Wait for late logs. */
      readonly delay_interval_minute?: number | undefined;
      /** The next firing uses only newer events. */
      readonly flush_on_trigger?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Shown on incidents. */
      readonly description?: string | undefined;
      /** Id of the user who gets the incidents; the owner when not given. */
      readonly assigned_to?: string | undefined;
      /** Ids of incident user groups. */
      readonly manageable_by?: readonly string[] | undefined;
      /** Hashes or ids of ATT&CK entries; see MitreAttacks/fetch. */
      readonly attack_tag?: readonly string[] | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Fields that incidents carry along. */
      readonly metadata?: readonly {
        readonly field: string;
        readonly value: string;
      }[] | undefined;
      /** Whether the template is used. */
      readonly apply_jinja_template?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Jinja. */
      readonly alert_context_template?: string | undefined;
      /** A repeated value raises no incident. */
      readonly throttling_enabled?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Field whose value is compared. */
      readonly throttling_field?: string | undefined;
      /** Minutes. */
      readonly throttling_time_range?: number | undefined;
      /** Kept and shown. */
      readonly original_data?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Email notification of rules. */
  CreateEmailSigned: {
    kind: 'change';
    body: {
      readonly ids: readonly string[];
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Events that rules are not to fire on, with owner, reason and end. */
  CreateException: {
    kind: 'order';
    data: {
      /** What it is about. */
      readonly name: string;
      /** A search expression; events that satisfy it count for none of the rules. */
      readonly query: string;
      /** Who answers for it. */
      readonly owner: string;
      /** Why. */
      readonly reason: string;
      /** Ids of alert rules; every rule when not given. */
      readonly rule_ids?: readonly string[] | undefined;
      /** Epoch seconds or ISO time; no end when not given. */
      readonly expires_at?: number | string | null | undefined;
      /** suppress. */
      readonly action?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Object id. */
      readonly id: string;
      readonly name: string;
      /** Null = all rules. */
      readonly rule_ids: readonly string[] | null;
      readonly query: string;
      /** Id of the user. */
      readonly owner: string;
      readonly reason: string;
      /** Epoch seconds; null = never. */
      readonly expires_at: number | null;
      readonly expired: boolean;
      readonly action: string;
      /** Hits that it took. */
      readonly suppressed: number;
      /** Epoch seconds. */
      readonly last_suppressed_at: number | null;
      /** Epoch seconds. */
      readonly created_at: number;
      /** Epoch seconds. */
      readonly updated_at: number;
    };
  };
  /** HTTP notification of rules. */
  CreateHttpSigned: {
    kind: 'change';
    body: {
      readonly ids: readonly string[];
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Makes an incident (type Search) from a query. */
  CreateIncident: {
    kind: 'order';
    data: {
      /** What it is about. */
      readonly name: string;
      /** LPQL; its rows are the data of the incident. */
      readonly query: string;
      /** From and to, epoch seconds. */
      readonly time_range: readonly number[];
      /** low, medium, high, critical */
      readonly risk: string;
      /** Id of the owner; works on it, too, when `assigned_to` is not given. */
      readonly incident_user_id: string;
      /** Shown on the incident. */
      readonly description?: string | undefined;
      /** Id of the user who works on it. */
      readonly assigned_to?: string | undefined;
      /** Ids of incident user groups. */
      readonly manageable_by?: readonly string[] | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      readonly metadata?: readonly {
        readonly field: string;
        readonly value: string;
      }[] | undefined;
      /** Names or addresses; every repo when not given. */
      readonly repos?: readonly string[] | undefined;
      /** Rows that the incident shows. */
      readonly limit?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly incident_id: string;
    };
  };
  /** Makes user groups available to `manageable_by`. */
  CreateIncidentUserGroup: {
    kind: 'order';
    data: {
      /** Ids of user groups. */
      readonly selected_usergroups: readonly string[];
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly ids: readonly string[];
    };
  };
  /** Creates a label package. */
  CreateLabelPackage: {
    kind: 'order';
    data: {
      /** Unique in the logpoint. */
      readonly name: string;
      /** Whether its labels count; true when not given. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Searches and their labels. */
      readonly definitions: readonly {
        /** A search expression without commands. */
        readonly query: string;
        /** Labels that every event has which satisfies it. */
        readonly labels: readonly string[];
      }[];
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      /** Grows with each change. */
      readonly version: number;
    };
  };
  /** Creates a list of values. */
  CreateList: {
    kind: 'order';
    data: {
      /** Letters, digits and underscore; unique in the logpoint in any case. */
      readonly name: string;
      /** Values of a dynamic list count for a time. `static` when not given. */
      readonly type?: "static" | "dynamic" | undefined;
      /** What the list is for. */
      readonly description?: string | undefined;
      /** Texts, wildcards, networks such as 10.0.0.0/8. */
      readonly items?: readonly string[] | undefined;
      /** Dynamic lists: seconds that a value counts after it was last added. */
      readonly age_limit?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      /** Grows with each change. */
      readonly version: number;
    };
  };
  /** Creates a log source. */
  CreateLogSource: {
    kind: 'order';
    data: {
      /** Unique in the logpoint. */
      readonly name: string;
      /** What it is. */
      readonly description?: string | undefined;
      /** Addresses, networks or host names; replaces the list. */
      readonly hosts?: readonly string[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Creates a permission group. */
  CreatePermissionGroup: {
    kind: 'order';
    data: {
      /** 2 to 100 characters, unique in the logpoint. */
      readonly name: string;
      /** What the group is for. */
      readonly description?: string | undefined;
      /** Names of the repos that its people may search; null, as if left out at first, is every one. */
      readonly repos?: readonly string[] | null | undefined;
      /** Addresses or networks (`10.0.0.0/8`) of the devices whose events its people may search; null, as if left out at first, is every one. */
      readonly devices?: readonly string[] | null | undefined;
      /** Entities with NONE, READ, CREATE_EDIT or DELETE; what is not named has NONE. */
      readonly permissions: readonly {
        readonly entity: string;
        readonly permission: string;
      }[];
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Creates a repo. */
  CreateRepo: {
    kind: 'order';
    data: {
      /** Letters, digits, dot, underscore, dash. */
      readonly name: string;
      /** Days that events are kept. */
      readonly retention?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly address: string;
    };
  };
  /** Makes a rule of the user. */
  CreateRuleSigned: {
    kind: 'change';
    body: {
      /** At least 5 characters. */
      readonly name: string;
      readonly search_params?: JsonObject | undefined;
      readonly incident_condition?: JsonObject | undefined;
      readonly taxonomy?: JsonObject | undefined;
      readonly incident_ownership?: JsonObject | undefined;
      readonly incident_display_data?: JsonObject | undefined;
      readonly foureyes?: JsonObject | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Keeps a filter under a name. */
  CreateSavedFilter: {
    kind: 'order';
    data: {
      /** Unique among those of the caller. */
      readonly name: string;
      readonly filter: {
        /** Ids of assignees, any of. */
        readonly assigned_to_users?: readonly string[] | undefined;
        /** Names of tactics, all of. */
        readonly attack_category?: readonly string[] | undefined;
        /** Names of techniques, all of. */
        readonly attack_tag?: readonly string[] | undefined;
        /** Names of log sources, all of. */
        readonly log_source?: readonly string[] | undefined;
        /** All of. */
        readonly metadata?: readonly {
          readonly field: string;
          readonly value: string;
        }[] | undefined;
        /** Name, alert rule id or incident id, or a pattern (RE2) found in the name. */
        readonly name?: string | undefined;
        /** low, medium, high, critical; any of. */
        readonly risk?: readonly string[] | undefined;
        /** resolved, unresolved, closed; any of. */
        readonly status?: readonly string[] | undefined;
        /** alert, search, UEBA; any of, in any case. */
        readonly type?: readonly string[] | undefined;
        /** Epoch seconds, inclusive; with end_date. */
        readonly start_date?: number | undefined;
        /** Epoch seconds, inclusive; with start_date. */
        readonly end_date?: number | undefined;
        /** Epoch seconds, inclusive. */
        readonly updated_since?: number | undefined;
        /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
        readonly q?: string | undefined;
        /** Ids or alertrule_ids of rules, any of. */
        readonly rule?: readonly string[] | undefined;
        /** Values, or kind:value with user, host, address, hash; all of. */
        readonly entity?: readonly string[] | undefined;
        /** true_positive, false_positive, benign, none; any of. */
        readonly disposition?: readonly string[] | undefined;
        /** breached, or soon: a clock runs out within 15 minutes. */
        readonly sla?: string | undefined;
        /** no: without those merged into another; only: only those; any. */
        readonly merged?: string | undefined;
        /** Most rows of the answer. */
        readonly limit?: number | undefined;
        /** `next_cursor` of the answer before. */
        readonly cursor?: string | undefined;
      };
      /** Shown to everyone who may read the logpoint. */
      readonly shared?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Creates a user. */
  CreateUser: {
    kind: 'order';
    data: {
      /** 2 to 50 characters, unique in the logpoint. */
      readonly username: string;
      /** Address. */
      readonly email: string;
      /** First name. */
      readonly firstname: string;
      /** Last name. */
      readonly lastname: string;
      /** Kept only as a hash. */
      readonly password: string;
      /** Ids of user groups. */
      readonly usergroup: readonly string[];
      /** IANA name. */
      readonly timezone?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Creates a user group. */
  CreateUserGroup: {
    kind: 'order';
    data: {
      /** Unique in the logpoint. */
      readonly name: string;
      /** What the group is for. */
      readonly description?: string | undefined;
      /** Members administrate the logpoint. */
      readonly lpadmin?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Members may manage users. */
      readonly useradmin?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Ids of members; replaces the list. */
      readonly users?: readonly string[] | undefined;
      /** Id of the permission group. */
      readonly roles?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Stops the rule. */
  DeactivateAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Turns rules off. */
  DeactivateRulesSigned: {
    kind: 'change';
    body: {
      readonly ids: readonly string[];
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Stops the user. */
  DeactivateUser: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a console account and ends its sessions. */
  DeleteAccount: {
    kind: 'change';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: Account;
  };
  /** Removes rules, all or none. */
  DeleteRulesSigned: {
    kind: 'change';
    body: {
      readonly ids: readonly string[];
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Whether the logpoint does all it should, and what does not. */
  Diagnosis: {
    kind: 'read';
    answer: {
      readonly status: "ok" | "degraded";
      readonly checks: readonly {
        readonly name: string;
        readonly ok: boolean;
        /** Empty when all is well. */
        readonly message: string;
        /** The first rules whose search failed. */
        readonly failing?: readonly {
          readonly id: string;
          readonly message: string | null;
        }[];
      }[];
      readonly alert_rules: number;
      readonly repos_being_dropped: readonly string[];
    };
  };
  /** Whether the server takes orders. */
  DirectorHealth: {
    kind: 'read';
    answer: {
      readonly status: string;
    };
  };
  /** Version of the server. */
  DirectorVersion: {
    kind: 'read';
    answer: {
      readonly version: string;
    };
  };
  /** Codes are no longer asked for. Needs one more. */
  DisableTotp: {
    kind: 'change';
    body: {
      readonly code: string;
    };
    answer: {
      readonly status: "Success";
    };
  };
  /** What an exception would have taken from the rules of late. */
  DryRunException: {
    kind: 'order';
    data: {
      /** A search expression. */
      readonly query: string;
      /** Ids of alert rules; every rule when not given. */
      readonly rule_ids?: readonly string[] | undefined;
      /** Days back from now; 7 when not given. */
      readonly days?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** Looked at. */
      readonly events: number;
      /** Matches that it would have taken. */
      readonly hits: number;
      readonly rules: number;
      readonly by_rule: readonly {
        readonly id: string;
        readonly name: string;
        readonly matches: number;
      }[];
      /** What was not looked at. */
      readonly cut: {
        readonly reason: string;
        readonly reached_at?: number;
      } | null;
      readonly from: number;
      readonly to: number;
    };
  };
  /** Changes what is given, keeps the rest. Sessions end with another role, other pools or another password. */
  EditAccount: {
    kind: 'change';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    body: {
      readonly name?: string | undefined;
      readonly role?: "root" | "admin" | "engineer" | "readonly" | undefined;
      /** Pool UUIDs; engineer and readonly need one or more. */
      readonly pools?: readonly string[] | undefined;
      readonly active?: boolean | undefined;
      /** A new password; ends the sessions. */
      readonly password?: string | undefined;
    };
    answer: Account;
  };
  /** Changes what is given, keeps the rest. */
  EditAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** Name, unique in the logpoint. */
      readonly searchname?: string | undefined;
      /** Names or addresses of repos. */
      readonly repos?: readonly string[] | undefined;
      /** Rows that an incident of a plain search shows. */
      readonly limit?: number | undefined;
      /** greaterthan, lessthan, equalsto, lessequal, moreequal, notequal, equals */
      readonly condition_option?: string | undefined;
      /** Rows. */
      readonly condition_value?: number | undefined;
      /** low, medium, high, critical */
      readonly risk?: string | undefined;
      /** min, max, avg */
      readonly aggregate?: string | undefined;
      /** LPQL; empty matches every event. */
      readonly query?: string | undefined;
      /** Range of the rule; one of the three. */
      readonly timerange_minute?: number | undefined;
      /** Range of the rule in hours. */
      readonly timerange_hour?: number | undefined;
      /** Range of the rule in days. */
      readonly timerange_day?: number | undefined;
      /** Divides the range. */
      readonly search_interval_minute?: number | undefined;
      /** Wait for late logs. */
      readonly delay_interval_minute?: number | undefined;
      /** The next firing uses only newer events. */
      readonly flush_on_trigger?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Shown on incidents. */
      readonly description?: string | undefined;
      /** Id of the user who gets the incidents; the owner when not given. */
      readonly assigned_to?: string | undefined;
      /** Ids of incident user groups. */
      readonly manageable_by?: readonly string[] | undefined;
      /** Hashes or ids of ATT&CK entries; see MitreAttacks/fetch. */
      readonly attack_tag?: readonly string[] | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Fields that incidents carry along. */
      readonly metadata?: readonly {
        readonly field: string;
        readonly value: string;
      }[] | undefined;
      /** Whether the template is used. */
      readonly apply_jinja_template?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Jinja. */
      readonly alert_context_template?: string | undefined;
      /** A repeated value raises no incident. */
      readonly throttling_enabled?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Field whose value is compared. */
      readonly throttling_field?: string | undefined;
      /** Minutes. */
      readonly throttling_time_range?: number | undefined;
      /** Kept and shown. */
      readonly original_data?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Changes what is given, keeps the rest. */
  EditException: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** What it is about. */
      readonly name?: string | undefined;
      /** A search expression. */
      readonly query?: string | undefined;
      /** Who answers for it. */
      readonly owner?: string | undefined;
      /** Why. */
      readonly reason?: string | undefined;
      /** Ids of alert rules; every rule when not given. */
      readonly rule_ids?: readonly string[] | undefined;
      /** Epoch seconds or ISO time; no end when not given. */
      readonly expires_at?: number | string | null | undefined;
      /** suppress. */
      readonly action?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Object id. */
      readonly id: string;
      readonly name: string;
      /** Null = all rules. */
      readonly rule_ids: readonly string[] | null;
      readonly query: string;
      /** Id of the user. */
      readonly owner: string;
      readonly reason: string;
      /** Epoch seconds; null = never. */
      readonly expires_at: number | null;
      readonly expired: boolean;
      readonly action: string;
      /** Hits that it took. */
      readonly suppressed: number;
      /** Epoch seconds. */
      readonly last_suppressed_at: number | null;
      /** Epoch seconds. */
      readonly created_at: number;
      /** Epoch seconds. */
      readonly updated_at: number;
    };
  };
  /** Changes a label package. */
  EditLabelPackage: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** New name. */
      readonly name?: string | undefined;
      /** Whether its labels count. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Searches and their labels. */
      readonly definitions?: readonly {
        /** A search expression without commands. */
        readonly query: string;
        /** Labels that every event has which satisfies it. */
        readonly labels: readonly string[];
      }[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      /** Grows with each change. */
      readonly version: number;
    };
  };
  /** Changes a list of values. */
  EditList: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** New name. */
      readonly name?: string | undefined;
      /** New description. */
      readonly description?: string | undefined;
      /** Replaces all items. */
      readonly items?: readonly string[] | undefined;
      /** Items to add; in a dynamic list they are young again. */
      readonly add?: readonly string[] | undefined;
      /** Items to take away. */
      readonly remove?: readonly string[] | undefined;
      /** Dynamic lists: seconds that a value counts after it was last added. */
      readonly age_limit?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      /** Grows with each change. */
      readonly version: number;
    };
  };
  /** Changes what is given, keeps the rest. */
  EditLogSource: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** Unique in the logpoint. */
      readonly name?: string | undefined;
      /** What it is. */
      readonly description?: string | undefined;
      /** Addresses, networks or host names; replaces the list. */
      readonly hosts?: readonly string[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Changes what is given, keeps the rest; not of a built-in group. */
  EditPermissionGroup: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** 2 to 100 characters, unique in the logpoint. */
      readonly name?: string | undefined;
      /** What the group is for. */
      readonly description?: string | undefined;
      /** Names of the repos that its people may search; null, as if left out at first, is every one. */
      readonly repos?: readonly string[] | null | undefined;
      /** Addresses or networks (`10.0.0.0/8`) of the devices whose events its people may search; null, as if left out at first, is every one. */
      readonly devices?: readonly string[] | null | undefined;
      /** Entities with NONE, READ, CREATE_EDIT or DELETE; what is not named has NONE. */
      readonly permissions?: readonly {
        readonly entity: string;
        readonly permission: string;
      }[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Changes the retention. */
  EditRepo: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Days that events are kept. */
      readonly retention: number;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Replaces a filter of the caller. */
  EditSavedFilter: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Unique among those of the caller. */
      readonly name: string;
      readonly filter: {
        /** Ids of assignees, any of. */
        readonly assigned_to_users?: readonly string[] | undefined;
        /** Names of tactics, all of. */
        readonly attack_category?: readonly string[] | undefined;
        /** Names of techniques, all of. */
        readonly attack_tag?: readonly string[] | undefined;
        /** Names of log sources, all of. */
        readonly log_source?: readonly string[] | undefined;
        /** All of. */
        readonly metadata?: readonly {
          readonly field: string;
          readonly value: string;
        }[] | undefined;
        /** Name, alert rule id or incident id, or a pattern (RE2) found in the name. */
        readonly name?: string | undefined;
        /** low, medium, high, critical; any of. */
        readonly risk?: readonly string[] | undefined;
        /** resolved, unresolved, closed; any of. */
        readonly status?: readonly string[] | undefined;
        /** alert, search, UEBA; any of, in any case. */
        readonly type?: readonly string[] | undefined;
        /** Epoch seconds, inclusive; with end_date. */
        readonly start_date?: number | undefined;
        /** Epoch seconds, inclusive; with start_date. */
        readonly end_date?: number | undefined;
        /** Epoch seconds, inclusive. */
        readonly updated_since?: number | undefined;
        /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
        readonly q?: string | undefined;
        /** Ids or alertrule_ids of rules, any of. */
        readonly rule?: readonly string[] | undefined;
        /** Values, or kind:value with user, host, address, hash; all of. */
        readonly entity?: readonly string[] | undefined;
        /** true_positive, false_positive, benign, none; any of. */
        readonly disposition?: readonly string[] | undefined;
        /** breached, or soon: a clock runs out within 15 minutes. */
        readonly sla?: string | undefined;
        /** no: without those merged into another; only: only those; any. */
        readonly merged?: string | undefined;
        /** Most rows of the answer. */
        readonly limit?: number | undefined;
        /** `next_cursor` of the answer before. */
        readonly cursor?: string | undefined;
      };
      /** Shown to everyone who may read the logpoint. */
      readonly shared?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Sets the clocks of the named risks, for incidents raised or reopened from now on. */
  EditSlaPolicy: {
    kind: 'order';
    data?: {
      readonly low?: {
        /** Minutes; null = no clock. */
        readonly acknowledge?: number | null | undefined;
        /** Minutes; null = no clock. */
        readonly resolve?: number | null | undefined;
      } | undefined;
      readonly medium?: {
        /** Minutes; null = no clock. */
        readonly acknowledge?: number | null | undefined;
        /** Minutes; null = no clock. */
        readonly resolve?: number | null | undefined;
      } | undefined;
      readonly high?: {
        /** Minutes; null = no clock. */
        readonly acknowledge?: number | null | undefined;
        /** Minutes; null = no clock. */
        readonly resolve?: number | null | undefined;
      } | undefined;
      readonly critical?: {
        /** Minutes; null = no clock. */
        readonly acknowledge?: number | null | undefined;
        /** Minutes; null = no clock. */
        readonly resolve?: number | null | undefined;
      } | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly policy: SlaPolicy;
    };
  };
  /** Changes what is given, keeps the rest. */
  EditSystemSettingsGeneral: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** Name of the logpoint, unique in the pool. */
      readonly logpoint_name?: string | undefined;
      /** IANA name; of new users that name none. */
      readonly timezone?: string | undefined;
      /** log_ts: rules and searches go by the time of the event, and by nothing else. */
      readonly timestamp_on?: string | undefined;
      /** false: there is no such part. */
      readonly enable_soar?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Sets the mail server of the logpoint. */
  EditSystemSettingsSMTP: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Host name or address; must be one that notifications may reach. */
      readonly smtp_server: string;
      /** Address of the sender. */
      readonly smtp_sender_email: string;
      /** 25 when not given. */
      readonly smtp_port?: number | undefined;
      /** starttls, tls or none; by port and login when not given. */
      readonly smtp_security?: string | undefined;
      /** Shown beside the address. */
      readonly smtp_sender_name?: string | undefined;
      /** The server asks for user and password. */
      readonly login_required?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** With login_required. */
      readonly smtp_username?: string | undefined;
      /** Secret; never shown again. */
      readonly smtp_password?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Changes what is given, keeps the rest. */
  EditUser: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** 2 to 50 characters, unique in the logpoint. */
      readonly username?: string | undefined;
      /** Address. */
      readonly email?: string | undefined;
      /** First name. */
      readonly firstname?: string | undefined;
      /** Last name. */
      readonly lastname?: string | undefined;
      /** Ids of user groups; replaces the list. */
      readonly usergroup?: readonly string[] | undefined;
      /** IANA name. */
      readonly timezone?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Changes what is given, keeps the rest. */
  EditUserGroup: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** Unique in the logpoint. */
      readonly name?: string | undefined;
      /** What the group is for. */
      readonly description?: string | undefined;
      /** Members administrate the logpoint. */
      readonly lpadmin?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Members may manage users. */
      readonly useradmin?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Ids of members; replaces the list. */
      readonly users?: readonly string[] | undefined;
      /** Id of the permission group. */
      readonly roles?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Sets or clears the email notification of a rule. */
  EmailNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_email: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly email_threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly email_threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      readonly email_emails?: readonly string[] | string | undefined;
      /** Jinja. */
      readonly subject?: string | undefined;
      /** Jinja. */
      readonly email_template?: string | undefined;
      /** Collects what happens in this time into one mail; 0 = a mail for each. */
      readonly email_digest_minutes?: number | undefined;
      /** Leaves the link to the search out. */
      readonly link_disable?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Puts a logo on top. */
      readonly logo_enable?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Image, base64. */
      readonly b64_logo?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Gives up what was frozen. */
  EndBackup: {
    kind: 'change';
    path: {
      /** Of the answer that began it. */
      readonly id: string;
    };
    answer: {
      readonly status: "Success";
    };
  };
  /** A secret for an authenticator app; codes are asked for once one was confirmed. */
  EnrollTotp: {
    kind: 'change';
    answer: {
      readonly status: "Success";
      /** Base 32. */
      readonly secret: string;
      /** otpauth://…, what a QR code shows. */
      readonly uri: string;
    };
  };
  /** Signs where every chain is now, and answers the checkpoints. */
  ExportCheckpoints: {
    kind: 'read';
    answer: {
      readonly checkpoints: readonly Checkpoint[];
    };
  };
  /** Fetches the incident's logs and keeps a copy for GetIncidentData. */
  FetchIncidentData: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly JsonObject[];
      /** False when events of its range may still be missing. */
      readonly is_fresh?: boolean;
      readonly message?: string;
    };
  };
  /** Fetches incident user groups. */
  FetchIncidentUserGroups: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly IncidentUserGroup[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches incidents, newest first. */
  FetchIncidents: {
    kind: 'order';
    data?: {
      /** Ids of assignees, any of. */
      readonly assigned_to_users?: readonly string[] | undefined;
      /** Names of tactics, all of. */
      readonly attack_category?: readonly string[] | undefined;
      /** Names of techniques, all of. */
      readonly attack_tag?: readonly string[] | undefined;
      /** Names of log sources, all of. */
      readonly log_source?: readonly string[] | undefined;
      /** All of. */
      readonly metadata?: readonly {
        readonly field: string;
        readonly value: string;
      }[] | undefined;
      /** Name, alert rule id or incident id, or a pattern (RE2) found in the name. */
      readonly name?: string | undefined;
      /** low, medium, high, critical; any of. */
      readonly risk?: readonly string[] | undefined;
      /** resolved, unresolved, closed; any of. */
      readonly status?: readonly string[] | undefined;
      /** alert, search, UEBA; any of, in any case. */
      readonly type?: readonly string[] | undefined;
      /** Epoch seconds, inclusive; with end_date. */
      readonly start_date?: number | undefined;
      /** Epoch seconds, inclusive; with start_date. */
      readonly end_date?: number | undefined;
      /** Epoch seconds, inclusive. */
      readonly updated_since?: number | undefined;
      /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
      readonly q?: string | undefined;
      /** Ids or alertrule_ids of rules, any of. */
      readonly rule?: readonly string[] | undefined;
      /** Values, or kind:value with user, host, address, hash; all of. */
      readonly entity?: readonly string[] | undefined;
      /** true_positive, false_positive, benign, none; any of. */
      readonly disposition?: readonly string[] | undefined;
      /** breached, or soon: a clock runs out within 15 minutes. */
      readonly sla?: string | undefined;
      /** no: without those merged into another; only: only those; any. */
      readonly merged?: string | undefined;
      /** Most rows of the answer. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedIncident[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches each label package. */
  FetchLabelPackages: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly LabelPackage[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches each list of values. */
  FetchLists: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly List[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches log sources. */
  FetchLogSources: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly LogSource[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Searches events. */
  FetchLogs: {
    kind: 'order';
    data: {
      /** LPQL; empty finds every event. */
      readonly query: string;
      /** From and to, epoch seconds. */
      readonly time_range: readonly number[];
      /** Id of the user who searches. */
      readonly user_id: string;
      /** Names or addresses; every repo when not given. */
      readonly repos?: readonly string[] | undefined;
      /** Most rows. */
      readonly limit?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly JsonObject[];
      readonly query_type: string;
      readonly is_cut: boolean;
      /** Why the answer was cut. */
      readonly message?: string;
      readonly written?: readonly {
        readonly to: "list" | "table";
        readonly name: string;
        readonly columns: readonly string[];
        readonly entries: readonly (readonly string[])[];
        readonly kept: boolean;
        readonly message?: string;
      }[];
    };
  };
  /** Fetches the ATT&CK table. */
  FetchMitreAttacks: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly AttackTechnique[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches MyAlertRules. */
  FetchMyAlertRules: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Only rules of this owner; of SharedAlertRules those shared with this user. */
      readonly user_id?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedRule[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches permission groups. */
  FetchPermissionGroups: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly PermissionGroup[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches repos with their addresses. */
  FetchRemoteRepos: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly Repo[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches where repos can be. */
  FetchRepoPaths: {
    kind: 'order';
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly {
        readonly id: string;
        readonly path: string;
        readonly default: boolean;
      }[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches repos. */
  FetchRepos: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly Repo[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches SharedAlertRules. */
  FetchSharedAlertRules: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Only rules of this owner; of SharedAlertRules those shared with this user. */
      readonly user_id?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedRule[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches each table, without its rows: those are read with the query `table "name"`. */
  FetchTables: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly Table[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches UsedAlertRules. */
  FetchUsedAlertRules: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Only rules of this owner; of SharedAlertRules those shared with this user. */
      readonly user_id?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedRule[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches UsedSharedAlertRules. */
  FetchUsedSharedAlertRules: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Only rules of this owner; of SharedAlertRules those shared with this user. */
      readonly user_id?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedRule[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches user groups. */
  FetchUserGroups: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly UserGroup[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches users. */
  FetchUsers: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly User[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Fetches VendorAlertRules. */
  FetchVendorAlertRules: {
    kind: 'order';
    data?: {
      /** Rows of a page, by id; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      /** Only rules of this owner; of SharedAlertRules those shared with this user. */
      readonly user_id?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      readonly rows: readonly FetchedRule[];
      /** `cursor` of the next page; absent on the last one. */
      readonly next_cursor?: string;
      /** Rows of all pages, when asked for. */
      readonly total?: number;
      /** Why the answer was cut. */
      readonly message?: string;
    };
  };
  /** Where the identity provider sends the browser: starts the session. */
  FinishOidc: {
    kind: 'read';
    path: {
      /** Of GET /auth/methods. */
      readonly id: string;
    };
    answer: null;
  };
  /** One rule whole, with the YAML of a Sigma rule. */
  GetAlertRule: {
    kind: 'read';
    path: {
      /** Object id. */
      readonly id: string;
    };
    answer: {
      readonly id: string;
      readonly alertrule_id: string;
      readonly name: string;
      readonly mode: "stream" | "schedule";
      readonly active: boolean;
      readonly risk: "low" | "medium" | "high" | "critical";
      readonly source: "lpql" | "sigma";
      readonly sigma_id: string | null;
      readonly author: string;
      readonly licence: string;
      readonly references: readonly string[];
      readonly owner: string;
      /** The rule that it follows. */
      readonly used_from: string | null;
      readonly version: number;
      /** Epoch seconds. */
      readonly updated_at: number;
      readonly matches: number;
      readonly hits: number;
      readonly raised: number;
      readonly extended: number;
      readonly throttled: number;
      readonly suppressed: number;
      readonly overflowed: number;
      readonly late: number;
      readonly failures: number;
      /** Epoch seconds. */
      readonly last_hit_at: number | null;
      /** Epoch seconds. */
      readonly last_run_at: number | null;
      readonly last_error: string | null;
      readonly gaps: number;
      /** Microseconds for each event. */
      readonly cost_us: number | null;
      readonly false_positive_ratio: number | null;
      readonly attack_id: readonly string[];
      readonly attack_tag: readonly string[];
      readonly log_source: readonly string[];
      /** The fields of CreateAlertRule that would make it. */
      readonly fields: JsonObject;
      readonly settings: RuleSettings;
      readonly rbac_config: Shares;
      /** Empty before the rule was looked at for the first time. */
      readonly statistics: RuleStatistics;
      readonly gap_list: readonly Gap[];
      /** Null of a rule that is no Sigma rule. */
      readonly sigma: {
        readonly id: string;
        readonly author: string;
        readonly references: readonly string[];
        readonly licence: string;
        readonly status: string;
        readonly level: string;
        readonly date: string;
        readonly modified: string;
        readonly tags: readonly string[];
        readonly falsePositives: readonly string[];
        readonly product: string | null;
        readonly category: string | null;
        readonly service: string | null;
        readonly counted?: readonly {
          readonly id: string;
          readonly author: string;
          readonly licence: string;
        }[];
        readonly yaml: string;
        readonly file: string;
      } | null;
    };
  };
  /** Gets one upload. */
  GetAlertRulesUploads: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: RuleUpload;
  };
  /** One notification with every attempt. */
  GetDelivery: {
    kind: 'read';
    path: {
      /** UUID. */
      readonly delivery_id: string;
    };
    answer: Delivery;
  };
  /** Gets one exception. */
  GetExceptions: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: Exception;
  };
  /** One incident, with entities, children, clocks and rule. */
  GetIncident: {
    kind: 'read';
    path: {
      /** Object id, or number such as INC-1042. */
      readonly id: string;
    };
    answer: IncidentDetail;
  };
  /** The copy that the last FetchIncidentData left; empty when none was made. */
  GetIncidentData: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: readonly JsonObject[];
  };
  /** Gets one incident user group. */
  GetIncidentUserGroups: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: IncidentUserGroup;
  };
  /** Gets one label package. */
  GetLabelPackages: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: LabelPackage;
  };
  /** Gets one list. */
  GetLists: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: List;
  };
  /** Gets one log source. */
  GetLogSources: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: LogSource;
  };
  /** Gets one permission group. */
  GetPermissionGroups: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: PermissionGroup;
  };
  /** Gets one repo. */
  GetRepos: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: Repo;
  };
  /** Minutes to acknowledge and to resolve, by risk; null = no clock. */
  GetSlaPolicy: {
    kind: 'read';
    answer: SlaPolicy;
  };
  /** Gets one settings object. */
  GetSystemSettingsGeneral: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: GeneralSettings;
  };
  /** Gets one settings object. */
  GetSystemSettingsSMTP: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: SmtpSettings;
  };
  /** Gets one user group. */
  GetUserGroups: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: UserGroup;
  };
  /** Gets one user. */
  GetUsers: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: User;
  };
  /** Sets or clears the HTTP notification of a rule. */
  HTTPNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_http: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly http_threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly http_threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      /** Where to. */
      readonly http_url?: string | undefined;
      /** GET, POST, PUT, PATCH, DELETE or HEAD. */
      readonly http_request_type?: string | undefined;
      /** Jinja. */
      readonly http_querystring?: string | undefined;
      /** Jinja. */
      readonly http_body?: string | undefined;
      readonly http_header?: {
        /** None, api_token, basic_auth or bearer_token. */
        readonly auth_type?: string | undefined;
        /** Name of the header or the user. */
        readonly auth_key?: string | undefined;
        /** Secret; never shown again. */
        readonly auth_value?: string | undefined;
        /** Secret; never shown again. */
        readonly auth_pass?: string | undefined;
      } | undefined;
      /** HTTP or HTTPS. */
      readonly protocol?: string | undefined;
      /** slack, teams, mattermost, pagerduty, opsgenie, jira, servicenow or generic: makes the body. */
      readonly preset?: string | undefined;
      readonly preset_fields?: {
        /** Jira. */
        readonly project?: string | undefined;
        /** Jira; Task when not given. */
        readonly issue_type?: string | undefined;
      } | undefined;
      /** Routing key of PagerDuty; never shown again. */
      readonly preset_secret?: string | undefined;
      /** Standard Webhooks secrets (whsec_…), blank-separated; never shown again. */
      readonly webhook_secret?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** What waits, how late events are, and how full the logpoint is. */
  Health: {
    kind: 'read';
    answer: {
      readonly parts: readonly {
        readonly name: string;
        readonly ok: boolean;
        readonly message: string;
      }[];
      readonly ingest: {
        /** Age of the oldest event that is not yet stored and matched. */
        readonly lag_s: number;
        /** Share of the journal that is full, 0 to 1. */
        readonly journal_used: number;
      };
      readonly store: {
        readonly ready: boolean;
        /** Of the logpoint; null while the store is away. */
        readonly events: number | null;
        readonly bytes: number | null;
      };
      readonly orders: {
        readonly open: number;
        /** Seconds; null when nothing waits. */
        readonly oldest_s: number | null;
      };
      readonly notifications: {
        readonly queued: number;
        readonly dead: number;
        readonly open_circuits: number;
        /** Seconds; null when nothing waits. */
        readonly failing_s: number | null;
      };
    };
  };
  /** Makes a static list. */
  ImportListSigned: {
    kind: 'change';
    body: {
      readonly package_import_name: string;
      /** CSV or text, a value a cell or line; may be a file. */
      readonly package_import: string;
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Makes alert rules of Sigma rules, or brings those made of them up to date; a row for each says its fate and why. */
  ImportSigmaRules: {
    kind: 'order';
    data: {
      /** One or several Sigma rules, separated by `---`. */
      readonly yaml?: string | undefined;
      /** Files of Sigma rules, at most 1,000. */
      readonly files?: readonly {
        /** Shown in the report. */
        readonly name: string;
        /** YAML. */
        readonly content: string;
      }[] | undefined;
      /** With dry_run: files that are taken as imported before and not reported on; with the others at most 1,000. */
      readonly beside?: readonly {
        /** Another one than those of the files. */
        readonly name: string;
        /** YAML. */
        readonly content: string;
      }[] | undefined;
      /** Id of the owner of new rules. */
      readonly owner: string;
      /** Names or addresses; default when not given. */
      readonly repos?: readonly string[] | undefined;
      /** Whether new rules run at once; they do when not given. */
      readonly activate?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Only tells what would happen. */
      readonly dry_run?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** Of rules that name none; DRL-1.1 when not given. */
      readonly licence?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly imported: number;
      readonly updated: number;
      readonly unchanged: number;
      readonly refused: number;
      /** Stored rules that a filter changed. */
      readonly narrowed: number;
      readonly dry_run: boolean;
      readonly rows: readonly {
        readonly file: string;
        /** As the document names itself. */
        readonly rule_id: string;
        readonly title: string;
        readonly kind: string;
        readonly fate: "imported" | "updated" | "unchanged" | "refused";
        readonly reason: string;
        readonly warnings: readonly string[];
        /** Of the alert rule. */
        readonly id: string | null;
      }[];
    };
  };
  /** Of one incident: its audit events, newest first. */
  IncidentAudit: {
    kind: 'read';
    path: {
      /** Object id, or number such as INC-1042. */
      readonly id: string;
    };
    query?: {
      /** Events of a page, which is the most, too. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly IncidentEvent[];
  };
  /** How the incidents of a filter are spread. */
  IncidentFacets: {
    kind: 'read';
    query?: {
      /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
      readonly q?: string | undefined;
      /** Name, id or number, or a pattern (RE2) found in the name. */
      readonly name?: string | undefined;
      /** resolved, unresolved, closed; any of. Several: repeated or with commas. */
      readonly status?: string | readonly string[] | undefined;
      /** low, medium, high, critical; any of. Several: repeated or with commas. */
      readonly risk?: string | readonly string[] | undefined;
      /** alert, search, UEBA; any of. Several: repeated or with commas. */
      readonly type?: string | readonly string[] | undefined;
      /** Ids of assignees, any of. Several: repeated or with commas. */
      readonly assigned_to_users?: string | readonly string[] | undefined;
      /** `me`: those of `user_id`; or ids as `assigned_to_users`. */
      readonly assignee?: string | undefined;
      /** Who `me` is. */
      readonly user_id?: string | undefined;
      /** Names of techniques, all of. Several: repeated or with commas. */
      readonly attack_tag?: string | readonly string[] | undefined;
      /** Names of tactics, all of. Several: repeated or with commas. */
      readonly attack_category?: string | readonly string[] | undefined;
      /** Names of log sources, all of. Several: repeated or with commas. */
      readonly log_source?: string | readonly string[] | undefined;
      /** Ids or alertrule_ids of rules, any of. Several: repeated or with commas. */
      readonly rule?: string | readonly string[] | undefined;
      /** Values, or kind:value with user, host, address, hash; all of. Several: repeated or with commas. */
      readonly entity?: string | readonly string[] | undefined;
      /** true_positive, false_positive, benign, none; any of. Several: repeated or with commas. */
      readonly disposition?: string | readonly string[] | undefined;
      /** breached, or soon: a clock runs out within 15 minutes. */
      readonly sla?: string | undefined;
      /** no: without those merged into another; only: only those; any. */
      readonly merged?: string | undefined;
      /** Epoch seconds, inclusive; with end_date. */
      readonly start_date?: number | undefined;
      /** Epoch seconds, inclusive; with start_date. */
      readonly end_date?: number | undefined;
      /** Epoch seconds, inclusive. */
      readonly updated_since?: number | undefined;
    };
    answer: IncidentFacets;
  };
  /** Incidents of a filter over time, by risk; of the last 24 hours without dates. */
  IncidentHistogram: {
    kind: 'read';
    query?: {
      /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
      readonly q?: string | undefined;
      /** Name, id or number, or a pattern (RE2) found in the name. */
      readonly name?: string | undefined;
      /** resolved, unresolved, closed; any of. Several: repeated or with commas. */
      readonly status?: string | readonly string[] | undefined;
      /** low, medium, high, critical; any of. Several: repeated or with commas. */
      readonly risk?: string | readonly string[] | undefined;
      /** alert, search, UEBA; any of. Several: repeated or with commas. */
      readonly type?: string | readonly string[] | undefined;
      /** Ids of assignees, any of. Several: repeated or with commas. */
      readonly assigned_to_users?: string | readonly string[] | undefined;
      /** `me`: those of `user_id`; or ids as `assigned_to_users`. */
      readonly assignee?: string | undefined;
      /** Who `me` is. */
      readonly user_id?: string | undefined;
      /** Names of techniques, all of. Several: repeated or with commas. */
      readonly attack_tag?: string | readonly string[] | undefined;
      /** Names of tactics, all of. Several: repeated or with commas. */
      readonly attack_category?: string | readonly string[] | undefined;
      /** Names of log sources, all of. Several: repeated or with commas. */
      readonly log_source?: string | readonly string[] | undefined;
      /** Ids or alertrule_ids of rules, any of. Several: repeated or with commas. */
      readonly rule?: string | readonly string[] | undefined;
      /** Values, or kind:value with user, host, address, hash; all of. Several: repeated or with commas. */
      readonly entity?: string | readonly string[] | undefined;
      /** true_positive, false_positive, benign, none; any of. Several: repeated or with commas. */
      readonly disposition?: string | readonly string[] | undefined;
      /** breached, or soon: a clock runs out within 15 minutes. */
      readonly sla?: string | undefined;
      /** no: without those merged into another; only: only those; any. */
      readonly merged?: string | undefined;
      /** Epoch seconds, inclusive; with end_date. */
      readonly start_date?: number | undefined;
      /** Epoch seconds, inclusive; with start_date. */
      readonly end_date?: number | undefined;
      /** Epoch seconds, inclusive. */
      readonly updated_since?: number | undefined;
      /** Most buckets. */
      readonly buckets?: number | undefined;
    };
    answer: IncidentHistogram;
  };
  /** Times to acknowledge and resolve, counts, ratio of false positives. */
  IncidentMetrics: {
    kind: 'read';
    query?: {
      /** Epoch seconds of the detection, inclusive; 30 days before `to` when not given. */
      readonly from?: number | undefined;
      /** Epoch seconds, exclusive. */
      readonly to?: number | undefined;
      /** logpoint when not given. */
      readonly by?: "rule" | "assignee" | "logpoint" | undefined;
    };
    answer: {
      readonly from: number;
      readonly to: number;
      readonly by: string;
      readonly rows: readonly {
        /** Id of the rule, user or logpoint. */
        readonly key: string;
        readonly name: string;
        readonly incidents: number;
        readonly unresolved: number;
        readonly acknowledged: number;
        readonly mtta_s: number | null;
        readonly resolved: number;
        readonly mttr_s: number | null;
        readonly breached: number;
        readonly dispositions: {
          readonly true_positive: number;
          readonly false_positive: number;
          readonly benign: number;
        };
        readonly false_positive_ratio: number | null;
      }[];
      /** Not all incidents or rows of the range are in it. */
      readonly isCut: boolean;
    };
  };
  /** Of one incident: events, comments, changes, deliveries, oldest first. */
  IncidentTimeline: {
    kind: 'read';
    path: {
      /** Object id, or number such as INC-1042. */
      readonly id: string;
    };
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly TimelineEntry[];
  };
  /** Takes lines of logs; answers when they are durable. */
  Ingest: {
    kind: 'change';
    path: {
      /** Name of the repo. */
      readonly repo: string;
    };
    query?: {
      /** How lines are read; auto decides line by line. */
      readonly format?: "auto" | "jsonl" | "syslog" | "web" | "text" | undefined;
      /** Becomes `source_name`. */
      readonly source_name?: string | undefined;
    };
    answer: {
      readonly accepted: number;
      /** Lines that could not be decoded; kept in the dead-letter repo. */
      readonly rejected: number;
      readonly rejections?: readonly {
        readonly line: number;
        readonly reason: string;
      }[];
    };
  };
  /** Makes rules of a file; each that is refused is told in its row. */
  InstallAlertRules: {
    kind: 'order';
    data: {
      /** Id of the owner of the installed rules. */
      readonly owner: string;
      /** private: an upload (the default); vendor: rules that ship with the program. */
      readonly file_location?: string | undefined;
      /** Of the upload, or of the vendor rule; without it every vendor rule. */
      readonly file_name?: string | undefined;
      /** Names or addresses; default when not given. */
      readonly repos?: readonly string[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly installed: number;
      readonly failed: number;
      readonly rows: readonly {
        readonly file_name: string;
        readonly success: boolean;
        readonly name?: string;
        /** Why it is no rule. */
        readonly message?: string;
        readonly id?: string;
        readonly alertrule_id?: string;
        /** By field. */
        readonly validationErrors?: { readonly [key: string]: readonly string[] };
      }[];
    };
  };
  /** Issues a token. */
  IssueToken: {
    kind: 'change';
    body: {
      readonly name: string;
      readonly role: "root" | "admin" | "engineer" | "readonly";
      readonly pools?: readonly string[] | undefined;
      /** The token does not expire; revoke it to end it. */
      readonly always_active?: boolean | undefined;
    };
    answer: IssuedToken;
  };
  /** Console accounts by username; with `limit` by id, page by page. */
  ListAccounts: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Account[];
  };
  /** Hits and incidents of each rule, day by day (UTC); rules that did nothing are left out. */
  ListAlertRuleActivity: {
    kind: 'read';
    query?: {
      /** Days back, today among them; 14 when left out. */
      readonly days?: number | undefined;
    };
    answer: {
      /** Beginnings of the days, epoch seconds. */
      readonly days: readonly number[];
      /** Rules that did something, with a number for each day. */
      readonly rows: readonly {
        readonly id: string;
        readonly hits: readonly number[];
        readonly raised: readonly number[];
      }[];
    };
  };
  /** Rules with what each did, left out and costs; `cost_us` is microseconds for each event. */
  ListAlertRules: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
      /** In name, id, Sigma id, author or technique. */
      readonly q?: string | undefined;
      /** Only active or only inactive rules. */
      readonly active?: boolean | undefined;
      /** Each row has the fields that would make its rule, too. */
      readonly fields?: boolean | undefined;
    };
    answer: readonly RuleRow[];
  };
  /** Lists: every upload of the logpoint; with `limit` by id, page by page. */
  ListAlertRulesUploads: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly RuleUpload[];
  };
  /** The logpoint's audit chain, newest first. */
  ListAudit: {
    kind: 'read';
    query?: {
      /** Events of a page; 100 when left out. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** As `from`; the later one counts. */
      readonly updated_since?: number | undefined;
      /** What was done, e.g. `incident closed`, `order refused`. */
      readonly action?: string | undefined;
      /** Kind of object, e.g. `incident`, `alert rule`. */
      readonly object_type?: string | undefined;
      /** Id of the object that was changed. */
      readonly object_id?: string | undefined;
      /** Name of the token, or the part of the server, that did it. */
      readonly actor?: string | undefined;
      /** Id of the user in whose name it was done. */
      readonly on_behalf_of?: string | undefined;
      /** `x-request-id` of the request. */
      readonly request_id?: string | undefined;
      /** The order, as in its path. */
      readonly order_id?: string | undefined;
      /** Epoch seconds, inclusive. */
      readonly from?: number | undefined;
      /** Epoch seconds, exclusive. */
      readonly to?: number | undefined;
    };
    answer: readonly AuditEvent[];
  };
  /** Notifications that were given up, newest first. */
  ListDeadLetters: {
    kind: 'read';
    query?: {
      /** Rows of a page, in the order of the list. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Delivery[];
  };
  /** Lists: every exception of the logpoint; with `limit` by id, page by page. */
  ListExceptions: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Exception[];
  };
  /** The notifications of an incident with every attempt, oldest first. */
  ListIncidentDeliveries: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    query?: {
      /** Rows of a page, in the order of the list. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Delivery[];
  };
  /** Lists: every incident user group of the logpoint; with `limit` by id, page by page. */
  ListIncidentUserGroups: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly IncidentUserGroup[];
  };
  /** Incidents as light rows, newest first. */
  ListIncidents: {
    kind: 'read';
    query?: {
      /** Text in the name in any case; or an id, a number (INC-7), the value of an entity. */
      readonly q?: string | undefined;
      /** Name, id or number, or a pattern (RE2) found in the name. */
      readonly name?: string | undefined;
      /** resolved, unresolved, closed; any of. Several: repeated or with commas. */
      readonly status?: string | readonly string[] | undefined;
      /** low, medium, high, critical; any of. Several: repeated or with commas. */
      readonly risk?: string | readonly string[] | undefined;
      /** alert, search, UEBA; any of. Several: repeated or with commas. */
      readonly type?: string | readonly string[] | undefined;
      /** Ids of assignees, any of. Several: repeated or with commas. */
      readonly assigned_to_users?: string | readonly string[] | undefined;
      /** `me`: those of `user_id`; or ids as `assigned_to_users`. */
      readonly assignee?: string | undefined;
      /** Who `me` is. */
      readonly user_id?: string | undefined;
      /** Names of techniques, all of. Several: repeated or with commas. */
      readonly attack_tag?: string | readonly string[] | undefined;
      /** Names of tactics, all of. Several: repeated or with commas. */
      readonly attack_category?: string | readonly string[] | undefined;
      /** Names of log sources, all of. Several: repeated or with commas. */
      readonly log_source?: string | readonly string[] | undefined;
      /** Ids or alertrule_ids of rules, any of. Several: repeated or with commas. */
      readonly rule?: string | readonly string[] | undefined;
      /** Values, or kind:value with user, host, address, hash; all of. Several: repeated or with commas. */
      readonly entity?: string | readonly string[] | undefined;
      /** true_positive, false_positive, benign, none; any of. Several: repeated or with commas. */
      readonly disposition?: string | readonly string[] | undefined;
      /** breached, or soon: a clock runs out within 15 minutes. */
      readonly sla?: string | undefined;
      /** no: without those merged into another; only: only those; any. */
      readonly merged?: string | undefined;
      /** Epoch seconds, inclusive; with end_date. */
      readonly start_date?: number | undefined;
      /** Epoch seconds, inclusive; with start_date. */
      readonly end_date?: number | undefined;
      /** Epoch seconds, inclusive. */
      readonly updated_since?: number | undefined;
      /** The only order. */
      readonly sort?: "newest" | undefined;
      /** Rows of a page; 50 if not given. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
    };
    answer: readonly IncidentRow[];
  };
  /** Lists: every label package of the logpoint; with `limit` by id, page by page. */
  ListLabelPackages: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly LabelPackage[];
  };
  /** Lists: every list of the logpoint; with `limit` by id, page by page. */
  ListLists: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly List[];
  };
  /** Lists that queries name. */
  ListListsSigned: {
    kind: 'read';
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Lists: every log source of the logpoint; with `limit` by id, page by page. */
  ListLogSources: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly LogSource[];
  };
  /** What the logpoint is. */
  ListMachineInfo: {
    kind: 'read';
    answer: readonly {
      readonly identifier: string;
      readonly pool_uuid: string;
      readonly name: string;
      readonly private_ip: string;
      readonly version: string;
      readonly director_mode: "fabric_only";
    }[];
  };
  /** Orders of the logpoint, newest first. */
  ListOrders: {
    kind: 'read';
    query?: {
      readonly status?: "queued" | "running" | "done" | "failed" | undefined;
      /** Most orders of the answer. */
      readonly limit?: number | undefined;
      /** `next_cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `total`. */
      readonly total?: boolean | undefined;
      /** Only orders that were accepted or ended then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: {
      readonly orders: readonly {
        readonly request_id: string;
        readonly action: string;
        readonly status: "queued" | "running" | "done" | "failed";
        readonly accepted_at_ms: number;
        readonly ended_at_ms: number | null;
        readonly path: string;
      }[];
      readonly next_cursor: string | null;
      /** Orders of all pages, when asked for. */
      readonly total?: number;
    };
  };
  /** Lists: every permission group of the logpoint; with `limit` by id, page by page. */
  ListPermissionGroups: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly PermissionGroup[];
  };
  /** Lists where repos can be. */
  ListRepoPaths: {
    kind: 'read';
    answer: readonly {
      readonly id: string;
      readonly path: string;
      readonly default: boolean;
    }[];
  };
  /** Events and bytes of each repo, as the event store has them. */
  ListRepoSizes: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
    };
    answer: readonly {
      readonly id: string;
      readonly name: string;
      /** Days. */
      readonly retention: number;
      readonly events: number;
      /** On disk, compressed. */
      readonly bytes: number;
    }[];
  };
  /** Lists: every repo of the logpoint; with `limit` by id, page by page. */
  ListRepos: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Repo[];
  };
  /** The logpoint with its repos. */
  ListReposSigned: {
    kind: 'change';
    body: JsonObject;
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** The notifications of a rule with every attempt, newest first. */
  ListRuleDeliveries: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    query?: {
      /** Rows of a page, in the order of the list. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Delivery[];
  };
  /** The channels of a rule as they are set, under the names that set them; secrets are never shown. */
  ListRuleNotifications: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: readonly {
      readonly channel: "email" | "http" | "syslog" | "snmp" | "ssh" | "sms";
      readonly dispatch_option: "auto" | "manual";
      /** Changes of an incident that are told. */
      readonly notify_on: readonly string[];
      /** Seconds between two of a rule. */
      readonly threshold_s: number;
      readonly rate_per_minute: number | null;
      readonly has_secrets: boolean;
      /** As the operations that set it name them. */
      readonly fields: JsonObject;
    }[];
  };
  /** Rules that the user sees, by name. */
  ListRulesSigned: {
    kind: 'read';
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Filters of the caller and those that are shared. */
  ListSavedFilters: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly SavedFilter[];
  };
  /** The audit chain of the server: pools, tokens, accounts, requests refused outside of any tenant. */
  ListServerAudit: {
    kind: 'read';
    query?: {
      /** Events of a page; 100 when left out. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** As `from`; the later one counts. */
      readonly updated_since?: number | undefined;
      /** What was done, e.g. `incident closed`, `order refused`. */
      readonly action?: string | undefined;
      /** Kind of object, e.g. `incident`, `alert rule`. */
      readonly object_type?: string | undefined;
      /** Id of the object that was changed. */
      readonly object_id?: string | undefined;
      /** Name of the token, or the part of the server, that did it. */
      readonly actor?: string | undefined;
      /** Id of the user in whose name it was done. */
      readonly on_behalf_of?: string | undefined;
      /** `x-request-id` of the request. */
      readonly request_id?: string | undefined;
      /** The order, as in its path. */
      readonly order_id?: string | undefined;
      /** Epoch seconds, inclusive. */
      readonly from?: number | undefined;
      /** Epoch seconds, exclusive. */
      readonly to?: number | undefined;
    };
    answer: readonly AuditEvent[];
  };
  /** Lists: every settings object of the logpoint; with `limit` by id, page by page. */
  ListSystemSettingsGeneral: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly GeneralSettings[];
  };
  /** Lists: every settings object of the logpoint; with `limit` by id, page by page. */
  ListSystemSettingsSMTP: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly SmtpSettings[];
  };
  /** Where notifications go, with what waits and how the circuit is. */
  ListTargets: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
    };
    answer: readonly NotificationTarget[];
  };
  /** Lists the time zones that users can have. */
  ListTimezone: {
    kind: 'read';
    answer: readonly {
      readonly id: string;
      /** IANA name. */
      readonly timezone: string;
    }[];
  };
  /** Tokens, newest first; with `limit` by id, page by page. */
  ListTokens: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly Token[];
  };
  /** Lists: every user group of the logpoint; with `limit` by id, page by page. */
  ListUserGroups: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly UserGroup[];
  };
  /** Lists: every user of the logpoint; with `limit` by id, page by page. */
  ListUsers: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
      /** Only rows that were made or changed then or later; epoch seconds. */
      readonly updated_since?: number | undefined;
    };
    answer: readonly User[];
  };
  /** Starts a session for username and password, and a code where the account asks for one. */
  Login: {
    kind: 'change';
    body: {
      readonly username: string;
      readonly password: string;
      /** One-time or recovery code. */
      readonly code?: string | undefined;
    };
    answer: {
      readonly status: "Success";
      readonly account: Account;
      /** End of the session at the latest, ISO 8601. */
      readonly expires_at: string;
    };
  };
  /** Ends the session. */
  Logout: {
    kind: 'change';
    answer: {
      readonly status: "Success";
    };
  };
  /** The account that is signed in, and the pools and logpoints that it reaches. */
  Me: {
    kind: 'read';
    answer: {
      readonly account: Account;
      readonly pools: readonly {
        readonly pool_uuid: string;
        readonly name: string;
        readonly logpoints: readonly {
          readonly identifier: string;
          readonly name: string;
          /** The active user of the logpoint with the username of the account: its `incident_user_id`. */
          readonly user_id: string | null;
        }[];
      }[];
      readonly expires_at: string;
    };
  };
  /** Makes incidents children of this one; they stay whole. */
  MergeIncidents: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
      /** Ids or numbers of the children. */
      readonly ids: readonly string[];
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Rules and incidents for each technique and tactic. */
  MitreAttacksCoverage: {
    kind: 'read';
    query?: {
      /** Incidents since then, epoch seconds; every one when neither is given. */
      readonly from?: number | undefined;
      /** Epoch seconds, exclusive; now when left out. */
      readonly to?: number | undefined;
    };
    answer: {
      readonly attack_version: string;
      readonly tactics: readonly {
        readonly tactic: string;
        readonly techniques: number;
        /** Techniques with an active rule. */
        readonly covered: number;
        readonly rules: number;
        readonly incidents: number;
      }[];
      readonly techniques: readonly {
        readonly attack_id: string;
        readonly name: string;
        readonly tactic: string;
        readonly rules: readonly {
          readonly id: string;
          readonly name: string;
          readonly active: boolean;
        }[];
        readonly active: number;
        readonly incidents: number;
      }[];
    };
  };
  /** The coverage as a layer file (4.5) of the ATT&CK Navigator. */
  MitreAttacksNavigator: {
    kind: 'read';
    query?: {
      /** Incidents since then, epoch seconds; every one when neither is given. */
      readonly from?: number | undefined;
      /** Epoch seconds, exclusive; now when left out. */
      readonly to?: number | undefined;
    };
    answer: {
      readonly name: string;
      readonly versions: {
        readonly attack: string;
        readonly navigator: string;
        readonly layer: string;
      };
      readonly domain: string;
      readonly description: string;
      readonly sorting: number;
      readonly hideDisabled: boolean;
      readonly gradient: {
        readonly colors: readonly string[];
        readonly minValue: number;
        readonly maxValue: number;
      };
      readonly techniques: readonly {
        readonly techniqueID: string;
        readonly tactic?: string;
        readonly score: number;
        readonly enabled: boolean;
        readonly comment: string;
        readonly metadata: readonly {
          readonly name: string;
          readonly value: string;
        }[];
      }[];
    };
  };
  /** Adds comments, all or none. */
  NodeAddComment: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly states: readonly {
          readonly _id: string;
          readonly comments: readonly string[];
        }[];
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** What the user may search. */
  NodeAllowedData: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      /** user_preference, loginspects, logpoint_repos, devices, livesearches. */
      readonly type: string;
      readonly requestData?: JsonObject | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Gives incidents to another user, all or none. */
  NodeAssign: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly incident_ids: readonly string[];
        /** Id of a user; see /get_users. */
        readonly new_assignee: string;
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Closes incidents, all or none. */
  NodeClose: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly incident_ids: readonly string[];
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Rows of the incident's query. */
  NodeIncidentData: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly incident_obj_id: string;
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
      readonly rows?: readonly JsonObject[];
    };
  };
  /** Incidents that a person changed, by the change. */
  NodeIncidentStates: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        /** Epoch seconds, inclusive. */
        readonly ts_from: number;
        /** Epoch seconds, inclusive. */
        readonly ts_to: number;
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
      readonly states?: readonly {
        readonly id: string;
        readonly name: string;
        readonly assigned_to: string;
        readonly status: string;
        readonly comments: readonly {
          readonly title: string;
          readonly comment: string;
          readonly time: number;
        }[];
      }[];
      readonly incidents?: readonly {
        readonly id: string;
        readonly name: string;
        readonly assigned_to: string;
        readonly status: string;
        readonly comments: readonly {
          readonly title: string;
          readonly comment: string;
          readonly time: number;
        }[];
      }[];
    };
  };
  /** Incidents by detection, oldest first. */
  NodeIncidents: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        /** Epoch seconds, inclusive. */
        readonly ts_from: number;
        /** Epoch seconds, inclusive. */
        readonly ts_to: number;
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
      readonly incidents?: readonly (JsonObject & {
        readonly id: string;
        readonly incident_id: string;
        readonly alert_obj_id: string;
        readonly alertrule_id: string;
        readonly type: string;
        readonly name: string;
        readonly description: string;
        readonly username: string;
        readonly user_id: string | null;
        readonly assigned_to: string;
        readonly visible_to: readonly string[];
        readonly tid: string;
        readonly rows_count: number;
        readonly risk_level: string;
        readonly risk: string;
        readonly detection_timestamp: number;
        readonly loginspect_ip_dns: string;
        readonly logpoint_name: string;
        readonly status: string;
        readonly comments: readonly {
          readonly title: string;
          readonly comment: string;
          readonly time: number;
        }[];
        readonly commentscount: number;
        readonly query: string;
        readonly repos: readonly string[];
        readonly time_range: readonly number[];
        readonly throttle_enabled: boolean;
        readonly attack_id: readonly string[];
        readonly attack_tag: readonly string[];
        readonly attack_category: readonly string[];
        readonly log_source: readonly string[];
        readonly metadata: readonly {
          readonly field: string;
          readonly value: string;
        }[];
        readonly disposition?: string | null;
        readonly lastaction?: {
          readonly action: string;
          readonly time: number;
          readonly title: string;
        };
      })[];
    };
  };
  /** Reopens incidents, all or none. */
  NodeReopen: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly incident_ids: readonly string[];
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Resolves incidents, all or none. */
  NodeResolve: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        readonly incident_ids: readonly string[];
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Starts a search, or asks for its rows. */
  NodeSearchLogs: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: {
        /** LPQL; starts a search. */
        readonly query?: string | undefined;
        /** Last 24 hours, two dates, or two epoch seconds. */
        readonly time_range?: Json | undefined;
        readonly limit?: number | undefined;
        readonly repos?: readonly string[] | undefined;
        /** Asks for the rows of the search. */
        readonly search_id?: string | undefined;
      } | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
    };
  };
  /** Users that incidents can be assigned to. */
  NodeUsers: {
    kind: 'change';
    body: {
      readonly username: string;
      /** The user's access key. */
      readonly secret_key: string;
      readonly requestData?: JsonObject | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
      /** What was done, or why not. */
      readonly message?: string;
      readonly users?: readonly {
        readonly id: string;
        readonly name: string;
        readonly usergroups: readonly {
          readonly id: string;
          readonly name: string;
        }[];
      }[];
    };
  };
  /** State of an order; done once `response.success` is there. */
  PollFetch: {
    kind: 'read';
    path: {
      /** Request id of the order. */
      readonly id: string;
      /** Data node of a fetch, as its path came. */
      readonly node: string;
    };
    query?: {
      /** Seconds to wait for the end, at most 30. */
      readonly wait?: number | undefined;
    };
    answer: {
      /** What was asked while the order waits; then empty. */
      readonly request: JsonObject;
      readonly logpoint_identifier: string;
      readonly pool_uuid: string;
      /** Empty until the order has ended; then `success` says how. */
      readonly response: JsonObject;
    };
  };
  /** State of an order; done once `response.success` is there. */
  PollFetchLogData: {
    kind: 'read';
    path: {
      /** Request id of the order. */
      readonly id: string;
      /** Data node of a fetch, as its path came. */
      readonly node: string;
    };
    query?: {
      /** Seconds to wait for the end, at most 30. */
      readonly wait?: number | undefined;
    };
    answer: {
      /** What was asked while the order waits; then empty. */
      readonly request: JsonObject;
      readonly logpoint_identifier: string;
      readonly pool_uuid: string;
      /** Empty until the order has ended; then `success` says how. */
      readonly response: JsonObject;
    };
  };
  /** State of an order; done once `response.success` is there. */
  PollOrder: {
    kind: 'read';
    path: {
      /** Request id of the order. */
      readonly id: string;
    };
    query?: {
      /** Seconds to wait for the end, at most 30. */
      readonly wait?: number | undefined;
    };
    answer: {
      /** What was asked while the order waits; then empty. */
      readonly request: JsonObject;
      readonly logpoint_identifier: string;
      readonly pool_uuid: string;
      /** Empty until the order has ended; then `success` says how. */
      readonly response: JsonObject;
    };
  };
  /** Pools that the token reaches, with their logpoints. */
  PoolInfo: {
    kind: 'read';
    query?: {
      /** Rows of a page; without it the list is whole, up to 10000 rows. */
      readonly limit?: number | undefined;
      /** `x-next-cursor` of the answer before. */
      readonly cursor?: string | undefined;
      /** Count all pages, as `x-total-count`. */
      readonly total?: boolean | undefined;
    };
    answer: readonly {
      readonly active: boolean;
      readonly name: string;
      readonly pool_uuid: string;
      readonly machines: readonly {
        readonly director_mode: "fabric_only";
        readonly identifier: string;
        readonly name: string;
        readonly version: string;
      }[];
    }[];
  };
  /** Fills a template with an incident or with samples; errors name line and column. Sends nothing. */
  PreviewTemplate: {
    kind: 'read';
    body: {
      readonly data: {
        /** Jinja. */
        readonly template: string;
        /** html, text, json, url, shell; html when not given. */
        readonly kind?: string | undefined;
        /** Fills the template with this incident. */
        readonly incident_id?: string | undefined;
        /** Sample rows. */
        readonly rows?: readonly JsonObject[] | undefined;
        /** Win over the others. */
        readonly variables?: JsonObject | undefined;
        /** IANA name; UTC when not given. */
        readonly timezone?: string | undefined;
      };
    };
    answer: {
      readonly text: string | null;
      readonly errors: readonly {
        readonly line: number;
        readonly column: number;
        readonly message: string;
      }[];
    };
  };
  /** Email notification of a rule. */
  ReadEmailSigned: {
    kind: 'read';
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** HTTP notification of a rule. */
  ReadHttpSigned: {
    kind: 'read';
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** One rule. */
  ReadRuleSigned: {
    kind: 'read';
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Gives the incident to another user. */
  Reassign: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the acting user; of the new assignee when `new_assignee` is not given. */
      readonly incident_user_id: string;
      /** Id of the new assignee. */
      readonly new_assignee?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Counts the log sources. */
  RefreshLogSources: {
    kind: 'order';
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly total: number;
    };
  };
  /** A new token and secret key for a secret key. */
  RefreshToken: {
    kind: 'change';
    body: {
      /** Single use, valid 72 h. */
      readonly secretKey: string;
    };
    answer: {
      readonly status: "Success";
      readonly tokenDetails: {
        readonly secretKey: string;
        readonly token: string;
      };
    };
  };
  /** Counts the user groups. */
  RefreshUserGroups: {
    kind: 'order';
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly total: number;
    };
  };
  /** Counts the users. */
  RefreshUsers: {
    kind: 'order';
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly total: number;
    };
  };
  /** Of one incident: others of its rule, entities or techniques. */
  RelatedIncidents: {
    kind: 'read';
    path: {
      /** Object id, or number such as INC-1042. */
      readonly id: string;
    };
    query?: {
      /** rule when not given. */
      readonly by?: "rule" | "entity" | "technique" | undefined;
    };
    answer: readonly RelatedIncident[];
  };
  /** The data of an incident in its rule's alert_context_template; text is null when the rule applies none. */
  RenderIncidentData: {
    kind: 'read';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: {
      readonly text: string | null;
      readonly errors: readonly {
        readonly line: number;
        readonly column: number;
        readonly message: string;
      }[];
    };
  };
  /** Opens a resolved or closed incident again. */
  Reopen: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Takes an anomaly of behaviour analytics as an incident (type UEBA). */
  ReportAnomaly: {
    kind: 'order';
    data: {
      /** User, host or address that behaves unusually. */
      readonly entity: string;
      /** Risk by quarters: low, medium, high, critical. */
      readonly score: number;
      /** Unusual behaviour of the entity when not given. */
      readonly name?: string | undefined;
      /** LPQL; the entity as free text when not given. */
      readonly query?: string | undefined;
      /** From and to, epoch seconds. */
      readonly time_range?: readonly number[] | undefined;
      /** Id of the owner; works on it, too, when `assigned_to` is not given. */
      readonly incident_user_id: string;
      /** Shown on the incident. */
      readonly description?: string | undefined;
      /** Id of the user who works on it. */
      readonly assigned_to?: string | undefined;
      /** Ids of incident user groups. */
      readonly manageable_by?: readonly string[] | undefined;
      /** Names of log sources. */
      readonly log_source?: readonly string[] | undefined;
      readonly metadata?: readonly {
        readonly field: string;
        readonly value: string;
      }[] | undefined;
      /** Names or addresses; every repo when not given. */
      readonly repos?: readonly string[] | undefined;
      /** Rows that the incident shows. */
      readonly limit?: number | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly incident_id: string;
      readonly risk: string;
    };
  };
  /** Queues dead letters again under their old ids, 1,000 at a time. */
  ResendNotifications: {
    kind: 'order';
    data?: {
      /** Dead letters by id; all of them or none. */
      readonly delivery_ids?: readonly string[] | undefined;
      /** Every dead letter of this target. */
      readonly target?: string | undefined;
      /** Every dead letter of the logpoint. */
      readonly all?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly resent: number;
      readonly left: number;
    };
  };
  /** Resolves an unresolved incident. */
  Resolve: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Ends the user's access key at once. */
  RevokeAccessKey: {
    kind: 'change';
    path: {
      /** Object id of the user. */
      readonly id: string;
    };
    answer: {
      readonly id: string;
      readonly revoked: true;
    };
  };
  /** Ends a token at once. */
  RevokeToken: {
    kind: 'change';
    path: {
      readonly id: string;
    };
    answer: {
      readonly revoked: boolean;
    };
  };
  /** Sets or clears the SMS notification of a rule. */
  SMSNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_sms: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly sms_threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly sms_threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      /** Name or address of the SMS centre. */
      readonly sms_server?: string | undefined;
      readonly sms_port?: number | string | undefined;
      /** 3 to 15 digits, or at most 11 letters and digits. */
      readonly sms_sender?: string | undefined;
      readonly sms_receivers?: readonly string[] | string | undefined;
      /** Jinja. */
      readonly sms_body?: string | undefined;
      /** system_id of the bind. */
      readonly sms_username?: string | undefined;
      /** Secret; never shown again. */
      readonly sms_password?: string | undefined;
      /** none or tls. */
      readonly sms_security?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Sets or clears the SNMP notification of a rule. */
  SNMPNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_snmp: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly snmp_threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly snmp_threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      /** Name or address of the receiver. */
      readonly snmp_ip?: string | undefined;
      readonly snmp_port?: number | string | undefined;
      /** OID of the trap, without a leading dot. */
      readonly snmp_oid?: string | undefined;
      /** SNMPv2c or SNMPv3. */
      readonly snmp_version?: string | undefined;
      /** Jinja. */
      readonly snmp_message?: string | undefined;
      /** IPv4 address that the trap names as its origin. */
      readonly snmp_agent?: string | undefined;
      /** Secret of v2c; never shown again. */
      readonly snmp_community_string?: string | undefined;
      /** User of v3. */
      readonly snmp_username?: string | undefined;
      /** Secret of v3; never shown again. */
      readonly snmp_authorization_key?: string | undefined;
      /** md5, sha, sha224, sha256, sha384 or sha512; sha when not given. */
      readonly snmp_authorization_protocol?: string | undefined;
      /** Secret of v3; never shown again. */
      readonly snmp_private_key?: string | undefined;
      /** des, aes, aes256b or aes256r; aes when not given. */
      readonly snmp_private_protocol?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Sets or clears the SSH notification of a rule. */
  SSHNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_ssh: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly ssh_threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly ssh_threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      /** Name or address of the host. */
      readonly ssh_server?: string | undefined;
      readonly ssh_port?: number | string | undefined;
      /** Account. */
      readonly ssh_username?: string | undefined;
      /** password or certificate. */
      readonly ssh_auth_type?: string | undefined;
      /** Secret; never shown again. */
      readonly ssh_auth_password?: string | undefined;
      /** system_cert (key of the server) or user_cert (ssh_private_key). */
      readonly ssh_cert_type?: string | undefined;
      /** Secret; never shown again. */
      readonly ssh_private_key?: string | undefined;
      /** Secret; never shown again. */
      readonly ssh_private_key_passphrase?: string | undefined;
      /** Jinja; values become quoted words. */
      readonly ssh_command?: string | undefined;
      /** Fingerprint of the host, SHA256:…; nothing is sent to another one. */
      readonly ssh_host_key?: string | undefined;
      /** Pins the key that the first connection shows. */
      readonly ssh_trust_first_key?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Changes what is given, keeps the rest. */
  SaveSystemSettingsGeneral: {
    kind: 'order';
    data?: {
      /** Name of the logpoint, unique in the pool. */
      readonly logpoint_name?: string | undefined;
      /** IANA name; of new users that name none. */
      readonly timezone?: string | undefined;
      /** log_ts: rules and searches go by the time of the event, and by nothing else. */
      readonly timestamp_on?: string | undefined;
      /** false: there is no such part. */
      readonly enable_soar?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Sets the mail server of the logpoint. */
  SaveSystemSettingsSMTP: {
    kind: 'order';
    data: {
      /** Host name or address; must be one that notifications may reach. */
      readonly smtp_server: string;
      /** Address of the sender. */
      readonly smtp_sender_email: string;
      /** 25 when not given. */
      readonly smtp_port?: number | undefined;
      /** starttls, tls or none; by port and login when not given. */
      readonly smtp_security?: string | undefined;
      /** Shown beside the address. */
      readonly smtp_sender_name?: string | undefined;
      /** The server asks for user and password. */
      readonly login_required?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** With login_required. */
      readonly smtp_username?: string | undefined;
      /** Secret; never shown again. */
      readonly smtp_password?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Freezes the journal and lets deliveries go on. */
  SealBackup: {
    kind: 'change';
    path: {
      /** Of the answer that began it. */
      readonly id: string;
    };
    answer: {
      readonly status: "Success";
    };
  };
  /** Triggers the rule's manual notifications. */
  SendForInvestigation: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Where the server's chain ends. */
  ServerAuditState: {
    kind: 'read';
    answer: AuditState;
  };
  /** Says what an incident turned out to be. */
  SetDisposition: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
      /** true_positive, false_positive, benign; null takes it back. */
      readonly disposition: "true_positive" | "false_positive" | "benign" | null;
      /** Why. */
      readonly reason?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Shares the rule with users and groups. */
  ShareAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** With whom the rule is shared from now on, and nobody else. */
      readonly rbac_config: {
        readonly group_permissions?: readonly {
          /** Id of a user group. */
          readonly group_id: string;
          /** READ, EDIT or FULL. */
          readonly permission?: string | undefined;
          readonly user_permissions?: readonly {
            /** Id of a user. */
            readonly user_id: string;
            /** READ, EDIT or FULL. */
            readonly permission?: string | undefined;
          }[] | undefined;
        }[] | undefined;
        readonly user_permissions?: readonly {
          /** Id of a user. */
          readonly user_id: string;
          /** READ, EDIT or FULL. */
          readonly permission?: string | undefined;
        }[] | undefined;
      };
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
      readonly uses_ended: number;
    };
  };
  /** Sends the browser to the identity provider. */
  StartOidc: {
    kind: 'read';
    path: {
      /** Of GET /auth/methods. */
      readonly id: string;
    };
    query?: {
      /** Path to come back to. */
      readonly return?: string | undefined;
    };
    answer: null;
  };
  /** Searches events and answers rows as they are found, one JSON object a line. */
  StreamLogs: {
    kind: 'stream';
    data: {
      /** LPQL; empty finds every event. */
      readonly query: string;
      /** From and to, epoch seconds. */
      readonly time_range: readonly number[];
      /** Id of the user who searches. */
      readonly user_id: string;
      /** Names or addresses; every repo when not given. */
      readonly repos?: readonly string[] | undefined;
      /** Most rows. */
      readonly limit?: number | undefined;
    };
  };
  /** Sets or clears the syslog notification of a rule. */
  SyslogNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Sets or clears the channel. */
      readonly notify_syslog: boolean | "true" | "false" | "on" | "off";
      /** auto, or manual: only SendForInvestigation. */
      readonly dispatch_option?: string | undefined;
      /** With its option: at most one automatic message in this time. */
      readonly threshold_value?: number | undefined;
      /** minute, hour or day. */
      readonly threshold_option?: string | undefined;
      /** Changes to tell as well: resolved, closed, reopened, reassigned, commented, sla_breached. */
      readonly notify_on?: readonly string[] | undefined;
      /** Most attempts in a minute; 0 = as many as the receiver gets from all. */
      readonly rate_per_minute?: number | undefined;
      /** Name or address of the receiver. */
      readonly server?: string | undefined;
      readonly port?: number | string | undefined;
      /** UDP, TCP or TLS. */
      readonly protocol?: string | undefined;
      readonly severity?: number | string | undefined;
      readonly facility?: number | string | undefined;
      /** Jinja. */
      readonly message?: string | undefined;
      /** A message for each row, or for each line of the template. */
      readonly split_rows?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** rfc5424, cef or leef. */
      readonly syslog_format?: string | undefined;
      /** Certificate authority to trust beside the usual ones, PEM. */
      readonly syslog_ca?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Sends a notification of the rule once, as it is set; the delivery log shows what became of it. */
  TestNotification: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** email, http, syslog, snmp, ssh or sms. */
      readonly channel: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly delivery_id: string;
    };
  };
  /** Sends a test mail. */
  TestSystemSettingsSMTP: {
    kind: 'order';
    data: {
      /** Address of the receiver. */
      readonly email: string;
      /** Subject of the mail. */
      readonly subject: string;
      /** Text of the mail. */
      readonly message: string;
      /** Without it the saved settings are tested. */
      readonly smtp_server?: string | undefined;
      /** Address of the sender. */
      readonly smtp_sender_email?: string | undefined;
      /** 25 when not given. */
      readonly smtp_port?: number | undefined;
      /** starttls, tls or none; by port and login when not given. */
      readonly smtp_security?: string | undefined;
      /** Shown beside the address. */
      readonly smtp_sender_name?: string | undefined;
      /** The server asks for user and password. */
      readonly login_required?: boolean | "true" | "false" | "on" | "off" | undefined;
      /** With login_required. */
      readonly smtp_username?: string | undefined;
      /** Secret; never shown again. */
      readonly smtp_password?: string | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** What the mail server said. */
      readonly answer: string;
    };
  };
  /** Gives the rule to another user. */
  TransferOwnership: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the new owner. */
      readonly userid: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Removes an alert rule; its incidents stay. */
  TrashAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Removes an uploaded file; rules installed from it stay. */
  TrashAlertRulesUpload: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Ends an exception. */
  TrashException: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Removes an incident user group. */
  TrashIncidentUserGroup: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a label package. */
  TrashLabelPackage: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Removes a list of values. */
  TrashList: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      /** Grows with each change. */
      readonly version: number;
    };
  };
  /** Removes a log source; rules and incidents keep its name. */
  TrashLogSource: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a permission group that no user group has. */
  TrashPermissionGroup: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a repo that no rule uses, with its events. */
  TrashRepo: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a filter of the caller. */
  TrashSavedFilter: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Clears them: mail goes through the server's own mail server again. */
  TrashSystemSettingsSMTP: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Removes a table that `process toTable` has written. */
  TrashTable: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Removes a deactivated user; `data` may name `assigned_to_user` or set `force_delete`. */
  TrashUser: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: {
      /** Id of the active user who takes over owned rules and assigned incidents. */
      readonly assigned_to_user?: string | undefined;
      /** The owned rules are trashed too; incidents stay as they are. */
      readonly force_delete?: boolean | "true" | "false" | "on" | "off" | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      readonly alert_rules_transferred?: number;
      readonly incidents_reassigned?: number;
      readonly alert_rules_trashed?: number;
      readonly incidents_left?: number;
    };
  };
  /** Removes a user group. */
  TrashUserGroup: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Gives back what a bulk change changed, where nobody changed it since. */
  UndoBulkChange: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Incidents that are changed. */
      readonly done: number;
      /** Incidents that stay as they were, the first of them. */
      readonly refused: readonly {
        /** As it was named, or the id. */
        readonly id: string;
        /** Such as INC-7. */
        readonly number: string | null;
        /** Why. */
        readonly message: string;
      }[];
      readonly refused_count: number;
    };
  };
  /** Ends a lockout. */
  UnlockAccount: {
    kind: 'change';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    answer: Account;
  };
  /** Ends a lockout. */
  UnlockUser: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
    };
  };
  /** Takes children out again; all of them without `ids`. */
  UnmergeIncidents: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user on whose behalf the incident is worked; see Users/fetch. */
      readonly incident_user_id: string;
      /** Ids or numbers of children. */
      readonly ids?: readonly string[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
    };
  };
  /** Ends sharing; who used the rule uses it no more. */
  UnshareAlertRule: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data?: JsonObject;
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
      readonly uses_ended: number;
    };
  };
  /** Changes a rule. */
  UpdateRuleSigned: {
    kind: 'change';
    body: {
      /** At least 5 characters. */
      readonly name: string;
      readonly search_params?: JsonObject | undefined;
      readonly incident_condition?: JsonObject | undefined;
      readonly taxonomy?: JsonObject | undefined;
      readonly incident_ownership?: JsonObject | undefined;
      readonly incident_display_data?: JsonObject | undefined;
      readonly foureyes?: JsonObject | undefined;
    };
    answer: JsonObject & {
      readonly success: boolean;
    };
  };
  /** Keeps a file of rules; nothing runs before it is installed. */
  UploadAlertRules: {
    kind: 'order';
    data: {
      /** Letters, digits, dot, dash, underscore. */
      readonly file_name: string;
      /** YAML: rules as samples/rules has them, one or several separated by `---`. */
      readonly content: string;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Object id. */
      readonly id: string;
      readonly file_name: string;
      readonly file_location: string;
      /** Characters. */
      readonly size: number;
      readonly rules: number;
      /** Epoch seconds. */
      readonly uploaded_at: number;
      readonly uploaded_by: string;
      readonly rows: readonly {
        readonly success: boolean;
        readonly name?: string;
        /** Why it is no rule. */
        readonly message?: string;
      }[];
    };
  };
  /** Lets a user use a shared or vendor rule, with incidents of his own. */
  UseAlertRules: {
    kind: 'order';
    path: {
      /** Object id: 24 lower-case hex digits. */
      readonly id: string;
    };
    data: {
      /** Id of the user who uses the rule. */
      readonly userid: string;
      /** Of a vendor rule: names or addresses; default when not given. */
      readonly repos?: readonly string[] | undefined;
    };
    result: JsonObject & {
      readonly success: true;
      /** What was done, for people. */
      readonly message: string;
      /** Id of the object that it is about. */
      readonly id: string;
      readonly alertrule_id: string;
    };
  };
  /** Says what a query does and what is wrong with it. */
  ValidateQuery: {
    kind: 'order';
    data: {
      /** LPQL; empty finds every event. */
      readonly query: string;
    };
    result: JsonObject & {
      readonly success: true;
      readonly valid: boolean;
      readonly rows: readonly {
        readonly severity: string;
        readonly message: string;
        readonly start: number;
        readonly end: number;
        readonly line: number;
        readonly column: number;
        readonly seen: string | null;
        readonly expected: string | null;
        readonly suggestion: string | null;
        readonly text: string;
      }[];
      readonly rule_mode: string | null;
      readonly query_info: {
        readonly success: boolean;
        readonly query_type: string;
        readonly query_filter: string;
        readonly fieldsToExtract: readonly string[];
        readonly lucene_query: null;
        readonly aliases: readonly string[];
        readonly columns: readonly string[];
        readonly grouping: readonly string[];
      } | null;
    };
  };
  /** The process is alive. */
  getHealth: {
    kind: 'read';
    answer: {
      readonly status: "ok";
      readonly version: string;
    };
  };
  /** Prometheus text; from loopback or with a token. */
  getMetrics: {
    kind: 'read';
    answer: string;
  };
  /** Every part can do its work; 503 names the one that cannot. */
  getReadiness: {
    kind: 'read';
    answer: {
      readonly ready: boolean;
      readonly parts: { readonly [key: string]: {
        readonly ready: boolean;
        readonly reason?: string;
      } };
    };
  };
};
