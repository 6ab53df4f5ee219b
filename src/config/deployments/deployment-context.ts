import type { ProviderRegistry } from "../../core/provider.ts";
import type { MapNode } from "../tree/config-node.ts";
import type { LinkReader } from "./link-reader.ts";
import type { Environment } from "../environment/environment.ts";

/** What deployments take from the rest of the configuration. */
export interface DeploymentContext {
  readonly providers: ProviderRegistry;
  readonly environment: Environment;
  /** `router_settings.default_litellm_params`, as written. */
  readonly defaultParams: MapNode | undefined;
  /** `credential_values` by `credential_name`, as written. */
  readonly credentials: ReadonlyMap<string, MapNode>;
  readonly links: LinkReader;
  readonly dropParams: boolean;
  readonly additionalDropParams: readonly string[];
  readonly modifyParams: boolean;
  readonly defaultMaxParallelRequests: number | "auto" | undefined;
  /** Variables that entries made at run time may name: names, and patterns with `*`. */
  readonly adminEnvAllow: readonly string[];
}
