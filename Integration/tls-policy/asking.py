"""The socketmap, asked as Postfix asks it; each yields (case, complaint, details), without complaint if good."""

import concurrent.futures

import cases_changes
import cases_questions

def socketmap(world, cases):
    """The answers themselves."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        yield from pool.map(lambda case: answered(world, case), cases)


def again(world, cases):
    """The answers that policies are behind, once more."""
    return socketmap(world, [case for case in cases if case.policy == "sts"])


def answered(world, case):
    answer = world.ask(case.domain)
    words = answer.removeprefix("OK ").split()
    first = words[0] if words else "nothing"
    complaint = None
    if first not in case.answers:
        complaint = f"{answer!r}, not {' | '.join(case.answers)}"
    elif first == "secure" and ("servername=hostname" not in words or not any(w.startswith("match=") for w in words)):
        complaint = f"{answer!r} without match and servername=hostname"
    return case, complaint, answer


def changes(world, _):
    """The same after some domains changed what they publish."""
    for change in cases_changes.CHANGES:
        answer = world.ask(change.domain)
        first = (answer.removeprefix("OK ").split() or ["nothing"])[0]
        yield change, None if first in change.answers else f"{answer!r}, not {' | '.join(change.answers)}", answer


def fetches(world, cases):
    """What the policy hosts saw of the daemon since it was started."""
    seen = {}
    for line in world.log("policy_hosts")[world.fetched_before:].splitlines():
        address, _, rest = line.partition(" ")
        seen.setdefault(address, []).append(rest)
    for case in cases:
        if case.sts and case.sts.serve != "closed":
            lines = seen.get(case.policy_address, [])
            yield case, fetched(case, lines), " · ".join(lines)


def fetched(case, lines):
    """A complaint about what was fetched from the policy host of a case."""
    has_record = case.policy != "none" and case.sts.txt and all(
        case.name != f"sts-{each}" for each in ("two-txt", "bad-id", "long-id", "no-id", "bad-version", "txt-bogus"))
    if case.sts.private or not has_record:
        return "connected to" if lines else None
    hellos = [line for line in lines if line.endswith(" hello")]
    requests = [line for line in lines if not line.endswith(" hello")]
    if hellos != [f"mta-sts.{case.domain} hello"]:
        return f"not one connection with the name of the policy host: {hellos}"
    # Nobody asks a policy host with a bad certificate for anything.
    right = ["/.well-known/mta-sts.txt"] if case.sts.certificate in ("web", "wild") else []
    return None if [line.split()[0] for line in requests] == right else f"asked for {requests}"


def questions(world, _):
    """Next hops that are no domains of the table: Postfix asks for them as well."""
    for question in cases_questions.QUESTIONS:
        answer = world.ask(question.domain, question.map)
        first = (answer.removeprefix("OK ").split() or ["nothing"])[0]
        complaint = None if first in question.answers else f"{answer!r}, not {' | '.join(question.answers)}"
        yield question, complaint, answer
