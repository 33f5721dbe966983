"""The Fleet API's answers by Flower's own classes, without Flower's server."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pywebml.distributed.federated.lesson import ARRAYS
from pywebml.distributed.fleet.node import HEARTBEAT, Answer

pytest.importorskip("flwr", reason="Flower's own messages")

from flwr.app import Array, ArrayRecord, ConfigRecord, Message, RecordDict
from flwr.app.metadata import Metadata
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.proto import fleet_pb2, heartbeat_pb2, message_pb2
from flwr.supercore.inflatable.inflatable_object import get_all_nested_objects, get_object_tree
from flwr.supercore.inflatable.inflatable_utils import inflate_object_from_contents

ME = 2**63 + 5  # ids are of 64 bits without a sign
PUBLIC = b"PEM"


class Server:
    """A message for each of `types`, with these arrays and this config."""

    def __init__(
        self,
        *types: str,
        arrays: Sequence[Any] = tuple(np.full((2, 2), i, np.float32) for i in range(4)),
        config: Mapping[str, Any] = {"classes": ["a", "b"]},  # only read
    ):
        self.arrays, self.config = arrays, config
        self.waiting = list(types)
        self.asked: list[str] = []
        self.contents: dict[str, bytes] = {}
        self.replies: list[Message] = []
        self.late = 1

    async def post(self, call: str, body: bytes) -> Answer:
        self.asked.append(call)
        answer = getattr(self, call.replace("-", "_"))(body)
        return answer if isinstance(answer, Answer) else Answer(200, answer.SerializeToString())

    def register_node(self, body: bytes) -> Any:
        assert fleet_pb2.RegisterNodeFleetRequest.FromString(body).public_key == PUBLIC
        return fleet_pb2.RegisterNodeFleetResponse(node_id=ME)

    def activate_node(self, body: bytes) -> Any:
        asked = fleet_pb2.ActivateNodeRequest.FromString(body)
        assert asked.public_key == PUBLIC and asked.heartbeat_interval == HEARTBEAT
        return fleet_pb2.ActivateNodeResponse(node_id=ME)

    def pull_messages(self, body: bytes) -> Any:
        assert fleet_pb2.PullMessagesRequest.FromString(body).node.node_id == ME
        if not self.waiting:
            return fleet_pb2.PullMessagesResponse()
        arrays = {name: Array(each) for name, each in zip(ARRAYS, self.arrays, strict=True)}
        config = ConfigRecord({"server-round": 2, **self.config})
        records = RecordDict({"config": config, "arrays": ArrayRecord(arrays)})
        metadata = Metadata(7, "", 1, ME, "", "2", time.time(), 3600.0, self.waiting.pop(0))
        message = Message(metadata=metadata, content=records)
        metadata.__dict__["_message_id"] = message.object_id
        self.contents = {
            name: each.deflate() for name, each in get_all_nested_objects(message).items()
        }
        tree = get_object_tree(message)
        return fleet_pb2.PullMessagesResponse(
            messages_list=[message_to_proto(message)], message_object_trees=[tree]
        )

    def pull_object(self, body: bytes) -> Any:
        asked = message_pb2.PullObjectRequest.FromString(body)
        assert asked.run_id == 7
        self.late -= 1
        if self.late == 0:
            return message_pb2.PullObjectResponse(object_found=True)
        return message_pb2.PullObjectResponse(
            object_found=True, object_available=True, object_content=self.contents[asked.object_id]
        )

    def confirm_message_received(self, body: bytes) -> Any:
        asked = message_pb2.ConfirmMessageReceivedRequest.FromString(body)
        assert asked.message_object_id in self.contents
        return message_pb2.ConfirmMessageReceivedResponse()

    def push_messages(self, body: bytes) -> Any:
        pushed = fleet_pb2.PushMessagesRequest.FromString(body)
        assert pushed.clientapp_runtime_list[0] >= 0
        self.pushed, self.tree = pushed.messages_list[0], pushed.message_object_trees[0]
        self.contents = {}
        ids = {self.tree.object_id}
        below = list(self.tree.children)
        while below:
            ids.add(below[-1].object_id)
            below += below.pop().children
        self.missing = ids
        return fleet_pb2.PushMessagesResponse(objects_to_push=sorted(ids), session_id="s")

    def push_object(self, body: bytes) -> Any:
        pushed = message_pb2.PushObjectRequest.FromString(body)
        assert pushed.session_id == "s" and pushed.run_id == 7
        self.contents[pushed.object_id] = pushed.object_content
        self.missing.discard(pushed.object_id)
        if not self.missing:
            said = message_from_proto(self.pushed)
            reply = inflate_object_from_contents(self.tree.object_id, self.contents)
            assert isinstance(reply, Message) and reply.object_id == said.metadata.message_id
            assert reply.metadata.src_node_id == ME and reply.metadata.dst_node_id == 1
            assert reply.metadata.reply_to_message_id and reply.metadata.ttl > 3500
            self.replies.append(reply)
        return message_pb2.PushObjectResponse(stored=True)

    def send_node_heartbeat(self, body: bytes) -> Any:
        assert heartbeat_pb2.SendNodeHeartbeatRequest.FromString(body).node.node_id == ME
        return heartbeat_pb2.SendNodeHeartbeatResponse(success=True)

    def deactivate_node(self, body: bytes) -> Any:
        assert fleet_pb2.DeactivateNodeRequest.FromString(body).node_id == ME
        return fleet_pb2.DeactivateNodeResponse()

    def unregister_node(self, body: bytes) -> Any:
        return fleet_pb2.UnregisterNodeFleetResponse()
