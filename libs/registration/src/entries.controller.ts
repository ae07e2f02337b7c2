import {
  applyDecorators,
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
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
import { AssignNumber } from './assign-number.js';
import { BindTracker } from './bind-tracker.js';
import { ChangeClass } from './change-class.js';
import { ChangeStatus } from './change-status.js';
import { type CopyAnswer, CopyCrew } from './copy-crew.js';
import { answerOf, EntryCommands, type EntryAnswer, type EntryOrder } from './entry-command.js';
import { EntryReads } from './entry-reads.js';
import {
  BindingRequest,
  ChecksRequest,
  ClassChangeRequest,
  CrewCopyRequest,
  CrewCopyResponse,
  EntryAnswerResponse,
  EntryReasonRequest,
  EntryResponse,
  NumberRequest,
  ReleaseRequest,
  StatusChangeRequest,
  SwapRequest,
} from './registration.dto.js';
import { JSON_TYPE } from './registrations.controller.js';
import { TickChecks } from './tick-checks.js';
import { MAY_SEE_OFFICE } from './who-may.js';

interface Reply {
  header(name: string, value: string): unknown;
}

/** What is the same for every command in the description of the interface. */
const Command = (path: string, summary: string, type: typeof EntryAnswerResponse = EntryAnswerResponse) =>
  applyDecorators(
    Post(path),
    HttpCode(200),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'A repeat with the same key gets the first answer',
    }),
    ApiOkResponse({ type, description: 'Done, by this call or an earlier one' }),
    ApiResponse({
      status: 409,
      type: ProblemDocument,
      description: 'It contradicts what is there now; the answer says what',
    }),
    ApiResponse({
      status: 422,
      type: ProblemDocument,
      description: 'A rule forbids it; the answer says which',
    }),
  );

/** The commands of the race office and of crews on one entry: each is one transaction, and safe to repeat. */
@ApiTags('Registration')
@ApiBearerAuth()
@ApiParam({ name: 'entryId', format: 'uuid' })
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 403,
  type: ProblemDocument,
  description: 'The role in the organisation does not allow it',
})
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such entry in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1/entries/:entryId')
export class EntriesController {
  constructor(
    private readonly reads: EntryReads,
    private readonly commands: EntryCommands,
    private readonly access: OrganisationAccess,
    private readonly changeStatus: ChangeStatus,
    private readonly assignNumber: AssignNumber,
    private readonly changeClass: ChangeClass,
    private readonly copyCrew: CopyCrew,
    private readonly bindTracker: BindTracker,
    private readonly tickChecks: TickChecks,
  ) {}

  @Get()
  @ApiOperation({ summary: 'One entry; crew, trackers and checks for the office and the crew' })
  @ApiOkResponse({ type: EntryResponse })
  async entry(
    @Param('entryId', UuidPipe) entryId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const entry = await this.reads.one(caller, entryId);
    reply.header('content-type', JSON_TYPE);
    reply.header('cache-control', 'no-store');
    return entry;
  }

  @Get('check')
  @ApiOperation({
    summary: 'What speaks against the entry: rules of discipline and class, documents, readiness',
  })
  @ApiOkResponse({ type: EntryAnswerResponse })
  async check(
    @Param('entryId', UuidPipe) entryId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<EntryAnswer> {
    await this.access.requireForEntry(caller, entryId, MAY_SEE_OFFICE, 'check an entry', { crewToo: true });
    const entry = await this.commands.load(entryId, caller);
    return answerOf(entry, { changed: false, summary: 'Checked; nothing was changed.' });
  }

  @Command('status-changes', 'Move the entry to another status, by the rules of the status machine')
  async statusChanges(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: StatusChangeRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    const { to, raceNumber } = body;
    return this.changeStatus.execute({
      ...order('status-changes', entryId, body, caller, key),
      to,
      reason: reasonOf(body),
      ...(raceNumber !== undefined && { raceNumber }),
    });
  }

  @Command('withdrawals', 'Withdraw the entry; its number and its place become free')
  async withdrawals(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: EntryReasonRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.changeStatus.execute({
      ...order('withdrawals', entryId, body, caller, key),
      to: 'withdrawn',
      reason: reasonOf(body),
    });
  }

  @Command(
    'reinstatements',
    'Bring a withdrawn entry back, with its number and place when they are still free',
  )
  async reinstatements(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: EntryReasonRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.changeStatus.execute({
      ...order('reinstatements', entryId, body, caller, key),
      to: 'registered',
      reason: reasonOf(body),
    });
  }

  @Command('race-numbers', 'Give the entry a race number: a wished one, or the next free one of its class')
  async raceNumbers(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: NumberRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.assignNumber.execute({
      ...order('race-numbers', entryId, body, caller, key),
      raceNumber: body?.raceNumber ?? 'next',
    });
  }

  @Command('class-changes', 'Move the entry to another class and check it again there')
  async classChanges(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: ClassChangeRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    const { classId, raceNumber, waitingList = false } = body;
    return this.changeClass.execute({
      ...order('class-changes', entryId, body, caller, key),
      classId: classId.toLowerCase(),
      waitingList,
      ...(raceNumber !== undefined && { raceNumber }),
    });
  }

  @Get('crew-copy-preview')
  @ApiOperation({
    summary: 'What a crew copy would copy, change and leave out, with reasons; nothing is written',
  })
  @ApiOkResponse({ type: CrewCopyResponse })
  @ApiResponse({ status: 422, type: ProblemDocument, description: 'No earlier entry was found' })
  async crewCopyPreview(
    @Param('entryId', UuidPipe) entryId: string,
    @Query() { fromEntryId, foundBy = 'any' }: CrewCopyRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<CopyAnswer> {
    return this.copyCrew.preview({
      entryId,
      caller,
      fromEntryId: fromEntryId?.toLowerCase() ?? null,
      foundBy,
    });
  }

  @Command(
    'crew-copies',
    'Copy crew, vehicle and trackers from an earlier entry; everything is checked again',
    CrewCopyResponse,
  )
  async crewCopies(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: CrewCopyRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<CopyAnswer> {
    return this.copyCrew.execute({
      ...order('crew-copies', entryId, body, caller, key),
      fromEntryId: body?.fromEntryId?.toLowerCase() ?? null,
      foundBy: body?.foundBy ?? 'any',
    });
  }

  @Command('tracker-bindings', 'Bind a tracker to the entry, from now on')
  async trackerBindings(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: BindingRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    const { imei, wornBy } = body;
    return this.bindTracker.bind({
      ...order('tracker-bindings', entryId, body, caller, key),
      imei,
      wornBy: wornBy?.toLowerCase() ?? null,
    });
  }

  @Command('tracker-swaps', 'Swap a tracker for another; the old binding keeps its time')
  async trackerSwaps(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: SwapRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.bindTracker.swap({
      ...order('tracker-swaps', entryId, body, caller, key),
      from: body.from,
      to: body.to,
    });
  }

  @Command('tracker-releases', 'Take a tracker back; its positions until now still count')
  async trackerReleases(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: ReleaseRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.bindTracker.release({
      ...order('tracker-releases', entryId, body, caller, key),
      imei: body.imei,
    });
  }

  @Command('checks', 'Tick items of the readiness checklist; to waive one takes a reason')
  async checks(
    @Param('entryId', UuidPipe) entryId: string,
    @Body() body: ChecksRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<EntryAnswer> {
    return this.tickChecks.execute({
      ...order('checks', entryId, body, caller, key),
      checks: body.checks.map(({ item, state, reason }) => ({ item, state, reason: reason?.trim() || null })),
    });
  }
}

function order(
  path: string,
  entryId: string,
  body: object | undefined,
  caller: Caller,
  key: string | undefined,
): EntryOrder {
  return {
    entryId,
    caller,
    ...(key !== undefined && {
      idempotency: { scope: `${caller.userId} POST /v1/entries/${entryId}/${path}`, key, body },
    }),
  };
}

function reasonOf(body: { readonly reason?: string } | undefined): string | null {
  return body?.reason?.trim() || null;
}
