import { Controller, Get, Headers, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  type Caller,
  CallerGuard,
  CurrentCaller,
  OrganisationAccess,
  type OrganisationRole,
  ProblemDocument,
  RateLimits,
  UuidPipe,
} from '@trm/platform';
import { CalendarKeys, type CalendarOf } from './calendar-keys.js';
import { entryCalendar, eventCalendar } from './calendar.js';
import { fileName, PublicationReply, type Reply } from './publication-reply.js';
import { Publications } from './publications.js';
import { CalendarLinkResponse } from './publications.dto.js';
import { CalendarNotFound } from './publications.problems.js';

const STAFF: OrganisationRole[] = ['org-admin', 'race-director', 'timekeeper', 'marshal'];
const EVERY_MEMBER: OrganisationRole[] = [...STAFF, 'participant', 'viewer'];

/** The part of a request that tells under which address the caller reached us. */
interface Addressed {
  readonly protocol: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const CALENDAR = 'text/calendar; charset=utf-8';
const SIGNED_IN = {
  status: 401,
  type: ProblemDocument,
  description: 'Not signed in, or the sign-in has expired',
};
const WRONG_KEY = { status: 404, type: ProblemDocument, description: 'A wrong key, or no such calendar' };
const FEED = { schema: { type: 'string' } } as const;

const TRIED_TOO_OFTEN = {
  status: 429,
  type: ProblemDocument,
  description: 'Many wrong keys from this address',
};

@ApiTags('Calendars')
@Controller('v1')
export class CalendarsController {
  private readonly publication = new PublicationReply();

  constructor(
    private readonly publications: Publications,
    private readonly access: OrganisationAccess,
    private readonly keys: CalendarKeys,
    private readonly limits: RateLimits,
  ) {}

  @Get('events/:eventId/calendar-link')
  @UseGuards(CallerGuard)
  @ApiBearerAuth()
  @ApiOperation({ summary: "The address of the event's calendar, for calendar programs" })
  @ApiOkResponse({ type: CalendarLinkResponse })
  @ApiResponse(SIGNED_IN)
  @ApiResponse({
    status: 404,
    type: ProblemDocument,
    description: "No such event in the caller's organisations",
  })
  async eventLink(
    @Param('eventId', UuidPipe) eventId: string,
    @CurrentCaller() caller: Caller,
    @Req() request: Addressed,
  ): Promise<CalendarLinkResponse> {
    await this.access.requireForEvent(caller, eventId, EVERY_MEMBER, "read an event's calendar");
    return { url: this.address(request, 'event', eventId) };
  }

  @Get('entries/:entryId/calendar-link')
  @UseGuards(CallerGuard)
  @ApiBearerAuth()
  @ApiOperation({ summary: "The address of an entry's calendar; for staff and its own crew" })
  @ApiOkResponse({ type: CalendarLinkResponse })
  @ApiResponse(SIGNED_IN)
  @ApiResponse({ status: 403, type: ProblemDocument, description: "Neither staff nor of the entry's crew" })
  @ApiResponse({
    status: 404,
    type: ProblemDocument,
    description: "No such entry in the caller's organisations",
  })
  async entryLink(
    @Param('entryId', UuidPipe) entryId: string,
    @CurrentCaller() caller: Caller,
    @Req() request: Addressed,
  ): Promise<CalendarLinkResponse> {
    await this.access.requireForEntry(caller, entryId, STAFF, "read an entry's calendar", { crewToo: true });
    return { url: this.address(request, 'entry', entryId) };
  }

  @Get('calendars/events/:eventId.ics')
  @ApiOperation({
    summary: 'The published stages of an event; fetched by calendar programs, without signing in',
  })
  @ApiQuery({ name: 'key', description: 'From the calendar link' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiProduces('text/calendar')
  @ApiOkResponse(FEED)
  @ApiResponse(WRONG_KEY)
  @ApiResponse(TRIED_TOO_OFTEN)
  async eventFeed(
    @Param('eventId') eventId: string,
    @Query('key') key: unknown,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string | undefined> {
    await this.requireKey('event', eventId, key, request);
    const event = await this.publications.eventCalendar(eventId);
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: CALENDAR,
      file: { name: `${fileName(event.eventName)}.ics`, disposition: 'inline' },
      drawnFrom: event,
      draw: () => eventCalendar(event),
    });
  }

  @Get('calendars/entries/:entryId.ics')
  @ApiOperation({ summary: 'The starts of an entry; fetched by calendar programs, without signing in' })
  @ApiQuery({ name: 'key', description: 'From the calendar link' })
  @ApiHeader({ name: 'If-None-Match', required: false })
  @ApiProduces('text/calendar')
  @ApiOkResponse(FEED)
  @ApiResponse(WRONG_KEY)
  @ApiResponse(TRIED_TOO_OFTEN)
  async entryFeed(
    @Param('entryId') entryId: string,
    @Query('key') key: unknown,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string | undefined> {
    await this.requireKey('entry', entryId, key, request);
    const entry = await this.publications.entryCalendar(entryId);
    return this.publication.send(reply, ifNoneMatch, {
      mediaType: CALENDAR,
      file: {
        name: `${fileName(`${entry.eventName} ${entry.raceNumber ?? ''}`)}.ics`,
        disposition: 'inline',
      },
      drawnFrom: entry,
      draw: () => entryCalendar(entry),
    });
  }

  /** @throws CalendarNotFound, or TooManyRequests where many keys were tried */
  private async requireKey(of: CalendarOf, id: string, key: unknown, request: FastifyRequest): Promise<void> {
    if (this.keys.opens(of, id, key)) return;
    await this.limits.failed('failedCalendarKeys', request);
    throw new CalendarNotFound();
  }

  private address({ protocol, host, headers }: Addressed, of: CalendarOf, id: string): string {
    // A proxy that ends TLS says so; only the caller sees the link that is made of it.
    const forwarded = headers['x-forwarded-proto'];
    const scheme = forwarded === 'https' ? 'https' : protocol;
    const folder = of === 'event' ? 'events' : 'entries';
    return `${scheme}://${host}/v1/calendars/${folder}/${id}.ics?key=${this.keys.keyFor(of, id)}`;
  }
}
