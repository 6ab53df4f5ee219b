"""Python's official openai package against the REST door: python openai_client.py BASE_URL KEY."""

import sys
import time
from typing import Any

import openai

import scenarios

base_url, key = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)

# Bounds the wait for what is far sooner on any machine.
longest_until_free_s = 30.0

question: list[Any] = [{"role": "user", "content": "Which line is free?"}]
weather_tool: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def chat() -> dict[str, Any]:
    completion = client.chat.completions.create(model="chat", messages=question)
    choice = completion.choices[0]
    return {
        "object": completion.object,
        "model": completion.model,
        "role": choice.message.role,
        "content": choice.message.content,
        "finish_reason": choice.finish_reason,
        "total_tokens": completion.usage.total_tokens if completion.usage else None,
    }


def stream() -> dict[str, Any]:
    chunks = list(
        client.chat.completions.create(
            model="chat", messages=question, stream=True, stream_options={"include_usage": True}
        )
    )
    choices = [choice for chunk in chunks for choice in chunk.choices]
    usage = chunks[-1].usage
    return {
        "objects": sorted({chunk.object for chunk in chunks}),
        "models": sorted({chunk.model for chunk in chunks}),
        "ids": len({chunk.id for chunk in chunks}),
        "pieces": sum(1 for choice in choices if choice.delta.content),
        "content": "".join(choice.delta.content or "" for choice in choices),
        "finish_reasons": [choice.finish_reason for choice in choices if choice.finish_reason],
        "completion_tokens": usage.completion_tokens if usage else None,
    }


def abandoned_stream() -> dict[str, Any]:
    """The group takes one call at a time: while a stream runs there is no second one, and soon after it was left there is."""

    def is_taken() -> bool:
        try:
            client.chat.completions.create(model="endless", messages=question, stream=True).close()
        except openai.RateLimitError:
            return True
        return False

    with client.chat.completions.create(model="endless", messages=question, stream=True) as pieces:
        first = next(piece for piece in pieces if piece.choices and piece.choices[0].delta.content)
        taken_before = is_taken()
    started = time.monotonic()
    while (taken_after := is_taken()) and time.monotonic() - started < longest_until_free_s:
        time.sleep(0.01)
    return {
        "content": first.choices[0].delta.content,
        "taken": [taken_before, taken_after],
        "after_ms": round((time.monotonic() - started) * 1000),
    }


def tools() -> dict[str, Any]:
    completion = client.chat.completions.create(
        model="tool",
        messages=question,
        tools=[weather_tool],
        tool_choice={"type": "function", "function": {"name": "weather"}},
        extra_body={"invented_parameter": {"kept": 9007199254740993}},
    )
    choice = completion.choices[0]
    call: Any = choice.message.tool_calls[0] if choice.message.tool_calls else None
    return {
        "finish_reason": choice.finish_reason,
        "content": choice.message.content,
        "id": call.id,
        "name": call.function.name,
        "arguments": call.function.arguments,
        # As text: whoever reads this line may not have integers of this size.
        "invented_member": str((completion.model_extra or {}).get("invented_member")),
    }


def embeddings() -> dict[str, Any]:
    # Left to itself, the package asks for base64 and decodes it.
    packed = client.embeddings.create(model="vectors", input=["one", "two"])
    plain = client.embeddings.create(model="vectors", input=["one", "two"], encoding_format="float")
    return {
        "model": packed.model,
        "indexes": [item.index for item in packed.data],
        "same": all(
            abs(a - b) < 1e-6
            for one, other in zip(packed.data, plain.data, strict=True)
            for a, b in zip(one.embedding, other.embedding, strict=True)
        ),
        "dimensions": len(packed.data[0].embedding),
        "distinct": packed.data[0].embedding != packed.data[1].embedding,
    }


def operations() -> dict[str, Any]:
    model = "vectors"
    pictures = client.images.generate(model=model, prompt="a cat", n=2)
    edited = client.images.edit(model=model, image=b"not quite a picture", prompt="blue")
    with client.audio.speech.with_streaming_response.create(model=model, voice="alloy", input="hi") as speech:
        sound = b"".join(speech.iter_bytes())
        sound_type = speech.headers["content-type"]
    transcript = client.audio.transcriptions.create(model=model, file=("a.wav", sound))
    heard = client.audio.transcriptions.create(model=model, file=("a.wav", sound), stream=True)
    moderation = client.moderations.create(model=model, input=["one", "two"])
    return {
        "pictures": len(pictures.data or []),
        "edited": len(edited.data or []),
        "sound": [sound[:4].decode(), len(sound), sound_type],
        "transcript": transcript.text.startswith("The mock deployment vectors-1 was sent a form of"),
        "events": [event.type for event in heard],
        "moderation": [moderation.model, len(moderation.results)],
    }


def models() -> dict[str, Any]:
    return {"ids": [model.id for model in client.models.list()], "one": client.models.retrieve("chat").id}


def raw_response() -> dict[str, Any]:
    response = client.chat.completions.with_raw_response.create(
        model="chat", messages=question, extra_headers={"x-request-id": "call-from-python"}
    )
    return {
        "headers": {name: value for name, value in response.headers.items() if name.startswith("x-huntgroup-")},
        "content": response.parse().choices[0].message.content,
    }


def described(error: openai.APIStatusError) -> dict[str, Any]:
    return {
        "class": type(error).__name__,
        "status": error.status_code,
        "type": error.type,
        "param": error.param,
        "code": error.code,
        "message": error.message,
        "retry_after": error.response.headers.get("retry-after"),
    }


def unknown_model() -> dict[str, Any]:
    try:
        client.chat.completions.create(model="no-such-model", messages=question)
    except openai.NotFoundError as error:
        return described(error)
    raise AssertionError("a model that does not exist answered")


def wrong_key() -> dict[str, Any]:
    try:
        client.with_options(api_key="not-the-key").models.list()
    except openai.AuthenticationError as error:
        return described(error)
    raise AssertionError("a wrong key was accepted")


def bad_request() -> dict[str, Any]:
    try:
        client.chat.completions.create(model="short", messages=question)
    except openai.BadRequestError as error:
        return described(error)
    raise AssertionError("a prompt that is too long was answered")


def rate_limit() -> dict[str, Any]:
    client.chat.completions.create(model="limited", messages=question)
    try:
        client.chat.completions.create(model="limited", messages=question)
    except openai.RateLimitError as error:
        return described(error)
    raise AssertionError("the second request within a minute was served")


def automatic_retry() -> dict[str, Any]:
    patient = client.with_options(max_retries=2)
    response = patient.chat.completions.with_raw_response.create(model="flaky", messages=question)
    return {"retries": response.retries_taken, "content": response.parse().choices[0].message.content}


scenarios.run(
    {
        "chat": chat,
        "stream": stream,
        "abandoned stream": abandoned_stream,
        "tools": tools,
        "embeddings": embeddings,
        "operations": operations,
        "models": models,
        "raw response": raw_response,
        "unknown model": unknown_model,
        "wrong key": wrong_key,
        "bad request": bad_request,
        "rate limit": rate_limit,
        "automatic retry": automatic_retry,
    }
)
