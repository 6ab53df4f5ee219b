"""A tool loop by Python's official openai package: python native_client.py BASE_URL KEY MODEL FIRST_REQUEST TOOL_RESULT.

The model thinks, calls a tool, gets its result and answers in JSON. FIRST_REQUEST is OpenAI's JSON without the model; the model's message goes
back as it came. MODEL may be several, with commas.
"""

import json
import sys
from typing import Any

import openai

import scenarios

base_url, key, models, first_request, tool_result = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)
request: dict[str, Any] = json.loads(first_request)

def ask(model: str, messages: list[Any], streamed: bool) -> dict[str, Any]:
    arguments = {**request, "model": model, "messages": messages}
    if not streamed:
        completion = client.chat.completions.create(**arguments)
        choice = completion.choices[0]
        message = choice.message.model_dump(exclude_none=True)
        usage = completion.usage.model_dump() if completion.usage else {}
        return {"message": message, "finish_reason": choice.finish_reason, "usage": usage}
    chunks = client.chat.completions.create(**arguments, stream=True, stream_options={"include_usage": True})
    return gathered([chunk.model_dump(exclude_none=True) for chunk in chunks])


def gathered(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    content = reasoning = ""
    finish_reason = None
    usage: dict[str, Any] = {}
    blocks: list[dict[str, Any]] = []
    calls: dict[int, dict[str, Any]] = {}
    is_open = False
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices", []):
            finish_reason = choice.get("finish_reason") or finish_reason
            delta = choice.get("delta", {})
            content += delta.get("content") or ""
            reasoning += delta.get("reasoning_content") or ""
            for piece in delta.get("thinking_blocks", []):
                if not is_open:
                    blocks.append({"type": "thinking", "thinking": "", "signature": ""})
                blocks[-1]["thinking"] += piece.get("thinking", "")
                blocks[-1]["signature"] += piece.get("signature", "")
                is_open = not piece.get("signature")
            for piece in delta.get("tool_calls", []):
                call = calls.setdefault(
                    piece["index"], {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
                )
                call["id"] += piece.get("id") or ""
                function = piece.get("function", {})
                call["function"]["name"] += function.get("name") or ""
                call["function"]["arguments"] += function.get("arguments") or ""
                if "provider_specific_fields" in piece:
                    call["provider_specific_fields"] = piece["provider_specific_fields"]
    message: dict[str, Any] = {"role": "assistant", "content": content or None, "reasoning_content": reasoning}
    if blocks:
        message["thinking_blocks"] = blocks
    if calls:
        message["tool_calls"] = list(calls.values())
    return {"message": message, "finish_reason": finish_reason, "usage": usage}


def loop(model: str, streamed: bool) -> dict[str, Any]:
    messages = list(request["messages"])
    called = ask(model, messages, streamed)
    call = called["message"]["tool_calls"][0]
    result = {"role": "tool", "tool_call_id": call["id"], "content": tool_result}
    return {"first": called, "second": ask(model, [*messages, called["message"], result], streamed)}


scenarios.run(
    {
        f"{model}, {'streamed' if streamed else 'whole'}": lambda model=model, streamed=streamed: loop(model, streamed)
        for model in models.split(",")
        for streamed in (False, True)
    }
)
