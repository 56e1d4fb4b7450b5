import type { ContainerSnapshot } from '../engine/snapshot.ts';
import type { PluginSubject } from '../plugins/container.ts';
import { PluginError } from '../plugins/errors.ts';
import type { PluginResult } from '../plugins/host.ts';
import { asksForName, isIgnored, marksOf, unmetBy } from '../plugins/marks.ts';
import type { Draft } from '../plugins/result.ts';
import { published } from './published.ts';
import { type Identity, NO_RECORDS, type Recorded, type Records, recordsOf } from './records.ts';

/** Whoever runs plugins: undefined when none of them wants the container published. */
export interface Plugins {
  run(subject: PluginSubject): Promise<PluginResult | undefined>;
}

export interface DecisionRules {
  readonly plugins: Plugins;
  readonly identity: Identity;
  /** True: a shipped plugin counts only for containers that ask for a name. */
  readonly explicit?: boolean;
  /** The host's address for callers off it; undefined: services go out as the container has them. */
  readonly publishAddress?: string | undefined;
}

/** What a container that can answer is to have in the store. */
export interface Decision {
  /** The plugin that decided; undefined when none did. */
  readonly plugin?: string | undefined;
  /** Its services, as callers reach them. */
  readonly services: readonly Draft[];
  readonly records: Records;
  /** What it asks for and does not get, a sentence each: single aliases, checks that nobody makes. */
  readonly refused: readonly string[];
  /** Why there is less than there could be, without any fault. */
  readonly why?: string;
}

/**
 * @param subject the same container, as plugins see it
 * @throws {PluginError} when a plugin fails, or what it says cannot be published
 */
export async function decide(
  container: ContainerSnapshot,
  subject: PluginSubject,
  rules: DecisionRules,
): Promise<Decision> {
  const { plugins, identity, explicit = false } = rules;
  const marks = marksOf(container);
  if (isIgnored(marks)) return nothing('a label or variable of its own says so');
  const result = await plugins.run(subject);
  if (result === undefined) return nothing('no plugin names it');
  const { plugin } = result;
  if (explicit && result.shipped && !asksForName(marks)) return nothing('it does not ask for a name', plugin);
  if (result.drafts.length === 0) return nothing('the plugin leaves it out', plugin);
  const services = reachable(container, result.drafts, rules.publishAddress);
  const recorded = publishable(container, { ...result, drafts: services }, identity);
  const isWhole = services.length === result.drafts.length;
  return {
    records: recorded.records,
    refused: [...recorded.refused, ...unmetBy(container, marks)],
    plugin,
    services,
    ...(!isWhole && { why: 'ports that are not published are left out' }),
  };
}

function publishable(container: ContainerSnapshot, result: PluginResult, identity: Identity): Recorded {
  try {
    return recordsOf(container, result, identity);
  } catch (error) {
    throw new PluginError(result.plugin, 'refused', 'returned what cannot be published', error);
  }
}

function nothing(why: string, plugin?: string): Decision {
  return { services: [], records: NO_RECORDS, refused: [], why, plugin };
}

/** What callers off the host can reach, where it is them that names are for. */
function reachable(
  container: ContainerSnapshot,
  drafts: readonly Draft[],
  publishAddress: string | undefined,
): readonly Draft[] {
  if (publishAddress === undefined) return drafts;
  return drafts
    .map((draft) => published(draft, container, publishAddress))
    .filter((draft) => draft !== undefined);
}
