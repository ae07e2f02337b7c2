import { Body, Controller, Get, Headers, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { StageOpened } from '@trm/contracts';
import {
  type Caller,
  CallerGuard,
  CurrentCaller,
  IdempotencyKey,
  OrganisationAccess,
  ProblemDocument,
  UuidPipe,
} from '@trm/platform';
import { OpenStage, type StartListPreview } from './open-stage.js';
import {
  OpenStageRequest,
  StageOpeningResponse,
  StartListPreviewResponse,
  StartListResponse,
} from './stage-openings.dto.js';
import type { PublishedStartList } from './stage-store.js';
import { MAY_OPEN, MAY_PREVIEW, MAY_READ } from './who-may.js';

/** The part of the HTTP reply that a conditional read needs. */
interface Reply {
  header(name: string, value: string): unknown;
  status(code: number): unknown;
}

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
export class StageOpeningsController {
  constructor(
    private readonly openStage: OpenStage,
    private readonly access: OrganisationAccess,
  ) {}

  @Get('start-list-preview')
  @ApiOperation({ summary: 'The start list that an opening would publish now; nothing is written' })
  @ApiOkResponse({ type: StartListPreviewResponse })
  @ApiResponse({
    status: 422,
    type: ProblemDocument,
    description: 'A fact is missing; the answer says which',
  })
  async preview(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<StartListPreview> {
    await this.access.requireForStage(caller, stageId, MAY_PREVIEW, 'preview a start list');
    return this.openStage.preview(stageId);
  }

  @Post('openings')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Open the stage: publish its start list and write a start for each entry and segment',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiOkResponse({
    type: StageOpeningResponse,
    description: 'The stage is open, by this call or an earlier one',
  })
  @ApiResponse({ status: 409, type: ProblemDocument, description: 'The stage is not in the state planned' })
  @ApiResponse({
    status: 422,
    type: ProblemDocument,
    description: 'A fact is missing; the answer says which',
  })
  async open(
    @Param('stageId', UuidPipe) stageId: string,
    @Body() body: OpenStageRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<StageOpened> {
    await this.access.requireForStage(caller, stageId, MAY_OPEN, 'open a stage');
    return this.openStage.execute({
      stageId,
      authorId: caller.userId,
      reason: body?.reason ?? null,
      ...(key !== undefined && {
        idempotency: { scope: `${caller.userId} POST /v1/stages/${stageId}/openings`, key, body },
      }),
    });
  }

  @Get('start-list')
  @ApiOperation({ summary: 'The published start list' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiOkResponse({ type: StartListResponse })
  @ApiResponse({ status: 304, description: 'Unchanged since the version named by If-None-Match' })
  @ApiResponse({ status: 409, type: ProblemDocument, description: 'The stage has not been opened yet' })
  async startList(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<PublishedStartList | undefined> {
    await this.access.requireForStage(caller, stageId, MAY_READ, 'read a start list');
    const list = await this.openStage.published(stageId);
    const etag = `"${list.stageState}-v${list.version}-${list.stale ? 'stale' : 'current'}-${list.checksum.slice(0, 16)}"`;
    reply.header('etag', etag);
    reply.header('cache-control', 'private, no-cache');
    if (ifNoneMatch?.split(',').some((given) => given.trim().replace(/^W\//, '') === etag)) {
      reply.status(304);
      return undefined;
    }
    return list;
  }
}
