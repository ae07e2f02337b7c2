import {
  chainDueTimes,
  checkEntryDocument,
  type ControlTimesDocument,
  drawStartOrder,
  type DueTimesDocument,
  type EntryCheckDocument,
  planControlTimes,
  type StartOrderDocument,
} from '@trm/rules';

/** A question that the rulebook answers. Its documents are described in docs/rules/<name>.*.schema.json. */
export interface RulesCommand {
  readonly name: string;
  /** What it answers, for the usage. */
  readonly about: string;
  /** @param document valid by the command's input schema */
  readonly answer: (document: never) => unknown;
}

/** Everything that can be asked. A new command is a line here and two schemas. */
export const rulesCommands: ReadonlyMap<string, RulesCommand> = new Map(
  (
    [
      {
        name: 'start-order',
        about: 'who starts when, and why there',
        answer: (document: StartOrderDocument) => drawStartOrder(document),
      },
      {
        name: 'due-times',
        about: 'when a crew is due at each control',
        answer: (document: DueTimesDocument) => chainDueTimes(document),
      },
      {
        name: 'control-times',
        about: 'when each control opens and closes',
        answer: (document: ControlTimesDocument) => planControlTimes(document),
      },
      {
        name: 'entry-check',
        about: 'what an entry lacks before it can be confirmed',
        answer: (document: EntryCheckDocument) => checkEntryDocument(document),
      },
    ] satisfies RulesCommand[]
  ).map((command) => [command.name, command]),
);
