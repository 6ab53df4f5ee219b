"""OpenAI's own package, by Responses."""

import openai
from pydantic import BaseModel

import matrix
from matrix import same

client = openai.OpenAI(max_retries=0)
tools = [{"type": "function", "name": "get_weather", "parameters": matrix.TOOL_SCHEMA, "strict": True}]


class Weather(BaseModel):
    city: str
    celsius: int


def chat(model):
    response = client.responses.create(model=model, input=matrix.HELLO, instructions="Be brief.")
    same([response.output_text, response.status], [matrix.ANSWER, "completed"])
    same([response.usage.input_tokens, response.usage.output_tokens], [9, 4])


def stream(model):
    with client.responses.stream(model=model, input=matrix.HELLO) as events:
        same("".join(event.delta for event in events if event.type == "response.output_text.delta"), matrix.ANSWER)
        same(events.get_final_response().output_text, matrix.ANSWER)


def tool_loop(model):
    for streamed in (False, True):
        transcript = [{"role": "user", "content": matrix.WEATHER}]
        while True:
            request = {"model": model, "input": transcript, "tools": tools, "store": False}
            if streamed:
                with client.responses.stream(**request) as events:
                    response = events.get_final_response()
            else:
                response = client.responses.create(**request)
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                break
            arguments = [matrix.json.loads(call.arguments) for call in calls]
            same([one["city"] for one in arguments], ["Bern", "Oslo"])
            results = [
                {"type": "function_call_output", "call_id": call.call_id, "output": matrix.weather(**one)}
                for call, one in zip(calls, arguments)
            ]
            said = [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output]
            transcript = [*transcript, *said, *results]
        same(response.output_text, matrix.FINAL)


def structured(model):
    response = client.responses.parse(model=model, input=matrix.STRUCTURED, text_format=Weather)
    same(response.output_parsed.model_dump(), matrix.OBJECT)


def errors(model):
    refused = lambda: client.responses.create(model=model, input=matrix.REFUSED)
    same(matrix.raises(openai.BadRequestError, matrix.REFUSAL, refused).status_code, 400)
    stranger = client.with_options(api_key=matrix.NOBODY)
    matrix.raises(
        openai.AuthenticationError, "", lambda: stranger.responses.create(model=model, input=matrix.HELLO)
    )


def cancel(model):
    with client.responses.create(model=model, input=matrix.ENDLESS, stream=True) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                break
    matrix.until_free(model)


matrix.run(
    {"chat": chat, "stream": stream, "tools": tool_loop, "structured": structured, "errors": errors, "cancel": cancel}
)
