"""pydantic-ai's AnthropicModel."""

import anthropic
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

import pydantic_ai_models


def make(model, key):
    client = anthropic.AsyncAnthropic(api_key=key, max_retries=0)
    return AnthropicModel(model, provider=AnthropicProvider(anthropic_client=client))


pydantic_ai_models.run(make)
