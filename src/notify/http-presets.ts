/** Services whose requests are known here: with a preset the body is made, and only the address and the key are given. */
export const HTTP_PRESETS = [
  'slack',
  'teams',
  'mattermost',
  'pagerduty',
  'opsgenie',
  'jira',
  'servicenow',
  'generic',
] as const;
export type HttpPreset = (typeof HTTP_PRESETS)[number];

/** What a preset needs beside the address; given as `preset_fields`. */
export const PRESET_FIELDS: Readonly<Record<HttpPreset, readonly { name: string; fallback: string | null }[]>> = {
  slack: [],
  teams: [],
  mattermost: [],
  pagerduty: [],
  opsgenie: [],
  jira: [
    { name: 'project', fallback: null },
    { name: 'issue_type', fallback: 'Task' },
  ],
  servicenow: [],
  generic: [],
};

/** Presets whose key stands in the body; given as `preset_secret`. The others take theirs in `http_header` or the address. */
export const PRESETS_WITH_SECRET: readonly HttpPreset[] = ['pagerduty'];

const TITLE = 'incident_number ~ " " ~ alert_name';
const FACTS = `Risk: {{ risk }}\\nStatus: {{ status }}\\nDetected: {{ detection_timestamp|readable }}\\nHits: {{ hits }}\\nLogpoint: {{ logpoint_name }}
{%- if attack_id %}\\nATT&CK: {{ attack_id|join(", ") }}{% endif %}
{%- if changed_by %}\\n{{ dispatch }} by {{ changed_by }}{% endif %}{% if comment %}: {{ comment }}{% endif %}
{%- if attribution %}\\nRule: {{ attribution }}{% endif %}{% for reference in references %}\\n{{ reference }}{% endfor %}
{%- if search_link %}\\n{{ search_link }}{% endif %}`;

/** Slack reads `<!channel>` and links in its own markup: three characters switch that off. */
const slackText = (expression: string): string =>
  `{{ (${expression})|replace("&", "&amp;")|replace("<", "&lt;")|replace(">", "&gt;") }}`;
/** Mattermost tells everybody who is named with an at sign; a blank of no width keeps the name and spares them. */
const mattermostText = (expression: string): string => `{{ (${expression})|replace("@", "@\u200b") }}`;

const SLACK = `{"text": "${slackText(TITLE)} ({{ risk }}, {{ dispatch }})", "blocks": [
  {"type": "header", "text": {"type": "plain_text", "emoji": false, "text": "{{ (${TITLE})|truncate(140) }}"}},
  {"type": "section", "fields": [
    {"type": "plain_text", "text": "Risk: {{ risk }}"}, {"type": "plain_text", "text": "Status: {{ status }}"},
    {"type": "plain_text", "text": "Detected: {{ detection_timestamp|readable }}"},
    {"type": "plain_text", "text": "Hits: {{ hits }}"}, {"type": "plain_text", "text": "Logpoint: {{ logpoint_name }}"}
    {%- if attack_id %}, {"type": "plain_text", "text": "ATT&CK: {{ attack_id|join(", ")|truncate(1000) }}"}{% endif %}
    {%- if changed_by %}, {"type": "plain_text", "text": "{{ dispatch }} by {{ changed_by }}"}{% endif %}
    {%- if comment %}, {"type": "plain_text", "text": "{{ comment|truncate(1000) }}"}{% endif %}]}
  {%- if attribution %}, {"type": "context", "elements": [
    {"type": "plain_text", "emoji": false, "text": "{{ (attribution ~ " " ~ references|join(" "))|truncate(2000) }}"}]}{% endif %}
  {%- if search_link and search_link|length <= 3000 %}, {"type": "actions", "elements": [{"type": "button", "url": "{{ search_link }}",
    "text": {"type": "plain_text", "text": "Open the search"}}]}{% endif %}]}`;

const TEAMS = `{"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {
  "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": [
    {"type": "TextBlock", "size": "Large", "weight": "Bolder", "wrap": true, "text": "{{ ${TITLE} }}"},
    {"type": "FactSet", "facts": [{"title": "Risk", "value": "{{ risk }}"}, {"title": "Status", "value": "{{ status }}"},
      {"title": "Detected", "value": "{{ detection_timestamp|readable }}"}, {"title": "Hits", "value": "{{ hits }}"},
      {"title": "Logpoint", "value": "{{ logpoint_name }}"}
      {%- if attack_id %}, {"title": "ATT&CK", "value": "{{ attack_id|join(", ") }}"}{% endif %}
      {%- if changed_by %}, {"title": "{{ dispatch }}", "value": "{{ changed_by }}"}{% endif %}
      {%- if comment %}, {"title": "Comment", "value": "{{ comment }}"}{% endif %}]}
    {%- if attribution %}, {"type": "TextBlock", "size": "Small", "isSubtle": true, "wrap": true,
      "text": "{{ attribution }} {{ references|join(" ") }}"}{% endif %}]
  {%- if search_link %}, "actions": [{"type": "Action.OpenUrl", "title": "Open the search", "url": "{{ search_link }}"}]{% endif %}}}]}`;

const MATTERMOST = `{"text": "#### ${mattermostText(TITLE)}", "attachments": [{"fallback": "${mattermostText(TITLE)}", "fields": [
  {"short": true, "title": "Risk", "value": "{{ risk }}"}, {"short": true, "title": "Status", "value": "{{ status }}"},
  {"short": true, "title": "Detected", "value": "{{ detection_timestamp|readable }}"},
  {"short": true, "title": "Hits", "value": "{{ hits }}"}
  {%- if changed_by %}, {"short": true, "title": "{{ dispatch }}", "value": "${mattermostText('changed_by')}"}{% endif %}
  {%- if comment %}, {"short": false, "title": "Comment", "value": "${mattermostText('comment')}"}{% endif %}
  {%- if attribution %}, {"short": false, "title": "Rule",
    "value": "${mattermostText('attribution ~ " " ~ references|join(" ")')}"}{% endif %}
  {%- if search_link %}, {"short": false, "title": "Search", "value": "{{ search_link }}"}{% endif %}]}]}`;

/** Events API v2. The same `dedup_key` for all of an incident, so its resolving ends what its raising began. */
const PAGERDUTY = `{"routing_key": "{{ preset_secret }}", "dedup_key": "{{ id }}", "client": "Tocsin",
  "event_action": "{% if dispatch == "resolved" or dispatch == "closed" %}resolve{% else %}trigger{% endif %}",
  "payload": {"summary": "{{ (${TITLE})|truncate(1000) }}", "source": "{{ logpoint_name|default("tocsin", true) }}",
    "severity": "{% if risk == "critical" %}critical{% elif risk == "high" %}error{% elif risk == "medium" %}warning{% else %}info{% endif %}",
    "timestamp": "{{ timestamp }}", "custom_details": {"status": "{{ status }}", "hits": {{ hits }},
      "attack_id": {{ attack_id|tojson }}, "description": "{{ description }}", "query": "{{ extra_info.query }}",
      "rule": "{{ attribution }}", "references": {{ references|tojson }},
      "changed_by": "{{ changed_by }}", "comment": "{{ comment }}"}}
  {%- if search_link %}, "links": [{"href": "{{ search_link }}", "text": "Open the search"}]{% endif %}}`;

const OPSGENIE = `{"message": "{{ (${TITLE})|truncate(130) }}", "alias": "{{ id }}", "source": "Tocsin",
  "priority": "{% if risk == "critical" %}P1{% elif risk == "high" %}P2{% elif risk == "medium" %}P3{% else %}P4{% endif %}",
  "description": "${FACTS}", "tags": ["tocsin", "{{ risk }}"],
  "details": {"incident": "{{ incident_number }}", "status": "{{ status }}", "dispatch": "{{ dispatch }}"}}`;

/** REST API 2: its description is plain wiki text, in which a `{` could begin a macro. */
const JIRA = `{"fields": {"project": {"key": "{{ preset_fields.project }}"}, "issuetype": {"name": "{{ preset_fields.issue_type }}"},
  "summary": "{{ (${TITLE})|replace("\\n", " ")|replace("\\r", " ")|truncate(250) }}", "labels": ["tocsin"],
  "description": "${FACTS}\\n\\n{{ description|replace("{", "\\\\{") }}"}}`;

const SERVICENOW = `{"short_description": "{{ (${TITLE})|truncate(155) }}", "description": "${FACTS}\\n\\n{{ description }}",
  "urgency": "{% if risk == "critical" or risk == "high" %}1{% elif risk == "medium" %}2{% else %}3{% endif %}",
  "impact": "{% if risk == "critical" %}1{% elif risk == "high" %}2{% else %}3{% endif %}",
  "correlation_id": "{{ id }}", "correlation_display": "Tocsin"}`;

/** Body of each preset, a template that gives JSON; '' = the built-in document. */
export const PRESET_BODIES: Readonly<Record<HttpPreset, string>> = {
  slack: SLACK,
  teams: TEAMS,
  mattermost: MATTERMOST,
  pagerduty: PAGERDUTY,
  opsgenie: OPSGENIE,
  jira: JIRA,
  servicenow: SERVICENOW,
  generic: '',
};
