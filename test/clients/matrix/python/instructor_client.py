"""instructor around OpenAI's package: a class is asked for, by a tool or by a schema. It has no tools of its own."""

import instructor
import openai
from pydantic import BaseModel

import matrix
from matrix import same


class Weather(BaseModel):
    city: str
    celsius: int


def raw(key: str | None = None) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, max_retries=0)


def asked(model, text, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], "max_retries": 0, **more}


def chat(model):
    completion = instructor.from_openai(raw()).chat.completions.create(**asked(model, matrix.HELLO), response_model=None)
    same(completion.choices[0].message.content, matrix.ANSWER)


def stream(model):
    client = instructor.from_openai(raw())
    pieces = client.chat.completions.create_partial(**asked(model, matrix.STRUCTURED), response_model=Weather)
    same([piece.model_dump() for piece in pieces][-1], matrix.OBJECT)


def tools(model):
    found = instructor.from_openai(raw(), mode=instructor.Mode.TOOLS).chat.completions.create(
        **asked(model, matrix.STRUCTURED), response_model=Weather
    )
    same(found.model_dump(), matrix.OBJECT)


def structured(model):
    for mode in (instructor.Mode.JSON_SCHEMA, instructor.Mode.JSON):
        found = instructor.from_openai(raw(), mode=mode).chat.completions.create(
            **asked(model, matrix.STRUCTURED), response_model=Weather
        )
        same(found.model_dump(), matrix.OBJECT)


def errors(model):
    for key, text, words in ((None, matrix.REFUSED, matrix.REFUSAL), (matrix.NOBODY, matrix.HELLO, "401")):
        client = instructor.from_openai(raw(key))
        matrix.raises(
            Exception, words, lambda: client.chat.completions.create(**asked(model, text), response_model=Weather)
        )


def cancel(model):
    client = instructor.from_openai(raw())
    chunks = client.chat.completions.create(**asked(model, matrix.ENDLESS), response_model=None, stream=True)
    next(iter(chunks))
    chunks.close()
    matrix.until_free(model)


matrix.run({"chat": chat, "stream": stream, "tools": tools, "structured": structured, "errors": errors, "cancel": cancel})
