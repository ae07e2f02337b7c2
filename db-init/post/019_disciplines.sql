-- What: an entry that is confirmed or started fits its discipline and class; one that is registered contradicts
--       neither. Vehicle, trackers and crew are of the event's organisation. Every entry has its checklist.
-- Why:  the rulebook (libs/rules/src/disciplines) explains a fault to people before anything is saved; here it holds
--       for whoever writes, psql included. Checked at commit, because an entry is saved with its crew and trackers in
--       no certain order, and on the rows as they are then.
-- Read by: every writer of entries, their crew and trackers, classes, events and vehicles; `npm test` compares the
--       rules with the rulebook, and the verdicts of both over random entries.
--   1. the rules, as the rulebook has them
--   2. the facts about an entry, in the form that the rulebook takes them
--   3. the faults that the rules find in those facts
--   4. entries, crew and trackers are refused with faults; the checklist is written
--   5. vehicle, trackers and crew are of the organisation
--   6. an event and a class keep what their entries were confirmed under
-- A new version of the rules comes in a new file with the next number: INSERT … ON CONFLICT DO UPDATE, as below.

-- 1. The rules ---------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS control.discipline_rules (
  discipline text PRIMARY KEY,
  rules jsonb NOT NULL
);
INSERT INTO control.discipline_rules (discipline, rules) VALUES
  ('rally', '{"vehicle":"required","vehicleKinds":["moto","quad","car","ssv","truck"],"vehicleFields":[],"class":"required","raceNumber":"required","crew":{"default":{"total":[1,3]},"byVehicleKind":{"moto":{"rider+pilot":[1,1],"total":[1,1]},"quad":{"rider+pilot":[1,1],"total":[1,1]},"car":{"pilot":[1,1],"co-pilot+navigator":[1,1],"mechanic":[0,1],"total":[2,3]},"ssv":{"pilot":[1,1],"co-pilot+navigator":[1,1],"mechanic":[0,1],"total":[2,3]},"truck":{"pilot":[1,1],"co-pilot+navigator":[1,1],"mechanic":[0,1],"total":[2,3]}},"byFormat":{}},"forbiddenRoles":["runner","hiker","skipper","crew"],"devices":[1,4],"deviceRules":[{"rule":"on-vehicle","severity":"error"},{"rule":"worn-by-crew","severity":"error"},{"rule":"backup","severity":"warning"},{"rule":"panic-button","severity":"warning"}],"documents":[{"item":"driving-licence"},{"item":"competition-licence"},{"item":"medical"},{"item":"insurance"},{"item":"vehicle-registration"}],"readiness":[{"item":"administrative"},{"item":"scrutineering","when":"vehicle"}],"minAge":null,"startOrders":["inverse_of_overall","previous_stage_result","previous_stage_clean_result","race_number","inverse_race_number","championship_order","inverse_top_n_then_natural","top_pct_then_priority","position_choice","random","manual"],"evidence":["Dakar 2019 and 2020, start lists: moto 275 of 275 and quad 48 of 48 alone, car 178 of 180 and SSV 76 of 76 two, truck 80 of 83 three","Liaisons are public road: each driver has a driving licence, the vehicle its registration"]}'),
  ('time-trial', '{"vehicle":"by-class","vehicleKinds":["bicycle","moto","quad","car","ssv","truck","sled"],"vehicleFields":[],"class":"required","raceNumber":"required","crew":{"default":{"rider":[1,1],"total":[1,1]},"byVehicleKind":{"car":{"pilot":[1,1],"co-pilot+navigator":[0,1],"total":[1,2]},"ssv":{"pilot":[1,1],"co-pilot+navigator":[0,1],"total":[1,2]},"truck":{"pilot":[1,1],"co-pilot+navigator":[0,1],"total":[1,2]}},"byFormat":{"solo":{"rider":[1,1],"total":[1,1]},"duo":{"rider":[2,2],"total":[2,2]},"team":{"rider":[2,8],"total":[2,8]}}},"forbiddenRoles":["runner","hiker","skipper","crew"],"devices":[0,2],"deviceRules":[{"rule":"worn-by-crew","severity":"error"}],"documents":[{"item":"competition-licence"},{"item":"guardian-consent","when":"minor"}],"readiness":[{"item":"administrative"},{"item":"scrutineering","when":"vehicle"}],"minAge":12,"startOrders":["race_number","inverse_of_overall","championship_order","inverse_race_number","previous_stage_result","inverse_top_n_then_natural","random","waves","manual"],"evidence":["Cycling Time Trials, guidance: licence or day licence, consent under 18, minimum age 12, the number may be the start minute","RaceDB, can_start"]}'),
  ('regatta', '{"vehicle":"required","vehicleKinds":["boat"],"vehicleFields":[{"field":"sailNumber"},{"field":"rating","when":"rating"}],"class":"required","raceNumber":"required","crew":{"default":{"skipper+pilot":[1,1],"crew+co-pilot+navigator":[0,11],"total":[1,12]},"byVehicleKind":{},"byFormat":{"solo":{"skipper+pilot":[1,1],"crew+co-pilot+navigator":[0,0],"total":[1,1]},"duo":{"skipper+pilot":[1,1],"crew+co-pilot+navigator":[1,1],"total":[2,2]}}},"forbiddenRoles":["rider","runner","hiker","mechanic"],"devices":[0,2],"deviceRules":[{"rule":"worn-by-crew","severity":"error"},{"rule":"at-least-one","severity":"error","when":"offshore"}],"documents":[{"item":"rating-certificate","when":"rating"},{"item":"insurance"},{"item":"measurement-certificate"}],"readiness":[{"item":"administrative"},{"item":"scrutineering","when":"vehicle"}],"minAge":null,"startOrders":["mass","pursuit","manual"],"evidence":["Racing Rules of Sailing, Appendix A, and usual sailing instructions","Pilot is read as helm, co-pilot and navigator as crew, where an entry was made with these words"]}'),
  ('trail-run', '{"vehicle":"forbidden","vehicleKinds":[],"vehicleFields":[],"class":"required","raceNumber":"required","crew":{"default":{"runner":[1,1],"total":[1,1]},"byVehicleKind":{},"byFormat":{"solo":{"runner":[1,1],"total":[1,1]},"duo":{"runner":[2,2],"total":[2,2]},"relay":{"runner":[2,6],"total":[2,6]}}},"forbiddenRoles":["pilot","co-pilot","navigator","mechanic","rider","hiker","skipper","crew"],"devices":[0,2],"deviceRules":[{"rule":"worn","severity":"error"},{"rule":"worn-by-crew","severity":"error"}],"documents":[{"item":"medical"},{"item":"emergency-contact"}],"readiness":[{"item":"administrative"},{"item":"mandatory-kit"}],"minAge":null,"startOrders":["mass","waves","championship_order","manual"],"evidence":["OpenSplitTime, efforts: one person each","UTMB and others: medical certificate or declaration, mandatory kit, age limit by distance (the class says it)"]}'),
  ('hike', '{"vehicle":"forbidden","vehicleKinds":[],"vehicleFields":[],"class":"required-if-several","raceNumber":"required","crew":{"default":{"hiker":[1,6],"total":[1,6]},"byVehicleKind":{},"byFormat":{"solo":{"hiker":[1,1],"total":[1,1]},"duo":{"hiker":[2,2],"total":[2,2]},"team":{"hiker":[2,6],"total":[2,6]},"oxfam":{"hiker":[4,4],"total":[4,4]},"kvrp":{"hiker":[2,6],"total":[2,6]}}},"forbiddenRoles":["pilot","co-pilot","navigator","mechanic","rider","runner","skipper","crew"],"devices":[0,6],"deviceRules":[{"rule":"worn","severity":"error"},{"rule":"worn-by-crew","severity":"error"}],"documents":[{"item":"guardian-consent","when":"minor"},{"item":"medical"},{"item":"support-crew","when":"oxfam"}],"readiness":[{"item":"administrative"},{"item":"mandatory-kit"}],"minAge":16,"startOrders":["waves","mass","manual"],"evidence":["Oxfam Trailwalker rules: teams of four; France: from 16 with consent, a support crew of two at least","kvrp rules: teams of two to six"]}')
ON CONFLICT (discipline) DO UPDATE SET rules = excluded.rules;

-- 2. The facts ---------------------------------------------------------------------------------------------------

-- The trackers that an entry carries: those bound now or later. Once the event is over, those it carried to the end.
CREATE OR REPLACE VIEW control.entry_trackers AS
  SELECT b.entry_id, b.id AS binding_id, b.device_id, d.imei, d.kind, d.has_panic_button, b.assigned_user_id
  FROM entry_devices b
  JOIN entries n ON n.id = b.entry_id
  JOIN events e ON e.id = n.event_id
  JOIN devices d ON d.id = b.device_id
  WHERE NOT isempty(tstzrange(b.valid_from, b.valid_to))
    AND (b.valid_to IS NULL OR b.valid_to > now() OR (e.ends_at <= now() AND b.valid_to >= e.ends_at));

-- @param class a row of classes, as JSON @returns EntryClass of the rulebook
CREATE OR REPLACE FUNCTION control.class_facts(class jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'code', class -> 'code', 'vehicleKind', class -> 'vehicle_kind', 'numberFrom', class -> 'number_from',
      'numberTo', class -> 'number_to', 'minAge', class -> 'min_age', 'maxAge', class -> 'max_age',
      'ratingSystem', class -> 'rating_system', 'crewFormat', class -> 'crew_format',
      'crewRules', class -> 'crew_rules', 'crewRulesReason', class -> 'crew_rules_reason')
  );
END
$$;

-- @returns EntryFacts of the rulebook as JSON, crew, trackers and checks with the `rowId` of their table besides; null when
--   there is no such entry
CREATE OR REPLACE FUNCTION control.entry_facts(of_entry uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'discipline', e.discipline,
      'event', jsonb_build_object(
        'startsOn', to_char(e.starts_at AT TIME ZONE e.timezone, 'YYYY-MM-DD'),
        'classCount', (SELECT count(*) FROM classes k WHERE k.event_id = e.id)),
      'class', CASE WHEN c.id IS NOT NULL THEN control.class_facts(to_jsonb(c)) END,
      'entry', jsonb_build_object(
        'raceNumber', n.race_number,
        'vehicle', CASE WHEN v.id IS NOT NULL THEN jsonb_build_object('kind', v.kind, 'sailNumber', v.sail_number, 'rating', v.rating) END,
        'crew', (
          SELECT coalesce(jsonb_agg(jsonb_build_object(
            'rowId', m.id, 'personId', m.user_id, 'role', m.role, 'name', nullif(concat_ws(' ', u.first_name, u.last_name), ''),
            'birthDate', u.birth_date) ORDER BY m.created_at, m.id), '[]')
          FROM entry_crew m JOIN directus_users u ON u.id = m.user_id WHERE m.entry_id = n.id),
        'devices', (
          SELECT coalesce(jsonb_agg(jsonb_build_object(
            'rowId', t.binding_id, 'deviceId', t.device_id, 'imei', t.imei, 'kind', t.kind, 'hasPanicButton', t.has_panic_button,
            'wornBy', t.assigned_user_id) ORDER BY t.imei), '[]')
          FROM control.entry_trackers t WHERE t.entry_id = n.id),
        'checks', (
          SELECT coalesce(jsonb_agg(jsonb_build_object('rowId', k.id, 'item', k.item, 'state', k.state) ORDER BY k.item), '[]')
          FROM entry_checks k WHERE k.entry_id = n.id)))
    FROM entries n
    JOIN events e ON e.id = n.event_id
    LEFT JOIN classes c ON c.id = n.class_id
    LEFT JOIN vehicles v ON v.id = n.vehicle_id
    WHERE n.id = of_entry
  );
END
$$;

-- 3. The faults --------------------------------------------------------------------------------------------------

-- The least and the greatest number of something: two whole numbers from 0 to 100, in order.
CREATE OR REPLACE FUNCTION control.is_count(value jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF jsonb_typeof(value) <> 'array' OR jsonb_array_length(value) <> 2
     OR jsonb_typeof(value -> 0) <> 'number' OR jsonb_typeof(value -> 1) <> 'number' THEN
    RETURN false;
  END IF;
  RETURN (value ->> 0)::numeric % 1 = 0 AND (value ->> 1)::numeric % 1 = 0
     AND 0 <= (value ->> 0)::numeric AND (value ->> 0)::numeric <= (value ->> 1)::numeric AND (value ->> 1)::numeric <= 100;
END
$$;

-- Whether a JSON value is a list of such words.
CREATE OR REPLACE FUNCTION control.is_list_of(value jsonb, words text[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF jsonb_typeof(value) <> 'array' THEN
    RETURN false;
  END IF;
  RETURN NOT EXISTS (
    SELECT FROM jsonb_array_elements(value) part
    WHERE jsonb_typeof(part) <> 'string' OR NOT part #>> '{}' = ANY (words));
END
$$;

-- What classes.crew_rules must be to be read (readCrewRules of the rulebook).
CREATE OR REPLACE FUNCTION control.crew_rules_readable(override jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  roles CONSTANT text[] := '{pilot,co-pilot,navigator,mechanic,rider,runner,hiker,skipper,crew}';
  items CONSTANT text[] := '{administrative,scrutineering,tracking,briefing,driving-licence,competition-licence,medical,insurance,vehicle-registration,rating-certificate,measurement-certificate,mandatory-kit,guardian-consent,emergency-contact,support-crew}';
  key text;
  part jsonb;
  line record;
  named text[] := '{}';
BEGIN
  IF override IS NULL OR jsonb_typeof(override) = 'null' THEN
    RETURN true;
  ELSIF jsonb_typeof(override) <> 'object' THEN
    RETURN false;
  END IF;
  FOR key, part IN SELECT * FROM jsonb_each(override) LOOP
    IF key = 'vehicle' THEN
      IF jsonb_typeof(part) <> 'string' OR part #>> '{}' NOT IN ('required', 'optional', 'forbidden') THEN
        RETURN false;
      END IF;
    ELSIF key IN ('raceNumber', 'class') THEN
      IF jsonb_typeof(part) <> 'string' OR part #>> '{}' NOT IN ('required', 'optional') THEN
        RETURN false;
      END IF;
    ELSIF key = 'devices' THEN
      IF NOT control.is_count(part) THEN
        RETURN false;
      END IF;
    ELSIF key = 'forbiddenRoles' THEN
      IF NOT control.is_list_of(part, roles) THEN
        RETURN false;
      END IF;
    ELSIF key IN ('documents', 'readiness') THEN
      IF NOT control.is_list_of(part, items) THEN
        RETURN false;
      END IF;
    ELSIF key = 'crew' THEN
      IF jsonb_typeof(part) <> 'object' OR part = '{}' THEN
        RETURN false;
      END IF;
      FOR line IN SELECT * FROM jsonb_each(part) LOOP
        IF NOT control.is_count(line.value)
           OR NOT (line.key = 'total' OR string_to_array(line.key, '+') <@ roles)
           OR line.key = '' THEN
          RETURN false;
        END IF;
        named := named || string_to_array(line.key, '+');
      END LOOP;
      IF cardinality(named) <> (SELECT count(DISTINCT role) FROM unnest(named) role) THEN
        RETURN false;
      END IF;
    ELSE
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END
$$;

-- A list of items as the matrix has it; null stays null.
CREATE OR REPLACE FUNCTION control.as_items(items jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN (
    SELECT CASE WHEN items IS NOT NULL THEN (
      SELECT coalesce(jsonb_agg(jsonb_build_object('item', item) ORDER BY place), '[]')
      FROM jsonb_array_elements(items) WITH ORDINALITY AS list(item, place)
    ) END
  );
END
$$;

-- The rules that hold for the entries of one class (rulesOfClass of the rulebook): the discipline's, with the crew of
-- the class' vehicle kind, else of its crew format, and what the class does differently. @param class null for none
CREATE OR REPLACE FUNCTION control.rules_of_class(of_discipline text, class jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  matrix jsonb;
  override jsonb := '{}';
  kind CONSTANT text := class ->> 'vehicleKind';
  counts jsonb;
  spoken_of text[];
  welcome text[];
BEGIN
  SELECT r.rules INTO matrix FROM control.discipline_rules r WHERE r.discipline = of_discipline;
  IF jsonb_typeof(class -> 'crewRules') = 'object' AND control.crew_rules_readable(class -> 'crewRules') THEN
    override := class -> 'crewRules';
  END IF;

  counts := coalesce(matrix #> ARRAY['crew', 'byVehicleKind', kind], matrix #> ARRAY['crew', 'byFormat', class ->> 'crewFormat'], matrix #> '{crew,default}');
  IF override ? 'crew' THEN
    SELECT coalesce(array_agg(role), '{}'), coalesce(array_agg(role) FILTER (WHERE (line.value ->> 1)::numeric > 0), '{}') INTO spoken_of, welcome
    FROM jsonb_each(override -> 'crew') line, unnest(string_to_array(line.key, '+')) role
    WHERE line.key <> 'total';
    SELECT coalesce(jsonb_object_agg(line.key, line.value), '{}') || (override -> 'crew') INTO counts
    FROM jsonb_each(counts) line
    WHERE CASE line.key WHEN 'total' THEN spoken_of = '{}' ELSE NOT string_to_array(line.key, '+') && spoken_of END;
  END IF;
  IF NOT counts ? 'total' THEN
    SELECT counts || jsonb_build_object('total', jsonb_build_array(sum((line.value ->> 0)::numeric), sum((line.value ->> 1)::numeric))) INTO counts
    FROM jsonb_each(counts) line;
  END IF;

  RETURN matrix || jsonb_build_object(
    'vehicle', coalesce(override -> 'vehicle', CASE
      WHEN matrix ->> 'vehicle' <> 'by-class' THEN matrix -> 'vehicle'
      WHEN kind IS NULL THEN '"optional"' ELSE '"required"' END),
    'vehicleKinds', CASE WHEN kind IS NULL THEN matrix -> 'vehicleKinds' ELSE jsonb_build_array(kind) END,
    'class', coalesce(override -> 'class', matrix -> 'class'),
    'raceNumber', coalesce(override -> 'raceNumber', matrix -> 'raceNumber'),
    'crew', counts - 'total',
    'roles', (SELECT coalesce(jsonb_agg(role), '[]') FROM jsonb_object_keys(counts) line, unnest(string_to_array(line, '+')) role WHERE line <> 'total'),
    'total', counts -> 'total',
    'forbiddenRoles', coalesce(override -> 'forbiddenRoles', (matrix -> 'forbiddenRoles') - coalesce(welcome, '{}')),
    'devices', coalesce(override -> 'devices', matrix -> 'devices'),
    'documents', coalesce(control.as_items(override -> 'documents'), matrix -> 'documents'),
    'readiness', coalesce(control.as_items(override -> 'readiness'), matrix -> 'readiness'),
    'minAge', coalesce(nullif(class -> 'minAge', 'null'), matrix -> 'minAge'),
    'maxAge', coalesce(class -> 'maxAge', 'null'));
END
$$;

-- Age in whole years. @returns null for no birth date, or one after the day
CREATE OR REPLACE FUNCTION control.age_on(birth_date text, on_day text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN birth_date <= on_day THEN
    left(on_day, 4)::integer - left(birth_date, 4)::integer - (right(on_day, 5) < right(birth_date, 5))::integer
  END
$$;

-- Whether a rule counts for an entry (isMet of the rulebook).
CREATE OR REPLACE FUNCTION control.rule_counts(condition text, facts jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN (
    SELECT CASE condition
      WHEN 'minor' THEN EXISTS (
        SELECT FROM jsonb_array_elements(facts #> '{entry,crew}') member
        WHERE control.age_on(member ->> 'birthDate', facts #>> '{event,startsOn}') < 18)
      WHEN 'rating' THEN coalesce(facts #>> '{class,ratingSystem}', 'none') <> 'none'
      WHEN 'offshore' THEN coalesce(facts #> '{event,offshore}' = 'true', false)
      WHEN 'vehicle' THEN facts #>> '{entry,vehicle}' IS NOT NULL
      WHEN 'oxfam' THEN coalesce(facts #>> '{class,crewFormat}' = 'oxfam', false)
      ELSE condition IS NULL
    END
  );
END
$$;

-- The documents and readiness items of an entry.
CREATE OR REPLACE FUNCTION control.checklist_of(facts jsonb) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT required ->> 'item'
  FROM control.rules_of_class(facts ->> 'discipline', facts -> 'class') rules,
       LATERAL jsonb_array_elements((rules -> 'documents') || (rules -> 'readiness')) required
  WHERE control.rule_counts(required ->> 'when', facts);
END
$$;

-- The errors of checkEntry of the rulebook: class, number, vehicle, crew, ages, trackers, documents, in this order.
-- Warnings are only told to people. Loops rather than queries: this runs for each of thousands of entries.
CREATE OR REPLACE FUNCTION control.faults_of(facts jsonb) RETURNS TABLE (code text, sentence text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  class CONSTANT jsonb := nullif(facts -> 'class', 'null');
  vehicle CONSTANT jsonb := nullif(facts #> '{entry,vehicle}', 'null');
  crew CONSTANT jsonb := facts #> '{entry,crew}';
  devices CONSTANT jsonb := facts #> '{entry,devices}';
  checks CONSTANT jsonb := facts #> '{entry,checks}';
  starts_on CONSTANT text := facts #>> '{event,startsOn}';
  rules CONSTANT jsonb := control.rules_of_class(facts ->> 'discipline', class);
  whose CONSTANT text := coalesce('class ' || (class ->> 'code'), 'a ' || (facts ->> 'discipline'));
  race_number CONSTANT integer := facts #>> '{entry,raceNumber}';
  rule jsonb;
  part jsonb;
  line record;
  who text;
  place text;
  age integer;
  size integer;
  least integer;
  most integer;
  sizes_fit boolean := true;
  persons text[] := '{}';
  places text[] := '{}';
  roles text[] := '{}';
  trackers text[] := '{}';
  on_vehicle boolean := false;
  state text;
BEGIN
  IF class IS NULL THEN
    IF rules ->> 'class' = 'required' OR (rules ->> 'class' = 'required-if-several' AND (facts #>> '{event,classCount}')::integer > 1) THEN
      code := 'CLASS_MISSING'; sentence := 'It has no class.'; RETURN NEXT;
    END IF;
  ELSE
    IF NOT control.crew_rules_readable(class -> 'crewRules') THEN
      code := 'CREW_RULES_INVALID'; sentence := format('The rules of %s can''t be read.', whose); RETURN NEXT;
    END IF;
    IF coalesce(class -> 'crewRules', 'null') NOT IN ('null', '{}') AND coalesce(class ->> 'crewRulesReason', '') !~ '\S' THEN
      code := 'CREW_RULES_REASON_MISSING'; sentence := format('The rules of %s have no reason.', whose); RETURN NEXT;
    END IF;
  END IF;

  IF race_number IS NULL THEN
    IF rules ->> 'raceNumber' = 'required' THEN
      code := 'RACE_NUMBER_MISSING'; sentence := 'It has no race number.'; RETURN NEXT;
    END IF;
  ELSIF race_number < (class ->> 'numberFrom')::integer OR race_number > (class ->> 'numberTo')::integer THEN
    code := 'RACE_NUMBER_OUT_OF_RANGE';
    sentence := format('Number %s is not one of %s, whose numbers are %s to %s.', race_number, whose, coalesce(class ->> 'numberFrom', '0'), coalesce(class ->> 'numberTo', 'any'));
    RETURN NEXT;
  END IF;

  IF vehicle IS NULL THEN
    IF rules ->> 'vehicle' = 'required' THEN
      code := 'VEHICLE_MISSING'; sentence := format('It has no vehicle, and %s needs one.', whose); RETURN NEXT;
    END IF;
  ELSIF rules ->> 'vehicle' = 'forbidden' THEN
    code := 'VEHICLE_FORBIDDEN'; sentence := format('It has a vehicle, and %s has none.', whose); RETURN NEXT;
  ELSIF rules -> 'vehicleKinds' <> '[]' AND NOT rules -> 'vehicleKinds' ? (vehicle ->> 'kind') THEN
    code := 'VEHICLE_KIND_WRONG'; sentence := format('Its vehicle is a %s, which %s does not take.', vehicle ->> 'kind', whose); RETURN NEXT;
  ELSE
    FOR rule IN SELECT * FROM jsonb_array_elements(rules -> 'vehicleFields') LOOP
      IF coalesce(vehicle ->> (rule ->> 'field'), '') !~ '\S' AND control.rule_counts(rule ->> 'when', facts) THEN
        IF rule ->> 'field' = 'sailNumber' THEN
          code := 'SAIL_NUMBER_MISSING'; sentence := 'Its boat has no sail number.';
        ELSE
          code := 'RATING_MISSING'; sentence := 'Its vehicle has no rating.';
        END IF;
        RETURN NEXT;
      END IF;
    END LOOP;
  END IF;

  -- The crew: roles first, then how many of each, then ages.
  FOR part IN SELECT * FROM jsonb_array_elements(crew) LOOP
    who := coalesce(part ->> 'name', 'A crew member');
    place := part ->> 'role';
    IF part ->> 'personId' = ANY (persons) THEN
      code := 'CREW_MEMBER_TWICE'; sentence := format('%s is in the crew twice.', who); RETURN NEXT;
    END IF;
    persons := persons || (part ->> 'personId');
    -- In the same role it is the same fault.
    CONTINUE WHEN concat_ws(' ', part ->> 'personId', place) = ANY (places);
    places := places || concat_ws(' ', part ->> 'personId', place);
    IF rules -> 'forbiddenRoles' ? place THEN
      code := 'CREW_ROLE_FORBIDDEN'; sentence := format('%s is a %s, a role that a %s does not have.', who, place, facts ->> 'discipline'); RETURN NEXT;
    ELSIF rules -> 'crew' <> '{}' AND NOT rules -> 'roles' ? place THEN
      code := 'CREW_ROLE_NOT_ALLOWED'; sentence := format('%s is a %s, which %s has no place for.', who, place, whose); RETURN NEXT;
    ELSE
      roles := roles || place;
    END IF;
  END LOOP;
  FOR line IN SELECT * FROM jsonb_each((rules -> 'crew') || '{"all members": null}') ORDER BY value = 'null' LOOP
    IF line.value = 'null' THEN
      -- The number of all is only told when the numbers of the roles fit.
      EXIT WHEN NOT sizes_fit;
      size := cardinality(roles);
      line.value := rules -> 'total';
    ELSE
      size := 0;
      FOREACH place IN ARRAY roles LOOP
        IF place = ANY (string_to_array(line.key, '+')) THEN
          size := size + 1;
        END IF;
      END LOOP;
    END IF;
    least := line.value ->> 0;
    most := line.value ->> 1;
    IF size < least OR size > most THEN
      sizes_fit := false;
      code := CASE WHEN size < least THEN 'CREW_TOO_FEW' ELSE 'CREW_TOO_MANY' END;
      sentence := format('Its crew has %s of %s, and %s takes %s.', size, replace(line.key, '+', ' or '), whose, CASE WHEN least = most THEN least::text ELSE format('%s to %s', least, most) END);
      RETURN NEXT;
    END IF;
  END LOOP;
  FOR part IN SELECT * FROM jsonb_array_elements(crew) LOOP
    who := coalesce(part ->> 'name', 'a crew member');
    IF coalesce(part ->> 'birthDate', '') !~ '\S' THEN
      IF coalesce(class ->> 'minAge', class ->> 'maxAge') IS NOT NULL THEN
        code := 'BIRTH_DATE_MISSING'; sentence := format('The birth date of %s is missing, and %s has limits of age.', who, whose); RETURN NEXT;
      END IF;
      CONTINUE;
    END IF;
    age := control.age_on(part ->> 'birthDate', starts_on);
    IF age IS NULL THEN
      code := 'BIRTH_DATE_INVALID'; sentence := format('The birth date of %s is after the event.', who); RETURN NEXT;
    ELSIF age < (rules ->> 'minAge')::integer THEN
      code := 'AGE_TOO_LOW'; sentence := format('%s is %s on the first day of the event, too young for %s.', who, age, whose); RETURN NEXT;
    ELSIF age > (rules ->> 'maxAge')::integer THEN
      code := 'AGE_TOO_HIGH'; sentence := format('%s is %s on the first day of the event, too old for %s.', who, age, whose); RETURN NEXT;
    END IF;
  END LOOP;

  FOR part IN SELECT * FROM jsonb_array_elements(devices) LOOP
    IF part ->> 'deviceId' = ANY (trackers) THEN
      code := 'DEVICE_TWICE'; sentence := format('Tracker %s is bound to it twice.', part ->> 'imei'); RETURN NEXT;
    ELSE
      trackers := trackers || (part ->> 'deviceId');
    END IF;
    on_vehicle := on_vehicle OR part ->> 'wornBy' IS NULL;
  END LOOP;
  size := cardinality(trackers);
  least := rules #>> '{devices,0}';
  most := rules #>> '{devices,1}';
  FOR rule IN SELECT * FROM jsonb_array_elements(rules -> 'deviceRules') LOOP
    IF rule ->> 'rule' = 'at-least-one' AND control.rule_counts(rule ->> 'when', facts) THEN
      least := greatest(least, 1);
    END IF;
  END LOOP;
  IF size < least THEN
    code := 'DEVICES_TOO_FEW'; sentence := format('It has %s of at least %s trackers.', size, least); RETURN NEXT;
  ELSIF size > most THEN
    code := 'DEVICES_TOO_MANY'; sentence := format('It has %s trackers, and %s takes at most %s.', size, whose, most); RETURN NEXT;
  END IF;
  FOR rule IN SELECT * FROM jsonb_array_elements(rules -> 'deviceRules') LOOP
    CONTINUE WHEN size = 0 OR rule ->> 'severity' <> 'error' OR NOT control.rule_counts(rule ->> 'when', facts);
    IF rule ->> 'rule' = 'on-vehicle' THEN
      IF NOT on_vehicle THEN
        code := 'DEVICE_NOT_ON_VEHICLE'; sentence := 'All its trackers are worn by people; one belongs on the vehicle.'; RETURN NEXT;
      END IF;
      CONTINUE;
    END IF;
    FOR part IN SELECT * FROM jsonb_array_elements(devices) LOOP
      IF rule ->> 'rule' = 'worn' AND part ->> 'wornBy' IS NULL THEN
        code := 'DEVICE_NOT_WORN'; sentence := format('Tracker %s is worn by nobody.', part ->> 'imei'); RETURN NEXT;
      ELSIF rule ->> 'rule' = 'worn-by-crew' AND part ->> 'wornBy' IS NOT NULL AND part ->> 'wornBy' <> ALL (persons) THEN
        code := 'DEVICE_WEARER_NOT_IN_CREW'; sentence := format('Tracker %s is worn by somebody outside the crew.', part ->> 'imei'); RETURN NEXT;
      END IF;
    END LOOP;
  END LOOP;

  FOR rule IN SELECT * FROM jsonb_array_elements(rules -> 'documents') LOOP
    CONTINUE WHEN NOT control.rule_counts(rule ->> 'when', facts);
    state := NULL;
    -- Should an item stand there more often, the worst counts.
    FOR part IN SELECT * FROM jsonb_array_elements(checks) LOOP
      IF part ->> 'item' = rule ->> 'item' AND (state IS NULL OR state IN ('passed', 'waived') OR part ->> 'state' = 'failed') THEN
        state := part ->> 'state';
      END IF;
    END LOOP;
    IF state = 'failed' THEN
      code := 'DOCUMENT_FAILED'; sentence := format('The check "%s" is not in order.', rule ->> 'item'); RETURN NEXT;
    ELSIF state IS NULL OR state = 'pending' THEN
      code := 'DOCUMENT_PENDING'; sentence := format('The check "%s" is not done.', rule ->> 'item'); RETURN NEXT;
    END IF;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION control.entry_faults(of_entry uuid) RETURNS TABLE (code text, sentence text)
LANGUAGE sql STABLE AS $$
  SELECT f.code, f.sentence FROM control.faults_of(control.entry_facts(of_entry)) f
$$;

-- Whether a fault keeps an entry from this status: a registered one may be incomplete but not impossible, and a crew
-- on course is not stopped by a document or a tracker.
CREATE OR REPLACE FUNCTION control.fault_counts(code text, status text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE status
    WHEN 'registered' THEN code IN ('CREW_ROLE_FORBIDDEN', 'CREW_MEMBER_TWICE', 'VEHICLE_FORBIDDEN', 'VEHICLE_KIND_WRONG', 'RACE_NUMBER_OUT_OF_RANGE', 'DEVICE_WEARER_NOT_IN_CREW')
    WHEN 'confirmed' THEN true
    WHEN 'started' THEN code !~ '^(DOCUMENT|DEVICE|AGE|BIRTH_DATE)'
    ELSE false
  END
$$;

-- 4. Entries, crew and trackers ----------------------------------------------------------------------------------

-- Refuses an entry that has faults in the status that it is in.
-- @param codes only faults like this count
-- @param with_checklist also writes what the race office has to see of a crew: the documents and the readiness of its
--   discipline and class. Rows are added, never taken away: a class may change back.
CREATE OR REPLACE FUNCTION control.settle_entry(of_entry uuid, codes text DEFAULT '%', with_checklist boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  entry record;
  facts jsonb;
  faults record;
BEGIN
  SELECT n.status, n.event_id, n.class_id, coalesce('#' || n.race_number, '"' || n.name || '"') AS label INTO entry
  FROM entries n WHERE n.id = of_entry;
  IF NOT FOUND OR entry.status NOT IN ('registered', 'confirmed', 'started') THEN
    RETURN;
  END IF;
  -- Whoever changes the discipline or the class at this moment waits for us, or we for them.
  PERFORM FROM events e WHERE e.id = entry.event_id FOR SHARE;
  PERFORM FROM classes c WHERE c.id = entry.class_id FOR SHARE;
  facts := control.entry_facts(of_entry);
  IF with_checklist THEN
    INSERT INTO entry_checks (entry_id, item, state)
    SELECT of_entry, item, 'pending' FROM control.checklist_of(facts) AS item
    ON CONFLICT (entry_id, item) DO NOTHING;
  END IF;
  SELECT min(f.code) FILTER (WHERE f.place = 1) AS code, string_agg(f.sentence, ' ' ORDER BY f.place) FILTER (WHERE f.place <= 5) AS sentences INTO faults
  FROM (
    SELECT f.code, f.sentence, row_number() OVER () AS place
    FROM control.faults_of(facts) f
    WHERE f.code LIKE codes AND control.fault_counts(f.code, entry.status)
  ) f;
  IF faults.code IS NOT NULL THEN
    PERFORM control.refuse(faults.code, format('Entry %s can''t be %s: %s', entry.label, entry.status, faults.sentences), 'entries');
  END IF;
END
$$;

-- Entries that were touched in a transaction, each once however many of its rows were written. The row lives until the
-- commit of that transaction settles the entry; nobody else ever sees it.
CREATE UNLOGGED TABLE IF NOT EXISTS control.entries_to_settle (
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  entry_id uuid NOT NULL,
  trackers_only boolean NOT NULL,
  with_checklist boolean NOT NULL,
  PRIMARY KEY (txid, entry_id)
);

CREATE OR REPLACE FUNCTION control.settle_at_commit(of_entry uuid, only_trackers boolean DEFAULT false, checklist boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO control.entries_to_settle AS queued (entry_id, trackers_only, with_checklist)
  VALUES (of_entry, only_trackers, checklist)
  ON CONFLICT (txid, entry_id) DO UPDATE
    SET trackers_only = queued.trackers_only AND excluded.trackers_only, with_checklist = queued.with_checklist OR excluded.with_checklist
    WHERE (queued.trackers_only, queued.with_checklist) <> (queued.trackers_only AND excluded.trackers_only, queued.with_checklist OR excluded.with_checklist);
END
$$;

CREATE OR REPLACE FUNCTION control.settle_queued() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  queued record;
BEGIN
  DELETE FROM control.entries_to_settle q WHERE q.txid = NEW.txid AND q.entry_id = NEW.entry_id RETURNING * INTO queued;
  PERFORM control.settle_entry(queued.entry_id, CASE WHEN queued.trackers_only THEN 'DEVICE%' ELSE '%' END, queued.with_checklist);
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS entries_to_settle_at_commit ON control.entries_to_settle;
CREATE CONSTRAINT TRIGGER entries_to_settle_at_commit AFTER INSERT ON control.entries_to_settle
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.settle_queued();

CREATE OR REPLACE FUNCTION control.settle_saved_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM control.settle_at_commit(NEW.id, checklist => true);
  ELSIF NEW.class_id IS DISTINCT FROM OLD.class_id OR NEW.event_id <> OLD.event_id OR NEW.vehicle_id IS DISTINCT FROM OLD.vehicle_id THEN
    PERFORM control.settle_at_commit(NEW.id, checklist => true);
  ELSIF NEW.race_number IS DISTINCT FROM OLD.race_number
        -- Starting changes nothing that was not checked when it was confirmed.
        OR NEW.status <> OLD.status AND NEW.status IN ('registered', 'confirmed', 'started') AND (OLD.status, NEW.status) <> ('confirmed', 'started') THEN
    PERFORM control.settle_at_commit(NEW.id);
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entries_8_settle AFTER INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.settle_saved_entry();

CREATE OR REPLACE FUNCTION control.settle_saved_crew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.settle_at_commit(NEW.entry_id, checklist => true);
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.entry_id <> NEW.entry_id) THEN
    PERFORM control.settle_at_commit(OLD.entry_id);
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entry_crew_8_settle AFTER INSERT OR UPDATE OR DELETE ON entry_crew
  FOR EACH ROW EXECUTE FUNCTION control.settle_saved_crew();

-- A tracker is swapped at the start, also while a document is missing: here only the trackers count.
CREATE OR REPLACE FUNCTION control.settle_saved_trackers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'DELETE' THEN
    PERFORM control.settle_at_commit(NEW.entry_id, only_trackers => true);
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.entry_id <> NEW.entry_id) THEN
    PERFORM control.settle_at_commit(OLD.entry_id, only_trackers => true);
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER entry_devices_8_settle AFTER INSERT OR UPDATE OR DELETE ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.settle_saved_trackers();

-- A boat does not become a car under a crew that was confirmed with it.
CREATE OR REPLACE FUNCTION control.settle_saved_vehicle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind, NEW.sail_number, NEW.rating) IS DISTINCT FROM (OLD.kind, OLD.sail_number, OLD.rating) THEN
    PERFORM control.settle_at_commit(n.id) FROM entries n WHERE n.vehicle_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER vehicles_8_settle AFTER UPDATE ON vehicles
  FOR EACH ROW EXECUTE FUNCTION control.settle_saved_vehicle();

-- 5. One organisation --------------------------------------------------------------------------------------------
-- Looked at when the binding is made: who leaves a club later stays in the results. A sentence never says more about
-- the foreign thing than that it is foreign.

-- Whether an organisation lists a vehicle, or one of its members has described it and nobody lists it yet.
CREATE OR REPLACE FUNCTION control.knows_vehicle(organisation uuid, vehicle uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM organization_vehicles o WHERE o.organization_id = organisation AND o.vehicle_id = vehicle)
      OR (NOT EXISTS (SELECT FROM organization_vehicles o WHERE o.vehicle_id = vehicle)
          AND EXISTS (SELECT FROM vehicles v JOIN organization_users m ON m.user_id = v.created_by AND m.organization_id = organisation
                       WHERE v.id = vehicle))
$$;

CREATE OR REPLACE FUNCTION control.vehicle_of_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  organisation uuid;
BEGIN
  IF NEW.vehicle_id IS NULL OR (TG_OP = 'UPDATE' AND NEW.vehicle_id IS NOT DISTINCT FROM OLD.vehicle_id AND NEW.event_id = OLD.event_id) THEN
    RETURN NEW;
  END IF;
  SELECT e.organization_id INTO organisation FROM events e WHERE e.id = NEW.event_id;
  IF NOT control.knows_vehicle(organisation, NEW.vehicle_id) THEN
    PERFORM control.refuse('VEHICLE_OF_OTHER_ORGANISATION', format('Entry %s can''t have this vehicle: the organisation of its event does not know it. Choose one of its vehicles, or describe a new one.', coalesce('#' || NEW.race_number, '"' || NEW.name || '"')), 'entries');
  END IF;
  -- A vehicle that one of its members has just described becomes one of the organisation.
  INSERT INTO organization_vehicles (organization_id, vehicle_id)
  SELECT organisation, NEW.vehicle_id
  WHERE NOT EXISTS (SELECT FROM organization_vehicles o WHERE o.vehicle_id = NEW.vehicle_id)
  ON CONFLICT (organization_id, vehicle_id) DO NOTHING;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entries_5_vehicle_of_organisation BEFORE INSERT OR UPDATE ON entries
  FOR EACH ROW EXECUTE FUNCTION control.vehicle_of_organisation();

CREATE OR REPLACE FUNCTION control.tracker_of_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry record;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.device_id = OLD.device_id AND NEW.entry_id = OLD.entry_id THEN
    RETURN NEW;
  END IF;
  SELECT e.organization_id, coalesce('#' || n.race_number, '"' || n.name || '"') AS label INTO entry
  FROM entries n JOIN events e ON e.id = n.event_id WHERE n.id = NEW.entry_id;
  IF NOT EXISTS (SELECT FROM organization_devices o WHERE o.organization_id = entry.organization_id AND o.device_id = NEW.device_id) THEN
    PERFORM control.refuse('TRACKER_OF_OTHER_ORGANISATION', format('Entry %s can''t carry this tracker: the organisation of its event does not hand it out. Choose one of its trackers.', entry.label), 'entry_devices');
  END IF;
  RETURN NEW;
END
$$;
-- Before the check of 014, whose sentence names the tracker and the entry that has it.
CREATE OR REPLACE TRIGGER entry_devices_1_of_organisation BEFORE INSERT OR UPDATE ON entry_devices
  FOR EACH ROW EXECUTE FUNCTION control.tracker_of_organisation();

CREATE OR REPLACE FUNCTION control.person_of_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  entry record;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.user_id = OLD.user_id AND NEW.entry_id = OLD.entry_id THEN
    RETURN NEW;
  END IF;
  SELECT e.organization_id, coalesce('#' || n.race_number, '"' || n.name || '"') AS label INTO entry
  FROM entries n JOIN events e ON e.id = n.event_id WHERE n.id = NEW.entry_id;
  IF NOT EXISTS (SELECT FROM organization_users m WHERE m.organization_id = entry.organization_id AND m.user_id = NEW.user_id) THEN
    PERFORM control.refuse('PERSON_NOT_MEMBER', format('This person can''t be in the crew of entry %s: they are not a member of the organisation of its event. Add them as a participant first.', entry.label), 'entry_crew');
  END IF;
  RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER entry_crew_1_of_organisation BEFORE INSERT OR UPDATE ON entry_crew
  FOR EACH ROW EXECUTE FUNCTION control.person_of_organisation();

CREATE OR REPLACE TRIGGER events_keep_organisation BEFORE UPDATE ON events
  FOR EACH ROW EXECUTE FUNCTION control.keep_parent('organization_id', 'event', 'organisation');

-- 6. Events and classes ------------------------------------------------------------------------------------------

-- @returns the labels of at most five entries, and how many more there are
CREATE OR REPLACE FUNCTION control.some_of(labels text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT array_to_string(labels[1:5], ', ')
      || CASE WHEN cardinality(labels) > 5 THEN format(' and %s more', cardinality(labels) - 5) ELSE '' END
$$;

CREATE OR REPLACE FUNCTION control.check_saved_discipline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stage record;
  faulty text[];
BEGIN
  IF NEW.discipline = OLD.discipline THEN
    RETURN NULL;
  END IF;
  SELECT s.name, s.state INTO stage FROM stages s
  WHERE s.event_id = NEW.id AND s.state NOT IN ('draft', 'planned') ORDER BY s.sort_order, s.id LIMIT 1;
  IF FOUND THEN
    PERFORM control.refuse('DISCIPLINE_IN_USE', format('The discipline of event "%s" can''t change any more: stage "%s" is %s.', NEW.name, stage.name, stage.state), 'events');
  END IF;
  SELECT array_agg(format('%s (%s)', n.label, f.sentence) ORDER BY n.race_number, n.label) INTO faulty
  FROM (SELECT n.id, n.status, n.race_number, coalesce('#' || n.race_number, '"' || n.name || '"') AS label FROM entries n WHERE n.event_id = NEW.id) n
  CROSS JOIN LATERAL (
    SELECT rtrim(f.sentence, '.') AS sentence FROM control.entry_faults(n.id) f WHERE control.fault_counts(f.code, n.status) LIMIT 1
  ) f;
  IF cardinality(faulty) > 0 THEN
    PERFORM control.refuse('DISCIPLINE_CONTRADICTS_ENTRIES', format('Event "%s" can''t become a %s: that contradicts entries %s. Change or withdraw them first.', NEW.name, NEW.discipline, control.some_of(faulty)), 'events');
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS events_discipline_fits ON events;
CREATE CONSTRAINT TRIGGER events_discipline_fits AFTER UPDATE ON events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.check_saved_discipline();

CREATE OR REPLACE FUNCTION control.check_saved_class() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT jsonb := control.class_facts(to_jsonb(OLD));
  taken integer;
  faulty text[];
BEGIN
  IF NEW.capacity < coalesce(OLD.capacity, 2147483647) THEN
    SELECT count(*) INTO taken FROM entries n
    WHERE n.class_id = NEW.id AND n.status NOT IN ('registered', 'withdrawn');
    IF taken > NEW.capacity THEN
      PERFORM control.refuse('CLASS_CONTRADICTS_ENTRIES', format('Class %s can''t have only %s places: %s entries are confirmed in it.', NEW.code, NEW.capacity, taken), 'classes');
    END IF;
  END IF;
  IF control.class_facts(to_jsonb(NEW)) = before THEN
    RETURN NULL;
  END IF;
  -- Only what this change makes wrong counts: a document may have expired since.
  SELECT array_agg(format('%s (%s)', n.label, f.sentence) ORDER BY n.race_number, n.label) INTO faulty
  FROM (
    SELECT n.status, n.race_number, coalesce('#' || n.race_number, '"' || n.name || '"') AS label, control.entry_facts(n.id) AS facts
    FROM entries n WHERE n.class_id = NEW.id AND n.status IN ('confirmed', 'started')
  ) n
  CROSS JOIN LATERAL (
    SELECT rtrim(f.sentence, '.') AS sentence FROM control.faults_of(n.facts) f
    WHERE control.fault_counts(f.code, n.status)
      AND f.code NOT IN (SELECT b.code FROM control.faults_of(n.facts || jsonb_build_object('class', before)) b)
    LIMIT 1
  ) f;
  IF cardinality(faulty) > 0 THEN
    PERFORM control.refuse('CLASS_CONTRADICTS_ENTRIES', format('Class %s can''t change like this: that contradicts the confirmed entries %s. Change those first, or move them to another class.', NEW.code, control.some_of(faulty)), 'classes');
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS classes_fit_entries ON classes;
CREATE CONSTRAINT TRIGGER classes_fit_entries AFTER UPDATE ON classes
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION control.check_saved_class();

-- Entries from before these rules have their checklist to tick, too.
INSERT INTO entry_checks (entry_id, item, state)
SELECT n.id, item, 'pending' FROM entries n, LATERAL control.checklist_of(control.entry_facts(n.id)) AS item
WHERE n.status IN ('registered', 'confirmed')
ON CONFLICT (entry_id, item) DO NOTHING;
