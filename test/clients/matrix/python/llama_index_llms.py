"""LlamaIndex's models and its function agent, whichever API they speak."""

from collections.abc import Callable
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import LLM, ChatMessage
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

import matrix
from matrix import same


class Weather(BaseModel):
    """The weather in a city."""

    city: str
    celsius: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return matrix.weather(city)


def asked(text: str) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=text)]


def run(make: Callable[..., LLM], refused: Any, stranger: Any) -> None:
    """Tries a model. make takes the model's name, and a key where it is not that of the environment; the others are what is raised."""

    def chat(model):
        same(make(model).chat(asked(matrix.HELLO)).message.content, matrix.ANSWER)

    def stream(model):
        pieces = make(model).stream_chat(asked(matrix.HELLO))
        same("".join(piece.delta or "" for piece in pieces), matrix.ANSWER)

    async def tool_loop(model):
        for streaming in (False, True):
            agent = FunctionAgent(
                tools=[FunctionTool.from_defaults(get_weather)],
                llm=make(model),
                system_prompt="Be brief.",
                streaming=streaming,
            )
            result = await agent.run(matrix.WEATHER)
            same([str(result), len(result.tool_calls)], [matrix.FINAL, 2])

    def structured(model):
        found = make(model).as_structured_llm(Weather).chat(asked(matrix.STRUCTURED)).raw
        same(found.model_dump(), matrix.OBJECT)

    def errors(model):
        matrix.raises(refused, matrix.REFUSAL, lambda: make(model).chat(asked(matrix.REFUSED)))
        matrix.raises(stranger, "", lambda: make(model, api_key=matrix.NOBODY).chat(asked(matrix.HELLO)))

    async def cancel(model):
        await matrix.until_left(model, lambda: make(model).astream_chat(asked(matrix.ENDLESS)))

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
