import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
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
  ProblemDocument,
  UuidPipe,
} from '@trm/platform';
import { EntryReads } from './entry-reads.js';
import { type EventReadiness, ReadEventReadiness } from './event-readiness.js';
import { RegisterEntry, type RegistrationAnswer } from './register-entry.js';
import {
  EntriesQuery,
  EntriesResponse,
  EventReadinessResponse,
  RegistrationAnswerResponse,
  RegistrationRequest,
} from './registration.dto.js';

interface Reply {
  header(name: string, value: string): unknown;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The entries of an event: who registered, who can't start. */
@ApiTags('Registration')
@ApiBearerAuth()
@ApiParam({ name: 'eventId', format: 'uuid' })
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 403,
  type: ProblemDocument,
  description: 'The role in the organisation does not allow it',
})
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such event in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1/events/:eventId')
export class RegistrationsController {
  constructor(
    private readonly reads: EntryReads,
    private readonly registerEntry: RegisterEntry,
    private readonly readiness: ReadEventReadiness,
  ) {}

  @Get('entries')
  @ApiOperation({ summary: 'The entries of the event, by class and number' })
  @ApiOkResponse({ type: EntriesResponse })
  async entries(
    @Param('eventId', UuidPipe) eventId: string,
    @Query() { status, classId, waiting, limit, offset }: EntriesQuery,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const page = await this.reads.page(caller, eventId, {
      limit,
      offset,
      ...(status && { status }),
      ...(classId && { classId }),
      ...(waiting && { waiting: waiting === 'true' }),
    });
    reply.header('content-type', JSON_TYPE);
    reply.header('cache-control', 'no-store');
    return page;
  }

  @Post('entries')
  @HttpCode(201)
  @ApiOperation({ summary: 'Register an entry with its crew and trackers; all of it, or nothing' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiResponse({
    status: 201,
    type: RegistrationAnswerResponse,
    description: 'Registered, by this call or an earlier one',
  })
  @ApiResponse({
    status: 409,
    type: ProblemDocument,
    description: 'The number or the last place is taken; the answer names the next free number',
  })
  @ApiResponse({
    status: 422,
    type: ProblemDocument,
    description: 'A rule forbids it; the answer says which',
  })
  async register(
    @Param('eventId', UuidPipe) eventId: string,
    @Body() body: RegistrationRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<RegistrationAnswer> {
    return this.registerEntry.execute({
      eventId,
      caller,
      ...(body.name !== undefined && { name: body.name.trim() }),
      ...(body.teamName !== undefined && { teamName: body.teamName?.trim() || null }),
      ...(body.vehicleId !== undefined && { vehicleId: body.vehicleId?.toLowerCase() ?? null }),
      classId: body.classId?.toLowerCase() ?? null,
      crew: (body.crew ?? []).map(({ personId, role }) => ({ personId: personId.toLowerCase(), role })),
      devices: (body.devices ?? []).map(({ imei, wornBy }) => ({
        imei,
        wornBy: wornBy?.toLowerCase() ?? null,
      })),
      raceNumber: body.raceNumber ?? null,
      waitingList: body.waitingList ?? false,
      previousEntryId: body.previousEntryId?.toLowerCase() ?? null,
      ...(key !== undefined && {
        idempotency: { scope: `${caller.userId} POST /v1/events/${eventId}/entries`, key, body },
      }),
    });
  }

  @Get('readiness')
  @ApiOperation({ summary: "Who can't start, and why" })
  @ApiOkResponse({ type: EventReadinessResponse })
  async whoCannotStart(
    @Param('eventId', UuidPipe) eventId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<EventReadiness> {
    reply.header('cache-control', 'no-store');
    return this.readiness.execute(caller, eventId);
  }
}
