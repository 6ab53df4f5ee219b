"""pydantic-ai's OpenAIResponsesModel."""

from pydantic_ai.models.openai import OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

import pydantic_ai_models

pydantic_ai_models.run(
    lambda model, key: OpenAIResponsesModel(model, provider=OpenAIProvider(api_key=key))
)
