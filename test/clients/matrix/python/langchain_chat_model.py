"""LangChain's ChatOpenAI, by chat completions."""

import openai
from langchain_openai import ChatOpenAI

import langchain_models


def make(model, **key):
    return ChatOpenAI(model=model, **key, max_retries=0, use_responses_api=False, stream_usage=True)


langchain_models.run(make, openai.BadRequestError, openai.AuthenticationError)
