"""pydantic-ai's agents, whichever API their model speaks."""

import asyncio
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models import Model

import matrix
from matrix import same


class Weather(BaseModel):
    city: str
    celsius: int


def get_weather(city: str) -> str:
    """The weather in a city."""
    return matrix.weather(city)


def run(make: Callable[[str, str | None], Model]) -> None:
    """Tries an agent. make takes the model's name and a key, None for that of the environment."""

    def agent(model: str, key: str | None = None, **more: Any) -> Agent:
        return Agent(make(model, key), **more)

    async def chat(model):
        result = await agent(model, instructions="Be brief.").run(matrix.HELLO)
        same(result.output, matrix.ANSWER)

    async def stream(model):
        async with agent(model).run_stream(matrix.HELLO) as result:
            same("".join([piece async for piece in result.stream_text(delta=True)]), matrix.ANSWER)

    async def tool_loop(model):
        able = agent(model, tools=[get_weather])
        same((await able.run(matrix.WEATHER)).output, matrix.FINAL)
        async with able.run_stream(matrix.WEATHER) as result:
            same(await result.get_output(), matrix.FINAL)

    async def structured(model):
        same((await agent(model, output_type=Weather).run(matrix.STRUCTURED)).output.model_dump(), matrix.OBJECT)

    async def errors(model):
        for key, text, status, words in (
            (None, matrix.REFUSED, 400, matrix.REFUSAL),
            (matrix.NOBODY, matrix.HELLO, 401, ""),
        ):
            try:
                await agent(model, key).run(text)
            except ModelHTTPError as error:
                same([error.status_code, words in str(error)], [status, True])
            else:
                raise AssertionError("nothing was raised")

    async def cancel(model):
        async with agent(model).run_stream(matrix.ENDLESS) as result:
            async for _piece in result.stream_text(delta=True, debounce_by=None):
                break
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
