"""pyspf over the scenario's zone. usage: pyspf_peer.py FOLDER

Reads FOLDER/zone.json and FOLDER/envelopes.json, writes FOLDER/pyspf.json: for each envelope the result, the
explanation, and the names that were asked for."""
import json
import pathlib
import sys

import spf

folder = pathlib.Path(sys.argv[1])
zone = {tuple(key.rsplit(' ', 1)): value for key, value in json.loads((folder / 'zone.json').read_text()).items()}
asked = []


def look_up(name, kind, strict=True, timeout=20):
    name = name.rstrip('.').lower()
    asked.append(f'{name} {kind}')
    value = zone.get((name, kind), [])
    if isinstance(value, str):
        raise spf.TempError(f'DNS {value}')
    if kind == 'TXT':
        return [((name, kind), tuple(text.encode('latin-1') for text in strings)) for strings in value]
    return [((name, kind), tuple(each) if kind == 'MX' else each) for each in value]


spf.DNSLookup = look_up
verdicts = []
for envelope in json.loads((folder / 'envelopes.json').read_text()):
    asked.clear()
    query = spf.query(i=envelope['ip'], s=envelope['mail_from'], h=envelope['helo'], receiver='receiver.example')
    try:
        result, _, text = query.check()
        why = str(query.perm_error or '')
    except Exception as error:  # what escapes is a verdict too
        result, text, why = 'crash', '', repr(error)
    default = spf.EXPLANATIONS.get(result)
    verdicts.append({'number': envelope['number'], 'result': result, 'explanation': text if result == 'fail' and text != default else None,
                     'why': why or text, 'asked': list(asked)})
(folder / 'pyspf.json').write_text(json.dumps(verdicts))
