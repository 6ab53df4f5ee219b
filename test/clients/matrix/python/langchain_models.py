"""LangChain's chat models, whichever API they speak."""

import asyncio
from collections.abc import Callable
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

import matrix
from matrix import same


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    celsius: int


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return matrix.weather(city)


def run(make: Callable[..., BaseChatModel], refused: Any, stranger: Any) -> None:
    """Tries a chat model. make takes the model's name, and a key where it is not that of the environment; the others are what is raised."""

    def chat(model):
        message = make(model).invoke(matrix.HELLO)
        same(message.text, matrix.ANSWER)
        same([message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]], [9, 4])

    def stream(model):
        same("".join(chunk.text for chunk in make(model).stream(matrix.HELLO)), matrix.ANSWER)

    def tool_loop(model):
        able = make(model).bind_tools([get_weather])
        for streamed in (False, True):
            transcript: list[Any] = [HumanMessage(matrix.WEATHER)]
            while True:
                if streamed:
                    message = None
                    for chunk in able.stream(transcript):
                        message = chunk if message is None else message + chunk
                else:
                    message = able.invoke(transcript)
                if not message.tool_calls:
                    break
                same([call["args"]["city"] for call in message.tool_calls], ["Bern", "Oslo"])
                results = [
                    ToolMessage(matrix.weather(**call["args"]), tool_call_id=call["id"]) for call in message.tool_calls
                ]
                transcript = [*transcript, message, *results]
            same(message.text, matrix.FINAL)

    def structured(model):
        found = make(model).with_structured_output(Weather).invoke(matrix.STRUCTURED)
        same(found.model_dump(), matrix.OBJECT)

    def errors(model):
        matrix.raises(refused, matrix.REFUSAL, lambda: make(model).invoke(matrix.REFUSED))
        matrix.raises(stranger, "", lambda: make(model, api_key=matrix.NOBODY).invoke(matrix.HELLO))

    async def cancel(model):
        chunks = make(model).astream(matrix.ENDLESS)
        async for chunk in chunks:
            if chunk.text:
                break
        await chunks.aclose()
        await asyncio.to_thread(matrix.until_free, model)

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
