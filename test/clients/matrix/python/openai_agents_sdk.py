"""OpenAI's Agents SDK, by its default, Responses. Its loop hands over to another agent, which calls two tools."""

import asyncio
from typing import Any

import agents
import openai
from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool
from pydantic import BaseModel

import matrix
from matrix import same

agents.set_tracing_disabled(True)


class Weather(BaseModel):
    city: str
    celsius: int


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return matrix.weather(city)


def agent(model: str, key: str | None = None, **more: Any) -> Agent:
    client = openai.AsyncOpenAI(api_key=key, max_retries=0)
    return Agent(name=more.pop("name", "assistant"), model=OpenAIResponsesModel(model, client), **more)


async def chat(model):
    result = await Runner.run(agent(model, instructions="Be brief."), matrix.HELLO)
    same(result.final_output, matrix.ANSWER)
    same([result.context_wrapper.usage.input_tokens, result.context_wrapper.usage.output_tokens], [9, 4])


async def stream(model):
    result = Runner.run_streamed(agent(model), matrix.HELLO)
    heard = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            heard += event.data.delta
    same([heard, result.final_output], [matrix.ANSWER, matrix.ANSWER])


async def tool_loop(model):
    for streamed in (False, True):
        expert = agent(model, name="weather expert", tools=[get_weather], model_settings=ModelSettings(store=False))
        first = agent(model, name="desk", handoffs=[expert])
        if streamed:
            result = Runner.run_streamed(first, matrix.WEATHER)
            async for _event in result.stream_events():
                pass
        else:
            result = await Runner.run(first, matrix.WEATHER)
        same([result.last_agent.name, result.final_output], ["weather expert", matrix.FINAL])


async def structured(model):
    result = await Runner.run(agent(model, output_type=Weather), matrix.STRUCTURED)
    same(result.final_output.model_dump(), matrix.OBJECT)


async def errors(model):
    for key, text, kind, words in (
        (None, matrix.REFUSED, openai.BadRequestError, matrix.REFUSAL),
        (matrix.NOBODY, matrix.HELLO, openai.AuthenticationError, ""),
    ):
        try:
            await Runner.run(agent(model, key), text)
        except kind as error:
            same(words in str(error), True)
        else:
            raise AssertionError("nothing was raised")


async def cancel(model):
    result = Runner.run_streamed(agent(model), matrix.ENDLESS)
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            break
    result.cancel()
    await asyncio.to_thread(matrix.until_free, model)


matrix.run(
    {"chat": chat, "stream": stream, "tools": tool_loop, "structured": structured, "errors": errors, "cancel": cancel}
)
