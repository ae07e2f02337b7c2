import { type Database, IdempotencyKeys } from '@trm/platform';
import { AddLateEntry } from './add-late-entry.js';
import { AmendStartList } from './amend-start-list.js';
import { CheckStartList } from './check-start-list.js';
import { CloseStage, DeclareResults, ReopenStage } from './close-stage.js';
import { DelayStage } from './delay-stage.js';
import { OpenStage } from './open-stage.js';
import { PgStageStore } from './pg-stage-store.js';
import { PinStart } from './pin-start.js';
import { PublishVersion } from './publish-version.js';
import { RecordStart } from './record-start.js';
import { RedrawStartList } from './redraw-start-list.js';
import { RemoveEntry } from './remove-entry.js';
import { Clock, StageCommands } from './stage-command.js';

/** Everything that can be done to a stage, on one database and one clock, without the framework: for tests and measurements. */
export function stageUseCases(db: Database, clock: Clock = new Clock()) {
  const stages = new PgStageStore(db);
  const commands = new StageCommands(stages, new IdempotencyKeys(db), clock);
  const versions = new PublishVersion(stages);
  const lists = new AmendStartList(commands, versions);
  return {
    openStage: new OpenStage(commands, versions),
    redraw: new RedrawStartList(commands, versions),
    addLateEntry: new AddLateEntry(commands, lists),
    removeEntry: new RemoveEntry(commands, lists),
    pinStart: new PinStart(commands, lists),
    delay: new DelayStage(commands, versions),
    recordStart: new RecordStart(commands, lists),
    close: new CloseStage(commands),
    reopen: new ReopenStage(commands),
    declareResults: new DeclareResults(commands),
    checkStartList: new CheckStartList(commands, lists),
  };
}
