import { Command, Option } from 'commander';
import { readSettingsFile, resolveSettings } from '../config/load-settings.ts';
import {
  flagOf,
  OPTION_NAMES,
  OPTIONS,
  type OptionName,
  type Settings,
  type Option as SettingsOption,
} from '../config/options.ts';
import { requireDataDir } from './data-folder.ts';
import { EXIT_FAILED } from './output.ts';

type Flags = Readonly<Record<string, string | undefined>>;

/** `tocsin serve`: every option of the table is a flag. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Serve until SIGTERM or SIGINT.')
    .requiredOption('--data <dir>', 'data folder');
  for (const name of OPTION_NAMES) command.addOption(flagFor(name));
  return command.action(async (flags: Flags & { data: string }) => {
    requireDataDir(flags.data);
    await serve(flags.data, settingsOf(flags.data, flags));
  });
}

function flagFor(name: OptionName): Option {
  const { unit, doc }: SettingsOption<unknown> = OPTIONS[name];
  return new Option(`--${flagOf(name)} <${unit === '' ? 'value' : unit}>`, doc);
}

function settingsOf(dataDir: string, flags: Flags): Settings {
  const given: Partial<Record<OptionName, string>> = {};
  for (const name of OPTION_NAMES) {
    const value = flags[flagFor(name).attributeName()];
    if (value !== undefined) given[name] = value;
  }
  return resolveSettings({ flags: given, environment: process.env, file: readSettingsFile(dataDir) });
}

/** Resolves after a signal, when everything has been drained. A second signal ends the process at once. */
async function serve(dataDir: string, settings: Settings): Promise<void> {
  // Loaded here, so that other commands start without the weight of the server.
  const [{ startTocsin }, { createLogger }] = await Promise.all([import('../main.ts'), import('../logger.ts')]);
  const logger = createLogger(settings['log.level']);
  // State may be wrong after a bug: the last line says which, and a supervisor starts the server anew.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'a bug ended the server');
    process.exit(EXIT_FAILED);
  });
  const stopped = stopSignal();
  const server = await startTocsin({ dataDir, settings, logger });
  try {
    const isReady = await Promise.race([server.ready().then(() => true), stopped.then(() => false)]);
    if (isReady) logger.info({ url: server.url, startMs: Math.round(performance.now()) }, 'ready');
    logger.info({ signal: await stopped }, 'stopping');
  } finally {
    await server.close();
    logger.info('stopped');
  }
}

/** A signal that comes twice within this time is one: a terminal and a supervisor both pass it on. */
const SAME_SIGNAL_MS = 1000;

/** The first SIGTERM or SIGINT from now on. Another one later ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const names: NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
    let firstAtMs: number | undefined;
    for (const name of names) {
      process.on(name, () => {
        if (firstAtMs !== undefined && performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(130);
        firstAtMs ??= performance.now();
        resolve(name);
      });
    }
  });
}
