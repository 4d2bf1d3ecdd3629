// A week of a small company for a demo whose clock can be set (shifted-clock.mjs): logs by night and day, attacks, people who
// take, judge and end incidents, lists, exceptions, tokens, a receiver of notifications that does not answer. For pictures.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
/** Attacks of the recording, hours back from now, each from another address on another machine. */
const ATTACKS = [2, 5, 9, 21, 27, 30, 45, 52, 70, 74, 98, 101, 120, 143, 160];
const HOSTS = ['web-1', 'web-2', 'web-3', 'bastion', 'mail-1'];
/** A machine that has sent nothing for these hours. */
const GONE = 'mail-1';
const QUIET_HOURS = 7;
const PEOPLE = [
  ['nora', 'Nora', 'Klein'],
  ['ivan', 'Ivan', 'Petrov'],
  ['amara', 'Amara', 'Obi'],
];

/** How often the server looks at its clock. */
const CLOCK_READ_MS = 150;
const SETTLE_LOOK_MS = 300;
const SETTLE_LOOKS = 4;
const SETTLE_LOOKS_MAX = 40;

/**
 * `setClock(offsetMs)` sets the server's clock, which stands a week back when this begins and right when it ends.
 * Answers nothing; the server then holds what a week leaves behind.
 */
export async function fillWeek({ url, root, token, base, ingest, ownerId, setClock }) {
  const random = seeded(7);
  const api = apiOf({ url, token, base });
  const { send, order } = api;
  const pools = [base.split('/')[2]];
  await addPeople(api, pools);
  const rules = await send(`${base}/AlertRules?limit=100`, 'GET');
  await addAround(api, (name) => rules.find((rule) => rule.name === name) ?? rules[0]);
  // A clock that leaps would have every window in between searched one by one.
  const scheduled = rules.filter(({ mode }) => mode === 'schedule');
  for (const { id } of scheduled) await order(`AlertRules/${id}/deactivate`, {});
  const recorded = readFileSync(join(root, 'samples/logs/web-1-auth-rfc5424.log'), 'utf8').trim().split('\n');
  const web = readFileSync(join(root, 'samples/logs/web-1-nginx-access.log'), 'utf8').trim().split('\n');
  await order(`AlertRules/${rules.find(({ name }) => name === 'Web shell used').id}/deactivate`, {});
  const shift = new Shift(api, ownerId, await send(`${base}/Users`, 'GET'));
  for (let hour = WEEK_HOURS; hour >= 0; hour -= 1) {
    setClock(-hour * HOUR_MS);
    const attack = ATTACKS.indexOf(hour);
    if (attack >= 0 || shift.hasWork()) await sleep(CLOCK_READ_MS);
    const nowMs = Date.now() - hour * HOUR_MS;
    await api.post(ingest, quietHour(nowMs - HOUR_MS, random, hour < QUIET_HOURS));
    if (attack >= 0) {
      const before = await unresolved(api);
      const host = HOSTS[attack % HOSTS.length];
      await api.post(ingest, replayed(attack % 2 === 0 ? recorded : web, nowMs, host, attack));
      await settled(api, before);
    }
    await shift.hourPasses();
  }
  for (const { id } of scheduled) await order(`AlertRules/${id}/activate`, {});
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function apiOf({ url, token, base }) {
  const send = async (path, method, data) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(data === undefined ? {} : { body: JSON.stringify(data) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return {
    base,
    send,
    order: async (path, data, method = 'POST') => {
      const { message } = await send(`${base}/${path}`, method, { data });
      const { response } = await send(`${message}?wait=10`, 'GET');
      if (response.success !== true) throw new Error(`${method} ${path}: ${JSON.stringify(response)}`);
      return response;
    },
    post: async (path, lines) => {
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
        body: lines.join('\n'),
      });
      if (!response.ok) throw new Error(`ingest: ${response.status} ${await response.text()}`);
    },
  };
}

async function addPeople({ base, send, order }, pools) {
  const [group] = await send(`${base}/UserGroups`, 'GET');
  for (const [username, firstname, lastname] of PEOPLE) {
    const email = `${username}@example.org`;
    const password = 'A-long-password-1';
    await order('Users', { username, firstname, lastname, email, password, usergroup: [group.id] });
  }
  await send('/tokens', 'POST', { name: 'soar', role: 'engineer', always_active: true, pools });
  await send('/tokens', 'POST', { name: 'dashboard', role: 'readonly', always_active: true, pools });
}

/** Lists, log sources, an exception, a receiver that does not answer. */
async function addAround({ order }, ruleOf) {
  await order('Lists', { name: 'ADMINS', description: 'May use sudo', items: ['anna', 'root', 'svc-backup'] });
  await order('Lists', { name: 'SCANNERS', description: 'Our own scanners', items: ['192.0.2.200', '192.0.2.201'] });
  for (const name of ['web-1', 'web-2', 'bastion', 'printer-9']) {
    await order('LogSources', {
      name,
      description: name === 'printer-9' ? 'Moved out in May' : 'Debian',
      hosts: [name],
    });
  }
  await order('Exceptions', {
    name: 'Our own scanner',
    query: 'source_address IN SCANNERS',
    owner: 'nora',
    reason: 'Scans every night, asked for by operations',
    rule_ids: [ruleOf('Web content scanned').id],
    expires_at: Math.floor(Date.now() / 1000) + 30 * 86_400,
  });
  await order(`AlertRules/${ruleOf('SQL injection attempted').id}/HTTPNotification`, {
    notify_http: true,
    http_url: 'https://chat.example.org/hooks/soc',
    http_request_type: 'POST',
    preset: 'mattermost',
  });
}

/** Hours after which nobody looks at an incident again. */
const LAST_HOUR = 8;

/** People who take, comment, judge and end incidents an hour or more after they came; the newest they have not seen. */
class Shift {
  #api;
  #ownerId;
  #users;
  #waiting = new Map();

  constructor(api, ownerId, users) {
    this.#api = api;
    this.#ownerId = ownerId;
    this.#users = users;
  }

  hasWork() {
    return [...this.#waiting.values()].some(({ hours }) => hours < LAST_HOUR);
  }

  async hourPasses() {
    const { base, send } = this.#api;
    for (const [id, entry] of this.#waiting) {
      entry.hours += 1;
      if (entry.hours > LAST_HOUR) continue;
      await this.#work(id, entry);
    }
    const rows = await send(`${base}/Incidents?limit=500&sort=newest&status=unresolved`, 'GET');
    for (const { id, number } of rows) {
      if (!this.#waiting.has(id)) this.#waiting.set(id, { hours: 0, place: Number(String(number).replace(/\D/g, '')) });
    }
  }

  async #work(id, { hours, place }) {
    const { order } = this.#api;
    const who = { incident_user_id: this.#ownerId };
    if (hours === 1 && place % 7 !== 0) {
      await order(`Incidents/${id}/reassign`, { ...who, new_assignee: this.#users[place % this.#users.length].id });
      if (place % 3 !== 1) return;
      const comment = 'Checked the host: **nothing stayed behind**. The address is blocked.';
      await order(`Incidents/${id}/comment`, { ...who, comment });
    }
    // Some take a night, and some are still worked on.
    if (hours === 2 + (place % 6) && place % 7 !== 0) {
      const disposition = place % 4 === 0 ? 'false_positive' : place % 4 === 1 ? 'benign' : 'true_positive';
      await order(`Incidents/${id}/disposition`, { ...who, disposition, reason: 'Seen on the host' });
      await order(`Incidents/${id}/resolve`, who);
    }
  }
}

/** Logins, mail and web requests of one hour: more by day, less at night. */
function quietHour(fromMs, random, isOneGone) {
  const hour = new Date(fromMs).getUTCHours();
  const count = Math.round((hour > 6 && hour < 19 ? 46 : 12) * (0.7 + random() * 0.6));
  const pick = (list) => list[Math.floor(random() * list.length)];
  return Array.from({ length: count }, () => {
    const at = new Date(fromMs + random() * HOUR_MS).toISOString();
    const host = pick(isOneGone ? HOSTS.filter((name) => name !== GONE) : HOSTS);
    const user = pick(['anna', 'bela', 'chidi', 'dora', 'emre', 'hana']);
    const from = `192.0.2.${50 + Math.floor(random() * 20)}`;
    const line = pick([
      `sshd 1${Math.floor(random() * 9000)} - - Accepted publickey for ${user} from ${from} port ${40_000 + Math.floor(random() * 9000)} ssh2`,
      `postfix/smtpd 2201 - - connect from relay.example.org[${from}]`,
      `CRON 88${Math.floor(random() * 90)} - - pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`,
      `systemd-logind 411 - - New session ${Math.floor(random() * 900)} of user ${user}.`,
      `app 77 - - request served user=${user} status=200 ms=${Math.floor(random() * 300)}`,
    ]);
    return `<38>1 ${at} ${host} ${line}`;
  });
}

/** The recording as if it ended within the hour, on another machine and from another address. */
function replayed(lines, fromMs, host, attack) {
  const address = `198.51.100.${20 + attack}`;
  return lines.map((line, place) => {
    const at = new Date(fromMs + place * 4_000);
    return line
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 web-1/, `${at.toISOString()} ${host}`)
      .replace(/\[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\]/, `[${accessTime(at)}]`)
      .replace(/192\.0\.2\.55|203\.0\.113\.\d+/g, address);
  });
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const accessTime = (at) => {
  const [day, time] = at.toISOString().split('T');
  const [year, month, date] = day.split('-');
  return `${date}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
};

/** Waits until the attack has raised what it raises: something new, and then nothing more for a while. */
async function settled({ base, send }, before) {
  let last = before;
  for (let same = 0, look = 0; same < SETTLE_LOOKS && look < SETTLE_LOOKS_MAX; look += 1) {
    await sleep(SETTLE_LOOK_MS);
    const next = await unresolved({ base, send });
    same = next === last && next !== before ? same + 1 : 0;
    last = next;
  }
}

const unresolved = async ({ base, send }) => (await send(`${base}/Incidents/facets?status=unresolved`, 'GET')).total;

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
