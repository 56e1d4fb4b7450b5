import { CallsignError } from '@callsign/daemon';

/** Why a plugin gave no services; the label of the failure counter. */
export type PluginFailure = 'threw' | 'timeout' | 'memory' | 'died' | 'nonsense' | 'unloadable';

/** A plugin did not do its part for one container, or cannot be loaded at all. */
export class PluginError extends CallsignError {
  readonly plugin: string;
  readonly failure: PluginFailure;

  constructor(plugin: string, failure: PluginFailure, reason: string, cause?: unknown) {
    super('PLUGIN_FAILED', `the plugin ${plugin} ${reason}`, {
      cause,
      cure: 'Correct the plugin; the contract is in docs/plugins.md',
    });
    this.plugin = plugin;
    this.failure = failure;
  }
}
