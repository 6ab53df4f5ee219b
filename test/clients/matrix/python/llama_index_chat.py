"""LlamaIndex's OpenAILike, by chat completions."""

import openai
from llama_index.llms.openai_like import OpenAILike

import llama_index_llms


def make(model, **key):
    return OpenAILike(
        model=model,
        **key,
        max_retries=0,
        is_chat_model=True,
        is_function_calling_model=True,
    )


llama_index_llms.run(make, openai.BadRequestError, openai.AuthenticationError)
