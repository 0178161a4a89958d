"""A name server that knows the names of a test and nothing else."""
import socket
import struct
import threading


class NameServer:
    """Answers over UDP on port 53 of `address`, or on any free one: `names` is {name: IPv4 address}; every other name does not exist."""

    def __init__(self, names, address="127.0.0.1", port=0):
        self.names, self.asked = names, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                question, caller = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(question), caller)
            except OSError:
                return

    def answer(self, question):
        """RFC 1035 4.1: the question again, and an address where there is one."""
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        kind = struct.unpack("!H", question[at + 1:at + 3])[0]
        name = ".".join(labels).lower()
        self.asked.append(name)
        records = b""
        if kind == 1 and name in self.names:
            records = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(self.names[name])
        flags = 0x8580 if name in self.names else 0x8583  # an authority's answer; code 3: no such name
        return question[:2] + struct.pack("!HHHHH", flags, 1, bool(records), 0, 0) + question[12:at + 5] + records

    def close(self):
        self.socket.close()
