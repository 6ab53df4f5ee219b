"""LiteLLM's SDK as a client of a proxy, whichever API it speaks there."""

from typing import Any

import litellm
from pydantic import BaseModel

import matrix
from matrix import same

litellm.suppress_debug_info = True
tools = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": "The weather in a city.", "parameters": matrix.TOOL_SCHEMA},
    },
]


class Weather(BaseModel):
    city: str
    celsius: int


def run(provider: str) -> None:
    """Tries completion(). provider is what stands before the model."""

    def ask(model, messages, **more):
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        return litellm.completion(model=f"{provider}/{model}", messages=messages, num_retries=0, max_retries=0, **more)

    def chat(model):
        completion = ask(model, matrix.HELLO)
        same(completion.choices[0].message.content, matrix.ANSWER)
        same([completion.usage.prompt_tokens, completion.usage.completion_tokens], [9, 4])

    def stream(model):
        chunks = ask(model, matrix.HELLO, stream=True)
        same("".join(chunk.choices[0].delta.content or "" for chunk in chunks), matrix.ANSWER)

    def tool_loop(model):
        for streamed in (False, True):
            messages: list[Any] = [{"role": "user", "content": matrix.WEATHER}]
            while True:
                answer = ask(model, messages, tools=tools, stream=streamed)
                if streamed:
                    answer = litellm.stream_chunk_builder(list(answer))
                message = answer.choices[0].message
                if not message.tool_calls:
                    break
                arguments = [matrix.json.loads(call.function.arguments) for call in message.tool_calls]
                same([one["city"] for one in arguments], ["Bern", "Oslo"])
                results = [
                    {"role": "tool", "tool_call_id": call.id, "content": matrix.weather(**one)}
                    for call, one in zip(message.tool_calls, arguments)
                ]
                messages = [*messages, message.model_dump(exclude_none=True), *results]
            same(message.content, matrix.FINAL)

    def structured(model):
        completion = ask(model, matrix.STRUCTURED, response_format=Weather)
        same(matrix.json.loads(completion.choices[0].message.content), matrix.OBJECT)

    def errors(model):
        matrix.raises(litellm.BadRequestError, matrix.REFUSAL, lambda: ask(model, matrix.REFUSED))
        matrix.raises(litellm.AuthenticationError, "", lambda: ask(model, matrix.HELLO, api_key=matrix.NOBODY))

    async def cancel(model):
        messages = [{"role": "user", "content": matrix.ENDLESS}]
        chunks = lambda: litellm.acompletion(model=f"{provider}/{model}", messages=messages, stream=True)
        await matrix.until_left(model, chunks)

    matrix.run(
        {
            "chat": chat,
            "stream": stream,
            "tools": tool_loop,
            "structured": structured,
            "errors": errors,
            "cancel": cancel,
        }
    )
