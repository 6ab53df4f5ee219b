"""LlamaIndex's Anthropic, by Messages."""

import anthropic
from llama_index.llms.anthropic import Anthropic

import llama_index_llms


def make(model, **key):
    return Anthropic(model=model, **key, max_retries=0)


llama_index_llms.run(make, anthropic.BadRequestError, anthropic.AuthenticationError)
