"""The protocol of pygls, in which every request is answered, also one that cannot be read."""

from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import JsonRPCNotification

if TYPE_CHECKING:
    from concurrent.futures import Future

_IGNORED = "$/ignored"


class Declined(JsonRpcException):
    """A request that is answered with a reason why not; nothing has gone wrong."""

    CODE = -32803  # RequestFailed
    MESSAGE = "declined"


class Protocol(LanguageServerProtocol):
    """What a message becomes, and what is sent."""

    def structure_message(self, data: dict[str, Any]) -> Any:  # noqa: ANN401  (as the class that it is one of)
        """The message that JSON is. A request that is none is answered with an error, and ignored."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            return JsonRPCNotification(_IGNORED, self.VERSION, None)

    def _send_handler_result(self, future: "Future[Any]", *, msg_id: str | int) -> None:
        """Send what a request came to; of what was declined there is nothing to log."""
        declined = None if future.cancelled() else future.exception()
        if isinstance(declined, Declined):
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=declined.to_response_error())
        else:
            super()._send_handler_result(future, msg_id=msg_id)
