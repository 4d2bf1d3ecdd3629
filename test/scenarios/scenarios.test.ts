import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Action, type Pairs, parseScenario, type Step } from './parse-scenario.ts';
import { ScenarioWorld } from './scenario-world.ts';

// Each *.scenario file is a test that an analyst can read and write; parse-scenario.ts says how.

const folder = dirname(fileURLToPath(import.meta.url));

for (const file of readdirSync(folder).filter((name) => name.endsWith('.scenario'))) {
  const text = readFileSync(join(folder, file), 'utf8');
  test(`${file}: ${/^# (?:Goal: )?(.*)/.exec(text)?.[1] ?? 'as it says'}`, async () => {
    let world = new ScenarioWorld();
    try {
      for (const step of parseScenario(text)) {
        if (step.kind === 'clear') {
          await world.close();
          world = new ScenarioWorld();
        } else await run(world, step, `${file}, line ${step.line}`);
      }
    } finally {
      await world.close();
    }
  }, 120_000);
}

async function run(world: ScenarioWorld, step: Exclude<Step, { kind: 'clear' }>, where: string): Promise<void> {
  if (step.kind === 'rule') return world.createRule(step.name, step.data);
  await world.moveTo(step.atMs);
  await act(world, step.action, where);
}

async function act(world: ScenarioWorld, action: Action, where: string): Promise<void> {
  switch (action.kind) {
    case 'ingest':
      return world.ingest(action.count, action.ofMs, action.fields);
    case 'expect-count':
      expect(await world.incidents(), where).toHaveLength(action.count);
      return;
    case 'expect-incident':
      return expectValues((await world.incidents())[action.number - 1] ?? {}, action.values, where);
    case 'expect-rule':
      return expectValues(await world.counters(action.rule), action.values, where);
    case 'resolve':
    case 'close':
    case 'reopen':
      return world.work(action.kind, action.number);
    case 'activate':
    case 'deactivate':
      return world.switchRule(action.rule, action.kind === 'activate');
    case 'trash':
      return world.trashRule(action.rule);
    case 'edit':
      return world.editRule(action.rule, action.data);
    case 'restart':
      return world.restart();
    case 'replay':
      return world.replay();
  }
}

function expectValues(seen: Readonly<Record<string, string>>, values: Pairs, where: string): void {
  const wanted = Object.fromEntries(values);
  const named = Object.fromEntries(Object.keys(wanted).map((name) => [name, seen[name]]));
  expect(named, where).toEqual(wanted);
}
