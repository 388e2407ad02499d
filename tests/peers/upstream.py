"""A plain FastAPI app that tells what reached it.

It stands for any team's API behind the gateway: nothing in it knows of a gateway.
Prints ``listening http://127.0.0.1:PORT`` on stdout once it serves.
"""

import asyncio
import base64
import os
import socket
import stat
import sys
import threading
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, StreamingResponse

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NO_BODY = {204, 205, 304}

app = FastAPI(openapi_url=None)


def pairs(raw: list[tuple[bytes, bytes]]) -> list[list[str]]:
    """Headers in order, repeated ones repeated (names are lower case in ASGI)."""
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in raw]


def text_or_base64(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode("ascii")}


@app.get("/sse")
async def sse(count: int = 5, interval: float = 0.2) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        for number in range(count):
            yield f"id: {number}\ndata: event {number}\n\n"
            await asyncio.sleep(interval)

    return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-cache"})


@app.websocket("/ws")
async def echo_socket(socket: WebSocket) -> None:
    """Sends each message back; the text ``headers`` is answered by those of the handshake."""
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") == "headers":
                await socket.send_json(pairs(socket.scope["headers"]))
            elif message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        return


@app.get("/slow")
async def slow(seconds: float = 1.0) -> dict[str, float]:
    await asyncio.sleep(seconds)
    return {"slept": seconds}


@app.api_route("/status/{code}", methods=METHODS)
async def status(code: int) -> Response:
    if code in NO_BODY:
        return Response(status_code=code)
    return JSONResponse({"status": code}, status_code=code)


@app.get("/cookies")
async def cookies() -> JSONResponse:
    response = JSONResponse({"cookies": 2})
    response.headers.append("set-cookie", "first=1; Path=/")
    response.headers.append("set-cookie", "second=2; Path=/; HttpOnly")
    return response


@app.get("/cache")
async def cache() -> JSONResponse:
    return JSONResponse({"cache": True}, headers={"cache-control": "public, max-age=60"})


@app.get("/chunked")
async def chunked(count: int = 5) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        for number in range(count):
            yield f"part {number}\n"
            await asyncio.sleep(0)

    return StreamingResponse(parts(), media_type="text/plain")


@app.api_route("/upload", methods=["POST", "PUT"])
async def upload(request: Request) -> dict[str, int]:
    received = chunks = 0
    async for chunk in request.stream():
        received += len(chunk)
        chunks += 1
    return {"bytes": received, "chunks": chunks}


@app.api_route("/{path:path}", methods=METHODS)
async def echo(request: Request) -> JSONResponse:
    """Everything else: the request as it arrived."""
    scope = request.scope
    return JSONResponse({
        "method": request.method,
        "path": scope["raw_path"].decode("latin-1"),
        "query": scope["query_string"].decode("latin-1"),
        "headers": pairs(scope["headers"]),
        **text_or_base64(await request.body()),
        "scheme": scope["scheme"],
        "http_version": scope["http_version"],
        "client": list(scope["client"]),
    })


class Server(uvicorn.Server):
    """Tells its address once connections are accepted."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or []:
            print(f"listening http://127.0.0.1:{bound.getsockname()[1]}", flush=True)


def end_with_starter(server: Server) -> None:
    """Ends when whoever holds the other end of stdin is gone."""
    mode = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return

    def watch() -> None:
        while os.read(0, 4096):
            pass
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    bound = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    end_with_starter(server)
    server.run(sockets=[bound])
    return 0


if __name__ == "__main__":
    sys.exit(main())
