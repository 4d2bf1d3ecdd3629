import type { Json } from '../shared/json.ts';

export const REDACTED = '[redacted]';

/** Endings of names whose values are secrets, letters and digits only: `smsPassword`, `auth_pass`, `access_key`, … */
const SECRET_ENDINGS = [
  'password',
  'passwd',
  'passphrase',
  'pass',
  'secret',
  'secretkey',
  'accesskey',
  'privatekey',
  'authorizationkey',
  'authvalue',
  'communitystring',
  'token',
  'tokentext',
  'cookie',
];

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_ENDINGS.some((ending) => plain.endsWith(ending));
}

/** The value with the text under every secret-sounding name replaced: the last net below code that should not pass one. */
export function redactSecrets(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(redactSecrets);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName(name) && inner !== null && typeof inner !== 'boolean' ? REDACTED : redactSecrets(inner as Json),
    ]),
  );
}
