"""A headless Chromium, spoken to over a pipe in its DevTools protocol. It notes everything that a page complains about."""
import json
import os
import select
import shutil
import signal
import subprocess
import time

from caller import PATIENCE, until

ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
             "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-default-apps", "--disable-extensions", "--mute-audio", "--autoplay-policy=no-user-gesture-required",
             "--remote-debugging-pipe")


def program():
    return shutil.which("chromium")


class Browser:
    def __init__(self, folder):
        """`folder`: an empty one, for its profile."""
        (their_input, self.output), (self.input, their_output) = os.pipe(), os.pipe()
        # The pipes must be its descriptors 3 and 4.
        script = 'exec 3<&%d 4>&%d; exec "$@"' % (their_input, their_output)
        environment = dict(os.environ, HOME=folder)
        self.process = subprocess.Popen(["bash", "-c", script, "bash", program(), *ARGUMENTS, "--user-data-dir=" + folder, "about:blank"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
                                        pass_fds=(their_input, their_output), start_new_session=True)
        os.close(their_input)
        os.close(their_output)
        self.buffer, self.number, self.session = b"", 0, None
        self.complaints, self.answers = [], []
        try:
            self.begin()
        except BaseException:
            self.end()
            raise

    def begin(self):
        target = self.call("Target.createTarget", {"url": "about:blank"}, session=None)["targetId"]
        self.session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, session=None)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def end(self):
        try:
            self.call("Browser.close", session=None)
            self.process.wait(PATIENCE)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        finally:
            os.close(self.input)
            os.close(self.output)

    def message(self, deadline):
        """The next message; what is no answer is noted."""
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.input], [], [], left)[0], "the browser is silent"
            data = os.read(self.input, 1 << 16)
            assert data, "the browser has ended"
            self.buffer += data
        text, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(text)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, params):
        if method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(params["args"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"])
        elif method == "Network.loadingFailed" and not params.get("canceled"):
            self.complaints.append(params)
        elif method == "Network.responseReceived":
            answer = params["response"]
            fields = {name.lower(): value for name, value in answer["headers"].items()}
            self.answers.append((answer["url"], answer["status"], fields))

    def call(self, method, params=None, session=""):
        """Sends a command and waits for its result."""
        self.number += 1
        command = {"id": self.number, "method": method, "params": params or {}}
        if session is not None:
            command["sessionId"] = self.session
        os.write(self.output, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + 3 * PATIENCE
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]

    def open(self, url):
        """Loads a page and waits until all of it is there."""
        frame = self.call("Page.navigate", {"url": url})
        assert "errorText" not in frame, frame
        self.await_value("document.readyState === 'complete' && location.href !== 'about:blank'", True)

    def value(self, expression):
        """What an expression, or its promise, gives in the page."""
        result = self.call("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def await_value(self, expression, wanted):
        """An expression that fails is not there yet: the page may just be another one."""
        def found():
            try:
                return self.value(expression) == wanted
            except AssertionError:
                return False
        until(found, "%s is %r (complaints: %r)" % (expression, wanted, self.complaints))
