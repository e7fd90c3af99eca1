"""Reads a message from descriptor 0 as Python's email package does; what it finds goes to descriptor 1 as JSON."""

import email
import email.generator
import io
import json
import sys


def octets(message):
    out = io.BytesIO()
    email.generator.BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(message)
    return out.getvalue().decode("latin-1")


whole = email.message_from_bytes(sys.stdin.buffer.read())
words, status, original = whole.get_payload()
is_whole = original.get_content_type() == "message/rfc822"
json.dump(
    {
        "type": whole.get_content_type(),
        "report": whole.get_param("report-type"),
        "encodings": [part["Content-Transfer-Encoding"] for part in (whole, words, status, original)],
        "types": [part.get_content_type() for part in (words, status, original)],
        "charset": words.get_content_charset(),
        "words": words.get_payload(decode=True).decode("latin-1"),
        "groups": [group.items() for group in status.get_payload()],
        "original": octets(original.get_payload(0)) if is_whole else original.get_payload(decode=True).decode("latin-1"),
        "defects": [str(defect) for part in whole.walk() for defect in part.defects],
    },
    sys.stdout,
)
