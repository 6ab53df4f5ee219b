"""LlamaIndex's OpenAIResponses."""

import openai
from llama_index.llms.openai import OpenAIResponses

import llama_index_llms


def make(model, **key):
    return OpenAIResponses(model=model, **key, max_retries=0, context_window=128000)


llama_index_llms.run(make, openai.BadRequestError, openai.AuthenticationError)
