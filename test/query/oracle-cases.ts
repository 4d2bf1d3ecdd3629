import { nestingMax } from '../../src/query/parse-expression.ts';

/** Nested as deep as the language allows, every level a node of its own. */
function deepest(): string {
  let text = 'user=bob';
  for (let level = 1; level < nestingMax; level++) {
    const kind = level % 3;
    text = kind === 0 ? `-(${text})` : kind === 1 ? `(${text} size=*)` : `(${text} OR user=nobody)`;
  }
  return text;
}

const many = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join(', ');

/**
 * Where the evaluator and the compiled SQL are most likely to part, and generated queries, as fast-check shrank them,
 * over which they did. A shrunk failure is added here with its repair and stays.
 */
export const HARD_CASES: readonly (readonly [name: string, text: string])[] = [
  ['the deepest tree', deepest()],
  ['absent and empty', 'user="" OR -user=* | chart count() as n, count(user=*) as m by repo_name'],
  ['the empty value of a set', 'label="" OR label IN [login, ""]'],
  ['a set and its number', 'label=5 OR label>4'],
  ['numbers in other spellings', 'user IN [5, 1000, -0] OR size>=4625'],
  ['a number that overflows', 'user=1e400 OR user="*e4*"'],
  ['a long row of digits', 'user>5'],
  ['sigma in three forms', 'user="*ΟΔΟς*" OR command="οδο?"'],
  ['letters that fold into ASCII elsewhere', 'user="*elvin" OR user="?stanbul" OR user=Kelvin'],
  ['one character beyond 16 bits', 'user="? grin" OR command="?? grin"'],
  ['a glob over several lines', 'user="line*bed" OR command="line?break" OR msg="*e?b*"'],
  ['signs of regular expressions', 'user IN ["a.b", "a?b", "*100%_*", "*(*)?", "*[a-z]*?"]'],
  ['text that looks like SQL', `user="{p0:String}" OR user="'; drop*" OR command="%"`],
  [
    'many wildcards of each kind',
    `command IN [${many(600, (i) => `"*x${i}*"`)}, "*ows*", ${many(300, (i) => `"p${i}*"`)}, ${many(900, (i) => `"*g${i}?z*"`)}]`,
  ],
  ['20,000 values', `user IN [${many(20_000, (i) => `v${i}`)}, bob]`],
  ['a phrase over punctuation', '"account locked" OR "10 1 2" OR -"logins*ok"'],
  ['text without a word', '"!" OR "\\"'],
  ['a limit before a search', '| order by size desc | limit 9 | search user=* | limit 4'],
  [
    'a limit before a chart',
    '| limit 40 | chart count() as n by label | search n>1 | order by n, label desc | limit 3',
  ],
  ['a chart over a chart', '| chart count() as n by user, label | chart count() as users, sum(n) as events by n'],
  [
    'sums without any number',
    'user=bob | chart sum(command) as s, avg(command) as a, min(command) as m, var(command) as v',
  ],
  ['division by zero', '| chart sum(size/0) as a, max(1/(size-size)) as b, sum(size/(1/0)) as c'],
  ['a chart of nothing', 'user=bob user=alice | chart count() as n, sum(size) as s, distinct_list(user) as l'],
  ['a chart of nothing by a field', 'user=bob user=alice | chart count() as n by user'],
  [
    'columns of each kind in a condition',
    '| chart distinct_list(user) as l, avg(size) as a, max(log_ts) as t by label | search l=bob OR a>10 OR t="17*" OR -a=*',
  ],
  ['constants of the row', 'logpoint_name=MAIN -device_ip="10.0.0.8" | chart count() as n by logpoint_name, device_ip'],
  [
    'a rename of two fields into one',
    '| rename user as who, command as who | search who=bob | chart count() as n by who',
  ],
  [
    'columns computed after a chart',
    `| chart count() as n, avg(size) as a by user | process eval("kind=case(n > 3 -> 'many', a > 1 -> 'big')") | search kind=* OR n=1 | process string_concat(user, "/", kind) as both | order by both desc | limit 7`,
  ],
  [
    'a chart over columns computed after a chart',
    `| chart count() as n by user, label | process regex("^(?P<first>.)", user) | process summation(n, 1) as m | chart sum(m) as s, count() as groups by first | search s>2`,
  ],
  [
    'a function of a column',
    '| chart count() as n by user | search upper(user)="B*" | chart sum(n) as s by lower(user)',
  ],
  [
    'a condition that only memory can hold, before a chart',
    '| process entropy(user) as e | search e>1 user=* | chart count() as n, max(e) as m by label | search n>1',
  ],
  [
    'a list of a chart, after the store',
    '| chart distinct_list(user) as l by label | process list_length(l) as n | process sort_list(l, desc) as s | search n>1 | order by n desc | limit 5',
  ],
  ['rows out of a row', '| limit 30 | process json_expand(msg) | search msg=*o* | chart count() as n by msg'],
  [
    'numbers at their ends',
    '| process difference(size, 0.1) as d | process summation(size, size, size) as s | chart count() as n by d, s',
  ],
  ['networks beside texts', 'user IN [10.0.0.0/8, "0.0.0.0/33", "::/0", bob] OR user IN ["a/b"]'],
  ['a list of networks, wildcards and a number', 'user IN NETS OR -source_address IN nets'],
  ['labels given by searches', 'label=odd OR label=busy -label IN ["P*", login]'],
  ['labels given by searches, after a rename', '| rename label as tag, user as label | search tag=Odd OR label=bob'],
  ['every label', 'label=* -label!=Odd | chart count(label=Busy) as n by label'],
  ['networks in a column', '| chart count() as n by user | search user IN [10.0.0.0/8]'],
  ['the newest of each value', '| latest by user, label | chart count() as n by label'],
  ['the newest after a limit and in another order', '| limit 60 | order by size | latest by lower(user) | limit 5'],
  ['an inner join', '[user=* size=*] as s1 join [label=*] as s2 on s2.user = s1.user | search s1.size>5 | limit 200'],
  [
    'a left join near in time',
    '[size=*] as a left join [label=*] as b on a.user = b.user within 5 minutes | chart count() as n, max(b.size) as m by a.user',
  ],
  ['a right join', '[user=bob] as a right join [user=*] as b on a.label = b.label | search -a.user=* | limit 50'],
  [
    'an outer join of computed and renamed fields',
    '[user=* | rename user as who] as a outer join [command=* | process eval("who=command")] as b on a.who = b.who | chart count() as n by a.who',
  ],
  [
    'followed by, and not',
    '[label=*] as a followed by [size=*] as b on a.user = b.user within 10 minutes | order by a.size | limit 40',
  ],
  [
    'not followed by',
    '[user=*] as a not followed by [label=*] as b on a.user = b.user within 1 minute | chart count() as n by a.user',
  ],
  ['events that come several times', '[3 user=* having same user within 10 minutes] | chart count() as n by user'],
  [
    'several times, then another',
    '[2 size=* within 2 minutes] as a followed by [user=*] as b | chart count() as n by b.user',
  ],
  [
    'a chart inside a stream',
    '[user=* | chart count() as n, distinct_list(label) as l by user | search n>1] as a join [size=*] as b on b.user = a.user | search a.n>2 | limit 100',
  ],
  [
    'two charts joined and counted',
    '[size=* | chart count() as n by user] as a outer join [command=* | chart count() as n by user] as b on a.user = b.user | chart sum(a.n) as x, sum(b.n) as y by a.user',
  ],
  [
    'four streams',
    '[size=* | limit 20] as a join [label=* | limit 30] as b on b.user = a.user left join [command=*] as c on c.user = b.user followed by [user=*] as d within 5 minutes | chart count() as n by a.user, d.user',
  ],
  [
    'a timechart in a stream',
    '[| timechart count() as n every 5 minutes] as a join [size=*] as b within 10 minutes on a.n = b.size | limit 60',
  ],
];
