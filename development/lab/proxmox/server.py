"""The HTTPS server: one request goes through login, permission, node, parameters, work and answer, in PVE's order."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import ssl
from functools import partial
from typing import Any

from aiohttp import web

from development.lab.proxmox import agent, hardware, login, read, sdn, write
from development.lab.proxmox.auth import Caller
from development.lab.proxmox.conform import mismatches
from development.lab.proxmox.endpoint import Call, Endpoint, Handlers, granted_at
from development.lab.proxmox.errors import ApiError, died, not_implemented, refused, unreachable
from development.lab.proxmox.faults import AFTER, BEFORE, Fault, spoil
from development.lab.proxmox.permits import require
from development.lab.proxmox.schema import ApiTree, Method, load_tree
from development.lab.proxmox.validate import checked

BASE = "/api2/json"
HEADERS = {"Server": "pve-api-daemon/3.0", "Cache-Control": "max-age=0", "Pragma": "no-cache"}
HANDLERS: Handlers = {
    **read.HANDLERS,
    **agent.HANDLERS,
    **hardware.HANDLERS,
    **login.HANDLERS,
    **sdn.HANDLERS,
    **write.HANDLERS,
}
MAX_BODY_BYTES = 512 * 1024


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class ProxmoxServer:
    """Serves an endpoint over HTTPS on the loopback address."""

    def __init__(self, endpoint: Endpoint, tls: ssl.SSLContext, port: int = 0) -> None:
        self.endpoint = endpoint
        self.tree: ApiTree = load_tree()
        self.port = port
        self._tls = tls
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Listen; `port` is the real one from here on."""
        server = web.Server(self._answer, access_log=None)
        self._runner = web.ServerRunner(server, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening, close the connections and cancel the tasks."""
        await self.endpoint.tasks.stop()
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.endpoint.requests += 1
        path = request.path.removeprefix(BASE) or "/"
        self.endpoint.asked.append(path)
        if request.method != "GET":
            self.endpoint.written.append(f"{request.method} {path}")
        try:
            await self._meet(self.endpoint.faults.take(request.method, path, BEFORE))
            if not request.path.startswith(BASE):
                raise died(f"no such file '{request.path}'")
            data = await self._work(request, path)
        except ApiError as error:
            return _error_response(error)
        except Dropped:
            return _hang_up(request)
        met = self.endpoint.faults.take(request.method, path, AFTER)
        if any(fault.action == "lose" for fault in met):
            return _hang_up(request)
        return self._spoiled(met, data)

    async def _work(self, request: web.BaseRequest, path: str) -> Any:
        found = self.tree.find(request.method, path)
        world_may = found and (found[0].info.get("permissions") or {}).get("user") == "world"
        caller = Caller("") if world_may else self._caller(request)
        if found is None:
            raise not_implemented(request.method, path)
        method, places = found
        values = await _values(request, places)
        self._require(method, caller, values)
        self._reach(values)
        handler = HANDLERS.get((method.verb, method.path))
        if handler is None:
            raise ApiError(501, f"Method '{method.verb} {method.path}' not implemented in this lab")
        data = handler(Call(self.endpoint, caller, method, checked(method, values)))
        if inspect.isawaitable(data):
            data = await data
        self._hold_to_schema(method, data, min(self._majors(values)))
        return data

    def _require(self, method: Method, caller: Caller, values: dict[str, Any]) -> None:
        """Raise 403 unless both the node that is asked and the one it passes the question on to let the caller in."""
        for major in self._majors(values):
            require(method, caller, partial(granted_at, self.endpoint, caller, major=major), values, major)

    def _majors(self, values: dict[str, Any]) -> set[int]:
        """Return the releases of the nodes that a request passes."""
        passed = [self.endpoint.local_node, self.endpoint.world.nodes.get(str(values.get("node")))]
        return {self.endpoint.major_of(node) for node in passed if node}

    def _caller(self, request: web.BaseRequest) -> Caller:
        return self.endpoint.logins.caller(request.method, request.headers, request.cookies)

    def _reach(self, values: dict[str, Any]) -> None:
        """Raise what the proxying node says when the node of the path cannot be reached."""
        nodes = self.endpoint.world.nodes
        name = str(values["node"]) if "node" in values else self.endpoint.local_node.name
        if name not in nodes:
            raise died(
                f"hostname lookup '{name}' failed - failed to get address info for: {name}: Name or service not known"
            )
        if "node" in values and not nodes[name].online:
            raise unreachable()

    def _hold_to_schema(self, method: Method, data: Any, major: int) -> None:
        if self.endpoint.settings.strict:
            found = mismatches(method, data, major)
            if found:
                raise died(f"lab: the answer does not fit the schema of {method.verb} {method.path}: {found[0]}")

    async def _meet(self, faults: list[Fault]) -> None:
        for fault in faults:
            if fault.action == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.action == "drop":
                raise Dropped
            else:
                raise ApiError(fault.status, fault.reason)

    def _spoiled(self, faults: list[Fault], data: Any) -> web.Response:
        for fault in faults:
            if fault.action == "not_json":
                return web.Response(text='{"data": [', content_type="application/json", headers=HEADERS)
            if fault.action == "vanish" and fault.guest is not None:
                self.endpoint.world.guests.pop(fault.guest, None)
            data = spoil(fault.action, data)
        return _response({"data": data})


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


async def _values(request: web.BaseRequest, places: dict[str, str]) -> dict[str, Any]:
    """Return the parameters of query, body and path; a body repeats nothing that the path says."""
    values: dict[str, Any] = {}
    for name in request.query:
        found = request.query.getall(name)
        values[name] = "\0".join(found)  # as PVE joins what is repeated
    if request.can_read_body:
        values.update(await _body(request))
    for name, value in places.items():
        if str(values.get(name, value)) != value:
            raise refused({name: "duplicate parameter (already defined in URI)"})
        values[name] = value
    return values


async def _body(request: web.BaseRequest) -> dict[str, Any]:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise ApiError(413, f"request body too large - max {MAX_BODY_BYTES}")
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise died("malformed JSON string in request body") from None
        return {name: value for name, value in body.items() if value is not None}
    return dict(await request.post())


def _response(body: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(body), content_type="application/json", charset="utf-8", headers=HEADERS)


def _error_response(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"data": None, "message": f"{error.message}\n"}
    if error.errors:
        body["errors"] = error.errors
    reason = re.split(r"[\r\n]", error.message, maxsplit=1)[0]
    return web.Response(
        status=error.status, reason=reason, text=json.dumps(body), content_type="application/json", headers=HEADERS
    )
