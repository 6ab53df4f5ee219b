"""LangChain's ChatAnthropic."""

import anthropic
from langchain_anthropic import ChatAnthropic

import langchain_models


def make(model, **key):
    return ChatAnthropic(model=model, **key, max_retries=0, max_tokens=1024)


langchain_models.run(make, anthropic.BadRequestError, anthropic.AuthenticationError)
