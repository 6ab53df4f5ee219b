"""Anthropic's own package."""

import anthropic

import matrix
from matrix import same

client = anthropic.Anthropic(max_retries=0)
tools = [{"name": "get_weather", "description": "The weather in a city.", "input_schema": matrix.TOOL_SCHEMA}]


def asked(model, text, **more):
    return {"model": model, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **more}


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def chat(model):
    message = client.messages.create(**asked(model, matrix.HELLO))
    same([text_of(message), message.stop_reason], [matrix.ANSWER, "end_turn"])
    same([message.usage.input_tokens, message.usage.output_tokens], [9, 4])


def stream(model):
    with client.messages.stream(**asked(model, matrix.HELLO)) as events:
        same("".join(events.text_stream), matrix.ANSWER)
        same(events.get_final_message().stop_reason, "end_turn")


def tool_loop(model):
    for streamed in (False, True):
        request = asked(model, matrix.WEATHER, tools=tools)
        while True:
            if streamed:
                with client.messages.stream(**request) as events:
                    message = events.get_final_message()
            else:
                message = client.messages.create(**request)
            calls = [block for block in message.content if block.type == "tool_use"]
            if not calls:
                break
            same(message.stop_reason, "tool_use")
            same([call.input["city"] for call in calls], ["Bern", "Oslo"])
            results = [
                {"type": "tool_result", "tool_use_id": call.id, "content": matrix.weather(**call.input)} for call in calls
            ]
            turns = [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
            request = {**request, "messages": [*request["messages"], *turns]}
        same(text_of(message), matrix.FINAL)


def structured(model):
    output = {"format": {"type": "json_schema", "schema": matrix.SCHEMA}}
    message = client.messages.create(**asked(model, matrix.STRUCTURED, output_config=output))
    same(matrix.json.loads(text_of(message)), matrix.OBJECT)


def errors(model):
    refused = lambda: client.messages.create(**asked(model, matrix.REFUSED))
    same(matrix.raises(anthropic.BadRequestError, matrix.REFUSAL, refused).status_code, 400)
    stranger = client.with_options(api_key=matrix.NOBODY)
    matrix.raises(anthropic.AuthenticationError, "", lambda: stranger.messages.create(**asked(model, matrix.HELLO)))


def cancel(model):
    with client.messages.stream(**asked(model, matrix.ENDLESS)) as events:
        next(iter(events.text_stream))
    matrix.until_free(model)


matrix.run(
    {"chat": chat, "stream": stream, "tools": tool_loop, "structured": structured, "errors": errors, "cancel": cancel}
)
