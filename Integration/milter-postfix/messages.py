"""Messages as octets, with CR LF at their line ends."""

import time

counter = 0


def message(author="Ann <ann@good.example>", *extra, subject="hello", body="How are you?\r\n", to="you@example.org"):
    """A message. `extra` are further fields, as whole lines without CR LF; `author` None leaves From out."""
    global counter
    counter += 1
    lines = [] if author is None else [f"From: {author}"]
    lines += [f"To: {to}", f"Subject: {subject}",
              time.strftime("Date: %a, %d %b %Y %H:%M:%S +0000", time.gmtime()),
              f"Message-ID: <{counter}.{time.time_ns()}@client.test>", *extra]
    if isinstance(body, str):
        body = body.encode("utf-8")
    return "".join(line + "\r\n" for line in lines).encode("utf-8") + b"\r\n" + body


def from_domain(domain, *extra, **more):
    return message(f"Someone <someone@{domain}>", *extra, **more)


def results(field):
    """The results of an Authentication-Results field: (name of the server, a list of (method, result, properties)).

    Of properties only the last value of each name counts. Comments are left out.
    """
    parts, depth, quoted, text = [], 0, False, ""
    for sign in field.text:
        if sign == '"' and not depth:
            quoted = not quoted
        elif not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")":
            depth -= 1
            continue
        if depth:
            continue
        if sign == ";" and not quoted:
            parts.append(text)
            text = ""
        else:
            text += sign
    parts.append(text)
    found = []
    for part in parts[1:]:
        words = [word.partition("=") for word in part.split() if "=" in word]
        if words:
            found.append((words[0][0], words[0][2], {name: value.strip('"') for name, _, value in words[1:]}))
    return parts[0].strip(), found
