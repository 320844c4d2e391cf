# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP as the phone app speaks it: one connection, a session's token."""
import base64
import http.client
import json
import urllib.parse

BOUNDARY = "phone-model-boundary"


class Refused(Exception):
    """An answer that the step did not expect."""


class Client:
    def __init__(self, url, token=None):
        parts = urllib.parse.urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.token = token
        self.connection = http.client.HTTPConnection(*self.address, timeout=120)

    def ask(self, method, path, body=None, headers=None):
        """(status, bytes). A connection that the server closed meanwhile is opened again once."""
        headers = dict(headers or {})
        if self.token:
            headers["x-immich-user-token"] = self.token
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        for attempt in (1, 2):
            try:
                self.connection.request(method, "/api" + path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, OSError):
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def json(self, method, path, body=None, wanted=(200, 201, 204)):
        status, data = self.ask(method, path, body)
        if status not in wanted:
            raise Refused(f"{method} {path}: {status} {data[:300]!r}")
        return json.loads(data) if data and status < 300 else None

    def stream(self, body, most_lines=None):
        """The lines of a stream; with @most_lines the connection is cut off after so many."""
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        connection.request("POST", "/api/sync/stream", json.dumps(body),
                           {"Content-Type": "application/json", "x-immich-user-token": self.token})
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(f"POST /sync/stream: {answer.status} {answer.read()[:300]!r}")
        count = 0
        try:
            while most_lines is None or count < most_lines:
                line = answer.readline()
                if not line:
                    return
                assert line.endswith(b"\n") and len(line) > 1, f"an unterminated or empty line: {line!r}"
                yield json.loads(line)
                count += 1
        finally:
            connection.close()

    # ---- uploads ----

    def upload(self, name, data, **more):
        """As the app does it. The asset's id."""
        fields = {"fileCreatedAt": "2024-08-13T10:00:00.000Z", "fileModifiedAt": "2024-08-13T10:00:00.000Z",
                  "isFavorite": "false", "duration": "0", "deviceAssetId": name, "deviceId": "model"} | more
        parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                 for key, value in fields.items()]
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="assetData"; filename="{name}"\r\n'
                     "Content-Type: application/octet-stream\r\n\r\n")
        body = "".join(parts).encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
        status, answer = self.ask("POST", "/assets", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
        if status not in (200, 201):
            raise Refused(f"upload of {name}: {status} {answer[:300]!r}")
        return json.loads(answer)["id"]

    def upload_on_the_page(self, name, data):
        """As the web page does it: what was deleted for good comes back as a new asset."""
        encode = lambda text: base64.b64encode(text.encode()).decode()
        headers = {"Cookie": f"immich_access_token={self.token}", "Tus-Resumable": "1.0.0"}
        connection = http.client.HTTPConnection(*self.address, timeout=120)
        connection.request("POST", "/api/uploads", b"", headers | {
            "Upload-Length": str(len(data)), "Upload-Metadata": f"filename {encode(name)}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise Refused(f"POST /uploads: {answer.status}")
        connection.request("PATCH", answer.headers["Location"], data, headers | {
            "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 204:
            raise Refused(f"PATCH of {name}: {answer.status}")


def sign_in(url, email, password):
    client = Client(url)
    client.token = client.json("POST", "/auth/login", {"email": email, "password": password})["accessToken"]
    return client
