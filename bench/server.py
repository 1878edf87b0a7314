"""A server for requests on kept connections that answers all of them alike. It prints its port."""

import socket
import threading

BODY = b"a small answer\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b""
    while part := connection.recv(65536):
        rest += part
        *requests, rest = rest.split(b"\r\n\r\n")
        if requests:
            connection.sendall(ANSWER * len(requests))


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
