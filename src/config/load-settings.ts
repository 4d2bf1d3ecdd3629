import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { AppError } from '../shared/errors.ts';
import {
  environmentNameOf,
  flagOf,
  OPTION_NAMES,
  OPTIONS,
  type Option,
  type OptionName,
  type Settings,
} from './options.ts';

export const SETTINGS_FILE = 'tocsin.yaml';
/** A settings file is written by hand; a larger one is a mistake. */
const SETTINGS_FILE_BYTES_MAX = 1024 * 1024;

export type SettingsSources = {
  /** Values of flags by option name; what the user did not give is absent. */
  readonly flags: Partial<Record<OptionName, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Keys of the settings file, flattened with dots. */
  readonly file: ReadonlyMap<string, unknown>;
};

/**
 * The value of every option: flag, then environment, then settings file, then default.
 *
 * @throws AppError `CONFIG_INVALID` with the option's name, the value and what was expected
 */
export function resolveSettings(sources: SettingsSources): Settings {
  refuseUnknownKeys(sources.file);
  const values: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) values[name] = resolveOption(name, sources);
  const settings = values as Settings;
  if ((settings['tls.cert'] === null) !== (settings['tls.key'] === null)) {
    throw invalid('option tls.cert and option tls.key belong together: expected both or none');
  }
  const inbound = [
    settings['notify.inbound.address'],
    settings['notify.inbound.host'],
    settings['notify.inbound.user'],
  ];
  if (inbound.some((value) => value === null) && inbound.some((value) => value !== null)) {
    throw invalid('options notify.inbound.address, notify.inbound.host and notify.inbound.user belong together');
  }
  return settings;
}

function resolveOption(name: OptionName, { flags, environment, file }: SettingsSources): unknown {
  const option: Option<unknown> = OPTIONS[name];
  const flag = flags[name];
  if (flag !== undefined) return parsed(name, option, flag, `--${flagOf(name)}`);
  const variable = environmentNameOf(name);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined) return parsed(name, option, fromEnvironment, variable);
  if (file.has(name)) return parsed(name, option, file.get(name), SETTINGS_FILE);
  return option.default;
}

function parsed(name: string, option: Option<unknown>, raw: unknown, origin: string): unknown {
  const value = option.codec.parse(raw);
  if (value !== undefined) return value;
  const seen = option.secret ? 'a value that is not shown' : JSON.stringify(raw);
  throw invalid(`option ${name} (${origin}) is ${seen}: expected ${option.codec.expected}`);
}

/** A misspelt key would silently leave the default in force. */
function refuseUnknownKeys(file: ReadonlyMap<string, unknown>): void {
  const names: readonly string[] = OPTION_NAMES;
  for (const key of file.keys()) {
    if (!names.includes(key)) throw invalid(`option ${key} (${SETTINGS_FILE}) is unknown: see docs/configuration.md`);
  }
}

/** @throws AppError `CONFIG_INVALID` when the file is not a YAML mapping */
export function readSettingsFile(dataDir: string): ReadonlyMap<string, unknown> {
  const path = join(dataDir, SETTINGS_FILE);
  if (!existsSync(path)) return new Map();
  const source = readFileSync(path, 'utf8');
  if (source.length > SETTINGS_FILE_BYTES_MAX) {
    throw invalid(`${SETTINGS_FILE} has ${source.length} bytes: expected at most ${SETTINGS_FILE_BYTES_MAX}`);
  }
  const document = parseDocument(source);
  const problem = document.errors[0];
  if (problem !== undefined) throw invalid(`${SETTINGS_FILE}: ${problem.message.split('\n')[0] ?? 'not YAML'}`);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const flat = new Map<string, unknown>();
  if (value === null) return flat;
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalid(`${SETTINGS_FILE}: expected a mapping of options`);
  flatten(value, '', flat);
  return flat;
}

function flatten(value: object, prefix: string, into: Map<string, unknown>): void {
  for (const [key, inner] of Object.entries(value)) {
    const name = `${prefix}${key}`;
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) flatten(inner, `${name}.`, into);
    else into.set(name, inner);
  }
}

const invalid = (message: string): AppError => new AppError('invalid', 'CONFIG_INVALID', message);
