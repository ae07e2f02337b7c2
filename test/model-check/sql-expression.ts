/** A value of an SQL expression; times are numbers, see `NOW`. */
export type Value = number | string | boolean | null;

/** Times are only told apart as far as the protocol does: before now, now, behind now. */
export const [LONG_AGO, PAST, NOW, FUTURE] = [-1, 0, 1, 2] as const;

/** What an expression can see: the row of the target, and what was handed over besides. */
export interface Scope {
  readonly row: Readonly<Record<string, Value>>;
  readonly given: Readonly<Record<string, Value>>;
}

export type Expression = (scope: Scope) => Value;

/** How the row of the target is called in the functions. */
const ROW = /^[tr]\.(\w+)$/;
const TOKEN = /\s*(?:--[^\n]*\n|('(?:[^']|'')*')|(\d+)|([A-Za-z_][\w.]*)|(<>|<=|>=|::|[=<>+\-*|(),]))/y;

/**
 * Compiles an expression of SQL, as far as the functions of the protocol use it, with the logic of NULL.
 * @param where for errors
 * @param columns of the target
 * @throws Error when there is anything in it that is not understood
 */
export function compile(text: string, where: string, columns: ReadonlySet<string>): Expression {
  const tokens = tokenize(text, where);
  let at = 0;
  const fail = (): never => {
    throw new Error(`${where}: not understood at "${tokens.slice(at, at + 6).join(' ')}" of: ${text.trim()}`);
  };
  const peek = (...words: string[]) =>
    words.every((word, ahead) => tokens[at + ahead]?.toUpperCase() === word);
  const take = (...words: string[]) => peek(...words) && ((at += words.length), true);
  const expect = (word: string) => take(word) || fail();
  const list = (): Expression[] => {
    const items = [either()];
    while (take(',')) items.push(either());
    expect(')');
    return items;
  };

  function either(): Expression {
    let left = both();
    while (take('OR')) {
      const [a, b] = [left, both()];
      left = (scope) => or(a(scope), b(scope));
    }
    return left;
  }
  function both(): Expression {
    let left = negated();
    while (take('AND')) {
      const [a, b] = [left, negated()];
      left = (scope) => not(or(not(a(scope)), not(b(scope))));
    }
    return left;
  }
  function negated(): Expression {
    if (!take('NOT')) return compared();
    const inner = negated();
    return (scope) => not(inner(scope));
  }
  function compared(): Expression {
    const left = sum();
    if (take('IS', 'NULL')) return (scope) => left(scope) === null;
    if (take('IS', 'NOT', 'NULL')) return (scope) => left(scope) !== null;
    const isNot = take('NOT', 'IN');
    if (isNot || take('IN')) {
      expect('(');
      const items = list();
      const isIn: Expression = (scope) =>
        items.map((item) => equal(left(scope), item(scope))).reduce(or, false);
      return isNot ? (scope) => not(isIn(scope)) : isIn;
    }
    const operator = ['=', '<>', '<=', '>=', '<', '>'].find((each) => take(each));
    if (operator === undefined) return left;
    // One target, so one of its ids is the id.
    const right = take('ANY') ? ((expect('('), list())[0] ?? fail()) : sum();
    return (scope) => compare(operator, left(scope), right(scope));
  }
  function sum(): Expression {
    let left = product();
    for (;;) {
      const operator = ['+', '-', '|'].find((each) => take(each));
      if (operator === undefined) return left;
      const [a, b] = [left, product()];
      left = (scope) => calculate(operator, a(scope), b(scope));
    }
  }
  function product(): Expression {
    let left = simple();
    while (take('*')) {
      const [a, b] = [left, simple()];
      left = (scope) => calculate('*', a(scope), b(scope));
    }
    return left;
  }
  function simple(): Expression {
    const value = atom();
    // A cast says nothing here.
    if (take('::')) at += 1;
    return value;
  }
  function atom(): Expression {
    if (take('(')) {
      const inner = either();
      expect(')');
      return inner;
    }
    if (take('CASE')) return cases();
    if (take('INTERVAL')) {
      at += 1;
      return () => 1;
    }
    const token = tokens[at++] ?? fail();
    if (token.startsWith("'")) {
      const literal = token.slice(1, -1).replaceAll("''", "'");
      return () => (literal === '-infinity' ? LONG_AGO : literal);
    }
    if (/^\d/.test(token)) return () => Number(token);
    const word = token.toUpperCase();
    if (word === 'NULL') return () => null;
    if (word === 'TRUE' || word === 'FALSE') return () => word === 'TRUE';
    if (take('(')) return call(token);
    const column = ROW.exec(token)?.[1];
    if (column !== undefined) {
      if (!columns.has(column)) fail();
      return ({ row }) => row[column] ?? null;
    }
    if (!/^[a-z]/.test(token)) fail();
    return ({ given }) => {
      const value = given[token];
      if (value === undefined) throw new Error(`${where}: "${token}" was not handed over`);
      return value;
    };
  }
  function cases(): Expression {
    const arms: [Expression, Expression][] = [];
    while (take('WHEN')) {
      const condition = either();
      expect('THEN');
      arms.push([condition, either()]);
    }
    const otherwise = take('ELSE') ? either() : () => null;
    expect('END');
    return (scope) => (arms.find(([condition]) => condition(scope) === true)?.[1] ?? otherwise)(scope);
  }
  function call(name: string): Expression {
    if (name === 'clock_timestamp') {
      expect(')');
      return () => NOW;
    }
    const values = list();
    const all = (scope: Scope) => values.map((value) => value(scope));
    switch (name) {
      case 'coalesce':
        return (scope) => all(scope).find((value) => value !== null) ?? null;
      case 'least':
        return (scope) => extreme(all(scope), Math.min);
      case 'greatest':
        return (scope) => extreme(all(scope), Math.max);
      case 'left':
        return values[0] ?? fail();
      default:
        return fail();
    }
  }

  const whole = either();
  if (at < tokens.length) fail();
  return whole;
}

function tokenize(text: string, where: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(`${text}\n`);
    if (match === null) throw new Error(`${where}: not understood: ${text.slice(from, from + 40)}`);
    const token = match.slice(1).find((part) => part !== undefined);
    if (token !== undefined) tokens.push(token);
  }
  return tokens;
}

function or(a: Value, b: Value): Value {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}

function not(a: Value): Value {
  return a === null ? null : a !== true;
}

function equal(a: Value, b: Value): Value {
  return a === null || b === null ? null : a === b;
}

function compare(operator: string, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  switch (operator) {
    case '=':
      return a === b;
    case '<>':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function calculate(operator: string, a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  const [x, y] = [Number(a), Number(b)];
  if (operator === '|') return x | y;
  if (operator === '*') return x * y;
  return operator === '+' ? x + y : x - y;
}

/** Of those that are there, as in PostgreSQL. */
function extreme(values: readonly Value[], pick: (...numbers: number[]) => number): Value {
  const there = values.filter((value) => value !== null).map(Number);
  return there.length === 0 ? null : pick(...there);
}
