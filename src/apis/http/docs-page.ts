import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/** The API's description as one page without a script; `policy` lets nothing but its own style through. */
export type DocsPage = { readonly html: string; readonly policy: string };

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:960px;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.3rem 0}
details{border-bottom:1px solid #8884}
code,pre{font:13px/1.5 ui-monospace,monospace}
pre{overflow:auto;background:#8881;padding:.7rem;border-radius:4px}
b{display:inline-block;min-width:4.5rem}
h2{margin-top:2rem}
`;

const METHODS = ['get', 'post', 'put', 'delete'] as const;

export function docsPage(openApi: object): DocsPage {
  const document = toJson(openApi);
  const info = objectAt(document, 'info');
  const byTag = new Map<string, string[]>();
  for (const [path, item] of Object.entries(objectAt(document, 'paths'))) {
    if (!isJsonObject(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (!isJsonObject(operation)) continue;
      const tags = operation['tags'];
      const tag = Array.isArray(tags) ? String(tags[0]) : 'other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, operation)]);
    }
  }
  const sections = [...byTag].map(([tag, items]) => `<h2>${escapeHtml(tag)}</h2>${items.join('')}`).join('');
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>${textOf(info, 'title')} API</title>
<style>${STYLE}</style></head><body><h1>${textOf(info, 'title')} ${textOf(info, 'version')}</h1>
<p>${textOf(info, 'description')}</p><p>The document behind this page: <a href="/openapi.json">/openapi.json</a>.</p>
${sections}</body></html>`;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function operationHtml(method: string, path: string, operation: JsonObject): string {
  const parts: [string, Json | undefined][] = [
    ['Parameters', operation['parameters']],
    ['Body', operation['requestBody']],
    ['Answers', operation['responses']],
  ];
  const details = parts
    .filter(([, value]) => value !== undefined)
    .map(([title, value]) => `<h4>${title}</h4><pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`)
    .join('');
  const head = `<b>${method.toUpperCase()}</b><code>${escapeHtml(path)}</code> ${textOf(operation, 'summary')}`;
  return `<details><summary>${head}</summary><p>${textOf(operation, 'description')}</p>${details}</details>`;
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isJsonObject(inner) ? inner : {};
}

function textOf(value: JsonObject, key: string): string {
  const inner = value[key];
  return typeof inner === 'string' ? escapeHtml(inner) : '';
}

function toJson(value: object): JsonObject {
  const parsed: unknown = JSON.parse(JSON.stringify(value));
  return isJsonObject(parsed) ? parsed : {};
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
