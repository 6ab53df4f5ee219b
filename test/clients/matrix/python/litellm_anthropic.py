"""LiteLLM's SDK, as it asks Anthropic: by Messages."""

import litellm_sdk

litellm_sdk.run("anthropic")
