"""OpenAI's own package, by chat completions."""

import openai
from pydantic import BaseModel

import matrix
from matrix import same

client = openai.OpenAI(max_retries=0)
tools = [
    {"type": "function", "function": {"name": "get_weather", "parameters": matrix.TOOL_SCHEMA, "strict": True}},
]


class Weather(BaseModel):
    city: str
    celsius: int


def asked(model, text, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def chat(model):
    completion = client.chat.completions.create(**asked(model, matrix.HELLO))
    same(completion.choices[0].message.content, matrix.ANSWER)
    same([completion.usage.prompt_tokens, completion.usage.completion_tokens], [9, 4])


def stream(model):
    with client.chat.completions.stream(**asked(model, matrix.HELLO)) as events:
        same("".join(event.delta for event in events if event.type == "content.delta"), matrix.ANSWER)
        same(events.get_final_completion().choices[0].finish_reason, "stop")


def tool_loop(model):
    for streamed in (False, True):
        request = asked(model, matrix.WEATHER, tools=tools)
        while True:
            if streamed:
                with client.chat.completions.stream(**request) as events:
                    choice = events.get_final_completion().choices[0]
            else:
                choice = client.chat.completions.create(**request).choices[0]
            calls = choice.message.tool_calls
            if not calls:
                break
            arguments = [matrix.json.loads(call.function.arguments) for call in calls]
            same([one["city"] for one in arguments], ["Bern", "Oslo"])
            results = [
                {"role": "tool", "tool_call_id": call.id, "content": matrix.weather(**one)}
                for call, one in zip(calls, arguments)
            ]
            message = choice.message.model_dump(exclude_none=True, exclude={"parsed": True})
            for call in message["tool_calls"]:
                call["function"].pop("parsed_arguments", None)
            request = {**request, "messages": [*request["messages"], message, *results]}
        same(choice.message.content, matrix.FINAL)


def structured(model):
    completion = client.chat.completions.parse(**asked(model, matrix.STRUCTURED), response_format=Weather)
    same(completion.choices[0].message.parsed.model_dump(), matrix.OBJECT)


def errors(model):
    refused = lambda: client.chat.completions.create(**asked(model, matrix.REFUSED))
    same(matrix.raises(openai.BadRequestError, matrix.REFUSAL, refused).status_code, 400)
    stranger = client.with_options(api_key=matrix.NOBODY)
    matrix.raises(
        openai.AuthenticationError, "", lambda: stranger.chat.completions.create(**asked(model, matrix.HELLO))
    )


def cancel(model):
    with client.chat.completions.create(**asked(model, matrix.ENDLESS), stream=True) as chunks:
        next(iter(chunks))
    matrix.until_free(model)


matrix.run(
    {"chat": chat, "stream": stream, "tools": tool_loop, "structured": structured, "errors": errors, "cancel": cancel}
)
