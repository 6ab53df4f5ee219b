"""LiteLLM's SDK, as it asks its own proxy: by chat completions."""

import litellm_sdk

litellm_sdk.run("litellm_proxy")
