import { Body, Controller, HttpCode, Param, Post, UseGuards, applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Caller,
  CallerGuard,
  CurrentCaller,
  IdempotencyKey,
  OrganisationAccess,
  ProblemDocument,
  UuidPipe,
} from '@trm/platform';
import { AddLateEntry } from './add-late-entry.js';
import { CloseStage, DeclareResults, ReopenStage } from './close-stage.js';
import { DelayStage } from './delay-stage.js';
import { PinStart } from './pin-start.js';
import { RecordStart } from './record-start.js';
import { RedrawStartList } from './redraw-start-list.js';
import { RemoveEntry } from './remove-entry.js';
import type { StageAnswer } from './stage-command.js';
import {
  ActualStartRequest,
  DelayRequest,
  LateEntryRequest,
  PinRequest,
  ReasonedRequest,
  StageAnswerResponse,
  StageCommandRequest,
  UnpinRequest,
  WithdrawalRequest,
} from './stage-commands.dto.js';
import { IdempotencyKeyMissing } from './stage-opening.problems.js';
import { MAY_STEER, MAY_TIME } from './who-may.js';

/** What is the same for every command in the description of the interface. */
const Command = (path: string, summary: string) =>
  applyDecorators(
    Post(path),
    HttpCode(200),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: path === 'delays',
      description: 'A repeat with the same key gets the first answer',
    }),
    ApiOkResponse({ type: StageAnswerResponse, description: 'Done, by this call or an earlier one' }),
    ApiResponse({ status: 409, type: ProblemDocument, description: 'Not in the state that the stage is in' }),
    ApiResponse({
      status: 422,
      type: ProblemDocument,
      description: 'A rule forbids it; the answer says which',
    }),
  );

/** The commands of race staff on a stage that exists: each is one transaction, and safe to repeat. */
@ApiTags('Stages')
@ApiBearerAuth()
@ApiParam({ name: 'stageId', format: 'uuid' })
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 403,
  type: ProblemDocument,
  description: 'The role in the organisation does not allow it',
})
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such stage in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1/stages/:stageId')
export class StageCommandsController {
  constructor(
    private readonly access: OrganisationAccess,
    private readonly redraw: RedrawStartList,
    private readonly addLateEntry: AddLateEntry,
    private readonly removeEntry: RemoveEntry,
    private readonly pinStart: PinStart,
    private readonly delayStage: DelayStage,
    private readonly recordStart: RecordStart,
    private readonly closeStage: CloseStage,
    private readonly reopenStage: ReopenStage,
    private readonly declareResults: DeclareResults,
  ) {}

  @Command('redraws', 'Draw the list of an open stage anew, from the results and entries of now')
  async redraws(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: ReasonedRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'redraw a start list');
    return this.redraw.execute(command('redraws', stageId, body, caller, key));
  }

  @Command('late-entries', 'Add an entry to the list of an open stage; no published start moves')
  async lateEntries(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: LateEntryRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'add a late entry');
    const { entryId, placement = 'tail' } = body;
    return this.addLateEntry.execute({
      ...command('late-entries', stageId, body, caller, key),
      entryId,
      placement,
    });
  }

  @Command('withdrawals', 'Take an entry off the list of an open stage: it withdraws or does not start')
  async withdrawals(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: WithdrawalRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(
      caller,
      stageId,
      body.status === 'dns' ? MAY_TIME : MAY_STEER,
      'take an entry off a start list',
    );
    const { entryId, status } = body;
    return this.removeEntry.execute({
      ...command('withdrawals', stageId, body, caller, key),
      entryId,
      status,
    });
  }

  @Command('pins', 'Hold an entry in a position; it survives every redraw')
  async pins(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: PinRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'pin a start');
    const { entryId, position, reason } = body;
    return this.pinStart.pin({
      ...command('pins', stageId, body, caller, key),
      entryId,
      position,
      reason,
      authorId: caller.userId,
    });
  }

  @Command('unpins', 'Let go of a pinned start; it stays where it is until the next redraw')
  async unpins(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: UnpinRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'unpin a start');
    return this.pinStart.unpin({
      ...command('unpins', stageId, body, caller, key),
      entryId: body.entryId,
    });
  }

  @Command('delays', 'Delay an open stage, from its beginning or from a segment on')
  async delays(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: DelayRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'delay a stage');
    // Delays add up: a request that is sent again because the answer was lost must not count twice.
    if (key === undefined) throw new IdempotencyKeyMissing();
    const { seconds, fromSegmentId = null } = body;
    return this.delayStage.execute({
      ...command('delays', stageId, body, caller, key),
      seconds,
      fromSegmentId,
    });
  }

  @Command('actual-starts', 'Record when an entry really started; the planned time stays')
  async actualStarts(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: ActualStartRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_TIME, 'record a start');
    const { entryId, segmentId = null, startedAt } = body;
    return this.recordStart.execute({
      ...command('actual-starts', stageId, body, caller, key),
      entryId,
      segmentId,
      startedAt: new Date(startedAt),
    });
  }

  @Command('closings', 'Close the stage; confirmed entries that never started did not start')
  async closings(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: StageCommandRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'close a stage');
    return this.closeStage.execute(command('closings', stageId, body, caller, key));
  }

  @Command('reopenings', 'Take a closing back; official results become provisional')
  async reopenings(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: ReasonedRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'reopen a stage');
    return this.reopenStage.execute(command('reopenings', stageId, body, caller, key));
  }

  @Command('provisional-results', 'Declare the results of a closed stage provisional')
  async provisionalResults(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: StageCommandRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'declare results');
    return this.declareResults.execute({
      ...command('provisional-results', stageId, body, caller, key),
      as: 'provisional',
    });
  }

  @Command('official-results', 'Declare provisional results official')
  async officialResults(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: StageCommandRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageAnswer> {
    await this.access.requireForStage(caller, stageId, MAY_STEER, 'declare results');
    return this.declareResults.execute({
      ...command('official-results', stageId, body, caller, key),
      as: 'official',
    });
  }
}

/** What a request says to every command. */
function command(
  route: string,
  stageId: string,
  body: StageCommandRequest | undefined,
  caller: Caller,
  key: string | undefined,
) {
  return {
    stageId,
    authorId: caller.userId,
    reason: body?.reason?.trim() || null,
    ...(body?.expectedVersion !== undefined && { expectedVersion: body.expectedVersion }),
    ...(key !== undefined && {
      idempotency: { scope: `${caller.userId} POST /v1/stages/${stageId}/${route}`, key, body },
    }),
  };
}
