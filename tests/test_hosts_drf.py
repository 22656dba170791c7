"""Permissions of Django REST framework, in front of views that load for themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAdminUser
from rest_framework.response import Response
from rest_framework.views import exception_handler
from rest_framework.viewsets import GenericViewSet

from remit.hosts import drf
from remit.hosts.endpoints import ATTRIBUTE
from remit.hosts.guard import Guard
from tests import hosting
from tests.hosting import Desk, Document, Table

ANN = {"Authorization": "Bearer ann"}
STRANGER = {"Authorization": "Bearer stranger"}


@pytest.fixture
def guard() -> Guard:
    return Guard(hosting.engine(), Table())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def viewing(desk: Desk, *permissions: type, handler: Callable[..., Any] | None = None) -> Any:
    """A view as the framework's generic ones are: `get_object` asks for permission on what it finds."""

    class Documents(GenericViewSet):
        permission_classes = permissions

        def get_object(self) -> Document:
            if self.kwargs["id"] == "gone":
                raise NotFound
            found = desk.document(self.kwargs["id"])
            if found is None:
                raise Http404
            self.check_object_permissions(self.request, found)
            return found

        def retrieve(self, request: Any, **_route: str) -> Any:
            found = self.get_object()
            assert request.access.resource is found
            return Response(found.id)

        def lazy(self, request: Any, **_route: str) -> Any:
            desk.handled.append(request.access.resource.id)
            return Response("never asked")

        def another(self, request: Any, **_route: str) -> Any:
            self.check_object_permissions(request, Document("other", tenant="other"))
            raise AssertionError

        def get_exception_handler(self) -> Any:
            return handler or super().get_exception_handler()

    return Documents


def drf_answer(
    view: Any, headers: dict[str, str] | None = ANN, method: str = "get", id_: str = "plan"
) -> Any:
    answer = view(getattr(RequestFactory(headers=headers or {}), method)("/"), id=id_)
    return answer.render() if hasattr(answer, "render") else answer


def test_a_view_s_own_object_is_loaded_once_and_decided_about(guard: Guard, desk: Desk) -> None:
    view = viewing(desk, drf.allowed(guard, "read", Document)).as_view({"get": "retrieve"})
    assert drf_answer(view).content == b'"plan"'
    assert desk.loads == ["plan"]
    assert drf_answer(view, STRANGER).content == b'{"title":"Forbidden","status":403}'
    assert drf_answer(view, id_="none").content == b'{"title":"Not Found","status":404}'
    assert drf_answer(view, id_="gone").content == b'{"title":"Not Found","status":404}'
    assert drf_answer(view, {}).status_code == 401
    assert desk.loads == ["plan", "plan", "none"]


def test_a_handler_that_never_asks_is_guarded_all_the_same(guard: Guard, desk: Desk) -> None:
    view = viewing(desk, drf.allowed(guard, "read", Document)).as_view({"get": "lazy"})
    assert drf_answer(view, STRANGER).status_code == 403
    assert not desk.handled
    assert drf_answer(view).status_code == 200
    assert desk.handled == ["plan"]


def test_another_object_that_a_handler_asks_about_is_decided_about(guard: Guard, desk: Desk) -> None:
    view = viewing(desk, drf.allowed(guard, "read", Document)).as_view({"get": "another"})
    assert drf_answer(view).status_code == 403


def test_actions_go_by_the_viewset_s_or_by_methods(guard: Guard, desk: Desk) -> None:
    through = drf.allowed(
        guard, {"retrieve": "read", "lazy": "write", "HEAD": "delete", "POST": "share"}, Document
    )
    view = viewing(desk, through).as_view({"get": "retrieve", "put": "lazy", "delete": "another"})
    assert drf_answer(view).status_code == 200
    assert drf_answer(view, method="put").status_code == 403
    assert drf_answer(view, method="delete").content == b'{"title":"Forbidden","status":403}'
    by_method = drf.allowed(guard, {"GET": "read"}, Document)
    view = viewing(desk, by_method).as_view({"get": "retrieve"})
    assert drf_answer(view, method="head").status_code == 200
    assert {each.action for each in getattr(through, ATTRIBUTE)} == {"read", "write", "delete", "share"}


def test_two_permissions_load_once(guard: Guard, desk: Desk) -> None:
    through = (drf.allowed(guard, "read", Document), drf.allowed(guard, "write", Document))
    view = viewing(desk, *through).as_view({"get": "retrieve"})
    assert drf_answer(view, {"Authorization": "Bearer editor"}).content == b'"plan"'
    assert desk.loads == ["plan"]
    assert drf_answer(view).status_code == 403


def test_any_exception_handler_has_status_and_challenge_right(guard: Guard, desk: Desk) -> None:
    through = drf.allowed(guard, "read", Document)
    view = viewing(desk, through, handler=exception_handler).as_view({"get": "retrieve"})
    answer = drf_answer(view, {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_other_exceptions_are_the_framework_s(desk: Desk) -> None:
    view = viewing(desk, IsAdminUser).as_view({"get": "retrieve"})
    assert drf_answer(view, {}).status_code == 403
    assert b"detail" in drf_answer(view, {}).content
