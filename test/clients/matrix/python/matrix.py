"""What the programs here share: python CLIENT.py CONTROL UPSTREAM[=MODEL],….

Each program has a function for every scenario, which takes the model's name and raises where anything is not as it should be. How each went is
printed as one line of JSON. The words are those of scenarios.ts. Address and key are in the environment, where each package looks for them.
"""

import asyncio
import inspect
import json
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

CONTROL, UPSTREAMS = sys.argv[1:]
MODELS = {model: upstream for upstream, _, model in (one.partition("=") for one in UPSTREAMS.split(","))}

HELLO = "Hello."
ANSWER = "Line three is free, go ahead."
REFUSED = "Refuse this."
REFUSAL = "The host says no."
ENDLESS = "Talk without end."
STRUCTURED = "The weather in Bern as an object."
WEATHER = "How warm is it in Bern and in Oslo?"
FINAL = "It is 4 degrees in Bern and 9 in Oslo."
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
    "additionalProperties": False,
}
OBJECT = {"city": "Bern", "celsius": 4}
TOOL_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}

Scenario = Callable[[str], Any]


NOBODY = "a key of nobody's"


def weather(city: str) -> str:
    return {"Bern": "4 degrees", "Oslo": "9 degrees"}[city]


def same(found: Any, wanted: Any) -> None:
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


def raises(kind: Any, words: str, act: Callable[[], Any]) -> Any:
    """What act raises: of this kind, with these words."""
    try:
        act()
    except kind as error:
        if words not in str(error):
            raise AssertionError(f"{words!r} is not in {error!r}") from error
        return error
    raise AssertionError("nothing was raised")


def until_free(model: str) -> None:
    """Returns once the upstream has no reply open, and raises when that takes longer than anybody would wait."""
    until = time.monotonic() + 5
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while opener.open(CONTROL + MODELS[model]).read() != b"0":
        if time.monotonic() > until:
            raise AssertionError("the upstream was not freed")
        time.sleep(0.005)


async def until_left(model: str, pieces: Callable[[], Any]) -> None:
    """Leaves a stream as tasks do, by being cancelled while they wait: for packages whose streams have no word for it."""
    heard = asyncio.Event()

    async def hear() -> None:
        async for piece in await pieces():
            if piece:
                heard.set()

    reader = asyncio.create_task(hear())
    waiter = asyncio.create_task(heard.wait())
    await asyncio.wait({reader, waiter}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if reader.done():
        await reader
    reader.cancel()
    same(heard.is_set(), True)
    await asyncio.to_thread(until_free, model)


def run(scenarios: Mapping[str, Scenario]) -> None:
    for model, upstream in MODELS.items():
        for name, scenario in scenarios.items():
            line: dict[str, Any] = {"upstream": upstream, "scenario": name}
            try:
                result = scenario(model)
                if inspect.isawaitable(result):
                    asyncio.run(awaited(result))
            except Exception:
                line["raised"] = traceback.format_exc()
            print(json.dumps(line), flush=True)


async def awaited(result: Any) -> None:
    await result
