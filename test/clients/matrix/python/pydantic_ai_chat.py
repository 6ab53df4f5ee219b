"""pydantic-ai's OpenAIChatModel."""

from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

import pydantic_ai_models

pydantic_ai_models.run(
    lambda model, key: OpenAIChatModel(model, provider=OpenAIProvider(api_key=key))
)
