"""LangChain's ChatOpenAI, by Responses."""

import openai
from langchain_openai import ChatOpenAI

import langchain_models


def make(model, **key):
    return ChatOpenAI(model=model, **key, max_retries=0, use_responses_api=True)


langchain_models.run(make, openai.BadRequestError, openai.AuthenticationError)
