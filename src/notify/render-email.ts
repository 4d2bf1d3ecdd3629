import type { JsonObject } from '../shared/json.ts';
import { attributionOf } from './attribution.ts';
import type { EmailSettings } from './channel-settings.ts';
import { asHeaderLine, type EmailMessage, htmlToText, LOGO_CID, parseLogo } from './email-message.ts';
import { fillTemplate } from './fill-template.ts';
import { templateVariables } from './message-content.ts';
import { REPLY_MARKER } from './read-reply.ts';
import type { DeliveryParts, Rendered } from './render-http.ts';
import { escapeHtml } from './templates/filters.ts';

const BUILT_IN_SUBJECT =
  '[{{ risk|upper }}] {{ alert_name }} ({{ incident_number }}){% if dispatch != "raised" %} {{ dispatch }}{% endif %}';

const BUILT_IN_BODY = `<h2>{{ alert_name }}</h2>
{% if description %}<p>{{ description }}</p>{% endif %}
<table>
<tr><td>Incident</td><td>{{ incident_number }}{% if dispatch == "investigation" %} (sent for investigation){% elif dispatch != "raised" %} ({{ dispatch }}){% endif %}</td></tr>
{% if changed_by %}<tr><td>Changed by</td><td>{{ changed_by }}</td></tr>
<tr><td>Assigned to</td><td>{{ assigned_to }}</td></tr>{% endif %}
{% if comment %}<tr><td>Comment</td><td>{{ comment }}</td></tr>{% endif %}
<tr><td>Risk</td><td>{{ risk }}</td></tr>
<tr><td>Detected</td><td>{{ detection_timestamp|readable }}</td></tr>
<tr><td>Logpoint</td><td>{{ logpoint_name }}</td></tr>
<tr><td>Rows</td><td>{{ rows_count }}</td></tr>
{% if attack_id %}<tr><td>ATT&amp;CK</td><td>{{ attack_id|join(", ") }} {{ attack_tag|join(", ") }}</td></tr>{% endif %}
{% if log_source %}<tr><td>Log source</td><td>{{ log_source|join(", ") }}</td></tr>{% endif %}
{% for entry in metadata %}<tr><td>{{ entry.field }}</td><td>{{ entry.value }}</td></tr>{% endfor %}
<tr><td>Query</td><td><code>{{ extra_info.query }}</code></td></tr>
</table>`;

const DIGEST_SUBJECT = '{{ incidents|length }} changes: {{ alert_name }}';

const DIGEST_BODY = `<h2>{{ incidents|length }} changes: {{ alert_name }}</h2>
<table>
<tr><th>Incident</th><th>What</th><th>Risk</th><th>Detected</th><th>Hits</th><th>By</th><th>Comment</th></tr>
{% for incident in incidents %}<tr><td>{{ incident.incident_number }}</td><td>{{ incident.dispatch }}</td><td>{{ incident.risk }}</td>
<td>{{ incident.detection_timestamp|readable }}</td><td>{{ incident.hits }}</td><td>{{ incident.changed_by }}</td><td>{{ incident.comment }}</td></tr>
{% endfor %}</table>
{% if attribution %}<p>{{ attribution }}{% for reference in references %}<br>{{ reference }}{% endfor %}</p>{% endif %}`;

const HAS_MARKUP = /<[a-z][^<>]*>/i;

/** HTML and text of one message. A template without markup is text, and its lines stay lines in the HTML. */
export function renderEmailMessage(settings: EmailSettings, parts: DeliveryParts): Rendered<EmailMessage> {
  const searchLink = settings.linkDisable ? '' : parts.extras.searchLink;
  const isDigest = (parts.items ?? []).length > 0;
  const variables = {
    ...templateVariables(parts.content, parts.cause, { ...parts.extras, searchLink }),
    ...digestOf(parts),
  };
  const { timeZone } = parts.extras;
  const subject = fillTemplate(settings.subject, isDigest ? DIGEST_SUBJECT : BUILT_IN_SUBJECT, variables, {
    escape: 'none',
    timeZone,
  });
  const html = fillTemplate(settings.template, isDigest ? DIGEST_BODY : BUILT_IN_BODY, variables, {
    escape: 'html',
    timeZone,
  });
  const isText = settings.template !== '' && html.error === null && !HAS_MARKUP.test(settings.template);
  const text = isText ? fillTemplate(settings.template, '', variables, { escape: 'none', timeZone }).text : null;
  const showsLink = searchLink !== '' && !isDigest && !/\bsearch_link\b/.test(settings.template);
  const attribution = attributionFor(settings, parts);
  const warning = subject.error ?? html.error;
  const logo = settings.logoEnable ? parseLogo(settings.logo) : null;
  const { replyTo } = parts;
  const body = [
    replyTo === undefined ? '' : `<p>${escapeHtml(REPLY_MARKER)}</p>`,
    logo === null ? '' : `<p><img src="cid:${LOGO_CID}" alt=""></p>`,
    isText ? html.text.replaceAll('\n', '<br>\n') : html.text,
    attribution === '' ? '' : `<p>${escapeHtml(attribution)}</p>`,
    showsLink ? `<p><a href="${escapeHtml(searchLink)}">Open the search</a></p>` : '',
    warning === null ? '' : `<p><em>${escapeHtml(warning)}</em></p>`,
  ];
  const plain = [
    replyTo === undefined ? '' : REPLY_MARKER,
    text ?? htmlToText(html.text),
    attribution,
    showsLink ? `Open the search: ${searchLink}` : '',
    warning ?? '',
  ];
  return {
    message: {
      to: settings.emails,
      subject: asHeaderLine(subject.text),
      text: plain.filter((part) => part !== '').join('\n\n'),
      html: `<!doctype html>\n<html><body>\n${body.filter((part) => part !== '').join('\n')}\n</body></html>\n`,
      logo,
      replyTo,
      deliveryId: parts.deliveryId,
    },
    warning,
  };
}

/** What a template of one's own does not say of whose rule it is; the built-in ones say it. */
function attributionFor({ template }: EmailSettings, { content }: DeliveryParts): string {
  if (template === '' || /\b(?:attribution|metadata|author)\b/.test(template)) return '';
  const { text, references } = attributionOf(content);
  return [text, ...references].filter((part) => part !== '').join(' ');
}

/** `incidents`: the variables of each change that a digest tells of, without rows and links. */
function digestOf({ items = [], extras }: DeliveryParts): JsonObject {
  if (items.length === 0) return {};
  const bare = { ...extras, rows: [], searchLink: '' };
  return { incidents: items.map(({ cause, content }) => templateVariables(content, cause, bare)) };
}
