"""grpcio with code generated from proto/, as a microservice uses it: python grpc_client.py HOST:PORT KEY BODY.

BODY is the JSON of a request to `POST /v1/chat/completions`.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import json_format
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from huntgroup.v1 import admin_pb2, admin_pb2_grpc, chat_pb2, chat_pb2_grpc

import scenarios

address, key, rest_body = sys.argv[1:]
channel = grpc.insecure_channel(address)
chat_service = chat_pb2_grpc.ChatServiceStub(channel)
admin_service = admin_pb2_grpc.AdminServiceStub(channel)
with_key = (("authorization", f"Bearer {key}"),)

# Long enough for a slow machine; a call that takes it all has failed.
patience_s = 30.0
# Bounds the wait for what is far sooner on any machine.
longest_until_free_s = 30.0


def request(model: str) -> chat_pb2.ChatCompletionRequest:
    message = chat_pb2.ChatCompletionRequest(model=model)
    message.messages.add(role="user").content.string_value = "Which line is free?"
    return message


def deployments(group: str) -> list[admin_pb2.Deployment]:
    asked = admin_pb2.ListDeploymentsRequest(group=group)
    return list(admin_service.ListDeployments(asked, timeout=patience_s, metadata=with_key).deployments)


def until_free(group: str) -> dict[str, Any]:
    """Waits, on the connection that stays open, for the group's one deployment to have nothing in flight."""
    started = time.monotonic()
    while (state := deployments(group)[0]).in_flight > 0 and time.monotonic() - started < longest_until_free_s:
        time.sleep(0.005)
    return {
        "in_flight": state.in_flight,
        "begun": state.used_rpm,
        "after_ms": round((time.monotonic() - started) * 1000),
    }


def described(error: Any) -> dict[str, Any]:
    """A status with its details, which travel in `grpc-status-details-bin`."""
    status = rpc_status.from_call(error)
    details: dict[str, Any] = {}
    for detail in status.details if status else []:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo):
            if detail.Is(kind.DESCRIPTOR):
                unpacked = kind()
                detail.Unpack(unpacked)
                details[kind.DESCRIPTOR.name] = json_format.MessageToDict(unpacked)
    return {"code": error.code().name, "message": error.details(), "details": details}


def unary() -> dict[str, Any]:
    reply, call = chat_service.ChatCompletion.with_call(
        request("chat"), timeout=patience_s, metadata=(*with_key, ("x-request-id", "call-from-python"))
    )
    return {
        "reply": json_format.MessageToDict(reply, preserving_proto_field_name=True),
        "metadata": {name: value for name, value in call.initial_metadata() if name.startswith("x-huntgroup-")},
    }


def stream() -> dict[str, Any]:
    asked = request("chat")
    asked.stream_options.include_usage = True
    pieces = list(chat_service.ChatCompletionStream(asked, timeout=patience_s, metadata=with_key))
    choices = [choice for piece in pieces for choice in piece.choices]
    return {
        "objects": sorted({piece.object for piece in pieces}),
        "ids": len({piece.id for piece in pieces}),
        "pieces": sum(1 for choice in choices if choice.delta.content),
        "content": "".join(choice.delta.content for choice in choices),
        "finish_reasons": [choice.finish_reason for choice in choices if choice.finish_reason],
        "completion_tokens": pieces[-1].usage.completion_tokens,
    }


def rest_body_is_message() -> dict[str, Any]:
    body = json.loads(rest_body)
    message = json_format.ParseDict(body, chat_pb2.ChatCompletionRequest())
    reply = chat_service.ChatCompletion(message, timeout=patience_s, metadata=with_key)
    return {
        "same": json_format.MessageToDict(message, preserving_proto_field_name=True) == body,
        "tool_calls": [
            json_format.MessageToDict(call, preserving_proto_field_name=True)
            for call in reply.choices[0].message.tool_calls
        ],
        "extra": json_format.MessageToDict(reply.extra),
    }


def ever_longer() -> Iterator[float]:
    """Deadlines to try until one lets the call get where it should: how long that takes is the machine's business."""
    timeout_s = 0.2
    while timeout_s < patience_s:
        yield timeout_s
        timeout_s *= 2


def deadline() -> dict[str, Any]:
    for timeout_s in ever_longer():
        try:
            chat_service.ChatCompletion(request("slow-unary"), timeout=timeout_s, metadata=with_key)
        except grpc.RpcError as error:
            deployment = until_free("slow-unary")
            if deployment["begun"] > 0:
                return {"code": error.code().name, "deployment": deployment}
        else:
            raise AssertionError("a reply came before the deadline")
    raise AssertionError("the call never reached a deployment")


def deadline_of_stream() -> dict[str, Any]:
    for timeout_s in ever_longer():
        content = ""
        try:
            for piece in chat_service.ChatCompletionStream(request("endless-deadline"), timeout=timeout_s, metadata=with_key):
                content += piece.choices[0].delta.content if piece.choices else ""
        except grpc.RpcError as error:
            deployment = until_free("endless-deadline")
            if content != "":
                return {"code": error.code().name, "received": True, "deployment": deployment}
        else:
            raise AssertionError("an endless stream ended")
    raise AssertionError("no piece came before a deadline")


def cancel() -> dict[str, Any]:
    pieces = chat_service.ChatCompletionStream(request("endless-cancel"), timeout=patience_s, metadata=with_key)
    next(piece for piece in pieces if piece.choices and piece.choices[0].delta.content)
    in_flight = deployments("endless-cancel")[0].in_flight
    pieces.cancel()
    return {"before": in_flight, "code": pieces.code().name, "deployment": until_free("endless-cancel")}


def unknown_model() -> dict[str, Any]:
    try:
        chat_service.ChatCompletion(request("no-such-model"), timeout=patience_s, metadata=with_key)
    except grpc.RpcError as error:
        return described(error)
    raise AssertionError("a model that does not exist answered")


def rate_limit() -> dict[str, Any]:
    chat_service.ChatCompletion(request("limited"), timeout=patience_s, metadata=with_key)
    try:
        # A stream's error comes in the trailers of a reply without messages.
        list(chat_service.ChatCompletionStream(request("limited"), timeout=patience_s, metadata=with_key))
    except grpc.RpcError as error:
        return described(error)
    raise AssertionError("the second request within a minute was served")


def no_key() -> dict[str, Any]:
    found: dict[str, Any] = {}
    calls = {
        "chat": lambda: chat_service.ChatCompletion(request("chat"), timeout=patience_s),
        "admin": lambda: admin_service.ListDeployments(admin_pb2.ListDeploymentsRequest(), timeout=patience_s),
    }
    for name, call in calls.items():
        try:
            call()
        except grpc.RpcError as error:
            found[name] = described(error)
    return found


def health() -> dict[str, Any]:
    stub = health_pb2_grpc.HealthStub(channel)

    def status(service: str) -> str:
        try:
            reply = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=patience_s)
        except grpc.RpcError as error:
            return error.code().name
        return health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)

    watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=patience_s)
    first = next(iter(watch))
    watch.cancel()
    return {
        "server": status(""),
        "chat": status("huntgroup.v1.ChatService"),
        "unknown": status("no.such.Service"),
        "watch": health_pb2.HealthCheckResponse.ServingStatus.Name(first.status),
    }


def set_weights() -> dict[str, Any]:
    asked = admin_pb2.SetWeightsRequest(weights={"pair-a": 0, "pair-b": 3})
    changes = admin_service.SetWeights(asked, timeout=patience_s, metadata=with_key).changes
    served = set()
    for _ in range(5):
        _, call = chat_service.ChatCompletion.with_call(request("pair"), timeout=patience_s, metadata=with_key)
        served.add(dict(call.initial_metadata())["x-huntgroup-model-id"])
    return {
        "changes": {change.deployment_id: [change.before, change.after] for change in changes},
        "served": sorted(served),
        "eligibility": {
            one.id: admin_pb2.Eligibility.Name(one.eligibility) for one in deployments("pair")
        },
    }


def set_unknown_weight() -> dict[str, Any]:
    before = {one.id: one.weight for one in deployments("pair")}
    try:
        asked = admin_pb2.SetWeightsRequest(weights={"pair-a": 7, "pair-z": 1})
        admin_service.SetWeights(asked, timeout=patience_s, metadata=with_key)
    except grpc.RpcError as error:
        after = {one.id: one.weight for one in deployments("pair")}
        return {**described(error), "unchanged": before == after}
    raise AssertionError("the weight of a deployment that does not exist was set")


scenarios.run(
    {
        "unary": unary,
        "stream": stream,
        "rest body": rest_body_is_message,
        "deadline": deadline,
        "deadline of a stream": deadline_of_stream,
        "cancel": cancel,
        "unknown model": unknown_model,
        "rate limit": rate_limit,
        "no key": no_key,
        "health": health,
        "set weights": set_weights,
        "set unknown weight": set_unknown_weight,
    }
)
