import { Controller, Get, Headers, Param, Query, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Caller,
  CallerGuard,
  CurrentCaller,
  OrganisationAccess,
  type OrganisationRole,
  ProblemDocument,
  UuidPipe,
} from '@trm/platform';
import { fileName, PublicationReply, type Reply } from './publication-reply.js';
import { Publications } from './publications.js';
import { ControlClosingsQuery, ControlClosingsResponse, ControlTimesResponse } from './publications.dto.js';
import type { PublishedStage } from './publications-store.js';
import { controlTimesCsv, startListCsv } from './start-list-csv.js';
import { startListPdf } from './start-list-pdf.js';

const EVERY_MEMBER: OrganisationRole[] = [
  'org-admin',
  'race-director',
  'timekeeper',
  'marshal',
  'participant',
  'viewer',
];

const CSV = 'text/csv; charset=utf-8';
const NOT_OPEN = { status: 409, type: ProblemDocument, description: 'The stage has not been opened yet' };
const UNCHANGED = { status: 304, description: 'Unchanged since the version named by If-None-Match' };
const FILE = { schema: { type: 'string', format: 'binary' } } as const;

@ApiTags('Publications')
@ApiBearerAuth()
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such stage or event in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1')
export class PublicationsController {
  private readonly publication = new PublicationReply();

  constructor(
    private readonly publications: Publications,
    private readonly access: OrganisationAccess,
  ) {}

  @Get('stages/:stageId/start-list.csv')
  @ApiOperation({ summary: 'The published start list for spreadsheets' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiProduces('text/csv')
  @ApiOkResponse(FILE)
  @ApiResponse(UNCHANGED)
  @ApiResponse(NOT_OPEN)
  async startListCsv(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string | undefined> {
    const stage = await this.stageFor(caller, stageId, 'read a start list');
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: CSV,
      file: { name: `${versioned(stage)}-start-list.csv`, disposition: 'attachment' },
      drawnFrom: ['start list', stage],
      draw: () => startListCsv(stage),
    });
  }

  @Get('stages/:stageId/start-list.pdf')
  @ApiOperation({ summary: 'The published start list and the control times for the printer, A4' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiProduces('application/pdf')
  @ApiOkResponse(FILE)
  @ApiResponse(UNCHANGED)
  @ApiResponse(NOT_OPEN)
  async startListPdf(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<Buffer | undefined> {
    const stage = await this.stageFor(caller, stageId, 'read a start list');
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: 'application/pdf',
      file: { name: `${versioned(stage)}-start-list.pdf`, disposition: 'inline' },
      drawnFrom: stage,
      draw: () => startListPdf(stage),
    });
  }

  @Get('stages/:stageId/control-times')
  @ApiOperation({ summary: 'When each control of the stage opens and closes' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiOkResponse({ type: ControlTimesResponse })
  @ApiResponse(UNCHANGED)
  @ApiResponse(NOT_OPEN)
  async controlTimes(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ControlTimesResponse | undefined> {
    await this.access.requireForStage(caller, stageId, EVERY_MEMBER, 'read control times');
    const times = await this.publications.controlTimes(stageId);
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: 'application/json; charset=utf-8',
      drawnFrom: times,
      draw: () => times,
    });
  }

  @Get('stages/:stageId/control-times.csv')
  @ApiOperation({ summary: 'When each control opens and closes, for spreadsheets' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiProduces('text/csv')
  @ApiOkResponse(FILE)
  @ApiResponse(UNCHANGED)
  @ApiResponse(NOT_OPEN)
  async controlTimesCsv(
    @Param('stageId', UuidPipe) stageId: string,
    @CurrentCaller() caller: Caller,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string | undefined> {
    const stage = await this.stageFor(caller, stageId, 'read control times');
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: CSV,
      file: { name: `${versioned(stage)}-control-times.csv`, disposition: 'attachment' },
      drawnFrom: ['control times', stage.timezone, stage.controls],
      draw: () => controlTimesCsv(stage),
    });
  }

  @Get('events/:eventId/control-closings')
  @ApiOperation({ summary: 'Controls of open and running stages that close soon' })
  @ApiOkResponse({ type: ControlClosingsResponse })
  @ApiResponse({ status: 400, type: ProblemDocument, description: 'A parameter cannot be read' })
  async controlClosings(
    @Param('eventId', UuidPipe) eventId: string,
    @Query() query: ControlClosingsQuery,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ControlClosingsResponse> {
    await this.access.requireForEvent(caller, eventId, EVERY_MEMBER, 'read what closes soon');
    reply.header('cache-control', 'no-store');
    const at = query.at === undefined ? new Date() : new Date(query.at);
    return this.publications.closings(eventId, at, query.withinMinutes);
  }

  private async stageFor(caller: Caller, stageId: string, action: string): Promise<PublishedStage> {
    await this.access.requireForStage(caller, stageId, EVERY_MEMBER, action);
    return this.publications.stage(stageId);
  }
}

function versioned({ stageName, version }: PublishedStage): string {
  return `${fileName(stageName)}-v${version}`;
}
