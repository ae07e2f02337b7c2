import { Injectable } from '@nestjs/common';
import { StageNotFound, StageNotOpenYet } from '@trm/platform';
import { CalendarNotFound } from './publications.problems.js';
import { formulaInWords } from './published-words.js';
import {
  PublicationsStore,
  type ControlTime,
  type EntryCalendar,
  type EventCalendar,
  type PublishedStage,
} from './publications-store.js';
import type {
  ControlClosingsResponse,
  ControlTimeResponse,
  ControlTimesResponse,
} from './publications.dto.js';

/** What people take away from a published stage. Reads only; drawing is left to the renderers. */
@Injectable()
export class Publications {
  constructor(private readonly store: PublicationsStore) {}

  /** The published start list with its control times. @throws StageNotFound, StageNotOpenYet */
  async stage(stageId: string): Promise<PublishedStage> {
    const stage = await this.store.readStage(stageId);
    if (stage === undefined) throw new StageNotFound();
    if (stage.published === undefined) throw new StageNotOpenYet(stage.stageName);
    return stage.published;
  }

  /** @throws StageNotFound, StageNotOpenYet */
  async controlTimes(stageId: string): Promise<ControlTimesResponse> {
    const { stageName, stageState, timezone, startListId, version, stale, publishedAt, controls } =
      await this.stage(stageId);
    return {
      stageId,
      stageName,
      stageState,
      timezone,
      startListId,
      version,
      stale,
      publishedAt,
      controls: controls.map(inWords),
    };
  }

  /** Controls of open and running stages that close soon. @param at any moment, to ask "what if" */
  async closings(eventId: string, at: Date, withinMinutes: number): Promise<ControlClosingsResponse> {
    const until = new Date(at.getTime() + withinMinutes * 60_000);
    const closings = await this.store.readClosings(eventId, at, until);
    return {
      eventId,
      at,
      until,
      closings: closings.map((closing) => {
        const { stageId, stageName, stageState, closesAt } = closing;
        const closesInSeconds = Math.round((closesAt.getTime() - at.getTime()) / 1000);
        return { stageId, stageName, stageState, ...inWords(closing), closesAt, closesInSeconds };
      }),
    };
  }

  /** @throws CalendarNotFound */
  async eventCalendar(eventId: string): Promise<EventCalendar> {
    const event = await this.store.readEventCalendar(eventId);
    if (event === undefined) throw new CalendarNotFound();
    return event;
  }

  /** @throws CalendarNotFound */
  async entryCalendar(entryId: string): Promise<EntryCalendar> {
    const entry = await this.store.readEntryCalendar(entryId);
    if (entry === undefined) throw new CalendarNotFound();
    return entry;
  }
}

/** A control time as it is sent. */
type ControlTimeInWords = { readonly [Name in keyof ControlTimeResponse]: ControlTimeResponse[Name] };

function inWords(control: ControlTime): ControlTimeInWords {
  const {
    segmentId,
    segmentName,
    geofenceId,
    control: name,
    controlKind,
    classId,
    classCode,
    opensAt,
    closesAt,
    enforcement,
    mode,
  } = control;
  return {
    segmentId,
    segmentName,
    geofenceId,
    control: name,
    controlKind,
    classId,
    classCode,
    opensAt,
    closesAt,
    enforcement,
    mode,
    formula: formulaInWords(control),
  };
}
