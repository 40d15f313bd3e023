"""HTTP as curl speaks it."""
import json
import subprocess


class Reply:
    """What curl printed: the status, the headers in lower case, the body."""

    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        while head.startswith(b"HTTP/1.1 100"):
            head, _, self.body = self.body.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def json(self):
        return json.loads(self.body)


def curl_command(node, path, *flags):
    return ["curl", "--silent", "--show-error", "--include", "--max-time", "30", *flags, f"http://{node.address}{path}"]


def curl(node, path, *flags, stdin=None):
    done = subprocess.run(curl_command(node, path, *flags), input=stdin, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise OSError(f"curl: {done.returncode}: {done.stderr.decode()}")
    return Reply(done.stdout)
