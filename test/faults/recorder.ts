import { type SqlMutant, sqlFunction } from './mutants.js';

/** Runs SQL, and again while the database is away. */
export interface Database {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Makes the database write down every step of every target, whoever makes it, in the transaction that makes it: what the
 * invariants are checked by.
 */
export async function installRecorder(db: Database): Promise<void> {
  await db.query(`
    CREATE SCHEMA faults;
    CREATE TABLE faults.steps (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target_id bigint NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp(), old jsonb, new jsonb NOT NULL);
    CREATE INDEX ON faults.steps (target_id, id);
    CREATE FUNCTION faults.record() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO faults.steps (target_id, old, new) VALUES (NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
      RETURN NULL;
    END $$;
    CREATE TRIGGER recorder AFTER INSERT OR UPDATE ON control.recompute_targets FOR EACH ROW EXECUTE FUNCTION faults.record();
    CREATE TABLE faults.cursed (entry_id uuid PRIMARY KEY);
    CREATE FUNCTION faults.curse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM faults.cursed c WHERE c.entry_id = NEW.entry_id) THEN
        RAISE EXCEPTION 'The result of this entry can''t be written for now.';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER curse BEFORE INSERT OR UPDATE OF status, elapsed_ms, net_ms ON stage_results FOR EACH ROW EXECUTE FUNCTION faults.curse()`);
}

export async function installMutant(db: Database, mutant: SqlMutant): Promise<void> {
  await db.query(sqlFunction(mutant.of, mutant));
}

/** The last steps of a target, a line each: what is different behind it. */
export async function lastSteps(db: Database, targetId: string, count = 25): Promise<string[]> {
  const rows = await db.query<{ line: string }>(
    `SELECT to_char(s.at, 'HH24:MI:SS.MS') || '  ' || coalesce(string_agg(n.key || ' ' || coalesce(s.old ->> n.key, '–') || ' → ' || coalesce(n.value #>> '{}', '–'), ', ' ORDER BY n.key), 'no difference') AS line
       FROM (SELECT * FROM faults.steps WHERE target_id = $1 ORDER BY id DESC LIMIT $2) s
       LEFT JOIN LATERAL jsonb_each(s.new) n ON s.old -> n.key IS DISTINCT FROM n.value AND n.key NOT IN ('rank', 'last_requested_at')
      GROUP BY s.id, s.at ORDER BY s.id`,
    [targetId, count],
  );
  return rows.map(({ line }) => line);
}
