/** The six things a person can be, as `organization_users.role` has them. A Directus role carries the same name. */
export type MemberRole = 'org-admin' | 'race-director' | 'marshal' | 'timekeeper' | 'participant' | 'viewer';

export interface RoleDefinition {
  readonly key: MemberRole | 'control-plane';
  readonly name: string;
  readonly icon: string;
  readonly description: string;
}

/**
 * A person gets the Directus role of the most that he or she is anywhere. What that allows in each organisation is
 * bound to the membership row there: race director in one club and marshal in another is no contradiction.
 */
export const ROLES: readonly RoleDefinition[] = [
  {
    key: 'org-admin',
    name: 'Organisation administrator',
    icon: 'admin_panel_settings',
    description: 'Runs an organisation: its members, vehicles, trackers and events.',
  },
  {
    key: 'race-director',
    name: 'Race director',
    icon: 'stars',
    description: 'Prepares and runs events: course, classes, entries, stages.',
  },
  {
    key: 'timekeeper',
    name: 'Timekeeper',
    icon: 'timer',
    description:
      'Reads everything of an event; starts and finishes entries, binds trackers, marks positions as wrong.',
  },
  {
    key: 'marshal',
    name: 'Marshal',
    icon: 'flag',
    description: 'Reads everything of an event; takes down who retires, and checks.',
  },
  {
    key: 'participant',
    name: 'Participant',
    icon: 'person',
    description: 'Registers entries with the own organisations and follows them; reads what is published.',
  },
  {
    key: 'viewer',
    name: 'Viewer',
    icon: 'visibility',
    description: "Reads the race of the own organisations, without what is the office's own.",
  },
  {
    key: 'control-plane',
    name: 'Race control service',
    icon: 'memory',
    description: 'The program that opens stages and keeps results right. Not for people.',
  },
];
